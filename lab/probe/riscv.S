/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* In M-mode, whose own accesses are not translated. A trap while trying is the try's return value. */
	.option	norvc
	.section .text.start, "ax"
	.global	_start
_start:
	la	sp, probe_stack
	la	t0, trap
	csrw	mtvec, t0
	li	t0, -1
	csrw	pmpaddr0, t0
	li	t0, 0x1f		/* all memory for all modes: NAPOT, R, W, X */
	csrw	pmpcfg0, t0
	call	probe
1:	wfi
	j	1b

	/* long try_load(va, mode, &word), try_store(va, mode, word): -1, or mcause; mode is MPP in place, with MPRV. */
	.global	try_load, try_store, try_fetch
	.balign	4
try_load:
	csrs	mstatus, a1
	lw	t1, 0(a0)
	csrc	mstatus, a1
	sw	t1, 0(a2)
	li	a0, -1
	ret
try_store:
	csrs	mstatus, a1
	sw	a2, 0(a0)
	csrc	mstatus, a1
	li	a0, -1
	ret
	/* Always traps: with c.ebreak's breakpoint if it could be fetched. */
try_fetch:
	csrw	mepc, a0
	csrs	mstatus, a1
	mret

	.balign	4
trap:
	li	t0, 0x21800		/* MPRV, MPP */
	csrc	mstatus, t0
	csrr	a0, mcause
	ret
