// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* The kernel's text read back: that of real machines in examples/, and that of a bug report with folded blanks. */
#include <ptkit/ptkit.h>

#include "folded.h"
#include "tap.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))

static struct ptk_text *parse(const char *text)
{
	struct ptk_text *t = NULL;
	struct ptk_err err = {0};
	if (ptk_text_parse(text, strlen(text), &t, &err) < 0)
		printf("# %s\n", err.msg);
	return t;
}

static size_t count(const char *text, const char *start)
{
	size_t n = 0;
	for (const char *p = text; p; p = strchr(p, '\n'), p = p ? p + 1 : NULL)
		n += strncmp(p, start, strlen(start)) == 0;
	return n;
}

/* One line, alone: rights as the table prints them, and the memory type. */
static void is_line(const char *text, int level, const char *rights, enum ptk_memtype mem)
{
	char got[8] = "";
	struct ptk_text *t = parse(text);
	if (!ok(t && ptk_text_info(t)->nlines == 1 && ptk_text_info(t)->nbad == 0, "reads %s", text)) {
		ptk_text_free(t);
		return;
	}
	const struct ptk_text_line *l = ptk_text_info(t)->line;
	is_int(l->level, level, "its level");
	is_int(l->nunknown, 0, "all of its words are known");
	if (rights) {
		ptk_render_rights(&l->attr, got);
		is_str(got, rights, "its rights");
		is_int(l->attr.mem, mem, "its memory type");
	} else {
		ok(l->kind != PTK_LEAF && !l->attr.flags, "it is not mapped");
	}
	ptk_text_free(t);
}

#define V64 "0xffff000000200000-0xffff000000400000           2M "
#define V32 "0xc0000000-0xc0200000           2M "

static void lines(void)
{
	is_line(V64 "PMD       ro NX SHD AF NG     BLK UXN    MEM/NORMAL", 1, "r-- ---", PTK_MEM_WB);
	is_line(V64 "PTE       RW x  SHD AF            UXN GP MEM/NORMAL-TAGGED", 0, "rwx ---", PTK_MEM_WB_TAGGED);
	/* AP[2:1] = 11, and UXN clear: El0 reads and executes */
	is_line(V64 "PTE   USR ro NX SHD AF NG                MEM/NORMAL", 0, "r-- r-x", PTK_MEM_WB);
	is_line(V64 "PTE       RW NX SHD AF        CON     UXN    DEVICE/nGnRE", 0, "rw- ---", PTK_MEM_DEV_nGnRE);
	is_line(V64 "RW NX SHD AF BLK UXN DEVICE/GRE", -1, "rw- ---", PTK_MEM_DEV_GRE);
	is_line(V64 "PMD", 1, NULL, 0);
	is_line(V64 "PTE F     RW NX SHD AF NG         UXN    MEM/NORMAL", 0, NULL, 0);
	is_line(V64 "    RW         PSE     GLB NX pmd", 1, "rw- ---", PTK_MEM_WB);
	is_line(V64 "USR ro                     x  pte", 0, "r-x r-x", PTK_MEM_WB);
	/* the kernel's own PAT: PWT alone is write-combining, PCD alone UC-, both UC */
	is_line(V64 "    RW     PCD         GLB NX pte", 0, "rw- ---", PTK_MEM_UC_MINUS);
	is_line(V64 "    RW PWT PCD         GLB NX pte", 0, "rw- ---", PTK_MEM_UC);
	is_line(V64 "                              pmd", 1, NULL, 0);
	is_line(V32 "    RW                     x  pte", 0, "rwx ---", PTK_MEM_WB);
	is_line(V32 "PTE KERNEL      ro x  SHD MEM/CACHED/WBWA", 0, "r-x ---", PTK_MEM_WB);
	is_line(V32 "PTE VECTORS USR ro x  SHD MEM/CACHED/WBWA", 0, "r-x r-x", PTK_MEM_WB);
	is_line(V32 "PGD IO          RW NX    ", 1, "rw- ---", PTK_MEM_UNKNOWN);
	/* AP = 10 of a section: the kernel writes, others read; Linux prints what others may */
	is_line(V32 "PGD USER    USR ro NX SHD", 1, "rw- r--", PTK_MEM_UNKNOWN);
	is_line(V32 "PMD USR RW NX SHD", 1, "rw- rw-", PTK_MEM_UNKNOWN);
	is_line(V32 "PTE     RW NX SHD MEM/BUFFERABLE/WC DEV/WC", 0, "rw- ---", PTK_MEM_NC);
}

