// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* Kernels that are told of: notes there and back, and what a core with such a note answers. */
#include "linux/about.h"

#include <ptkit/ptkit.h>
#include <unistd.h>

#include "tap.h"

/* Tables of one page, with its root, in a memory of their own. */
struct world {
	struct ptk_mem *mem;
	struct ptk_alloc *alloc;
	struct ptk_space space;
};

static void open_world(struct world *w, const char *regime, uint64_t va)
{
	struct ptk_regime r;
	struct ptk_err err = {0};
	struct ptk_edit e = {.op = PTK_EDIT_MAP, .first = va, .last = va + 0xfff, .pa = 0x1000, .name = "page"};
	e.attr = (struct ptk_attr){.flags = PTK_A_KR | PTK_A_KW | PTK_A_ACCESSED | PTK_A_GLOBAL, .mem = PTK_MEM_WB, .memidx = PTK_MEMIDX_AUTO};
	e.attr.share = PTK_SHARE_INNER;
	if (ptk_regime_parse(regime, &r, &err) < 0 || ptk_mem_new_image(0x40000000, 0x400fffff, &w->mem) < 0 ||
	    ptk_alloc_new_bump(0x40000000, 0x400fffff, 0, &w->alloc) < 0 ||
	    ptk_build_root(w->mem, &r, w->alloc, &w->space, &err) < 0 ||
	    ptk_build_edit(&w->space, NULL, w->alloc, &e, 1, &err) < 0)
		bail("%s: %s", regime, err.msg);
}

static void close_world(struct world *w)
{
	ptk_alloc_free(w->alloc);
	ptk_mem_close(w->mem);
}

static const struct ptk_marker markers[] = {
	{UINT64_C(0xffff000000000000), "Linear Mapping start", 0},
	{UINT64_C(0xffff800000000000), "", 7},
	{UINT64_C(0xffff800000200000), "Modules [x] = y", 0},
};

#define VA UINT64_C(0xffff800000000000)

static struct ptk_linux_about about_of(const struct world *w)
{
	return (struct ptk_linux_about){
		.release = "6.12.117-test",
		.table = {&w->space},
		.marker = markers,
		.nmarkers = 3,
		.page_offset = UINT64_C(0xffff000000000000),
		.phys_offset = 0x40000000,
		.image_first = UINT64_C(0xffff800080000000),
		.image_last = UINT64_C(0xffff8000800fffff),
		.va_bits = 52,
	};
}

/* A memory with nothing but a note. */
static int no_read(void *arg, uint64_t pa, void *buf, size_t len)
{
	(void)arg, (void)pa, (void)buf, (void)len;
	return PTK_E_NODATA;
}

static void there_and_back(void)
{
	char text[2048], again[2048], path[] = "/tmp/ptkit-about-XXXXXX";
	struct world w;
	struct ptk_err err = {0};
	struct ptk_mem *core;
	struct lx_about *a = NULL;
	open_world(&w, "arm64-4k-48,high", VA);
	struct ptk_linux_about about = about_of(&w);
	int len = ptk_linux_note(&about, NULL, 0, &err);
	is_int(ptk_linux_note(&about, text, sizeof text, &err), len, "the length is known beforehand");
	is_int((int)strlen(text), len, "and is that of the text");
	struct ptk_note note = {PTK_NOTE_OWNER, PTK_NOTE_LINUX, text, (size_t)len};
	close(mkstemp(path));
	is_int(ptk_emit(&w.space, "elf", &(struct ptk_emit_opts){.note = &note, .nnotes = 1}, path, &err), 0, "a core with it");
	if (ptk_mem_open(path, NULL, &core, &err) < 0)
		bail("%s", err.msg);
	is_int(ptk_about_find_(core, &a, &err), 1, "it is found again");
	is_int(ptk_linux_note(&a->about, again, sizeof again, &err), len, "as long");
	is_str(again, text, "and says the same");
	free(a);
	unlink(path);
	ptk_mem_close(core);
	ptk_mem_new(&(struct ptk_mem_ops){.read = no_read}, NULL, NULL, 0, &core);
	is_int(ptk_about_find_(core, &a, &err), 0, "none where there is none");
	ptk_mem_close(core);
	close_world(&w);
}

