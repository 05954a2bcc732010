// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* Tables from the kernel's text: what real kernels printed comes back byte for byte, and what no tables print is refused. */
#include <dirent.h>
#include <ptkit/ptkit.h>

#include "folded.h"
#include "growing.h"
#include "tap.h"

static bool slurp(const char *path, struct text *t)
{
	return text_of(t, fopen(path, "r")) && t->n > 0;
}

/* Blanks folded, none at the ends of lines. */
static void fold(struct text *t)
{
	size_t n = 0;
	for (size_t i = 0; i < t->n; i++) {
		bool blank = t->p[i] == ' ', end = i + 1 < t->n && (t->p[i + 1] == ' ' || t->p[i + 1] == '\n');
		if (!blank || !end)
			t->p[n++] = t->p[i];
	}
	t->n = n;
	t->p[n] = 0;
}

static struct ptk_like *make(const char *text, const struct ptk_like_opts *opts, struct ptk_err *err)
{
	struct ptk_text *t = NULL;
	struct ptk_like *like = NULL;
	if (ptk_text_parse(text, strlen(text), &t, err) == 0)
		ptk_like_new(t, opts, &like, err);
	ptk_text_free(t);
	return like;
}

/* Reserved entries would fault: what was made is what hardware takes, too. */
static int only_leaves(void *arg, const struct ptk_range *r)
{
	*(bool *)arg &= r->kind == PTK_LEAF || r->kind == PTK_NOT_PRESENT;
	return 0;
}

static void print(const struct ptk_like *like, const char *what, struct text *out)
{
	const struct ptk_like_info *li = ptk_like_info(like);
	struct ptk_linux *lx;
	struct ptk_err err = {0};
	bool leaves = true;
	*out = (struct text){0};
	if (ptk_linux_new(li->space.mem, &li->about, &lx, &err) < 0)
		bail("%s", err.msg);
	is_int(ptk_linux_ptdump(lx, PTK_TABLE_KERNEL, &(struct ptk_ptdump_opts){0}, append, out, NULL, &err), 0, "%s: printed", what);
	ptk_linux_close(lx);
	is_int(ptk_ranges(&li->space, &(struct ptk_range_opts){0}, only_leaves, &leaves, NULL, &err), 0, "%s: listed", what);
	ok(leaves, "%s: every entry is one that hardware takes", what);
}

static void comes_back(const char *text, const char *what, bool folds, const struct ptk_like_opts *opts)
{
	struct ptk_err err = {0};
	struct text got;
	struct ptk_like *like = make(text, opts, &err);
	if (!ok(like != NULL, "%s: tables like it", what)) {
		printf("# %s\n", err.msg);
		return;
	}
	print(like, what, &got);
	if (folds)
		fold(&got);
	ok(strcmp(got.p, text) == 0, "%s: %s", what, folds ? "comes back, but for blanks" : "comes back byte for byte");
	free(got.p);
	ptk_like_free(like);
}

static void file_comes_back(const char *folder, const char *name, bool folds)
{
	char path[1024];
	struct text t;
	snprintf(path, sizeof path, "%s/%s", folder, name);
	if (slurp(path, &t))
		comes_back(t.p, name, folds, NULL);
	free(t.p);
}

static void examples(const char *source)
{
	char folder[800];
	unsigned n = 0;
	snprintf(folder, sizeof folder, "%s/examples", source);
	DIR *d = opendir(folder);
	if (!d)
		bail("no %s", folder);
	for (struct dirent *e; (e = readdir(d));) {
		size_t len = strlen(e->d_name);
		if (len < 4 || strcmp(e->d_name + len - 4, ".txt") != 0)
			continue;
		file_comes_back(folder, e->d_name, false);
		n++;
	}
	closedir(d);
	ok(n > 10, "the examples' texts: %u", n);
	comes_back(folded, "a bug report", true, NULL);
}