static void riscv_lines(void)
{
#define RV "0xffffffc4fec00000-0xffffffc4ff000000    0x0000000085e00000         4M "
	is_line(RV "PMD .   ..     ..   D A G . . W R V", 1, "rw- ---", PTK_MEM_PMA);
	is_line(RV "PTE . MT(IO)   ..   D A G . . W R V", 0, "rw- ---", PTK_MEM_IO);
	/* with SUM, as regimes have it where nothing else is said */
	is_line(RV "PTE . MT(NC) RSW(1) D A . U X . R V", 0, "r-- r-x", PTK_MEM_NC);
	is_line(RV "PTE     D A G . X . R V", 0, "r-x ---", PTK_MEM_PMA);
	is_line(RV "PTE RSW D A G . X . R V", 0, "r-x ---", PTK_MEM_PMA);
	is_line("0xc4c00000-0xc5000000    0x85e00000         4M PGD   ..   D A G . . W R V", 1, "rw- ---", PTK_MEM_PMA);
	struct ptk_text *t = parse(RV "PTE N MT(NC) RSW(1) D A G . . W R V");
	const struct ptk_text_line *l = t ? ptk_text_info(t)->line : NULL;
	if (ok(t != NULL, "a NAPOT line")) {
		is_u64(l->pa, 0x85e00000, "its physical address");
		is_int(l->attr.flags & (PTK_A_CONT | PTK_A_DIRTY | PTK_A_ACCESSED | PTK_A_GLOBAL),
		       PTK_A_CONT | PTK_A_DIRTY | PTK_A_ACCESSED | PTK_A_GLOBAL, "its flags");
	}
	ptk_text_free(t);
}

static void flags(void)
{
	struct ptk_text *t = parse(V64 "PTE       RW NX SHD AF    CON         UXN    MEM/NORMAL\n"
	                           "0xffff000000400000-0xffff000000600000 2M PTE RW NX NG UXN MEM/NORMAL");
	if (!ok(t && ptk_text_info(t)->nlines == 2, "two lines of arm64"))
		return;
	const struct ptk_text_line *l = ptk_text_info(t)->line;
	is_int(l[0].attr.flags & ~(uint32_t)PTK_A_RIGHTS, PTK_A_GLOBAL | PTK_A_ACCESSED | PTK_A_CONT, "AF, CON, no NG");
	is_int(l[0].attr.share, PTK_SHARE_INNER, "SHD");
	is_int(l[1].attr.flags & ~(uint32_t)PTK_A_RIGHTS, 0, "NG, no AF, no CON");
	is_int(l[1].attr.share, PTK_SHARE_NONE, "no SHD");
	ptk_text_free(t);
}

/* ---- the bug report ---- */

static void sample(void)
{
	struct ptk_text *t = parse(folded);
	if (!ok(t != NULL, "the folded sample is read"))
		return;
	const struct ptk_text_info *ti = ptk_text_info(t);
	const struct ptk_text_line *l = ti->line;
	is_str(ti->arch, "arm", "it is arm's");
	is_u64(ti->nlines, count(folded, "0x"), "every range");
	is_u64(ti->nmarkers, count(folded, "---["), "every marker");
	is_u64(ti->total_bad, 0, "nothing else");
	is_u64(l[0].first, 0xbfe01000, "the first one starts there");
	is_u64(l[0].last, 0xbfe1dfff, "and ends there");
	is_u64(l[0].size, 116 << 10, "and has 116K");
	is_int(l[0].level, -1, "its level is not said");
	is_str(ti->marker[l[0].marker - 1].name, "Modules", "it belongs to the modules");
	is_str(ptk_text_region(t, 0xc0345678), "Kernel Mapping", "the region of an address");
	is_str(ptk_text_region(t, 0x1000), NULL, "and of one that is not there");
	is_int(l[2].attr.flags, PTK_A_KR | PTK_A_KX, "the kernel's code");
	is_int(l[2].attr.share, PTK_SHARE_INNER, "is shareable");
	const struct ptk_text_line *vectors = &l[ti->nlines - 2];
	is_int(vectors->attr.flags, PTK_A_KR | PTK_A_KX | PTK_A_UR | PTK_A_UX, "the vectors are for all");
	struct ptk_regime r;
	ok(ptk_text_regime(t, &r, NULL) == 0 && strcmp(r.name, "arm-short") == 0, "short descriptors, most likely");
	ptk_text_free(t);
}

