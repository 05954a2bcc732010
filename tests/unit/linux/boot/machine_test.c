// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* Machine files: what is read, what is written back, and how mistakes are told. */
#include <stdlib.h>
#include <string.h>

#include <ptkit/ptkit.h>

#include "linux/boot/boot.h"
#include "linux/lines.h"

#include "lib/tap.h"

#define BOARD \
	"regime: arm-short,tre\n" \
	"kernel: 6.12\n" \
	"memory:\n" \
	"  - {at: 0xb0000000, size: 16M}\n" \
	"  - {at: 0x60000000, size: 256M}\n" \
	"reserved:\n" \
	"  - {at: 0x68000000, size: 64K, name: \"the initrd: 1\"}\n" \
	"iomap:\n" \
	"  - {va: 0xf8000000, pa: 0x10000000, size: 1M, type: MT_DEVICE}\n" \
	"nodes:\n" \
	"  - {at: 0xb0000000, size: 16M, data: 0xb0fff000}\n" \
	"  - {at: 0x60000000, size: 256M}\n" \
	"values:\n" \
	"  page_offset: 0x80000000\n" \
	"  phys_offset: 0x60000000\n" \
	"symbols:\n" \
	"  _text: 0x80008000\n" \
	"  _stext: 0x80100000\n" \
	"  __init_begin: 0x80300000\n" \
	"  __init_end: 0x80400000\n" \
	"  _end: 0x80500000\n"

static void whole(void)
{
	struct ptk_machine *m, *again;
	struct ptk_err err = {0};
	struct lines one = {0}, two = {0};
	int rc = ptk_machine_read(BOARD, strlen(BOARD), "board.yaml", NULL, &m, &err);
	if (rc == PTK_E_NOTSUP) {
		skip("%s", err.msg);
		return;
	}
	if (!is_int(rc, 0, "a board (%s)", err.msg))
		return;
	const struct ptk_machine_info *i = ptk_machine_info(m);
	is_str(i->regime.name, "arm-short", "its regime");
	is_int(i->major * 100 + i->minor, 612, "its kernel");
	is_u64(i->nbanks, 2, "two banks");
	is_u64(i->bank[0].first, 0x60000000, "in the order of their addresses");
	is_u64(i->bank[0].last, 0x6fffffff, "with sizes in M");
	is_str(i->reserved[0].name, "the initrd: 1", "a name with a colon");
	is_u64(i->iomap[0].pa, 0x10000000, "a device");
	is_u64(i->nnodes, 2, "two nodes");
	is_u64(i->node[0].last, 0x6fffffff, "in the order of their addresses");
	is_u64(i->node[1].data, 0xb0fff000, "the second's own structure");
	is_str(i->value[1].how, "board.yaml, line 15", "a value knows where it stands");
	is_u64(boot_symbol_(m, "_end"), 0x80500000, "a symbol");
	is_int(ptk_machine_write(m, ptk_lines_write_, &one), 0, "written");
	rc = ptk_machine_read(one.p, one.len, "board.yaml", NULL, &again, &err);
	if (is_int(rc, 0, "and read again (%s)", err.msg)) {
		is_int(ptk_machine_write(again, ptk_lines_write_, &two), 0, "and written again");
		char *a = strstr(one.p, "values:"), *b = strstr(two.p, "values:");
		is_u64((uint64_t)(a - one.p), (uint64_t)(b - two.p), "as long as before");
		ok(memcmp(one.p, two.p, (size_t)(a - one.p)) == 0, "the same");
		ptk_machine_free(again);
		free(two.p);
	}
	free(one.p);
	ptk_machine_free(m);
}

static void wrong(const char *text, int code, const char *words)
{
	struct ptk_machine *m = NULL;
	struct ptk_err err = {0};
	int rc = ptk_machine_read(text, strlen(text), "m", NULL, &m, &err);
	if (rc == PTK_E_NOTSUP && code != rc)
		return skip("%s", err.msg);
	is_int(rc, code, "%s", words);
	has_str(err.msg, words, "the sentence");
	ok(m == NULL, "no machine");
}

/* A version that is booted as another. */
static void doubt(const char *arch, unsigned major, unsigned minor, const char *words)
{
	struct ptk_machine *m = boot_machine_new_();
	if (!m)
		bail("no memory");
	m->arch = boot_arch_(arch);
	m->info.major = major;
	m->info.minor = minor;
	is_int(boot_machine_version_(m), 0, "%s %u.%u", arch, major, minor);
	if (words)
		has_str(m->info.doubt ? m->info.doubt : "", words, "is doubted");
	else
		ok(!m->info.doubt, "is known");
	ok(m->info.major >= 4, "it has a version then");
	ptk_machine_free(m);
}