static int append(void *arg, const char *s, size_t n)
{
	char *buf = arg;
	size_t at = strlen(buf);
	if (at + n >= 4096)
		return PTK_E_LIMIT;
	memcpy(buf + at, s, n);
	buf[at + n] = 0;
	return 0;
}

/* What arch/arm64/mm/ptdump.c of 6.12.117 says of one page: at the end of the first line's hole stands the page. */
static void prints(struct ptk_linux *lx, const char *what)
{
	char text[4096] = "";
	struct ptk_err err = {0};
	is_int(ptk_linux_ptdump(lx, PTK_TABLE_KERNEL, &(struct ptk_ptdump_opts){0}, append, text, NULL, &err), 0, "%s: text", what);
	is_str(text,
	       "---[ Linear Mapping start ]---\n"
	       "0xffff000000000000-0xffff800000000000         128T PGD\n"
	       "0xffff800000000000-0xffff800000001000           4K PTE       RW NX SHD AF            UXN    MEM/NORMAL\n"
	       "0xffff800000001000-0xffff800000200000        2044K PTE\n"
	       "---[ Modules [x] = y ]---\n"
	       "0xffff800000200000-0xffff800040000000        1022M PMD\n"
	       "0xffff800040000000-0xffff808000000000         511G PUD\n"
	       "0xffff808000000000-0x0000000000000000      130560G PGD\n", "%s: what the kernel would say", what);
}

static void handles(void)
{
	char note[2048], path[] = "/tmp/ptkit-about-XXXXXX", snap[] = "/tmp/ptkit-about-XXXXXX";
	struct world w;
	struct ptk_mem *core;
	struct ptk_linux *lx;
	struct ptk_space s[2];
	struct ptk_err err = {0};
	open_world(&w, "arm64-4k-48,high", VA);
	struct ptk_linux_about about = about_of(&w);
	about.va_bits = 0;
	is_int(ptk_linux_new(w.mem, &about, &lx, &err), 0, "a handle of what is told");
	const struct ptk_linux_info *info = ptk_linux_info(lx);
	ok(info->major == 6 && info->minor == 12 && info->patch == 117, "its version");
	is_str(info->arch, "arm64", "its architecture");
	is_int((int)info->nkernels, 1, "one kernel");
	is_int(ptk_linux_spaces(lx, PTK_TABLE_KERNEL, s, &err), 1, "it has a space");
	is_u64(s[0].root, w.space.root, "with its root");
	is_int(ptk_linux_spaces(lx, PTK_TABLE_EFI, s, &err), PTK_E_NOTFOUND, "no table of EFI");
	is_str(ptk_linux_region(lx, UINT64_C(0xffff000000001000)), "Linear Mapping", "a region's name has no start in it");
	is_str(ptk_linux_region(lx, VA), NULL, "a marker without a name opens none");
	is_str(ptk_linux_region(lx, UINT64_C(0xffff800000300000)), "Modules [x] = y", "other names stand as they are");
	prints(lx, "told");
	close(mkstemp(snap));
	ptk_linux_close(lx);

	struct ptk_note n = {PTK_NOTE_OWNER, PTK_NOTE_LINUX, note, (size_t)ptk_linux_note(&about, note, sizeof note, &err)};
	close(mkstemp(path));
	if (ptk_emit(&w.space, "elf", &(struct ptk_emit_opts){.note = &n, .nnotes = 1}, path, &err) < 0 ||
	    ptk_mem_open(path, NULL, &core, &err) < 0)
		bail("%s", err.msg);
	is_int(ptk_linux_open(core, NULL, &lx, &err), 0, "a core with the note is a picture of Linux: %s", err.msg);
	prints(lx, "noted");
	is_int(ptk_linux_snapshot(lx, snap, &err), 0, "a snapshot of it");
	ptk_linux_close(lx);
	ptk_mem_close(core);
	if (ptk_mem_open(snap, NULL, &core, &err) < 0)
		bail("%s", err.msg);
	is_int(ptk_linux_open(core, NULL, &lx, &err), 0, "is one too");
	prints(lx, "snapshot");
	ptk_linux_close(lx);
	is_int(ptk_linux_open(core, &(struct ptk_linux_opts){.kernel = 2}, &lx, &err), PTK_E_INVAL, "there is no second kernel");
	ptk_mem_close(core);
	unlink(path);
	unlink(snap);
	close_world(&w);
}

