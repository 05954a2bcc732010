/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/*
 * Paging on as asked, and tries in both rings. Everything here is mapped at its own address by the tables
 * under test: rwx for the kernel, and the page .user r-x for user code.
 */
#define ASK 0x200000

#ifdef __x86_64__
#define SP %rsp
#define VA %rdi
#define SAVE push %rbx; push %rbp; push %r12; push %r13; push %r14; push %r15
#define RESTORE pop %r15; pop %r14; pop %r13; pop %r12; pop %rbp; pop %rbx
#define ARGUMENTS
#define IRET iretq
#define ACC %rax
#define RIGHTS_64 0x20
#else
#define SP %esp
#define VA %edi
#define SAVE push %ebx; push %ebp; push %esi; push %edi
#define RESTORE pop %edi; pop %esi; pop %ebp; pop %ebx
#define ARGUMENTS mov 20(%esp), %edi; mov 24(%esp), %esi
#define IRET iret
#define ACC %eax
#define RIGHTS_64 0x40
#endif

	.section .text.start, "ax"
	.code32
multiboot:
	.long	0x1badb002, 0x00010000, -(0x1badb002 + 0x00010000)
	.long	multiboot, multiboot, probe_end, probe_stack, _start
	.global _start
_start:
	cli
	mov	$probe_stack, %esp
	mov	ASK + 16, %eax
	mov	ASK + 20, %edx
	mov	$0x277, %ecx		/* IA32_PAT */
	wrmsr
	mov	ASK + 24, %eax
	mov	%eax, %cr4
	mov	ASK + 32, %eax
	mov	%eax, %cr3
	mov	ASK + 40, %eax
	xor	%edx, %edx
	mov	$0xc0000080, %ecx	/* IA32_EFER */
	wrmsr
	mov	ASK + 48, %eax
	mov	%eax, %cr0
	lgdt	gdt_pointer
	ljmp	$8, $paging

#ifdef __x86_64__
	.code64
#endif
paging:
	/* User data segments even here: going to ring 3 would clear others. */
	mov	$0x23, %eax
	mov	%eax, %ds
	mov	%eax, %es
	mov	$0x10, %eax
	mov	%eax, %ss
	call	probe
1:	hlt
	jmp	1b

	/*
	 * void try_*(va, word): what happened is in last_vector (0: nothing), last_error, last_word, last_ip.
	 * Faults come back through resume, whatever ring they were in.
	 */
	.macro	try name
	.global	\name
\name:
	SAVE
	ARGUMENTS
	mov	SP, saved_sp
	.endm

	try	try_load
	mov	(VA), %ecx
	mov	%ecx, last_word
	jmp	resume
	try	try_store
	mov	%esi, (VA)
	jmp	resume
	try	try_fetch
	jmp	*VA
	try	try_user_load
	lea	user_load, ACC
	jmp	to_user
	try	try_user_store
	lea	user_store, ACC
	jmp	to_user
	try	try_user_fetch
	mov	VA, ACC
to_user:
	push	$0x23
	push	$0
	push	$2
	push	$0x1b
	push	ACC
	IRET

resume:
	mov	saved_sp, SP
	RESTORE
	ret

	.macro	vector n
	.global	vector_\n
vector_\n:
	.endm
	vector	faults			/* 12, 13, 14: with an error code */
	pop	ACC
	mov	%eax, last_error
	pop	ACC
	mov	ACC, last_ip
	movl	$14, last_vector
	jmp	resume
	vector	general
	pop	ACC
	mov	%eax, last_error
	movl	$13, last_vector
	jmp	resume
	vector	breakpoint
	pop	ACC
	mov	ACC, last_ip
	movl	$3, last_vector
	jmp	resume
	vector	invalid
	movl	$6, last_vector
	jmp	resume
	vector	done			/* int $0x80 */
	mov	%ecx, last_word
	jmp	resume

	/* On a page that user code may execute; VA and the word are still in their registers. */
	.section .user, "ax"
user_load:
	mov	(VA), %ecx
	int	$0x80
user_store:
	mov	%esi, (VA)
	int	$0x80

	.data
	.balign	16
	.global	gdt
gdt:
	.quad	0
	.quad	0x000f9b000000ffff | (0x80 | RIGHTS_64) << 48	/* 0x08: kernel code */
	.quad	0x00cf93000000ffff				/* 0x10: kernel data */
	.quad	0x000ffb000000ffff | (0x80 | RIGHTS_64) << 48	/* 0x18: user code */
	.quad	0x00cff3000000ffff				/* 0x20: user data */
	.quad	0, 0						/* 0x28: the TSS */
gdt_pointer:
	.word	. - gdt - 1
	.long	gdt, 0
	.balign	8
saved_sp:
	.quad	0
