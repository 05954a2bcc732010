// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* riscv's layout by what VMCOREINFO says; numbers worked out by hand from arch/riscv/include/asm/pgtable.h. */
#include <string.h>

#include "base/bits.h"
#include "linux/find.h"
#include "linux/layout.h"
#include "linux/vmcoreinfo.h"

#include "tap.h"

static struct ptk_linux machine(const char *regime, struct lx_vmcoreinfo *vi, const char *text)
{
	struct ptk_linux lx = {.arch = LX_RISCV, .info.major = 6, .info.minor = 12};
	if (ptk_regime_parse(regime, &lx.info.regime, NULL) < 0 || !ptk_vmcoreinfo_parse_(text, strlen(text), vi))
		bail("a test of its own making is wrong");
	lx.layout.va_bits = lx.info.regime.va_bits;
	lx.vmcoreinfo = vi;
	ptk_layout_(&lx);
	return lx;
}

static void test_sv32(void)
{
	struct lx_vmcoreinfo vi;
	uint64_t last = 0;
	struct ptk_linux lx = machine("riscv-sv32", &vi,
	                              "OSRELEASE=6.12.117\nNUMBER(phys_ram_base)=-2143289344\nSIZE(page)=32\n");
	is_u64(lx.layout.page_offset, 0xc0000000, "Sv32: PAGE_OFFSET");
	is_u64(lx.layout.phys_offset, 0x80400000, "an address that was printed as a signed long");
	is_u64(ptk_riscv_vmemmap_(&lx), 0x9f000000, "512M of vmalloc(), 16M of room for struct pages of 32 bytes");
	ok(ptk_user_last_(&lx, &last), "user space ends");
	is_u64(last, 0x9d7fffff, "below the fixmap's 8M and 16M of PCI I/O, not at PAGE_OFFSET");
	lx = machine("riscv-sv32", &vi, "OSRELEASE=6.12.117\n");
	is_u64(ptk_riscv_vmemmap_(&lx), 0x9e000000, "32M where nobody says how large they are");
	lx = machine("riscv-sv32", &vi, "OSRELEASE=6.12.117\nNUMBER(VMEMMAP_START)=0x9c000000\n");
	is_u64(ptk_riscv_vmemmap_(&lx), 0x9c000000, "what the kernel says goes first");
}

static void test_wide(void)
{
	struct lx_vmcoreinfo vi;
	uint64_t last = 0;
	struct ptk_linux lx = machine("riscv-sv39", &vi, "OSRELEASE=6.12.117\nSIZE(page)=56\n");
	is_u64(ptk_riscv_vmemmap_(&lx), UINT64_C(0xffffffc500000000), "Sv39: 64G of vmalloc(), 4G for 56 bytes as for 64");
	lx = machine("riscv-sv39", &vi, "OSRELEASE=6.12.117\nSIZE(page)=72\n");
	is_u64(ptk_riscv_vmemmap_(&lx), UINT64_C(0xffffffc400000000), "8G for 72 bytes");
	lx = machine("riscv-sv39", &vi, "OSRELEASE=6.12.117\nSIZE(page)=18446744073709551615\n");
	is_u64(ptk_riscv_vmemmap_(&lx), UINT64_C(0xffffffd600000000) - BIT(36) - BIT(38), "nonsense is bounded");
	ok(ptk_user_last_(&lx, &last), "user space ends");
	is_u64(last, UINT64_C(0x3fffffffff), "at half the space");
}

int main(void)
{
	test_sv32();
	test_wide();
	return done();
}