static void versions(void)
{
	doubt("arm", 5, 10, NULL);
	doubt("arm", 7, 3, NULL);
	doubt("arm", 5, 9, "how arm Linux 5.9 sets up its page tables is not known here: the rules of 5.10,");
	doubt("arm", 7, 4, "the rules of 7.3, the nearest");
	doubt("arm", 4, 99, "the rules of 5.10, the nearest");
	doubt("arm64", 6, 1, NULL);
	doubt("arm64", 6, 12, NULL);
	doubt("arm64", 5, 9, "the rules of 5.10, the nearest");
	doubt("arm64", 7, 3, NULL);
	doubt("arm64", 7, 4, "the rules of 7.3, the nearest");
	doubt("riscv", 6, 0, "the rules of 6.1, the nearest");
	doubt("riscv", 6, 12, NULL);
	doubt("riscv", 7, 2, NULL);
	doubt("riscv", 7, 3, "the rules of 7.2, the nearest");
	doubt("x86", 5, 15, NULL);
	doubt("x86", 8, 0, "the rules of 7.3, the nearest");
	doubt("x86", 0, 0, "version is not known: the rules of x86 Linux 7.3");
}

static void asked(void)
{
	struct ptk_machine_files files = {.version = "6.1.192"};
	struct ptk_machine *m = NULL;
	struct ptk_err err = {0};
	int rc = ptk_machine_read(BOARD, strlen(BOARD), "m", &files, &m, &err);
	if (rc == PTK_E_NOTSUP)
		return skip("%s", err.msg);
	is_int(rc, 0, "a version beside the file (%s)", err.msg);
	if (m)
		is_int(m->info.major * 100 + m->info.minor, 601, "goes before the file's");
	ptk_machine_free(m);
	m = NULL;
	files.version = "six";
	is_int(ptk_machine_read(BOARD, strlen(BOARD), "m", &files, &m, &err), PTK_E_INVAL, "one that is none");
	has_str(err.msg, "'six' is not a kernel version", "is told");
}

int main(void)
{
	struct ptk_machine_key key;
	whole();
	versions();
	asked();
	wrong("", PTK_E_BADFMT, "empty");
	wrong("kernel: 6.12\n", PTK_E_BADFMT, "names its regime");
	wrong("regime: arm-short\n", PTK_E_BADFMT, "names its kernel version");
	wrong("regime: arm-shrt\nkernel: 6.1\n", PTK_E_UNKNOWN, "line 1, column 9");
	wrong("regime: arm-short\nkernel: six\n", PTK_E_BADFMT, "line 2, column 9: 'six' is not a kernel version");
	wrong("regime: arm-short\nkernel: 6.1\nmemori: 3\n", PTK_E_BADFMT, "line 3, column 1: a machine file has no 'memori'");
	wrong("regime: arm-short\nkernel: 6.1\nmemory: 3\n", PTK_E_BADFMT, "memory is a list");
	wrong("regime: arm-short\nkernel: 6.1\nmemory:\n  - {at: 4}\n", PTK_E_BADFMT, "line 4, column 5");
	wrong("regime: arm-short\nkernel: 6.1\nmemory:\n  - {at: 0xfffffffffffff000, size: 8K}\n", PTK_E_INVAL, "past the last");
	wrong("regime: arm-short\nkernel: 6.1\nvalues:\n  page_offst: 1\n", PTK_E_UNKNOWN, "arm machines have no 'page_offst'");
	wrong("regime: arm-short\nkernel: 6.1\nvalues:\n  smp: 1\n  smp: 0\n", PTK_E_BADFMT, "stands here twice");
	wrong("regime: arm-short\nkernel: 6.1\n", PTK_E_CONFLICT, "no memory");
	wrong("regime: arm-short\nkernel: 6.1\nmemory:\n  - {at: 0, size: 2M}\n  - {at: 1M, size: 2M}\n", PTK_E_CONFLICT, "overlap");
	wrong("regime: arm-short\nkernel: 6.1\nmemory:\n  - {at: 0, size: 2M}\n", PTK_E_NOTFOUND, "lacks page_offset");
	wrong("regime: arm-short\nkernel: 6.1\nmemory: [{at: 0, size: 2M}\n", PTK_E_BADFMT, "line");
	ok(ptk_machine_key("arm", 0, &key) && key.required, "the keys of an architecture: the first");
	is_str(key.key, "page_offset", "by its name");
	ok(!ptk_machine_key("arm", 1000, &key), "past the last");
	ok(!ptk_machine_key("vax", 0, &key), "of none");
	return done();
}
