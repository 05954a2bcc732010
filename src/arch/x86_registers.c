// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* Control registers of x86 paging: Intel SDM vol. 3, 2.5 (CR0..CR4), 2.2.1 (EFER), 12.12.2 (PAT). */
#include "arch/x86.h"
#include "base/bits.h"

#define CR0_PE BIT(0)
#define CR0_WP BIT(16)
#define CR0_PG BIT(31)
#define CR4_PSE BIT(4)
#define CR4_PAE BIT(5)
#define CR4_PGE BIT(7)
#define CR4_LA57 BIT(12)
#define CR4_SMEP BIT(20)
#define CR4_SMAP BIT(21)
#define CR4_PKE BIT(22)
#define EFER_LME BIT(8)
#define EFER_NXE BIT(11)

size_t ptk_x86_registers_(const struct ptk_regime *r, uint64_t root, struct ptk_register *out)
{
	uint64_t cr4 = 0, efer = 0;
	size_t n = 0;
	if (r->entry_shift == 3)
		cr4 |= CR4_PAE;
	if (r->nlevels == 5)
		cr4 |= CR4_LA57;
	cr4 |= r->flags & PTK_RF_PSE ? CR4_PSE : 0;
	cr4 |= r->flags & PTK_RF_PGE ? CR4_PGE : 0;
	cr4 |= r->flags & PTK_RF_SMEP ? CR4_SMEP : 0;
	cr4 |= r->flags & PTK_RF_SMAP ? CR4_SMAP : 0;
	cr4 |= r->flags & PTK_RF_PKE ? CR4_PKE : 0;
	efer |= r->va_width == 64 ? EFER_LME : 0;
	efer |= r->flags & PTK_RF_NX && r->entry_shift == 3 ? EFER_NXE : 0;
	out[n++] = (struct ptk_register){"IA32_PAT", r->memattr, UINT64_MAX, "memory type of each PAT:PCD:PWT index (MSR 0x277)"};
	out[n++] = (struct ptk_register){"CR4", cr4,
		CR4_PSE | CR4_PAE | CR4_PGE | CR4_LA57 | CR4_SMEP | CR4_SMAP | CR4_PKE, "paging mode and protections"};
	out[n++] = (struct ptk_register){"CR3", root | r->enc_mask, UINT64_MAX, "root table"};
	if (r->entry_shift == 3)
		out[n++] = (struct ptk_register){"IA32_EFER", efer, EFER_LME | EFER_NXE, "long mode, no-execute (MSR 0xC0000080)"};
	out[n++] = (struct ptk_register){"CR0", CR0_PE | CR0_PG | (r->flags & PTK_RF_WP ? CR0_WP : 0),
		CR0_PE | CR0_WP | CR0_PG, "turns paging on"};
	return n;
}
