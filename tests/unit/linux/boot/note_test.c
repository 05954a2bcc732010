// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * A boot that a note tells of: evidence by name, a machine there and back, what the evidence explains, notes that make no
 * sense. The picture is the tables of a boot of 32-bit arm, made by hand, and nothing else.
 */
#include "linux/boot/note.h"
#include "linux/lines.h"

#include <stdlib.h>
#include <string.h>

#include "mem/mem.h"

#include "lab.h"

#define M UINT64_C(0x100000)
#define RAM UINT64_C(0x60000000)
#define LOW UINT64_C(0xc0000000)
#define CMA (RAM + 240 * M) /* the highest room at a multiple of 4M, in 256M of memory */

static const struct kv image[] = {
	{"_text", 0x8000}, {"_stext", 2 * M}, {"__turn_mmu_on", 2 * M}, {"__turn_mmu_on_end", 2 * M + 0x20},
	{"__start_rodata", 6 * M}, {"__init_begin", 8 * M}, {"bm_pte", 9 * M}, {"__init_end", 10 * M}, {"_sdata", 10 * M},
	{"_end", 13 * M},
};

/* A boot of 32-bit arm as a picture, with a note. */
struct picture {
	struct lab made;
	struct ptk_linux *lx;
};

static struct lab arm(void)
{
	struct lab l = lab_new("arm", "arm-short,tre,memattr=0x40e040e0ff0a81a8", 12);
	symbols(&l, image, sizeof image / sizeof *image, LOW);
	bank(&l, RAM, 256 * M, 0);
	set(&l, "page_offset", LOW);
	set(&l, "phys_offset", RAM);
	set(&l, "cma", 16 * M);
	boot(&l);
	return l;
}

static struct picture see(const char *note)
{
	struct picture p = {.made = arm()};
	struct ptk_linux_about about = {.release = "6.12.1", .table[PTK_TABLE_KERNEL] = ptk_boot_space(p.made.b),
		.page_offset = LOW, .phys_offset = RAM};
	if ((note && ptk_mem_note_(p.made.b->mem, PTK_NOTE_OWNER, strlen(PTK_NOTE_OWNER), PTK_NOTE_BOOT, note, strlen(note)) < 0) ||
	    ptk_linux_new(p.made.b->mem, &about, &p.lx, &p.made.err) < 0)
		bail("no picture: %s", p.made.err.msg);
	return p;
}

static void put_away(struct picture *p)
{
	ptk_linux_close(p->lx);
	end(&p->made);
}

/* ---- evidence ---- */

static void evidence(void)
{
	struct boot_evidence e = {0};
	boot_evidence_add_(&e, "taken", 0x5000, 0x5fff);
	boot_evidence_add_(&e, "state", 2, 2);
	boot_evidence_add_(&e, "taken", 0x1000, 0x2fff);
	boot_evidence_add_(&e, "taken too", 0x3000, 0x3fff);
	boot_evidence_sort_(&e);
	const struct boot_fact *state = boot_fact_(&e, "state"), *taken = boot_fact_(&e, "taken");
	ok(state && state->first == 2, "a number by its name");
	ok(taken && taken->first == 0x1000, "of ranges the first");
	ok(!boot_fact_(&e, "stat") && !boot_fact_(&e, "zoo") && !boot_fact_(&e, ""), "no others");
	static const struct {
		uint64_t at;
		bool in;
	} rows[] = {{0, false}, {0xfff, false}, {0x1000, true}, {0x2fff, true}, {0x3000, false}, {0x4fff, false}, {0x5000, true},
		{0x5fff, true}, {0x6000, false}, {UINT64_MAX, false}};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		is_int(boot_fact_holds_(&e, "taken", rows[i].at), rows[i].in, "0x%" PRIx64 " is in a range: %d", rows[i].at, rows[i].in);
	ok(boot_fact_holds_(&e, "taken too", 0x3000) && !boot_fact_holds_(&e, "t", 0x3000), "of this name only");
	free(e.fact);
}

/* ---- there and back ---- */

/* A note of this kernel, with these lines before its machine. */
static void told(struct lines *s, const char *lines)
{
	struct lab l = arm();
	*s = (struct lines){0};
	ptk_lines_put_(s, "kernel=0x%" PRIx64 "\n%smachine=\n", ptk_boot_space(l.b)->root, lines);
	ptk_machine_write(l.m, ptk_lines_write_, s);
	end(&l);
}

static bool has_yaml(void)
{
	struct ptk_machine *m = NULL;
	struct ptk_err err = {0};
	int rc = ptk_machine_read("", 0, "nothing", NULL, &m, &err);
	ptk_machine_free(m);
	return rc != PTK_E_NOTSUP;
}

static void machine(void)
{
	struct lines note, again = {0};
	struct ptk_machine *m = NULL;
	told(&note, "later=what this does not know\n");
	struct picture p = see(note.p);
	if (!is_int(ptk_machine_like(p.lx, &m, &p.made.err), 0, "a machine from a note (%s)", p.made.err.msg))
		return;
	ptk_machine_write(m, ptk_lines_write_, &again);
	is_str(again.p, strstr(note.p, "machine=\n") + 9, "written again it is the same, with where each value comes from");
	ok(strstr(again.p, "cma: 0x1000000  # test\n"), "which is told");
	ptk_machine_free(m);
	free(note.p);
	free(again.p);
	put_away(&p);
}