/* A CPU without NX prints none, and PAE or not is told by what an entry above pages maps: 2M or 4M. */
static void regime_x86(const char *text, const char *name)
{
	struct ptk_regime r;
	struct ptk_text *t = parse(text);
	ok(t && ptk_text_regime(t, &r, NULL) == 0 && strcmp(r.name, name) == 0, "%s", name);
	ptk_text_free(t);
}

static void no_nx(void)
{
	regime_x86("0xc0000000-0xc0200000 2M RW GLB x pte\n0xc0200000-0xc0800000 6M RW PSE GLB x pmd\n", "x86-pae");
	regime_x86("0xc0000000-0xc0400000 4M RW GLB x pte\n0xc0400000-0xc0c00000 8M RW PSE GLB x pmd\n", "x86-32");
	regime_x86("0xc0000000-0xc0400000 4M RW GLB NX pte\n0xc0400000-0xc0c00000 8M RW PSE GLB NX pmd\n", "x86-pae");
}

/* What a log does to a text: the same lines come out. */
static void logged(void)
{
	char *log = malloc(2 * sizeof folded + 80 * 64), *p = log;
	for (const char *s = folded; *s; s = strchr(s, '\n') + 1)
		p += sprintf(p, "Nov 21 07:00:01 board kernel: [   12.345678] %.*s \r\n", (int)strcspn(s, "\n"), s);
	struct ptk_text *a = parse(folded), *b = parse(log);
	if (ok(a && b, "a log of it is read")) {
		const struct ptk_text_info *x = ptk_text_info(a), *y = ptk_text_info(b);
		bool same = x->nlines == y->nlines && x->nmarkers == y->nmarkers && y->total_bad == 0;
		for (size_t i = 0; same && i < x->nlines; i++)
			same = x->line[i].first == y->line[i].first && x->line[i].last == y->line[i].last &&
			       x->line[i].attr.flags == y->line[i].attr.flags && x->line[i].marker == y->line[i].marker;
		ok(same, "and says the same");
	}
	ptk_text_free(a);
	ptk_text_free(b);
	free(log);
}

/* ---- hostile ---- */

static void bad(const char *text, const char *why)
{
	char all[512];
	snprintf(all, sizeof all, V64 "PMD\n\n%s\n", text);
	struct ptk_text *t = parse(all);
	if (!ok(t != NULL, "a good line before: %s", why))
		return;
	const struct ptk_text_info *ti = ptk_text_info(t);
	ok(ti->nlines == 1 && ti->nbad == 1, "one good, one bad");
	if (ti->nbad) {
		is_int(ti->bad[0].number, 3, "its number");
		has_str(ti->bad[0].why, why, "why");
	}
	ptk_text_free(t);
}

static void gap_is(const struct ptk_text_gap *g, uint64_t first, uint64_t last, uint64_t skipped, uint32_t number, uint32_t line)
{
	is_u64(g->first, first, "a gap starts where the range before ends");
	is_u64(g->last, last, "and ends where the next starts");
	is_u64(g->skipped, skipped, "what was counted in it");
	is_int(g->number, number, "its line");
	is_int(g->line, line, "what follows");
}