static void computed(void)
{
	struct world w;
	struct ptk_linux *lx;
	struct ptk_err err = {0};
	open_world(&w, "arm64-4k-48,high", VA);
	struct ptk_linux_about about = {.release = "6.12", .table = {&w.space}, .page_offset = UINT64_C(0xffff000000000000)};
	if (ptk_linux_new(w.mem, &about, &lx, &err) < 0)
		bail("%s", err.msg);
	const struct ptk_linux_info *info = ptk_linux_info(lx);
	ok(info->markers_computed && info->nmarkers > 3, "no markers, but a page_offset: they are computed");
	is_str(info->marker[0].name, "Linear Mapping start", "by the rules");
	ptk_linux_close(lx);
	about.page_offset = 0;
	if (ptk_linux_new(w.mem, &about, &lx, &err) < 0)
		bail("%s", err.msg);
	is_int((int)ptk_linux_info(lx)->nmarkers, 0, "without it there are none");
	ptk_linux_close(lx);
	close_world(&w);
}

/* Linux 5.10: asm/memory.h, asm/pgtable.h, asm/fixmap.h with KPTI, RANDOMIZE_BASE and GHES, worked out by hand. */
static void computed_5_10(void)
{
	static const struct ptk_marker want[] = {
		{UINT64_C(0xffff000000000000), "Linear Mapping start", 0}, {UINT64_C(0xffff800000000000), "Linear Mapping end", 0},
		{UINT64_C(0xffff800000000000), "BPF start", 0}, {UINT64_C(0xffff800008000000), "BPF end", 0},
		{UINT64_C(0xffff800008000000), "Modules start", 0}, {UINT64_C(0xffff800010000000), "Modules end", 0},
		{UINT64_C(0xffff800010000000), "vmalloc() area", 0}, {UINT64_C(0xfffffdffbfff0000), "vmalloc() end", 0},
		{UINT64_C(0xfffffdfffe5f5000), "Fixmap start", 0}, {UINT64_C(0xfffffdfffea00000), "Fixmap end", 0},
		{UINT64_C(0xfffffdfffec00000), "PCI I/O start", 0}, {UINT64_C(0xfffffdffffc00000), "PCI I/O end", 0},
		{UINT64_C(0xfffffdffffe00000), "vmemmap start", 0}, {UINT64_C(0xffffffffffe00000), "vmemmap end", 0},
	};
	struct world w;
	struct ptk_linux *lx;
	struct ptk_err err = {0};
	open_world(&w, "arm64-4k-48,high", VA);
	struct ptk_linux_about about = {.release = "5.10", .table = {&w.space}, .page_offset = UINT64_C(0xffff000000000000)};
	if (ptk_linux_new(w.mem, &about, &lx, &err) < 0)
		bail("%s", err.msg);
	const struct ptk_linux_info *info = ptk_linux_info(lx);
	is_int((int)info->nmarkers, sizeof want / sizeof *want, "arm64 5.10: as many markers as its ptdump.c has");
	for (size_t i = 0; i < info->nmarkers && i < sizeof want / sizeof *want; i++) {
		is_u64(info->marker[i].va, want[i].va, "5.10: where marker %zu is", i);
		is_str(info->marker[i].name, want[i].name, "and its name");
	}
	ptk_linux_close(lx);
	close_world(&w);
}

