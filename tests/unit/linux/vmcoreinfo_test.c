// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* VMCOREINFO as Documentation/admin-guide/kdump/vmcoreinfo.rst and its macros in include/linux/vmcore_info.h print it.
 */
#include "linux/vmcoreinfo.h"

#include "tap.h"

static const char good[] =
        "OSRELEASE=6.12.117\nPAGESIZE=4096\nSYMBOL(swapper_pg_dir)=ffffffff9f014000\n"
        "NUMBER(phys_base)=-423624704\nNUMBER(VMALLOC_START)=0xffa0000000000000\n"
        "NUMBER(kimage_voffset)=0xffffb51088200000\nOFFSET(uts_namespace.name)=0\nSIZE(page)=64\n"
        "LENGTH(mem_section)=2048\nCONFIG_X86_PAE=y\nCONFIG_FOO=n\nKERNELOFFSET=1d800000\n"
        "NUMBER(bad)=12x\nNUMBER(empty)=\nNUMBER(huge)=99999999999999999999\n"
        "NUMBER(low)=-9223372036854775808\nNUMBER(lower)=-9223372036854775809\nSYMBOL(wide)=10000000000000000\n"
        "SYMBOL(swapper_pg_dir)=1\n";

static void values(void)
{
	struct lx_vmcoreinfo vi;
	uint64_t v = 7;
	const char *s;
	size_t n;
	ok(ptk_vmcoreinfo_parse_(good, sizeof good, &vi), "text ending in NUL");
	is_u64(vi.len, sizeof good - 1, "up to the NUL");
	ok(ptk_vmcoreinfo_symbol_(&vi, "swapper_pg_dir", &v) && v == 0xffffffff9f014000,
	   "a symbol is bare hexadecimal; the first counts");
	ok(ptk_vmcoreinfo_number_(&vi, "phys_base", &v) && (int64_t)v == -423624704, "a number is signed decimal");
	ok(ptk_vmcoreinfo_number_(&vi, "VMALLOC_START", &v) && v == 0xffa0000000000000, "or hexadecimal after 0x");
	ok(ptk_vmcoreinfo_number_(&vi, "low", &v) && v == UINT64_C(1) << 63, "the lowest number");
	ok(ptk_vmcoreinfo_decimal_(&vi, "SIZE", "page", &v) && v == 64, "a size");
	ok(ptk_vmcoreinfo_decimal_(&vi, "OFFSET", "uts_namespace.name", &v) && v == 0, "an offset");
	ok(ptk_vmcoreinfo_decimal_(&vi, NULL, "PAGESIZE", &v) && v == 4096, "a bare key");
	ok(ptk_vmcoreinfo_kerneloffset_(&vi, &v) && v == 0x1d800000, "KERNELOFFSET is hexadecimal");
	ok(ptk_vmcoreinfo_config_(&vi, "CONFIG_X86_PAE") && !ptk_vmcoreinfo_config_(&vi, "CONFIG_FOO"), "options");
	ok(ptk_vmcoreinfo_get_(&vi, NULL, "OSRELEASE", &s, &n) && n == 8 && memcmp(s, "6.12.117", 8) == 0, "a string");
	v = 7;
	static const char *const bad[] = {"bad", "empty", "huge", "lower", "absent", "phys", "phys_base)"};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		ok(!ptk_vmcoreinfo_number_(&vi, bad[i], &v) && v == 7, "no number: %s", bad[i]);
	ok(!ptk_vmcoreinfo_symbol_(&vi, "wide", &v) && v == 7, "65 bits do not fit");
	ok(!ptk_vmcoreinfo_symbol_(&vi, "phys_base", &v), "a number is no symbol");
}

static void damage(void)
{
	struct lx_vmcoreinfo vi;
	uint64_t v;
	ok(!ptk_vmcoreinfo_parse_("OSRELEASE=%s\n", 13, &vi), "the kernel's format string is not a text");
	ok(!ptk_vmcoreinfo_parse_("OSRELEASE=6", 11, &vi), "not one whole line");
	ok(!ptk_vmcoreinfo_parse_("PAGESIZE=4096\nOSRELEASE=6.1\n", 28, &vi), "OSRELEASE comes first");
	ok(!ptk_vmcoreinfo_parse_("", 0, &vi), "nothing");
	static const char torn[] = "OSRELEASE=6.1\nNUMBER(a)=1\nNUM\x01"
	                           "BER(b)=2\nNUMBER(c)=3\n";
	ok(ptk_vmcoreinfo_parse_(torn, sizeof torn, &vi) && ptk_vmcoreinfo_number_(&vi, "a", &v) && v == 1 &&
	           !ptk_vmcoreinfo_number_(&vi, "c", &v),
	   "a byte that is no text ends it");
	static const char cut[] = "OSRELEASE=6.1\nNUMBER(a)=12";
	ok(ptk_vmcoreinfo_parse_(cut, sizeof cut - 1, &vi) && !ptk_vmcoreinfo_number_(&vi, "a", &v),
	   "a cut line does not count");
	/* Every length of the good text, in memory of just that size: nothing is read beyond. */
	for (size_t n = 0; n < sizeof good; n++) {
		char *p = malloc(n ? n : 1);
		memcpy(p, good, n);
		if (ptk_vmcoreinfo_parse_(p, n, &vi)) {
			ptk_vmcoreinfo_number_(&vi, "lower", &v);
			ptk_vmcoreinfo_config_(&vi, "CONFIG_X86_PAE");
		}
		free(p);
	}
	ok(true, "every truncation");
}

int main(void)
{
	values();
	damage();
	return done();
}
