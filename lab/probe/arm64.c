// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * The probe at EL2: sets EL1's translation registers and asks the CPU what it makes of each address.
 * EL2's own translation is off, so the tables under test may say anything.
 */
#include "console.h"

#define write_reg(reg, v) __asm__ volatile("msr " #reg ", %0" ::"r"((uint64_t)(v)))
#define read_reg(reg)                                         \
	({                                                    \
		uint64_t v_;                                  \
		__asm__ volatile("mrs %0, " #reg : "=r"(v_)); \
		v_;                                           \
	})
#define at(op, va)                                                              \
	({                                                                      \
		__asm__ volatile("at " #op ", %0\n\tisb" ::"r"(va) : "memory"); \
		read_reg(par_el1);                                              \
	})

#define HCR_RW (1ul << 31)
#define HCR_VM 1ul
#define SPSR_EL1H 0x3c5ul
#define SPSR_EL0 0x3c0ul
#define HVC_2 0xd4000042u

uint64_t enter(uint64_t va, uint64_t spsr, uint64_t *esr_el1);
void probe(void);
void report_lost(uint64_t esr, uint64_t elr, uint64_t far);

void report_lost(uint64_t esr, uint64_t elr, uint64_t far)
{
	put_text("lost");
	put_result("esr", esr);
	put_result("elr", elr);
	put_result("far", far);
	put_char('\n');
}

/* EL1's state as asked. */
static void set_up(const struct probe_ask *ask)
{
	write_reg(hcr_el2, HCR_RW | (ask->vttbr ? HCR_VM : 0));
	write_reg(vtcr_el2, ask->vtcr);
	write_reg(vttbr_el2, ask->vttbr);
	write_reg(mair_el1, ask->mair);
	write_reg(tcr_el1, ask->tcr);
	write_reg(ttbr0_el1, ask->ttbr0);
	write_reg(ttbr1_el1, ask->ttbr1);
	write_reg(sctlr_el1, ask->sctlr);
	write_reg(vbar_el1, ask->vbar);
	if (ask->vbar_pa)
		for (uint64_t i = 0; i < 16; i++)
			*(volatile uint32_t *)(ask->vbar_pa + i * 128) = HVC_2;
	__asm__ volatile("dsb sy\n\ttlbi alle1\n\tic iallu\n\tdsb sy\n\tisb" ::: "memory");
}

/* 0: it ran; else the syndrome of EL1's exception. */
static uint64_t execute(uint64_t va, uint64_t spsr, uint64_t vbar)
{
	uint64_t esr_el1, esr = enter(va, spsr, &esr_el1);
	if (esr >> 26 == 0x16 && (esr & 0xffff) == 1)
		return 0; /* the "hvc #1" at va */
	if (esr >> 26 == 0x16 && (esr & 0xffff) == 2)
		return esr_el1 >> 26 ? esr_el1 : 0; /* at EL0 the same word is undefined, so it was fetched */
	/* Stage 2 alone: the vectors are nowhere, so going there is the sign. */
	if (esr >> 26 == 0x20 && read_reg(elr_el2) == vbar + 0x400)
		return esr_el1 >> 26 ? esr_el1 : 0;
	return esr;
}

/* Exception returns clear it, so it is set for each. */
static void set_pan(uint64_t on)
{
	if (on)
		__asm__ volatile(".arch armv8.2-a\n\tmsr pan, #1\n\tisb");
}

static void answer(uint64_t va, uint64_t ops, const struct probe_ask *ask)
{
	if (!(read_reg(id_aa64mmfr1_el1) >> 20 & 15)) /* no FEAT_PAN */
		ops &= ~(uint64_t)(OP_KRP | OP_KWP);
	else if (ops & (OP_KRP | OP_KWP))
		set_pan(ask->pan);
	put_hex(va);
	if (ops & OP_KR)
		put_result("kr", at(s1e1r, va));
	if (ops & OP_KW)
		put_result("kw", at(s1e1w, va));
	if (ops & OP_UR)
		put_result("ur", at(s1e0r, va));
	if (ops & OP_UW)
		put_result("uw", at(s1e0w, va));
	if (ops & OP_KRP)
		put_result("krp", at(s1e1rp, va));
	if (ops & OP_KWP)
		put_result("kwp", at(s1e1wp, va));
	if (ops & OP_2KR)
		put_result("2kr", at(s12e1r, va));
	if (ops & OP_2KW)
		put_result("2kw", at(s12e1w, va));
	if (ops & OP_2UR)
		put_result("2ur", at(s12e0r, va));
	if (ops & OP_2UW)
		put_result("2uw", at(s12e0w, va));
	if (ops & OP_KX)
		put_result("kx", execute(va, SPSR_EL1H, ask->vbar));
	if (ops & OP_UX)
		put_result("ux", execute(va, SPSR_EL0, ask->vbar));
	put_char('\n');
}

void probe(void)
{
	const struct probe_ask *ask = (const void *)PROBE_ASK;
	uart = (volatile uint32_t *)0x09000000ul;
	if (ask->magic != PROBE_MAGIC) {
		put_text("no question\n");
		return;
	}
	uart = (volatile uint32_t *)ask->uart;
	put_text("probe arm64");
	put_result("el", read_reg(currentel) >> 2);
	put_result("mmfr0", read_reg(id_aa64mmfr0_el1));
	put_result("mmfr1", read_reg(id_aa64mmfr1_el1));
	put_char('\n');
	set_up(ask);
	for (uint64_t i = 0; i < ask->count; i++)
		answer(ask->list[i].va, ask->list[i].ops, ask);
	put_text("done\n");
}