/* ---- what it explains ---- */

static int last(void *arg, const struct ptk_boot_diff *d)
{
	*(struct ptk_boot_diff *)arg = *d;
	return 0;
}

/* A page of memory for devices that is not cached: TEX and C are gone, as __dma_remap() has it. */
static void uncached(struct picture *p, uint64_t va)
{
	struct ptk_path path;
	if (ptk_walk(ptk_boot_space(p->made.b), va, &path, NULL) != PTK_MAPPED)
		bail("0x%" PRIx64 " is not mapped", va);
	const struct ptk_step *s = &path.step[path.nsteps - 1];
	boot_set_(p->made.b, s->entry_pa, s->entry.raw & ~UINT64_C(0x48));
}

static void explains(const char *lines, uint64_t pa, enum ptk_boot_verdict want, const char *what)
{
	struct lines note;
	struct ptk_boot_sum sum[16];
	struct ptk_boot_diff d = {.count = 0};
	struct lab l = arm();
	told(&note, lines);
	struct picture p = see(note.p);
	uncached(&p, pa - RAM + LOW);
	is_int(ptk_boot_compare(l.b, p.lx, last, &d, sum, &l.err), 0, "%s: compared %s", what, l.err.msg);
	is_u64(d.first, pa - RAM + LOW, "%s: that page differs", what);
	is_int(d.verdict, want, "%s: it is named, or is not", what);
	end(&l);
	free(note.p);
	put_away(&p);
}

/* ---- what makes no sense ---- */

static void refused(const char *text, bool with_kernel, int code, const char *says)
{
	static unsigned nth;
	char note[400];
	struct ptk_machine *m = NULL;
	struct ptk_err err = {0};
	snprintf(note, sizeof note, "%s%s", with_kernel ? "kernel=0x60004000\n" : "", text);
	struct picture p = see(note);
	int rc = ptk_machine_like(p.lx, &m, &err);
	is_int(rc, code, "note %u is refused", ++nth);
	ok(strstr(err.msg, says) && !strchr(err.msg, 033), "note %u: %s", nth, says);
	put_away(&p);
}

static void nonsense(void)
{
	refused("kernel=here\n", false, PTK_E_BADFMT, "makes no sense at 'kernel=here'");
	refused("no such line\n", true, PTK_E_BADFMT, "makes no sense at 'no such line'");
	refused("fact=0x1 cma\n", true, PTK_E_BADFMT, "makes no sense at 'fact=0x1 cma'");
	refused("fact=0x2 0x1 cma\n", true, PTK_E_BADFMT, "makes no sense");
	refused("fact=0x1 0x2 \n", true, PTK_E_BADFMT, "makes no sense");
	refused("why=\x1b[2J\n", true, PTK_E_BADFMT, "makes no sense");
	refused("why= its memblock is gone\n", true, PTK_E_NOTFOUND, "its memblock is gone");
	refused("", true, PTK_E_NOTFOUND, "does not have it");
	/* of another kernel, or of none: the picture itself is asked, which has no memblock */
	refused("why= never seen\n", false, PTK_E_NOTFOUND, "no symbol memblock is known");
	refused("kernel=0x60008000\nwhy= never seen\n", false, PTK_E_NOTFOUND, "no symbol memblock is known");
	if (!has_yaml())
		return;
	refused("machine=\n[\n", true, PTK_E_BADFMT, "ptkit's note of the boot");
	refused("machine=\n", true, PTK_E_BADFMT, "empty");
	refused("machine=\nregime: riscv-sv39\nkernel: 6.12\n", true, PTK_E_CONFLICT, "riscv-sv39");
	refused("machine=\nregime: arm-short\nkernel: 6.12\n", true, PTK_E_CONFLICT, "no memory");
	/* what a comment says goes to terminals */
	refused("machine=\nregime: arm-short\nkernel: 6.12\nvalues:\n  smp: 1 # \x1b[2J\n", true, PTK_E_BADFMT, "note of the boot");
}

/* A picture that does not tell its boot has a note of that, and a difference no evidence: a note takes the memory's place. */
static void untold(void)
{
	struct picture p = see(NULL), q;
	char *text = NULL;
	size_t len = 0;
	struct ptk_machine *m = NULL;
	is_int(boot_note_(p.lx, &text, &len), 0, "a note of a picture without a memblock");
	ok(text && len == strlen(text) && strncmp(text, "kernel=0x60004000\nwhy= ", 23) == 0, "says why it has no machine");
	q = see(text);
	is_int(ptk_machine_like(q.lx, &m, &q.made.err), PTK_E_NOTFOUND, "which is told");
	ok(strstr(q.made.err.msg, "was not in the picture that this snapshot is of"), "as a sentence: %s", q.made.err.msg);
	put_away(&p);
	put_away(&q);
	free(text);
}

int main(void)
{
	evidence();
	nonsense();
	untold();
	if (has_yaml())
		machine();
	else
		skip("no YAML, no machine");
	explains("fact=0x6f000000 0x6f003fff cma\n", CMA + 0x3000, PTK_BOOT_NAMED, "a page of a device");
	explains("fact=0x6f000000 0x6f003fff cma\n", CMA + 0x4000, PTK_BOOT_DIFFERENT, "the page after it");
	explains("", CMA + 0x3000, PTK_BOOT_DIFFERENT, "no evidence");
	return done();
}
