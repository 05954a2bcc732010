/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
	.section .text.start, "ax"
	.global _start
_start:
	ldr	x0, =probe_stack
	mov	sp, x0
	/* No traps of floating point: the compiler may use it. */
	mov	x0, #0x33ff
	msr	cptr_el2, x0
	adr	x0, vectors
	msr	vbar_el2, x0
	isb
	bl	probe
off:	ldr	x0, =0x84000008		/* PSCI SYSTEM_OFF */
	smc	#0
	b	off

	/*
	 * uint64_t enter(va, spsr, &esr_el1): go to va in the state spsr names and come back with
	 * ESR_EL2. What lies there is one "hvc #1", the vectors of EL1 are "hvc #2".
	 */
	.global enter
enter:
	stp	x29, x30, [sp, #-16]!
	stp	x19, x2, [sp, #-16]!
	msr	elr_el2, x0
	msr	spsr_el2, x1
	isb
	eret

back:
	ldp	x19, x2, [sp], #16
	ldp	x29, x30, [sp], #16
	mrs	x1, esr_el1
	str	x1, [x2]
	mrs	x0, esr_el2
	ret

	.balign 2048
vectors:
	.rept	8
	b	lost
	.balign 128
	.endr
	b	back			/* synchronous, from a lower level in 64 bits */
	.balign 128
	.rept	7
	b	lost
	.balign 128
	.endr
lost:
	mrs	x0, esr_el2
	mrs	x1, elr_el2
	mrs	x2, far_el2
	bl	report_lost
	b	off
