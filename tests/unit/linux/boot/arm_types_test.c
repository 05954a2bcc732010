// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * arm's memory types. Numbers by the Arm ARM's fields (DDI 0406, B3.5.1) and the definitions in include/asm/pgtable-*.h,
 * put together by hand.
 */
#include "linux/boot/arm/types.h"

#include "base/bits.h"

#include "lib/tap.h"

static const struct arm_cpu v7_smp = {.arch = 7, .tre = true, .smp = true};
static const struct arm_cpu v7_up = {.arch = 7, .tre = true};
static const struct arm_cpu v6_up = {.arch = 6};
static const struct arm_cpu lpae = {.lpae = true, .arch = 7, .tre = true, .smp = true};

struct want {
	enum arm_type type;
	uint64_t pte, l1, sect;
};

static void check(const char *cpu, const struct arm_cpu *c, const struct want *w, size_t n)
{
	struct arm_mem_type t[ARM_TYPES];
	arm_types_build_(c, t);
	for (size_t i = 0; i < n; i++) {
		const char *name = arm_type_name_(w[i].type);
		is_u64(t[w[i].type].pte, w[i].pte, "%s: %s in pages", cpu, name);
		is_u64(t[w[i].type].l1, w[i].l1, "%s: the table of %s", cpu, name);
		is_u64(t[w[i].type].sect, w[i].sect, "%s: %s in sections", cpu, name);
	}
}

int main(void)
{
	/* Page: present 0, young 1, type 5:2, dirty 6, read-only 7, user 8, XN 9, shared 10. Domain of tables and sections: 8:5. */
	static const struct want smp[] = {
		{MT_DEVICE, 0x653, 0x41, 0x11452},           {MT_DEVICE_NONSHARED, 0x273, 0x41, 0x1452},
		{MT_DEVICE_CACHED, 0x66f, 0x41, 0x1045e},    {MT_DEVICE_WC, 0x667, 0x41, 0x10456},
		{MT_UNCACHED, 0x243, 0x41, 0x52},            {MT_LOW_VECTORS, 0x4df, 0x61, 0},
		{MT_HIGH_VECTORS, 0x5df, 0x61, 0},           {MT_MEMORY_RWX, 0x45f, 0x1, 0x1140e},
		{MT_MEMORY_RW, 0x65f, 0x1, 0x1141e},         {MT_MEMORY_RO, 0x6df, 0x1, 0x1941e},
		{MT_MEMORY_RWX_NONCACHED, 0x447, 0x1, 0x10406}, {MT_MEMORY_RW_SO, 0x243, 0x1, 0x10412},
		{MT_MEMORY_DMA_READY, 0x65f, 0x1, 0},
	};
	/* One CPU: write-back, not shared, but for devices. */
	static const struct want up[] = {
		{MT_DEVICE, 0x653, 0x41, 0x11452},     {MT_MEMORY_RWX, 0x4f, 0x1, 0x40e}, {MT_MEMORY_RW, 0x24f, 0x1, 0x41e},
		{MT_MEMORY_RO, 0x2cf, 0x1, 0x841e},    {MT_HIGH_VECTORS, 0x1cf, 0x61, 0}, {MT_MEMORY_DMA_READY, 0x24f, 0x1, 0},
		{MT_DEVICE_WC, 0x267, 0x41, 0x456},
	};
	/* Without TEX remap: shared device is B, not shared TEX 2, write combining TEX 1; vectors have a type of their own. */
	static const struct want v6[] = {
		{MT_DEVICE, 0x653, 0x41, 0x10456},    {MT_DEVICE_NONSHARED, 0x273, 0x41, 0x2452},
		{MT_DEVICE_WC, 0x267, 0x41, 0x1452},  {MT_MEMORY_RW, 0x24f, 0x1, 0x41e},
		{MT_LOW_VECTORS, 0xff, 0x61, 0},      {MT_MEMORY_RWX_NONCACHED, 0x47, 0x1, 0x1402},
	};
	/* Attribute index 4:2, shareable 9:8, AF 10, XN 54, software dirty 55, software read-only 58. */
	static const struct want l[] = {
		{MT_MEMORY_RW, 0x00c000000000071f, 3, 0x004000000000071d},
		{MT_MEMORY_RWX, 0x008000000000071f, 3, 0x000000000000071d},
		{MT_MEMORY_RO, 0x04c000000000071f, 3, 0x044000000000079d},
		{MT_DEVICE, 0x00c0000000000713, 3, 0x0040000000000701},
		{MT_HIGH_VECTORS, 0x048000000000075f, 3, 0},
		{MT_LOW_VECTORS, 0x048000000000071f, 3, 0},
		{MT_DEVICE_WC, 0x00c0000000000707, 3, 0x0040000000000705},
		{MT_MINICLEAN, 0x400, 0, 0},
	};
	check("ARMv7 SMP", &v7_smp, smp, sizeof smp / sizeof *smp);
	check("ARMv7 UP", &v7_up, up, sizeof up / sizeof *up);
	check("ARMv6", &v6_up, v6, sizeof v6 / sizeof *v6);
	check("LPAE", &lpae, l, sizeof l / sizeof *l);

	struct arm_cpu io = v7_smp, ecc = v7_smp;
	struct arm_mem_type t[ARM_TYPES];
	io.io_36 = true;
	arm_types_build_(&io, t);
	is_u64(t[MT_DEVICE].sect, 0x11412, "CONFIG_IO_36: devices are of domain 0");
	is_u64(t[MT_MEMORY_RW].sect, 0x1145e, "CONFIG_IO_36: memory is of domain 2");
	is_u64(arm_kernel_table_(&io), 0x51, "CONFIG_IO_36: so are the kernel's tables");
	ecc.ecc = true;
	arm_types_build_(&ecc, t);
	is_u64(t[MT_MEMORY_RW].sect, 0x1161e, "ecc=on: bit 9 of memory");
	is_u64(t[MT_DEVICE].sect, 0x11452, "ecc=on: not of devices");
	is_u64(t[MT_HIGH_VECTORS].l1, 0x261, "ecc=on: of the vectors' table");
	is_u64(arm_mm_mmuflags_(&v7_smp), 0x11c0e, "head.S, SMP");
	is_u64(arm_mm_mmuflags_(&v7_up), 0xc0e, "head.S, UP");
	is_u64(arm_mm_mmuflags_(&lpae), 0x71d, "head.S, LPAE");
	is_u64(arm_kernel_table_(&v7_smp), 0x11, "the kernel's tables");
	is_int(arm_type_find_("MT_ROM"), MT_ROM, "a type by its name");
	is_int(arm_type_find_("MT_NOTHING"), ARM_TYPES, "no such type");
	ok(arm_type_name_(ARM_TYPES) == NULL, "the list ends");
	return done();
}