static void captures(const char *source)
{
	static const char *const names[] = {"kernel_page_tables.txt", "page_tables_kernel.txt", "page_tables_current_kernel.txt",
	                                    "page_tables_current_user.txt"};
	char folder[900], file[600];
	const char *env = getenv("PTKIT_CAPTURES");
	snprintf(folder, sizeof folder, "%s%s", env ? env : source, env ? "" : "/../shared/captures");
	DIR *d = opendir(folder);
	if (!d) {
		skip("no captures at %s", folder);
		return;
	}
	for (struct dirent *e; (e = readdir(d));)
		for (size_t i = 0; e->d_name[0] != '.' && i < sizeof names / sizeof *names; i++) {
			snprintf(file, sizeof file, "%s/%s", e->d_name, names[i]);
			file_comes_back(folder, file, false);
		}
	closedir(d);
}

/* ---- by hand ---- */

static void by_hand(void)
{
	/* x86: compared, but not printed, are A, D and software's bits; an absent page looks as empty as no page */
	comes_back("---[ User Space ]---\n"
	           "0x00000000-0x80000000           2G                               pgd\n"
	           "---[ Kernel Mapping ]---\n"
	           "0x80000000-0x80001000           4K     RW                 GLB NX pte\n"
	           "0x80001000-0x80002000           4K     RW                 GLB NX pte\n"
	           "0x80002000-0x80003000           4K     RW                 GLB NX pte\n"
	           "0x80003000-0x80004000           4K                               pte\n"
	           "0x80004000-0x80200000        2032K                               pte\n"
	           "0x80200000-0x80400000           2M USR ro PWT PCD PSE         x  pmd\n"
	           "0x80400000-0x80600000           2M                               pmd\n"
	           "0x80600000-0xc0000000        1018M                               pmd\n"
	           "0xc0000000-0x00000000           1G                               pgd\n", "x86 by hand", false, NULL);
	/* an empty line over the gap between the halves, which has no tables */
	comes_back("---[ User Space ]---\n"
	           "0x0000000000000000-0x00007f8000000000 130560G pgd\n"
	           "0x00007f8000000000-0x00007fffc0000000 511G pud\n"
	           "0x00007fffc0000000-0xffff880000000000 17179615233G pmd\n"
	           "---[ Kernel Space ]---\n"
	           "0xffff880000000000-0x0000000000000000 120T pgd\n", "x86: over the gap", true, NULL);
	/* arm's short descriptors: what the domain's name says, sections in the second half of a pair, a page without a type */
	comes_back("---[ Modules ]---\n"
	           "---[ Kernel Mapping ]---\n"
	           "0x80100000-0x80200000           1M PGD KERNEL      ro x     \n"
	           "0x80200000-0x80400000           2M PGD IO          RW NX SHD\n"
	           "0x80400000-0x80401000           4K PTE VECTORS USR ro x      MEM/CACHED/WBWA\n"
	           "0x80600000-0x80601000           4K PTE unknown     RW NX SHD DEV/WC\n"
	           "---[ vmalloc() End ]---\n"
	           "---[ Fixmap Area ]---\n"
	           "---[ Vectors ]---\n"
	           "0x80800000-0x80801000           4K PTE USER        RW NX SHD SO/UNCACHED\n"
	           "---[ Vectors End ]---\n",
	           "arm-short by hand", false, NULL);
	comes_back("0x80200000-0x80400000           2M     RW NX SHD\n"
	           "---[ Kernel Mapping ]---\n"
	           "0x80400000-0x80600000           2M     RW NX SHD\n",
	           "a piece: its first line has no marker", false, NULL);
	comes_back("0x80200000-0x80400000           2M     RW NX SHD\n"
	           "0x80400000-0x80600000           2M     RW NX SHD\n",
	           "equal neighbours without names", false, NULL);
	/* riscv: Svnapot, Svpbmt, software's bits; the version that came before them */
	comes_back("---[ Fixmap start ]---\n"
	           "0xffffffc6fea00000-0xffffffc6fea10000    0x0000000080000000        64K PTE N MT(NC) RSW(2) D A G . . W R V\n"
	           "---[ Fixmap end ]---\n"
	           "---[ PCI I/O start ]---\n"
	           "0xffffffc6ff000000-0xffffffc6ff200000    0x0000000003000000         2M PMD . MT(IO)   ..   . A . U X . R V\n",
	           "riscv by hand", false, NULL);
	comes_back("---[ Fixmap start ]---\n"
	           "0xffffffc4ff000000-0xffffffc4ff010000    0x0000000003000000        64K PTE RSW D A G . . W R V\n",
	           "riscv before 6.8", false, NULL);
}

