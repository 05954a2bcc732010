// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * The probe in Hyp mode, for short and long descriptors of AArch32. In this mode the answers come in
 * the 64-bit format of PAR whatever the descriptors, so supersections show all of their address.
 */
#include "console.h"

#define write_cp(op1, crn, crm, op2, v) \
	__asm__ volatile("mcr p15, " #op1 ", %0, c" #crn ", c" #crm ", " #op2 ::"r"((uint32_t)(v)) : "memory")
#define write_cp64(op1, crm, v) __asm__ volatile("mcrr p15, " #op1 ", %Q0, %R0, c" #crm ::"r"((uint64_t)(v)) : "memory")
#define isb() __asm__ volatile("isb" ::: "memory")
#define at(op2, va)                                                       \
	({                                                                \
		uint64_t v_;                                              \
		write_cp(0, 7, 8, op2, va);                               \
		isb();                                                    \
		__asm__ volatile("mrrc p15, 0, %Q0, %R0, c7" : "=r"(v_)); \
		v_;                                                       \
	})

#define CPSR_SVC 0x1d3u
#define CPSR_USR 0x1d0u
#define HVC(n) (0xe1400070u | ((n)&0xfff0u) << 4 | ((n)&15))
#define VECTOR_UND 1
#define VECTOR_PABT 3

uint32_t enter(uint32_t va, uint32_t cpsr, uint32_t arg0, uint32_t arg1);
void at_pl1(void);
void probe(void);
void report_lost(uint32_t hsr, uint32_t elr);

void report_lost(uint32_t hsr, uint32_t elr)
{
	put_text("lost");
	put_result("hsr", hsr);
	put_result("elr", elr);
	put_char('\n');
}

/* PL1's state as asked. */
static void set_up(const struct probe_ask *ask)
{
	write_cp(0, 2, 0, 2, ask->tcr);
	if (ask->tcr >> 31) { /* EAE: long descriptors, 64-bit bases */
		write_cp64(0, 2, ask->ttbr0);
		write_cp64(1, 2, ask->ttbr1);
	} else {
		write_cp(0, 2, 0, 0, ask->ttbr0);
		write_cp(0, 2, 0, 1, ask->ttbr1);
	}
	write_cp(0, 10, 2, 0, ask->mair);
	write_cp(0, 10, 2, 1, ask->mair >> 32);
	write_cp(0, 3, 0, 0, ask->dacr);
	write_cp(0, 12, 0, 0, ask->vbar);
	write_cp(0, 1, 0, 0, ask->sctlr);
	if (ask->vbar_pa)
		for (uint32_t i = 0; i < 8; i++)
			((volatile uint32_t *)(uintptr_t)ask->vbar_pa)[i] = HVC(16 + i);
	__asm__ volatile("dsb");
	write_cp(4, 8, 7, 4, 0); /* TLBIALLNSNH */
	write_cp(0, 7, 5, 0, 0); /* ICIALLU */
	__asm__ volatile("dsb");
	isb();
}

/* 0: it ran; else PL1's IFSR, or Hyp's syndrome. */
static uint64_t execute(uint32_t va, uint32_t cpsr)
{
	uint32_t hsr = enter(va, cpsr, 0, 0), ifsr, n = hsr & 0xffff;
	if (hsr >> 26 != 0x12)
		return hsr;
	if (n == 1 || n == 16 + VECTOR_UND) /* "hvc #1", which user mode may not do but did fetch */
		return 0;
	__asm__ volatile("mrc p15, 0, %0, c5, c0, 1" : "=r"(ifsr));
	return n == 16 + VECTOR_PABT ? ifsr | 1u << 31 : hsr;
}

static void answer(uint32_t va, uint64_t ops)
{
	put_hex(va);
	if (ops & OP_KR)
		put_result("kr", at(0, va));
	if (ops & OP_KW)
		put_result("kw", at(1, va));
	if (ops & OP_UR)
		put_result("ur", at(2, va));
	if (ops & OP_UW)
		put_result("uw", at(3, va));
	if (ops & OP_KX)
		put_result("kx", execute(va, CPSR_SVC));
	if (ops & OP_UX)
		put_result("ux", execute(va, CPSR_USR));
	put_char('\n');
}

/* The same four questions from PL1: PAR in the format of the descriptors, and domain faults. */
static void answer_pl1(uint32_t va)
{
	static const char *const names[] = {"kr", "kw", "ur", "uw"};
	volatile uint32_t *out = (volatile uint32_t *)PROBE_OUT;
	uint32_t hsr = enter((uintptr_t)at_pl1, CPSR_SVC, va, (uintptr_t)out);
	put_hex(va);
	if (hsr >> 26 != 0x12 || (hsr & 0xffff) != 1)
		put_result("lost", hsr);
	for (int i = 0; i < 4; i++)
		put_result(names[i], out[i]);
	put_char('\n');
}

void probe(void)
{
	const struct probe_ask *ask = (const void *)PROBE_ASK;
	uint32_t cpsr;
	uart = (volatile uint32_t *)0x09000000ul;
	if (ask->magic != PROBE_MAGIC) {
		put_text("no question\n");
		return;
	}
	uart = (volatile uint32_t *)(uintptr_t)ask->uart;
	__asm__ volatile("mrs %0, cpsr" : "=r"(cpsr));
	put_text("probe arm");
	put_result("mode", cpsr & 31);
	put_char('\n');
	set_up(ask);
	for (uint64_t i = 0; i < ask->count; i++)
		if (ask->pl1)
			answer_pl1((uint32_t)ask->list[i].va);
		else
			answer((uint32_t)ask->list[i].va, ask->list[i].ops);
	put_text("done\n");
}
