// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* The probe for x86, 32 and 64 bits: loads, stores and fetches in ring 0 and ring 3, with paging on. */
#include <stdbool.h>

#define ASK ((const struct prove_ask *)0x200000)
#define COM1 0x3f8

#include "prove.h"

/* Which of an error code's bits say how the access was made (SDM vol. 3, 4.7). */
enum {
	PF_WRITE = 1 << 1,
	PF_USER = 1 << 2,
	PF_FETCH = 1 << 4,
};

#define PAGE_FAULT 14
#define BREAKPOINT 3

typedef void try_fn(uintptr_t va, uint32_t word);

try_fn try_load, try_store, try_fetch, try_user_load, try_user_store, try_user_fetch;
void vector_faults(void);
void vector_general(void);
void vector_breakpoint(void);
void vector_invalid(void);
void vector_done(void);
void probe(void);

volatile uint32_t last_vector, last_error, last_word;
volatile uintptr_t last_ip;
extern uint32_t gdt[];
extern uint8_t probe_stack[];

static uint32_t tss[26];
static uint32_t idt[129 * (sizeof(uintptr_t) / 2)];

static void out8(uint16_t port, uint8_t v)
{
	__asm__ volatile("outb %0, %1" ::"a"(v), "Nd"(port));
}

static void put_char(char c)
{
	uint8_t status;
	do
		__asm__ volatile("inb %1, %0" : "=a"(status) : "Nd"((uint16_t)(COM1 + 5)));
	while (!(status & 1 << 5));
	out8(COM1, (uint8_t)c);
}

static void set_gate(unsigned n, void (*handler)(void))
{
	uint32_t *gate = idt + n * (sizeof(uintptr_t) / 2);
	uint32_t to = (uint32_t)(uintptr_t)handler; /* the probe lies below 4G */
	gate[0] = 8u << 16 | (to & 0xffff);
	gate[1] = (to & 0xffff0000) | 0xee00; /* present, from any ring, an interrupt gate */
}

static void set_descriptors(void)
{
	struct __attribute__((packed)) {
		uint16_t limit;
		uintptr_t base;
	} pointer = {sizeof idt - 1, (uintptr_t)idt};
	uint32_t base = (uint32_t)(uintptr_t)tss;
	set_gate(3, vector_breakpoint);
	set_gate(6, vector_invalid);
	set_gate(12, vector_general);
	set_gate(13, vector_general);
	set_gate(14, vector_faults);
	set_gate(128, vector_done);
	/* The stack of ring 0: both layouts have it at byte 4; 32 bits have SS at 8, the upper half in 64. */
	tss[1] = (uint32_t)(uintptr_t)probe_stack - 0x4000;
	tss[2] = sizeof(uintptr_t) == 4 ? 0x10 : 0;
	gdt[10] = base << 16 | (sizeof tss - 1);
	gdt[11] = (base & 0xff000000) | 0x8900 | (base >> 16 & 0xff);
	__asm__ volatile("lidt %0\n\tltr %w1" ::"m"(pointer), "r"(0x28));
}

static struct outcome try(try_fn *fn, uintptr_t va, uint32_t word, uint32_t how)
{
	uintptr_t cr2 = 0;
	last_vector = last_error = last_word = 0;
	__asm__ volatile("mov %0, %%cr2" ::"r"(cr2));
	fn(va, word);
	__asm__ volatile("mov %%cr2, %0" : "=r"(cr2));
	if (how & PF_FETCH && last_vector == BREAKPOINT && last_ip == va + 1)
		return (struct outcome){1, 0};
	if (last_vector == 0 && !(how & PF_FETCH))
		return (struct outcome){1, last_word};
	/* A fault that tells of another access than ours gets its vector into the upper half. */
	uint32_t asked = PF_WRITE | PF_USER | ((how & PF_FETCH) && last_error & PF_FETCH ? PF_FETCH : 0);
	bool ours = last_vector == PAGE_FAULT && cr2 == va && (last_error & asked) == (how & asked);
	return (struct outcome){0, ours ? last_error : last_error | 0x80000000 | last_vector << 16};
}

/* Store what is there, so that others still find it. */
static struct outcome try_same(try_fn *load, try_fn *store, uintptr_t va, uint32_t how)
{
	struct outcome o = try(load, va, 0, how & ~(uint32_t)PF_WRITE);
	o = try(store, va, o.ok ? o.value : 0xcc, how);
	o.value = o.ok ? 0 : o.value;
	return o;
}

static void answer(uint64_t at, uint64_t ops)
{
	uintptr_t va = (uintptr_t)at & ~(uintptr_t)3;
	put_hex(at);
	if (ops & TRY_KR)
		put_outcome("kr", try(try_load, va, 0, 0));
	if (ops & TRY_KW)
		put_outcome("kw", try_same(try_load, try_store, va, PF_WRITE));
	if (ops & TRY_KX)
		put_outcome("kx", try(try_fetch, va, 0, PF_FETCH));
	if (ops & TRY_UR)
		put_outcome("ur", try(try_user_load, va, 0, PF_USER));
	if (ops & TRY_UW)
		put_outcome("uw", try_same(try_user_load, try_user_store, va, PF_USER | PF_WRITE));
	if (ops & TRY_UX)
		put_outcome("ux", try(try_user_fetch, va, 0, PF_USER | PF_FETCH));
	put_char('\n');
}

void probe(void)
{
	set_descriptors();
	put_text("probe x86\n");
	if (ASK->magic == PROVE_MAGIC)
		for (uint64_t i = 0; i < ASK->count; i++)
			answer(ASK->list[i].va, ASK->list[i].ops);
	put_text("done\n");
	out8(0xf4, 0); /* isa-debug-exit */
}
