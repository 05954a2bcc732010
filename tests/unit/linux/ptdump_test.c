// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* What is the same for all architectures: versions, windows, unreadable and endless tables, failing writers. */
#include "ptdump_lab.h"

#define TABLE 3
#define PAGE 0x707 /* valid, page, AttrIndx 1, SH 3, AF */
#define MAPPED "PTE       RW x  SHD AF                   MEM/NORMAL-TAGGED\n"

static struct lab lab;

static const struct ptk_marker markers[] = {{0xffff000000000000, "Linear Mapping start", 0},
                                            {0xffff000000300000, "vmalloc() area", 0}};

#define START "---[ Linear Mapping start ]---\n"

static void open48(unsigned tables)
{
	lab_open(&lab, LX_ARM64, "arm64-4k-48,high", tables);
	lab_markers(&lab, markers, COUNT(markers));
	for (unsigned i = 0; i < 3; i++)
		lab_put(&lab, TABLE_AT(i), 0, TABLE_AT(i + 1) | TABLE);
	lab_put(&lab, TABLE_AT(2), 1, TABLE_AT(4) | TABLE);
	lab_fill(&lab, TABLE_AT(3), 0, 512, UINT64_C(0x40000000) | PAGE, 0x1000);
	if (tables > 4)
		lab_fill(&lab, TABLE_AT(4), 0, 512, UINT64_C(0x40200000) | PAGE, 0x1000);
}

static void versions(void)
{
	static const struct {
		enum lx_arch arch;
		uint64_t version, since;
	} row[] = {
		{LX_ARM64, 0, PTD_VERSION(6, 16, 0)},
		{LX_ARM64, PTD_VERSION(2, 6, 32), PTD_VERSION(5, 7, 0)},
		{LX_ARM64, PTD_VERSION(5, 10, 234), PTD_VERSION(5, 10, 0)},
		{LX_ARM64, PTD_VERSION(6, 1, 192), PTD_VERSION(5, 14, 0)},
		{LX_ARM64, PTD_VERSION(6, 12, 109), PTD_VERSION(6, 11, 0)},
		{LX_ARM64, PTD_VERSION(6, 12, 117), PTD_VERSION(6, 12, 110)},
		{LX_ARM64, PTD_VERSION(6, 15, 3), PTD_VERSION(6, 14, 0)},
		{LX_ARM, PTD_VERSION(3, 18, 0), PTD_VERSION(3, 14, 0)},
		{LX_ARM, PTD_VERSION(6, 1, 0), PTD_VERSION(4, 4, 0)},
		{LX_ARM, PTD_VERSION(7, 0, 0), PTD_VERSION(6, 2, 0)},
		{LX_X86, PTD_VERSION(6, 1, 192), PTD_VERSION(5, 7, 0)},
		{LX_X86, PTD_VERSION(6, 12, 117), PTD_VERSION(6, 9, 0)},
		{LX_RISCV, PTD_VERSION(6, 1, 192), PTD_VERSION(5, 7, 0)},
		{LX_RISCV, PTD_VERSION(6, 12, 117), PTD_VERSION(6, 8, 0)},
	};
	for (size_t i = 0; i < COUNT(row); i++)
		is_u64(ptk_ptd_profile_(row[i].arch, row[i].version)->since, row[i].since, "architecture %d, version 0x%" PRIx64,
		       (int)row[i].arch, row[i].version);

	static const char *const bad[] = {"", "six", "v6.12", "-1", "99999999999999999999", "6.70000"};
	open48(5);
	for (size_t i = 0; i < COUNT(bad); i++) {
		has_str(lab_dump(&lab, PTK_TABLE_KERNEL, bad[i]), "is not a kernel version", "'%s'", bad[i]);
		is_int(lab.rc, PTK_E_INVAL, "is an invalid argument");
	}
	static const char *const good[] = {"6", "6.12", "6.12.", "6.12.117", "6.12.117-1-arm64", "6.1-rc3"};
	for (size_t i = 0; i < COUNT(good); i++) {
		lab_dump(&lab, PTK_TABLE_KERNEL, good[i]);
		is_int(lab.rc, 0, "'%s' is one", good[i]);
	}
	lab_close(&lab);
}

static void every_profile(void)
{
	/* Order, and all that every profile needs. */
	for (int arch = LX_ARM; arch <= LX_RISCV; arch++) {
		const struct ptd_profile *last = ptk_ptd_profile_((enum lx_arch)arch, 0);
		const struct ptd_profile *p = ptk_ptd_profile_((enum lx_arch)arch, 1);
		unsigned bad = 0;
		for (; p <= last; p++) {
			bad += !p->since || !p->classify || !p->names || !p->plan || !(p->bits || (p->compared && p->columns));
			bad += p < last && p->since >= p[1].since;
			bad += ptk_ptd_profile_((enum lx_arch)arch, p->since) != p;
		}
		is_u64(bad, 0, "profiles of architecture %d are whole and in order", arch);
	}
}