/* What x86 counts instead of showing it lies between the ranges before and after. */
static void gaps(void)
{
	struct ptk_text *t = parse("... 9 entries skipped ... \n"
	                           "0xffffff0000000000-0xffffff0000001000 4K ro GLB NX pte\n... 3 entries skipped ... \n"
	                           "---[ EFI Runtime Services ]---\n0xffffff0000002000-0xffffff0000003000 4K pte\n"
	                           "... 1 entry skipped ... \n0xffffff0000003000-0xffffff0000004000 4K pte\n... 2 entries skipped ... \n");
	const struct ptk_text_info *ti = ptk_text_info(t);
	is_u64(ti->skipped, 15, "all that was skipped is counted");
	if (is_int((int64_t)ti->ngaps, 3, "a gap is where addresses lie between")) {
		gap_is(&ti->gap[0], 0, UINT64_C(0xfffffeffffffffff), 9, 1, 0);
		gap_is(&ti->gap[1], UINT64_C(0xffffff0000001000), UINT64_C(0xffffff0000001fff), 3, 3, 1);
		gap_is(&ti->gap[2], UINT64_C(0xffffff0000004000), UINT64_MAX, 2, 8, 3);
	}
	ptk_text_free(t);
	t = parse("0xffd00000-0xffd01000 4K ro GLB NX pte\n... 3 entries skipped ... \n");
	ok(ptk_text_info(t)->ngaps == 1 && ptk_text_info(t)->gap[0].last == UINT32_MAX, "32 bits end where they end");
	ptk_text_free(t);
}

static void hostile(void)
{
	struct ptk_text *t = NULL;
	struct ptk_err err = {0};
	is_int(ptk_text_parse(NULL, 0, &t, &err), PTK_E_BADFMT, "nothing at all");
	is_int(ptk_text_parse("hello\n", 6, &t, &err), PTK_E_BADFMT, "something else");
	has_str(err.msg, "line 1", "and where");
	ok(!t, "the result is untouched");
	bad("hello", "not a line");
	bad("0xffff000000400000-0xffff000000600000 4M PMD", "size");
	bad("0xffff000000400000-0xffff000000600000", "no size");
	bad("0xffff000000400000-0xffff000000600000 99999999999999999999999K PMD", "no size");
	bad("0xffff000000400000-0xffff000000300000 2M PMD", "before it starts");
	bad("0xffff000000400000-0xffff000000600000 2M", "neither a level");
	bad("0xffff000000400000-0xffff000000600000 2M PMD NX", "no kernel prints");
	bad("0xffff000000400000-0xffff000000600000 2M PMD ro \x1b[31m", "not text");
	bad("0xffff000000400000-0xffff000000600000 2M PMD ro NX a b c d e f g h i j k l m n o p q r s t", "more words");
	bad("0xffff000000400000-0xffff000000600000 2M     RW                 GLB NX pte", "another architecture");
	bad("---[ end trace 0000000000000000 ]---", "not a line");
	bad("------------[ cut here ]------------", "not a line");
	t = parse(V64 "PTE RW NX SHD AF FUTURE UXN MEM/NORMAL\n... 3 entries skipped ... \n... 1 entry skipped ... \n");
	if (ok(t && ptk_text_info(t)->nlines == 1, "a word of a kernel to come")) {
		is_int(ptk_text_info(t)->line[0].nunknown, 1, "is counted");
		is_u64(ptk_text_info(t)->skipped, 4, "and so is what the kernel skipped");
	}
	ptk_text_free(t);
	gaps();
	char text[] = "0x0000000000000000-0x0000000000000000    16E pgd";
	t = parse(text);
	ok(!t, "a range whose size does not fit is refused");
	ptk_text_free(t);
}

/* ---- real machines ---- */

/* The text tells the rights of leaves, without what the tables above take away: so does the last entry of a walk. */
struct law {
	const struct ptk_text *t;
	struct ptk_space space[2];
	int nspaces;
	size_t wrong, compared;
};

