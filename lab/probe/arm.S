/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
	.syntax unified
	.arch	armv7ve
	.arm
	.section .text.start, "ax"
	.global _start
_start:
	ldr	r0, =probe_stack
	mov	sp, r0
	ldr	r0, =vectors
	mcr	p15, 4, r0, c12, c0, 0	@ HVBAR
	isb
	bl	probe
off:	ldr	r0, =0x84000008		@ PSCI SYSTEM_OFF
	.arch_extension sec
	smc	#0
	b	off

	@ uint32_t enter(va, cpsr, arg0, arg1): go to va in the mode cpsr names and come back with HSR.
	@ What lies there is one "hvc #1", the vectors of PL1 are "hvc #(16 + n)".
	.global enter
enter:
	push	{r4-r11, lr}
	msr	elr_hyp, r0
	msr	spsr_cxsf, r1
	isb
	eret

back:
	pop	{r4-r11, lr}
	mrc	p15, 4, r0, c5, c2, 0	@ HSR
	bx	lr

	@ In SVC mode, translated: ask about r2 as PL1 sees it, write four 32-bit PARs to r3.
	.global at_pl1
at_pl1:
	.irp	op, 0, 1, 2, 3
	mcr	p15, 0, r2, c7, c8, \op
	isb
	mrc	p15, 0, r0, c7, c4, 0
	str	r0, [r3], #4
	.endr
	dsb
	hvc	#1

	.balign 32
vectors:
	.rept	5
	b	lost
	.endr
	b	back			@ a trap or HVC from below
	b	lost
	b	lost
lost:
	mrc	p15, 4, r0, c5, c2, 0
	mrs	r1, elr_hyp
	bl	report_lost
	b	off