/* A table that cannot be read ends the range before it, and is counted. */
static void unreadable(void)
{
	open48(4);
	has_str(lab_dump(&lab, PTK_TABLE_KERNEL, "6.12"),
	        START "0xffff000000000000-0xffff000000200000           2M " MAPPED
	        "0xffff000000200000-0xffff000000400000           2M PMD\n---[ vmalloc() area ]---\n", "as a hole");
	is_u64(lab.st.unreadable, 1, "one unreadable table");
	lab.lx.table[PTK_TABLE_KERNEL].root = TABLE_AT(30);
	has_str(lab_dump(&lab, PTK_TABLE_KERNEL, "6.12"), "root", "a root that cannot be read");
	is_int(lab.rc, PTK_E_NODATA, "is an error");
	is_u64(lab.n, 0, "and nothing is written");
	lab_close(&lab);
}

/* A root whose every entry is a table leads back to itself: bounded by the walker's budget. */
static void endless(void)
{
	open48(5);
	lab_fill(&lab, TABLE_AT(0), 0, 512, TABLE_AT(0) | TABLE, 0);
	struct ptk_ptdump_opts opts = {.version = "6.12", .max_again = 100};
	lab_dump_opts(&lab, PTK_TABLE_KERNEL, &opts);
	is_int(lab.rc, 0, "a root of entries that lead to itself ends");
	ok(lab.st.self > 0, "as a loop");
	lab_close(&lab);
}

static void window(void)
{
	open48(5);
	lab_put(&lab, TABLE_AT(2), 5, TABLE_AT(3) | TABLE);
	lab_put(&lab, TABLE_AT(2), 6, TABLE_AT(9) | TABLE); /* not readable */
	struct ptk_ptdump_opts opts = {.version = "6.12", .from = 0xffff000000350000, .to = 0xffff000000350000};
	is_str(lab_dump_opts(&lab, PTK_TABLE_KERNEL, &opts),
	       "---[ vmalloc() area ]---\n"
	       "0xffff000000300000-0xffff000000400000           1M " MAPPED,
	       "one address: the line that holds it, below its marker");
	is_u64(lab.st.again + lab.st.unreadable, 0, "what follows is not walked");
	opts.from = 0;
	opts.to = 0xffff0000000fffff;
	is_str(lab_dump_opts(&lab, PTK_TABLE_KERNEL, &opts),
	       START "0xffff000000000000-0xffff000000300000           3M " MAPPED, "up to an address");
	opts.from = 0x1000;
	opts.to = 0x1fff;
	is_str(lab_dump_opts(&lab, PTK_TABLE_KERNEL, &opts), "", "nothing touches an address below the space");
	opts.to = 0;
	lab_dump_opts(&lab, PTK_TABLE_KERNEL, &opts);
	is_int(lab.rc, PTK_E_RANGE, "a window that ends before it starts");
	lab_close(&lab);
}

static int refuse(void *arg, const char *s, size_t n)
{
	return PTK_E_IO;
}

static void missing(void)
{
	open48(5);
	is_int(ptk_linux_ptdump(&lab.lx, PTK_TABLE_KERNEL, &(struct ptk_ptdump_opts){0}, refuse, NULL, NULL, NULL), PTK_E_IO,
	       "what the writer says");
	lab.lx.table[PTK_TABLE_EFI] = (struct lx_table){.why = "there is none"};
	has_str(lab_dump(&lab, PTK_TABLE_EFI, "6.12"), "there is none", "a table that is not in the picture");
	is_int(lab.rc, PTK_E_NOTFOUND, "is not found");
	lab_markers(&lab, NULL, 0);
	const char *text = lab_dump(&lab, PTK_TABLE_KERNEL, "6.12");
	is_str(text, strstr(text, "0xffff000000000000-"), "without markers there are none");
	lab_close(&lab);
}

static void progress(void *arg, uint64_t done_)
{
	*(uint64_t *)arg = done_;
}

static void told(void)
{
	uint64_t seen = 0;
	lab_open(&lab, LX_ARM64, "arm64-4k-48,high", 600);
	lab_markers(&lab, markers, 1);
	lab_put(&lab, TABLE_AT(0), 0, TABLE_AT(1) | TABLE);
	lab_put(&lab, TABLE_AT(1), 0, TABLE_AT(2) | TABLE);
	lab_fill(&lab, TABLE_AT(2), 0, 512, TABLE_AT(3) | TABLE, 0x10000);
	struct ptk_ptdump_opts opts = {.version = "6.12", .progress = progress, .progress_arg = &seen};
	lab_dump_opts(&lab, PTK_TABLE_KERNEL, &opts);
	ok(seen >= 1 << 20, "progress is told");
	lab_close(&lab);
}

int main(void)
{
	versions();
	every_profile();
	unreadable();
	endless();
	window();
	missing();
	told();
	return done();
}
