// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * What the columns mean, in sentences. Rows with one title are one column, of which a line has one; an empty word is
 * the column left blank. After arch/.../mm/{dump,ptdump,dump_pagetables}.c and the manuals of the architectures.
 */
#include <string.h>

#include "linux/text.h"

struct row {
	unsigned archs;
	const char *word, *title, *means;
};

#define ARMS (TEXT_ARM | TEXT_ARM64)
#define PRINTING (TEXT_ARM | TEXT_ARM64 | TEXT_X86)

static const struct row rows[] = {
	{TEXT_ARM64, "F", "validity",
	 "the entry is not valid: any access faults, and the rest is what software keeps in it"},

	{PRINTING, "USR", "user", "code without privilege may access it too"},
	{PRINTING, "", "user", "no USR: only the kernel may access it"},

	{PRINTING, "ro", "write", "read-only"},
	{PRINTING, "RW", "write", "may be read and written"},

	{TEXT_X86, "PWT", "write-through", "PWT is set: with PCD and PAT it selects the memory type"},
	{TEXT_X86, "PCD", "cache disable",
	 "PCD is set: with PWT and PAT it selects the memory type; by itself, uncached"},
	{TEXT_X86, "PSE", "page size", "a large page: this entry maps memory itself instead of naming a table"},
	{TEXT_X86, "PAT", "PAT bit", "the PAT bit is set: with PCD and PWT it selects the memory type"},
	{TEXT_X86, "GLB", "global", "global: its TLB entry outlives a change of address space (a write to CR3)"},
	{TEXT_X86, "", "global", "no GLB: its TLB entry goes when the address space changes"},
	{TEXT_X86, "NX", "execute", "nobody may execute from it"},
	{TEXT_X86, "x", "execute", "may be executed"},

	{TEXT_ARM, "NX", "execute", "nobody may execute from it (XN)"},
	{TEXT_ARM, "x", "execute", "may be executed by whoever may read it"},
	{TEXT_ARM64, "NX", "kernel execute", "the kernel may not execute from it (PXN)"},
	{TEXT_ARM64, "x", "kernel execute", "the kernel may execute from it (PXN is clear)"},

	{TEXT_ARM, "SHD", "shareability", "shareable: other cores see the same contents, kept coherent by hardware"},
	{TEXT_ARM64, "SHD", "shareability",
	 "inner shareable: other cores see the same contents, kept coherent by hardware"},
	{ARMS, "", "shareability",
	 "no SHD: not marked inner shareable (with 52-bit addresses and LPA2 these bits belong to the address)"},

	{TEXT_ARM64, "AF", "access flag",
	 "accessed: the first access will not fault; the kernel's own mappings have it set"},
	{TEXT_ARM64, "", "access flag",
	 "no AF: the first access faults, or hardware sets the flag, to mark the page as used"},
	{TEXT_ARM64, "NG", "global", "not global: its TLB entries belong to one address space (ASID)"},
	{TEXT_ARM64, "", "global", "no NG: global, its TLB entries serve every address space"},
	{TEXT_ARM64, "CON", "contiguous", "part of an aligned run of like entries that one TLB entry may hold"},
	{TEXT_ARM64, "BLK", "block", "a block: this entry maps a large piece of memory instead of naming a table"},
	{TEXT_ARM64, "UXN", "user execute", "code without privilege may not execute from it"},
	{TEXT_ARM64, "", "user execute", "no UXN: code without privilege may execute from it"},
	{TEXT_ARM64, "GP", "guarded", "guarded: an indirect branch must land on a BTI instruction"},

	{TEXT_ARM64, "DEVICE/nGnRnE", "memory type",
	 "device: no gathering, no reordering, no early write acknowledgement; the strictest"},
	{TEXT_ARM64, "DEVICE/nGnRE", "memory type",
	 "device: no gathering, no reordering, writes may be acknowledged early; what ioremap() gives"},
	{TEXT_ARM64, "DEVICE/GRE", "memory type", "device: accesses may be gathered, reordered and acknowledged early"},
	{TEXT_ARM64, "MEM/NORMAL-NC", "memory type", "normal memory, not cached; writes may be gathered"},
	{TEXT_ARM64, "MEM/NORMAL", "memory type", "normal memory, cached, write-back"},
	{TEXT_ARM64, "MEM/NORMAL-TAGGED", "memory type",
	 "normal memory, cached, write-back, with allocation tags (MTE) where the machine has them"},

	{TEXT_ARM, "SO/UNCACHED", "memory type", "strongly ordered: neither cached, buffered nor reordered"},
	{TEXT_ARM, "MEM/BUFFERABLE/WC", "memory type",
	 "normal memory, not cached; writes may be combined, as in a frame buffer"},
	{TEXT_ARM, "MEM/CACHED/WT", "memory type", "normal memory, cached, write-through"},
	{TEXT_ARM, "MEM/CACHED/WBRA", "memory type", "normal memory, cached, write-back, allocated on reads"},
	{TEXT_ARM, "MEM/CACHED/WBWA", "memory type", "normal memory, cached, write-back, allocated on writes too"},
	{TEXT_ARM, "MEM/MINICACHE", "memory type", "normal memory, through the small cache of XScale"},
	{TEXT_ARM, "DEV/SHARED", "memory type", "device registers, shareable; what ioremap() gives"},
	{TEXT_ARM, "DEV/NONSHARED", "memory type", "device registers, not shareable"},
	{TEXT_ARM, "DEV/WC", "memory type",
	 "device memory with write combining; long descriptors give it the index of MEM/BUFFERABLE/WC"},
	{TEXT_ARM, "DEV/CACHED", "memory type",
	 "device memory, cached; long descriptors give it the index of MEM/CACHED/WBRA"},

	/* riscv: the order of the line; dots are bits that are clear */
	{TEXT_RISCV, "MT(NC)", "memory type", "PBMT: not cached, idempotent, weakly ordered main memory"},
	{TEXT_RISCV, "MT(IO)", "memory type", "PBMT: not cached, strongly ordered I/O"},
	{TEXT_RISCV, "MT(?\?)", "memory type", "PBMT: the reserved value, which faults"},
	{TEXT_RISCV, "RSW", "software", "a bit that is software's is set: a special mapping"},
	{TEXT_RISCV, "RSW(1)", "software", "software's bits hold 1: a special mapping, without a struct page to count"},
	{TEXT_RISCV, "RSW(2)", "software", "software's bits hold 2"},
	{TEXT_RISCV, "RSW(3)", "software", "software's bits hold 3"},
	{TEXT_RISCV, "N", "NAPOT", "part of an aligned run of like entries (Svnapot), 64K"},
	{TEXT_RISCV, "D", "dirty", "has been written, or counts as written"},
	{TEXT_RISCV, "A", "accessed", "has been used, or counts as used"},
	{TEXT_RISCV, "G", "global", "global: mapped alike in every address space"},
	{TEXT_RISCV, "U", "user", "for user mode; the kernel may touch it only with SUM set, and never execute it"},
	{TEXT_RISCV, "X", "execute", "may be executed"},
	{TEXT_RISCV, "W", "write", "may be written"},
	{TEXT_RISCV, "R", "read", "may be read"},
	{TEXT_RISCV, "V", "valid", "the entry is valid"},
};
#define NROWS (sizeof rows / sizeof *rows)

