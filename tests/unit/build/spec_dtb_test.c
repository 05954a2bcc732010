// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* Device trees, made by libfdt's own writer: what the CPU sees of them, and broken ones. */
#include <libfdt.h>
#include <ptkit/spec.h>

#include "tap.h"

static char blob[8192];
static struct ptk_err err;

static void reg64(const char *name, uint64_t addr, uint64_t size)
{
	fdt64_t v[2] = {cpu_to_fdt64(addr), cpu_to_fdt64(size)};
	fdt_property(blob, name, v, (int)sizeof v);
}

static void device(const char *name, uint64_t addr, uint64_t size, const char *status)
{
	fdt_begin_node(blob, name);
	fdt_property_string(blob, "compatible", "acme,thing");
	reg64("reg", addr, size);
	if (status)
		fdt_property(blob, "status", status, (int)strlen(status) + 1);
	fdt_end_node(blob);
}

static void cells(uint32_t address, uint32_t size)
{
	fdt_property_u32(blob, "#address-cells", address);
	fdt_property_u32(blob, "#size-cells", size);
}

static size_t board(bool memory)
{
	fdt_create(blob, sizeof blob);
	fdt_finish_reservemap(blob);
	fdt_begin_node(blob, "");
	cells(2, 2);
	if (memory) {
		fdt_begin_node(blob, "memory@40000000");
		fdt_property_string(blob, "device_type", "memory");
		fdt64_t two[4] = {cpu_to_fdt64(0x40000000), cpu_to_fdt64(0x8000000), cpu_to_fdt64(0x80000800), cpu_to_fdt64(0x3000)};
		fdt_property(blob, "reg", two, (int)sizeof two);
		fdt_end_node(blob);
	}
	fdt_begin_node(blob, "reserved-memory");
	cells(2, 2);
	fdt_property(blob, "ranges", NULL, 0);
	fdt_begin_node(blob, "secure@41000000");
	reg64("reg", 0x41000000, 0x100000);
	fdt_property(blob, "no-map", NULL, 0);
	fdt_end_node(blob);
	fdt_begin_node(blob, "pool@42000000"); /* reserved, but mapped */
	reg64("reg", 0x42000000, 0x100000);
	fdt_end_node(blob);
	fdt_end_node(blob);
	device("uart@9000000", 0x9000000, 0x1000, NULL);
	device("rtc@9001000", 0x9001000, 0x100, "okay"); /* touches the uart: one edit */
	device("off@a000000", 0xa000000, 0x1000, "disabled");
	/* A bus that shifts addresses: child 0 is 0x1c000000, 64K of it. */
	fdt_begin_node(blob, "bus");
	fdt_property_string(blob, "compatible", "simple-bus");
	cells(1, 1);
	fdt32_t ranges[4] = {0, 0, cpu_to_fdt32(0x1c000000), cpu_to_fdt32(0x10000)};
	fdt_property(blob, "ranges", ranges, (int)sizeof ranges);
	fdt_begin_node(blob, "timer@2000");
	fdt_property_string(blob, "compatible", "acme,timer");
	fdt32_t timer[2] = {cpu_to_fdt32(0x2000), cpu_to_fdt32(0x1000)};
	fdt_property(blob, "reg", timer, (int)sizeof timer);
	fdt_end_node(blob);
	fdt_begin_node(blob, "beyond@20000"); /* outside the bus's window: the CPU cannot see it */
	fdt_property_string(blob, "compatible", "acme,beyond");
	fdt32_t beyond[2] = {cpu_to_fdt32(0x20000), cpu_to_fdt32(0x1000)};
	fdt_property(blob, "reg", beyond, (int)sizeof beyond);
	fdt_end_node(blob);
	fdt_end_node(blob);
	/* One amid memory, as on the Raspberry Pi: what memory is said to be there is not. */
	fdt_begin_node(blob, "soc");
	fdt_property_string(blob, "compatible", "simple-bus");
	cells(1, 1);
	fdt32_t amid[4] = {cpu_to_fdt32(0x7e000000), 0, cpu_to_fdt32(0x47000000), cpu_to_fdt32(0x100000)};
	fdt_property(blob, "ranges", amid, (int)sizeof amid);
	fdt_begin_node(blob, "serial@7e001000");
	fdt_property_string(blob, "compatible", "acme,serial");
	fdt32_t serial[2] = {cpu_to_fdt32(0x7e001000), cpu_to_fdt32(0x40)};
	fdt_property(blob, "reg", serial, (int)sizeof serial);
	fdt_end_node(blob);
	fdt_end_node(blob);
	/* A PCI bridge: I/O, memory, and configuration space, which is none of the CPU's. */
	fdt_begin_node(blob, "pcie@b100000");
	fdt_property_string(blob, "compatible", "acme,pcie");
	fdt_property_string(blob, "device_type", "pci");
	reg64("reg", 0xb100000, 0x1000);
	cells(3, 2);
	fdt32_t windows[21] = {cpu_to_fdt32(0x01000000), 0, 0, 0, cpu_to_fdt32(0xc000000), 0, cpu_to_fdt32(0x10000),
		cpu_to_fdt32(0x42000000), 0, cpu_to_fdt32(0x10000000), 0, cpu_to_fdt32(0x10000000), 0, cpu_to_fdt32(0x1000000),
		0, 0, 0, 0, cpu_to_fdt32(0xd000000), 0, cpu_to_fdt32(0x1000)};
	fdt_property(blob, "ranges", windows, (int)sizeof windows);
	fdt_end_node(blob);
	/* A bus that the CPU does not address at all. */
	fdt_begin_node(blob, "i2c@b000000");
	fdt_property_string(blob, "compatible", "acme,i2c");
	reg64("reg", 0xb000000, 0x1000);
	cells(1, 0);
	fdt_begin_node(blob, "eeprom@50");
	fdt_property_string(blob, "compatible", "acme,eeprom");
	fdt_property_u32(blob, "reg", 0x50);
	fdt_end_node(blob);
	fdt_end_node(blob);
	fdt_end_node(blob);
	fdt_finish(blob);
	return fdt_totalsize(blob);
}

