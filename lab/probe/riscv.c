// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* The probe for riscv, in M-mode: loads and stores as S or U by mstatus.MPRV, fetches by going there. */
#include "prove.h"

#define ASK ((const struct prove_ask *)0x80200000ul)
#define UART ((volatile uint8_t *)0x10000000ul)
#define POWER ((volatile uint32_t *)0x100000ul)

/* mstatus (privileged specification, 3.1.6) */
#define MPRV (1ul << 17)
#define MPP_S (1ul << 11)
#define MPP (3ul << 11)

/* mcause */
enum {
	BREAKPOINT = 3,
	PAGE_FETCH = 12,
	PAGE_LOAD = 13,
	PAGE_STORE = 15,
};

#define write_csr(csr, v) __asm__ volatile("csrw " #csr ", %0" ::"r"((uintptr_t)(v)) : "memory")
#define read_csr(csr)                                              \
	({                                                         \
		uintptr_t v_;                                      \
		__asm__ volatile("csrr %0, " #csr : "=r"(v_)); \
		v_;                                                \
	})

long try_load(uintptr_t va, uintptr_t mode, uint32_t *word);
long try_store(uintptr_t va, uintptr_t mode, uint32_t word);
long try_fetch(uintptr_t va, uintptr_t mode);
void probe(void);

static void put_char(char c)
{
	while (!(UART[5] & 1 << 5))
		;
	UART[0] = (uint8_t)c;
}

/* A fault at another address than ours shows in bit 8. */
static struct outcome fault(long cause, uintptr_t va)
{
	return (struct outcome){0, (uint32_t)cause | (read_csr(mtval) == va ? 0 : 1 << 8)};
}

static struct outcome load(uintptr_t va, uintptr_t mode)
{
	uint32_t word = 0;
	__asm__ volatile("csrc mstatus, %0" ::"r"(MPP));
	long cause = try_load(va, MPRV | mode, &word);
	return cause < 0 ? (struct outcome){1, word} : fault(cause, va);
}

/* Store what is there, so that others still find it. */
static struct outcome store(uintptr_t va, uintptr_t mode)
{
	struct outcome o = load(va, mode);
	__asm__ volatile("csrc mstatus, %0" ::"r"(MPP));
	long cause = try_store(va, MPRV | mode, o.ok ? o.value : 0);
	return cause < 0 ? (struct outcome){1, 0} : fault(cause, va);
}

static struct outcome fetch(uintptr_t va, uintptr_t mode)
{
	__asm__ volatile("csrc mstatus, %0" ::"r"(MPP));
	long cause = try_fetch(va, mode);
	if (cause == BREAKPOINT && read_csr(mepc) == va)
		return (struct outcome){1, 0};
	return fault(cause, va);
}

static void answer(uint64_t at, uint64_t ops)
{
	uintptr_t va = (uintptr_t)at & ~(uintptr_t)3;
	put_hex(at);
	if (ops & TRY_KR)
		put_outcome("kr", load(va, MPP_S));
	if (ops & TRY_KW)
		put_outcome("kw", store(va, MPP_S));
	if (ops & TRY_KX)
		put_outcome("kx", fetch(va, MPP_S));
	if (ops & TRY_UR)
		put_outcome("ur", load(va, 0));
	if (ops & TRY_UW)
		put_outcome("uw", store(va, 0));
	if (ops & TRY_UX)
		put_outcome("ux", fetch(va, 0));
	put_char('\n');
}

void probe(void)
{
	put_text("probe riscv\n");
	if (ASK->reg[0])
		write_csr(0x30a, ASK->reg[0]); /* menvcfg */
	write_csr(satp, ASK->reg[2]);
	write_csr(sstatus, ASK->reg[1]);
	__asm__ volatile("sfence.vma\n\tfence.i" ::: "memory");
	if (read_csr(satp) != (uintptr_t)ASK->reg[2])
		put_text("satp does not hold this\n");
	else if (ASK->magic == PROVE_MAGIC)
		for (uint64_t i = 0; i < ASK->count; i++)
			answer(ASK->list[i].va, ASK->list[i].ops);
	put_text("done\n");
	*POWER = 0x5555;
}