static void compare_at(struct law *law, const struct ptk_text_line *l, uint64_t va)
{
	struct ptk_path path;
	for (int i = 0; i < law->nspaces; i++) {
		const struct ptk_space *s = &law->space[i];
		if (va < s->first || va > s->last || !ptk_va_valid(&s->regime, va))
			continue;
		int outcome = ptk_walk(s, va, &path, NULL);
		const struct ptk_entry *e = &path.step[path.nsteps - 1].entry;
		/* arm's user may execute only what it may read, which a single entry does not say */
		uint32_t rights = strcmp(ptk_text_info(law->t)->arch, "arm") == 0 ? path.attr.flags : e->attr.flags;
		bool same = outcome == PTK_MAPPED
		                    ? l->kind == PTK_LEAF && !((rights ^ l->attr.flags) & PTK_A_RIGHTS) &&
		                              (l->level == e->level)
		                    : l->kind != PTK_LEAF;
		law->compared++;
		law->wrong += !same;
		if (!same && law->wrong < 4)
			printf("# line %u, 0x%" PRIx64 ": outcome %d level %d/%d flags %x/%x\n", l->number, va, outcome,
			       l->level, e->level, l->attr.flags, e->attr.flags);
	}
}

static char *read_file(const char *path, size_t *size)
{
	FILE *f = fopen(path, "rb");
	char *text = f ? malloc(1 << 20) : NULL;
	*size = text ? fread(text, 1, (1 << 20) - 1, f) : 0;
	if (text)
		text[*size] = 0;
	if (f)
		fclose(f);
	return text;
}

static void against_core(struct law *law, const char *name)
{
	struct ptk_mem *mem = NULL;
	struct ptk_linux *lx = NULL;
	char path[512];
	int rc = -1;
	for (int i = 0; rc < 0 && i < 2; i++) {
		snprintf(path, sizeof path, "%s/examples/%s.core%s", getenv("PTKIT_SOURCE"), name, i ? "" : ".zst");
		rc = ptk_mem_open(path, NULL, &mem, NULL);
	}
	if (rc < 0 || ptk_linux_open(mem, NULL, &lx, NULL) < 0) {
		skip("%s: no core that this build can read", name);
		ptk_mem_close(mem);
		return;
	}
	const struct ptk_text_info *ti = ptk_text_info(law->t);
	law->nspaces = ptk_linux_spaces(lx, PTK_TABLE_KERNEL, law->space, NULL);
	for (size_t i = 0; i < ti->nlines; i++) {
		compare_at(law, &ti->line[i], ti->line[i].first);
		compare_at(law, &ti->line[i], ti->line[i].last);
	}
	ok(law->compared >= ti->nlines && !law->wrong, "%s: rights and levels are those of the tables (%zu of %zu not)",
	   name, law->wrong, law->compared);
	struct ptk_regime r;
	is_int(ptk_text_regime(law->t, &r, NULL), 0, "%s: a regime", name);
	is_str(r.name, law->space[0].regime.name, "%s: and it is that of the tables", name);
	ptk_linux_close(lx);
	ptk_mem_close(mem);
}

static void example(const char *name)
{
	char path[512];
	size_t size;
	snprintf(path, sizeof path, "%s/examples/%s.txt", getenv("PTKIT_SOURCE"), name);
	char *text = read_file(path, &size);
	struct law law = {.t = text ? parse(text) : NULL};
	if (ok(law.t != NULL, "%s is read", name)) {
		const struct ptk_text_info *ti = ptk_text_info(law.t);
		size_t unknown = 0;
		is_u64(ti->nlines, count(text, "0x"), "%s: every range", name);
		is_u64(ti->nmarkers, count(text, "---["), "%s: every marker", name);
		is_u64(ti->total_bad, 0, "%s: and nothing else", name);
		for (size_t i = 0; i < ti->nlines; i++)
			unknown += ti->line[i].nunknown;
		is_u64(unknown, 0, "%s: every word is known", name);
		against_core(&law, name);
	}
	ptk_text_free((struct ptk_text *)(uintptr_t)law.t);
	free(text);
}

int main(void)
{
	static const char *const names[] = {
		"arm-2l-6.12", "arm-lpae-6.12", "arm-vexpress-6.12", "arm64-4k48-6.1", "arm64-4k48-6.12", "arm64-4k52-6.12",
		"arm64-64k52-6.12", "i386-2l-6.12", "i386-pae-6.12", "riscv64-6.12", "riscv64-6.12-sv39", "x86_64-6.12",
		"x86_64-6.12-4lvl-pti"};
	lines();
	riscv_lines();
	flags();
	sample();
	no_nx();
	logged();
	hostile();
	for (size_t i = 0; i < COUNT(names); i++)
		example(names[i]);
	return done();
}