static const struct {
	uint64_t first, last;
	bool device;
	const char *name;
} want[] = {
	{0x9000000, 0x9001fff, true, "uart@9000000"},
	{0xb000000, 0xb000fff, true, "i2c@b000000"},
	{0xb100000, 0xb100fff, true, "pcie@b100000"},
	{0xc000000, 0xc00ffff, true, "pci window"},
	{0x10000000, 0x10ffffff, true, "pci window"},
	{0x1c002000, 0x1c002fff, true, "timer@2000"},
	{0x47001000, 0x47001fff, true, "serial@7e001000"},
	{0x40000000, 0x40ffffff, false, "memory@40000000"}, /* up to the no-map region */
	{0x41100000, 0x46ffffff, false, "memory@40000000"}, /* up to the bus */
	{0x47100000, 0x47ffffff, false, "memory@40000000"},
	{0x80001000, 0x80002fff, false, "memory@40000000"}, /* whole pages of an unaligned bank */
};
#define NWANT (sizeof want / sizeof *want)

static void regions(void)
{
	struct ptk_spec *spec = NULL;
	size_t size = board(true);
	int rc = ptk_spec_add_dtb(NULL, blob, size, "arm64-4k-39", &spec, &err);
	if (rc == PTK_E_NOTSUP) {
		skip("built without libfdt");
		exit(done());
	}
	if (!is_int(rc, 0, "the tree is read: %s", rc ? err.msg : ""))
		return;
	const struct ptk_spec_info *s = ptk_spec_info(spec);
	is_u64(s->nedits, NWANT, "as many edits as regions");
	for (size_t i = 0; i < s->nedits && i < NWANT; i++) {
		const struct ptk_edit *e = &s->edit[i];
		ok(e->first == want[i].first && e->last == want[i].last && e->pa == want[i].first, "%s: %#" PRIx64 "-%#" PRIx64,
		   want[i].name, e->first, e->last);
		is_str(e->name, want[i].name, "by its name");
		is_int(e->attr.mem, want[i].device ? PTK_MEM_DEV_nGnRE : PTK_MEM_WB, "%s: memory type", want[i].name);
	}
	ptk_spec_free(spec);

	static const char text[] = "entries: [{name: mine, pa: 0x40000000, size: 2M, rights: r-x}]";
	if (ptk_spec_parse(text, strlen(text), "arm64-4k-39", &spec, &err) == 0) {
		is_int(ptk_spec_add_dtb(spec, blob, size, NULL, &spec, &err), 0, "a specification and a tree");
		s = ptk_spec_info(spec);
		is_str(s->edit[0].name, "mine", "what the specification says comes first");
		is_u64(s->edit[8].first, 0x40200000, "the tree takes what is left");
		ptk_spec_free(spec);
	}
	/* 32-bit addresses: what lies above cannot be mapped at its own address. */
	is_int(ptk_spec_add_dtb(NULL, blob, size, "riscv-sv32", &spec, &err), 0, "in a regime of another architecture");
	ptk_spec_free(spec);
}

static void faults(void)
{
	struct ptk_spec *spec = NULL;
	size_t size = board(true);
	is_int(ptk_spec_add_dtb(NULL, blob, size, NULL, &spec, &err), PTK_E_INVAL, "no regime");
	is_int(ptk_spec_add_dtb(NULL, blob, size, "x86-46", &spec, &err), PTK_E_UNKNOWN, "no such regime");
	is_int(ptk_spec_add_dtb(NULL, blob, 10, "arm64-4k-39", &spec, &err), PTK_E_BADFMT, "ten bytes");
	for (size_t cut = 0; cut < size; cut += 37) {
		static char copy[8192];
		memcpy(copy, blob, cut);
		if (ptk_spec_add_dtb(NULL, copy, cut, "arm64-4k-39", &spec, &err) != PTK_E_BADFMT) {
			ok(false, "cut at %zu", cut);
			break;
		}
	}
	blob[0] ^= 1;
	is_int(ptk_spec_add_dtb(NULL, blob, size, "arm64-4k-39", &spec, &err), PTK_E_BADFMT, "no magic number");
	has_str(err.msg, "device tree", "in words");
	size = board(false);
	is_int(ptk_spec_add_dtb(NULL, blob, size, "arm64-4k-39", &spec, &err), PTK_E_NOTFOUND, "no memory");
}

int main(void)
{
	regions();
	faults();
	return done();
}