static void nonsense(void)
{
	struct world w, x;
	struct ptk_err err = {0};
	struct ptk_linux *lx;
	struct ptk_marker bad = {0, "two\nlines", 0};
	open_world(&w, "arm64-4k-48,high", VA);
	open_world(&x, "arm64-4k-48", 0);
	struct ptk_linux_about about = {0};
	is_int(ptk_linux_note(&about, NULL, 0, &err), PTK_E_INVAL, "no table");
	about.table[0] = &w.space;
	about.release = "banana";
	is_int(ptk_linux_new(w.mem, &about, &lx, &err), PTK_E_INVAL, "a release that is none");
	has_str(err.msg, "'banana' is not a kernel version", "says so");
	about.release = NULL;
	about.marker = &bad;
	about.nmarkers = 1;
	is_int(ptk_linux_note(&about, NULL, 0, &err), PTK_E_INVAL, "a name of two lines");
	about.nmarkers = 1000;
	is_int(ptk_linux_note(&about, NULL, 0, &err), PTK_E_LIMIT, "a thousand markers");
	about.nmarkers = 0;
	about.table[PTK_TABLE_EFI] = &x.space;
	ok(ptk_linux_note(&about, NULL, 0, &err) > 0, "a table of another half");
	close_world(&x);
	close_world(&w);
}

/* Notes are foreign bytes. */
static void hostile(void)
{
	static const struct {
		const char *text, *says;
	} rows[] = {
		{"", "without a table"},
		{"table=kernel 40000000 arm64-4k-48\n", "makes no sense"},
		{"table=kernel 0x40000001 arm64-4k-48\n", "not aligned"},
		{"table=kernel 0x40000000 vax\n", "vax"},
		{"table=kernel 0x40000000 arm64-4k-48\nmarker=1 0 x\n", "makes no sense"},
		{"table=kernel 0x40000000 arm64-4k-48\nmarker=0x1 x\n", "makes no sense"},
		{"table=kernel 0x40000000 arm64-4k-48\nmarker=0x1 99999999999 x\n", "makes no sense"},
		{"table=kernel 0x40000000 arm64-4k-48\nva_bits=0x41\n", "65-bit"},
		{"table=kernel 0x40000000 arm64-4k-48\nva_bits=0x100000040\n", "65-bit"},
		{"table=kernel 0x40000000 arm64-4k-48\npage_offset=tea\n", "is no number"},
		{"table=kernel 0x40000000 arm64-4k-48\nrelease=tea\n", "not a kernel version"},
		{"table=kernel 0x40000000 arm64-4k-48\ntable=efi 0x40000000 x86-64\n", "two architectures"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char path[] = "/tmp/ptkit-about-XXXXXX";
		struct ptk_note note = {PTK_NOTE_OWNER, PTK_NOTE_LINUX, rows[i].text, strlen(rows[i].text)};
		struct ptk_mem *mem, *core;
		struct ptk_extent page = {0, 0xfff};
		struct ptk_linux *lx;
		struct ptk_err err = {0};
		close(mkstemp(path));
		if (ptk_mem_new_image(0, 0xfff, &mem) < 0 || ptk_mem_write(mem, 0, "x", 1, &err) < 0 ||
		    ptk_mem_write_core(mem, path, 183, &page, 1, &note, 1, &err) < 0 ||
		    ptk_mem_open(path, NULL, &core, &err) < 0)
			bail("%s", err.msg);
		ok(ptk_linux_open(core, NULL, &lx, &err) < 0, "hostile note %zu is refused", i);
		has_str(err.msg, rows[i].says, "with the reason");
		has_str(err.msg, "ptkit's note of a kernel", "and where it is");
		ptk_mem_close(core);
		ptk_mem_close(mem);
		unlink(path);
	}
}

int main(void)
{
	there_and_back();
	handles();
	computed();
	computed_5_10();
	nonsense();
	hostile();
	return done();
}
