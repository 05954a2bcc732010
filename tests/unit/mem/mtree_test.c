// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* Monitor texts as QEMU 7.2 prints them, and what is no such text. */
#include "mem/mtree.h"

#include "lib/tap.h"

static const char pc[] = "FlatView #0\r\n AS \"I/O\", root: io\r\n  0000000000000000-0000000000000fff (prio 0, ram): not.this\r\n\r\nFlatView #1\r\n"
			 " AS \"memory\", root: system\r\n AS \"cpu-memory-0\", root: system\r\n Root memory region: system\r\n"
			 "  0000000000000000-000000000009ffff (prio 0, ram): pc.ram KVM\r\n"
			 "  00000000000a0000-00000000000bffff (prio 1, i/o): vga-lowmem\r\n"
			 "  00000000000c0000-00000000000c3fff (prio 0, rom): pc.ram @00000000000c0000\r\n"
			 "  0000000000100000-000000007fffffff (prio 0, ram): pc.ram @0000000000100000 KVM\r\n"
			 "  00000000fd000000-00000000fdffffff (prio 1, romd): virt.flash0\r\n"
			 "  00000000fffc0000-00000000ffffffff (prio 0, rom): pc.bios\r\n"
			 "  0000000100000000-000000017fffffff (prio 0, ram): my ram @0000000080000000\r\n\r\n"
			 "FlatView #2\r\n AS \"other\", root: x\r\n  0000000200000000-00000002ffffffff (prio 0, ram): other\r\n";

static void ram(void)
{
	struct ptk_mtree_ram e[8];
	is_int((int64_t)ptk_mtree_(pc, e, 8), 5, "RAM and ROM, no devices, no flash, no other spaces");
	ok(e[0].first == 0 && e[0].last == 0x9ffff && e[0].offset == 0 && !strcmp(e[0].name, "pc.ram"), "a block's start");
	ok(e[1].first == 0xc0000 && e[1].offset == 0xc0000, "its ROM");
	ok(e[2].first == 0x100000 && e[2].last == 0x7fffffff && e[2].offset == 0x100000 && !strcmp(e[2].name, "pc.ram"), "what follows");
	is_str(e[3].name, "pc.bios", "another block");
	ok(e[4].first == 0x100000000 && e[4].offset == 0x80000000 && !strcmp(e[4].name, "my ram"), "a name with a blank");
	is_int((int64_t)ptk_mtree_(pc, e, 2), 2, "no more than there is room for");
}

static void nonsense(void)
{
	static const char *const texts[] = {
		"", "\n", "FlatView #0", " AS \"memory\"", " AS \"memory\"\n  x-y (prio 0, ram): a\n", " AS \"memory\"\n  10-0 (prio 0, ram): a\n",
		" AS \"memory\"\n  0-10 (prio 0, ram", " AS \"memory\"\n  0-10 (prio 0, i/o): a\n", "  0-10 (prio 0, ram): a\n",
		" AS \"memory\"\n  0-10 (prio 0, aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa): a\n",
	};
	struct ptk_mtree_ram e[8];
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		is_int((int64_t)ptk_mtree_(texts[i], e, 8), 0, "none in %zu", i);
	is_int((int64_t)ptk_mtree_(" AS \"memory\"\n  0-10 (prio 0, ram): a\n  8-20 (prio 0, ram): b\n  11-20 (prio 0, ram): c", e, 8), 2,
	       "what overlaps is left out");
	static char text[400] = " AS \"memory\"\n  0-10 (prio 0, ram): ";
	memset(text + strlen(text), 'n', 300);
	ok(ptk_mtree_(text, e, 8) == 1 && strlen(e[0].name) == sizeof e[0].name - 1, "a long name is cut");
}

static void registers(void)
{
	char out[400];
	static const char x86[] = "\nCPU#0\r\nRAX=0000000000000000 RBX=ffffffff9f008b00\r\nRIP=ffffffff9ea761f3 RFL=00000246 [---Z-P-] CPL=0\r\n"
				  "CR0=80050033 CR2=00007f47f07ff000 CR3=0000000000920000 CR4=003516b0\r\nEFER=0000000000000d01\r\n";
	static const char riscv[] = " pc       ffffffff801be598\r\n mhartid  0000000000000000\r\n mstatus  0000000a000000a0\r\n"
				    " vsstatus 0000000a00000000\r\n mepc     ffffffff80008446\r\n satp     a000100000081170\r\n";
	static const char arm[] = "R12=c0801f60 R13=c0801f90 R14=c0428028 R15=c02118c8\r\nPSR=60010093 -ZC- A svc32\r\n";
	out[ptk_mtree_registers_(x86, out, sizeof out)] = 0;
	is_str(out, "rip=0xffffffff9ea761f3\ncr0=0x80050033\ncr2=0x7f47f07ff000\ncr3=0x920000\ncr4=0x3516b0\nefer=0xd01\n", "x86");
	out[ptk_mtree_registers_(riscv, out, sizeof out)] = 0;
	is_str(out, "pc=0xffffffff801be598\nsatp=0xa000100000081170\nmstatus=0xa000000a0\n", "riscv");
	out[ptk_mtree_registers_(arm, out, sizeof out)] = 0;
	is_str(out, "", "arm: none of the MMU's");
	is_int((int64_t)ptk_mtree_registers_("CR3=12 EFER= xCR3=00000001 satp", out, sizeof out), 0, "no values");
	is_int((int64_t)ptk_mtree_registers_(x86, out, 23), 0, "no room for the first");
}

int main(void)
{
	ram();
	nonsense();
	registers();
	return done();
}