static void arm64_by_hand(void)
{
	/* Before 6.14, whatever is not a table is a block. */
#define ARM64(block) \
	        "---[ Linear Mapping start ]---\n" \
	        "0xffff000000000000-0xffff000000010000          64K PTE       RW NX SHD AF    CON     UXN    MEM/NORMAL\n" \
	        "0xffff000000010000-0xffff000000011000           4K PTE       RW NX SHD AF            UXN    MEM/NORMAL-TAGGED\n" \
	        "0xffff000000011000-0xffff000000012000           4K PTE   USR ro x      AF NG             GP DEVICE/nGnRE\n" \
	        "0xffff000000012000-0xffff000000200000        1976K PTE\n" \
	        "0xffff000000200000-0xffff000000400000           2M PMD   F   RW NX SHD AF NG     " block " UXN    MEM/NORMAL-NC\n" \
	        "0xffff000000400000-0xffff000040000000        1020M PMD\n" \
	        "0xffff000040000000-0xffff000080000000           1G PUD       ro NX SHD AF        BLK UXN    DEVICE/nGnRnE\n" \
	        "0xffff000080000000-0xffff008000000000         510G PUD\n" \
	        "---[ Linear Mapping end ]---\n" \
	        "---[ Modules start ]---\n" \
	        "0xffff008000000000-0x0000000000000000      261632G PGD\n"
	static const struct {
		const char *version, *text;
	} versions[] = {{"6.1", ARM64("BLK")}, {"6.12.110", ARM64("BLK")}, {"6.14", ARM64("   ")}, {"6.16", ARM64("   ")}};
	struct ptk_err err = {0};
	struct text got;
	for (size_t i = 0; i < sizeof versions / sizeof *versions; i++) {
		struct ptk_like_opts o = {.version = versions[i].version};
		const char *version = o.version, *text = versions[i].text;
		struct ptk_like *like = make(text, &o, &err);
		if (!ok(like != NULL, "arm64 by hand, %s", version)) {
			printf("# %s\n", err.msg);
			continue;
		}
		is_str(ptk_like_info(like)->about.release, version, "as that version");
		print(like, version, &got);
		struct text want = {0};
		append(&want, text, strlen(text));
		fold(&got);
		fold(&want);
		is_str(got.p, want.p, "it comes back");
		free(want.p);
		free(got.p);
		uint64_t pa;
		ok(ptk_translate(&ptk_like_info(like)->space, UINT64_C(0xffff000040000000), &pa) == 1 && !(pa & 0x3fffffff),
		   "a block of 1G lies on 1G of memory");
		ptk_like_free(like);
	}
}

static void refused(const char *text, const struct ptk_like_opts *opts, int code, const char *says, const char *what)
{
	struct ptk_err err = {0};
	struct ptk_like *like = make(text, opts, &err);
	ok(!like && err.code == code, "%s: refused", what);
	has_str(err.msg, says, "%s: says why", what);
	ptk_like_free(like);
}

/* ---- what a text does not tell ---- */

/*
 * x86-64's stacks for espfix (arch/x86/kernel/espfix_64.c): of a CPU, the same page at each 64K of 4G. The kernel shows 16
 * lines and counts the others.
 */