/* The columns of the newest layout of riscv, for dots, which say by their place what is clear. */
static const char *const riscv_titles[] = {"NAPOT",  "memory type", "software", "dirty", "accessed", "global",
                                           "user",   "execute",     "write",    "read",  "valid"};
static const char *const riscv_clear[] = {
	"not part of a run (Svnapot)", "as the platform says (PMA)", "software's bits are 0", "not written yet",
	"not used yet", "of one address space", "for the kernel only", "may not be executed", "may not be written",
	"may not be read", "not valid: any access faults"};

static bool riscv_column(const struct ptk_text_line *line, size_t i, struct ptk_text_column *out)
{
	size_t n = sizeof riscv_titles / sizeof *riscv_titles;
	if (i >= line->nwords || line->nwords > n)
		return false;
	/* Older and 32-bit layouts lack columns at the front. */
	size_t at = n - line->nwords + i;
	if (line->word[i][0] != '.')
		return false;
	*out = (struct ptk_text_column){line->word[i], riscv_titles[at], riscv_clear[at]};
	return true;
}

static enum text_arch arch_of(const struct ptk_text *t)
{
	const char *name = ptk_text_info(t)->arch;
	return strcmp(name, "arm") == 0     ? TEXT_ARM
	       : strcmp(name, "arm64") == 0 ? TEXT_ARM64
	       : strcmp(name, "riscv") == 0 ? TEXT_RISCV
	                                    : TEXT_X86;
}

static void explain_word(enum text_arch arch, const struct ptk_text_line *line, size_t i, struct ptk_text_column *out)
{
	if (arch == TEXT_RISCV && riscv_column(line, i, out))
		return;
	*out = (struct ptk_text_column){line->word[i], "unknown", "no kernel that ptkit knows prints this"};
	for (size_t r = 0; r < NROWS; r++)
		if (rows[r].archs & arch && strcmp(rows[r].word, line->word[i]) == 0)
			*out = (struct ptk_text_column){line->word[i], rows[r].title, rows[r].means};
}

/* Whether a word of the line belongs to the column with this title. */
static bool fills(enum text_arch arch, const struct ptk_text_line *line, const char *title)
{
	for (size_t i = 0; i < line->nwords; i++)
		for (size_t r = 0; r < NROWS; r++)
			if (rows[r].archs & arch && strcmp(rows[r].title, title) == 0 &&
			    strcmp(rows[r].word, line->word[i]) == 0)
				return true;
	return false;
}

/* What is left blank is told after what is there. */
bool ptk_text_explain(const struct ptk_text *t, const struct ptk_text_line *line, size_t i, struct ptk_text_column *out)
{
	enum text_arch arch = arch_of(t);
	if (i < line->nwords) {
		explain_word(arch, line, i, out);
		return true;
	}
	i -= line->nwords;
	if (!line->nwords)
		return false;
	for (size_t r = 0; r < NROWS; r++) {
		if (!(rows[r].archs & arch) || *rows[r].word || fills(arch, line, rows[r].title))
			continue;
		if (i-- == 0) {
			*out = (struct ptk_text_column){"", rows[r].title, rows[r].means};
			return true;
		}
	}
	return false;
}