#define PTE(first, last, size, words) "0xffffff31000" first "-0xffffff31000" last "         " size "K     " words " pte\n"
#define STACK "ro                 GLB NX"
#define EMPTY "                         "
#define BEFORE_STACKS "0xffffff0000000000-0xffffff3100000000         196G                               pud\n"
#define ESPFIX_SHOWN \
	BEFORE_STACKS \
	PTE("00000", "0b000", " 44", EMPTY) PTE("0b000", "0c000", "  4", STACK) PTE("0c000", "1b000", " 60", EMPTY) \
	PTE("1b000", "1c000", "  4", STACK) PTE("1c000", "2b000", " 60", EMPTY) PTE("2b000", "2c000", "  4", STACK) \
	PTE("2c000", "3b000", " 60", EMPTY) PTE("3b000", "3c000", "  4", STACK) PTE("3c000", "4b000", " 60", EMPTY) \
	PTE("4b000", "4c000", "  4", STACK) PTE("4c000", "5b000", " 60", EMPTY) PTE("5b000", "5c000", "  4", STACK) \
	PTE("5c000", "6b000", " 60", EMPTY) PTE("6b000", "6c000", "  4", STACK)
#define BEFORE_ESPFIX \
	"---[ User Space ]---\n" \
	"0x0000000000000000-0xffff880000000000    16777096T                               pgd\n" \
	"---[ Kernel Space ]---\n" \
	"0xffff880000000000-0xffffff0000000000         119T                               pgd\n" \
	"---[ ESPfix Area ]---\n"
#define SKIPPED(n, of) "... " n " " of " skipped ... \n"
#define AFTER_ESPFIX \
	"---[ EFI Runtime Services ]---\n" \
	"0xffffffef00000000-0xffffffff80000000          66G                               pud\n" \
	"---[ High Kernel Mapping ]---\n" \
	"0xffffffff80000000-0x0000000000000000           2G                               pud\n"

static void differs_only_in_counts(const char *text, const char *want, const char *what)
{
	struct ptk_err err = {0};
	struct text got;
	struct ptk_like *like = make(text, NULL, &err);
	if (!ok(like != NULL, "%s: tables of what it tells: %s", what, err.msg))
		return;
	print(like, what, &got);
	is_str(got.p, want, "%s: all else comes back", what);
	free(got.p);
	ptk_like_free(like);
}

static void not_told(void)
{
	/* Shown last is an empty line: what is not told must not lengthen it. */
	differs_only_in_counts(BEFORE_ESPFIX ESPFIX_SHOWN PTE("6c000", "7b000", " 60", EMPTY) SKIPPED("131057", "entries") AFTER_ESPFIX,
	                       BEFORE_ESPFIX ESPFIX_SHOWN PTE("6c000", "7b000", " 60", EMPTY) SKIPPED("4", "entries") AFTER_ESPFIX,
	                       "espfix");
	differs_only_in_counts(BEFORE_ESPFIX BEFORE_STACKS PTE("00000", "0b000", " 44", EMPTY) PTE("0b000", "0c000", "  4", STACK)
	                       SKIPPED("12", "entries") AFTER_ESPFIX,
	                       BEFORE_ESPFIX BEFORE_STACKS PTE("00000", "0b000", " 44", EMPTY) PTE("0b000", "0c000", "  4", STACK)
	                       SKIPPED("3", "entries") AFTER_ESPFIX, "a region of three lines");
	refused("---[ Linear Mapping start ]---\n0xffff000000000000-0xffff000000001000 4K PTE RW NX SHD AF UXN MEM/NORMAL\n"
	        "... 12 entries skipped ... \n", NULL, PTK_E_NOTSUP, "only x86", "arm64 leaves nothing out");
	refused(BEFORE_ESPFIX ESPFIX_SHOWN SKIPPED("9", "entries") PTE("7b000", "7c000", "  4", STACK) AFTER_ESPFIX, NULL,
	        PTK_E_NOTSUP, "line 22: ", "lines after those that were left out");
}

/* ---- choices ---- */

static const char one[] = "---[ Modules ]---\n0xc0000000-0xc0200000           2M PGD KERNEL      RW NX SHD\n";

static void choices(void)
{
	struct ptk_err err = {0};
	uint64_t pa;
	struct ptk_like *like = make(one, &(struct ptk_like_opts){.pa = 0x60000000, .tables_first = 0x10000000,
	                                                          .tables_last = 0x100fffff, .version = "6.1.99"}, &err);
	if (!ok(like != NULL, "tables at a place of choice: %s", err.msg))
		return;
	const struct ptk_like_info *li = ptk_like_info(like);
	is_u64(li->space.root, 0x10000000, "they are there");
	ok(ptk_translate(&li->space, 0xc0100000, &pa) == 1, "what is mapped");
	is_u64(pa, 0x60100000, "lies where it was asked for");
	is_u64(li->tables, 1, "one table");
	is_u64(li->mapped, 2 << 20, "2M mapped");
	is_str(li->about.release, "6.1.99", "the version asked for");
	ptk_like_free(like);
}

#define K "---[ Modules ]---\n"

static void refusals(void)
{
	struct ptk_like_opts small = {.max_tables = 16};
	refused(K "0xc0000000-0xc0100000 1M PGD KERNEL RW NX SHD\n", NULL, PTK_E_NOTSUP, "line 2: Linux 6.2 prints no table like this",
	        "one section of a pair, and nothing in the other");
	refused(K "0xc0000000-0xc0080000 512K PGD KERNEL RW NX SHD\n", NULL, PTK_E_NOTSUP, "line 2: Linux 6.2 prints no such entries",
	        "half a section");
	refused(K "0xc0000000-0xc0001000 4K PTE KERNEL RW NX SHD DEV/WC\n0xc0100000-0xc0200000 1M PGD KERNEL RW NX SHD\n", NULL,
	        PTK_E_NOTSUP, "line 3: sections and pages share 2M", "pages and a section in 2M");
	refused(K "0xc0000000-0xc0001000 4K PTE KERNEL RW NX DEV/WC\n0xc0100000-0xc0101000 4K PTE IO RW NX DEV/WC\n", NULL,
	        PTK_E_NOTSUP, "line 3: two domains", "two domains in 2M");
	refused(K "0xc0200000-0xc0400000 2M PGD KERNEL RW NX SHD\n0xc0000000-0xc0200000 2M PGD KERNEL RW NX SHD\n", NULL,
	        PTK_E_NOTSUP, "line 3: 0xc0000000 lies below", "lines out of order");
	refused("0xffff880000000000-0xffff880000001000 4K RW GLB NX pte\n", NULL, PTK_E_NOTSUP, "line 1: ",
	        "x86, with what is empty left out");
	refused(one, &(struct ptk_like_opts){.version = "new"}, PTK_E_INVAL, "'new' is not a kernel version", "a version");
	refused(one, &(struct ptk_like_opts){.regime = "arm64-4k-48"}, PTK_E_INVAL, "the text is of arm", "another architecture");
	refused(one, &(struct ptk_like_opts){.regime = "arm-lpae"}, PTK_E_NOTSUP, "line 2", "another regime");
	refused(one, &(struct ptk_like_opts){.version = "3.14"}, PTK_E_NOTSUP, "line 2", "a version that prints no names");
	refused(one, &(struct ptk_like_opts){.tables_first = 1, .tables_last = 0x2000}, PTK_E_NOMEM, "", "no room for a root");
	refused(one, &(struct ptk_like_opts){.pa = UINT64_C(0xfff00000)}, PTK_E_RANGE, "", "memory beyond 4G");
	refused("---[ Linear mapping ]---\n0xffffffd600000000-0xffffffd700000000 0x0000000080000000 4G PTE . .. .. D A G . . W R V\n",
	        &small, PTK_E_LIMIT, "line 2: more than 16 tables", "a long line of pages");
	refused("---[ Linear mapping ]---\n0xffffffd600000000-0xffffffd600200000 0x0000000080001000 2M PMD . .. .. D A G . . W R V\n",
	        NULL, PTK_E_NOTSUP, "line 2: the physical address 0x80001000", "a large page in the middle of memory");
}

int main(void)
{
	const char *source = getenv("PTKIT_SOURCE");
	source = source ? source : ".";
	examples(source);
	captures(source);
	by_hand();
	arm64_by_hand();
	not_told();
	choices();
	refusals();
	return done();
}
