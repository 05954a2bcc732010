// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * Boots replayed against real kernels: every entry of the static regions, where the tables lie, and the text that the
 * kernel itself printed of them. On arm also the memory types as that kernel computed them, and the kernel's entries in
 * the tables of its processes; on i386 each window at the top, and the table that further CPUs start on.
 */
#include "linux/boot/arm/process.h"
#include "linux/boot/arm/types.h"
#include "linux/boot/boot.h"

#include "captures.h"
#include "growing.h"

struct view {
	const char *name;
	struct ptk_linux *lx;
	struct ptk_machine *m;
	struct ptk_boot *b;
	struct ptk_boot_sum *sum;
	const struct ptk_boot_region *region;
	size_t nregions;
	bool user; /* the text at hand is of the table that user code runs on */
};

static int unexplained(void *arg, const struct ptk_boot_diff *d)
{
	unsigned *n = arg;
	if (d->verdict != PTK_BOOT_NAMED && (*n)++ < 8)
		printf("# %s 0x%" PRIx64 "-0x%" PRIx64 ": ours 0x%" PRIx64 ", theirs 0x%" PRIx64 "\n", d->region->name, d->first,
		       d->last, d->ours, d->theirs);
	return 0;
}

static void check_entries(struct view *v)
{
	struct ptk_err err = {0};
	unsigned bad = 0;
	uint64_t entries = 0, equal = 0, tables = 0, placed = 0;
	v->sum = calloc(v->nregions + 1, sizeof *v->sum);
	int rc = ptk_boot_compare(v->b, v->lx, unexplained, &bad, v->sum, &err);
	if (!ok(rc == 0 && bad == 0, "%s: each difference has a name", v->name))
		printf("# %u without, %s\n", bad, err.msg);
	for (size_t i = 0; i < v->nregions; i++) {
		tables += v->sum[i].tables;
		placed += v->sum[i].tables_placed;
		entries += v->region[i].changes ? 0 : v->sum[i].entries;
		equal += v->region[i].changes ? 0 : v->sum[i].equal;
	}
	/* A stock kernel has dozens of modules and BPF programs, and the linear alias of each of their pages is named. */
	bool lab = capture_has(v->name, "kernel_page_tables.txt") || capture_has(v->name, "page_tables_kernel.txt");
	bool riscv = strcmp(v->m->arch->name, "riscv") == 0;
	/* The two modules of a lab kernel have 10 to 20 pages: with leaves of 2M a small machine has few entries beside them. */
	uint64_t least = !lab ? 90 : riscv ? 97 : 99;
	ok(entries > 50 && equal * 100 >= entries * least, "%s: %" PRIu64 " of %" PRIu64 " entries of static regions are equal",
	   v->name, equal, entries);
	printf("# tables at the same address: %" PRIu64 " of %" PRIu64 "\n", placed, tables);
	if (riscv || strcmp(v->m->arch->name, "arm") == 0)
		is_u64(placed, tables, "%s: every table lies where memblock's model puts it", v->name);
}

/*
 * riscv: nothing but the linear map is changed after boot, and that by modules. Each region that a kernel of this kind has
 * must be there: struct pages with SPARSEMEM_VMEMMAP, entries of the root filled in advance since 6.5.
 */
static void check_riscv(struct view *v)
{
	unsigned seen = 0, other = 0;
	uint64_t va;
	for (size_t i = 0; i < v->nregions; i++) {
		const char *name = v->region[i].name;
		seen |= strcmp(name, "vmemmap") == 0 ? 1u : strcmp(name, "vmalloc") == 0 ? 2u : strcmp(name, "modules") == 0 ? 4u : 0;
		if (v->sum[i].equal == v->sum[i].entries && v->sum[i].entries)
			continue;
		other += strcmp(name, "linear map") != 0;
	}
	is_int(other, 0, "%s: every entry of every region but the linear map is equal", v->name);
	bool wide = v->m->info.regime.va_width == 64, since_6_5 = v->m->info.minor >= 5;
	unsigned want = (ptk_linux_symbol(v->lx, "vmemmap_populate", &va) == 0 ? 1u : 0) | (wide && since_6_5 ? 2u : 0) |
	                (wide && since_6_5 && ptk_linux_symbol(v->lx, "load_module", &va) == 0 ? 4u : 0);
	is_int(seen, want, "%s: regions of struct pages, vmalloc and modules, as this kernel has them", v->name);
}

/* ---- x86-64: the regions there are ---- */

struct must {
	const char *name;
	uint64_t entries; /* at least */
	bool pti;         /* with page table isolation only */
};

static void check_x86(struct view *v)
{
	static const struct must must[] = {{"vmalloc tables", 50, false}, {"vmemmap", 3, false}, {"CPU entry area", 19, false},
	                                   {"user half (PTI)", 20, true}};
	for (size_t i = 0; i < sizeof must / sizeof *must; i++) {
		const struct ptk_boot_sum *sum = NULL;
		for (size_t k = 0; k < v->nregions; k++)
			if (strcmp(v->region[k].name, must[i].name) == 0)
				sum = &v->sum[k];
		if (must[i].pti && !boot_value_(v->m, "pti", 0)) {
			ok(!sum, "%s: no region '%s'", v->name, must[i].name);
			continue;
		}
		ok(sum && sum->entries >= must[i].entries && sum->equal * 100 >= sum->entries * 99, "%s: %s: %" PRIu64 " of %" PRIu64 " equal",
		   v->name, must[i].name, sum ? sum->equal : 0, sum ? sum->entries : 0);
	}
}

/* ---- the kernel's text ---- */

/* All of a line's range is in regions of which no entry changed, down to the last level. */
static bool is_static(const struct view *v, uint64_t first, uint64_t end)
{
	for (size_t i = 0; i < v->nregions; i++) {
		const struct ptk_boot_region *r = &v->region[i];
		if (r->changes || r->lowest || r->user != v->user || v->sum[i].named || first < r->first || first > r->last)
			continue;
		if (end - 1 <= r->last)
			return true;
		first = r->last + 1;
	}
	return false;
}

/* Lines of one text that lie in static regions and are not in the other. */
static unsigned missing(const struct view *v, const char *a, const char *b, unsigned *lines)
{
	unsigned n = 0;
	for (const char *p = a; *p;) {
		const char *end = strchr(p, '\n');
		size_t len = end ? (size_t)(end - p) : strlen(p);
		char line[400], right[2];
		uint64_t from, to;
		snprintf(line, sizeof line, "%.*s", (int)len, p);
		/* Empty stretches are lines on arm64, and reach as far as what comes and goes beside them lets them. */
		bool mapped = sscanf(line, "%*s %*s %*s %1s", right) == 1;
		if (mapped && sscanf(line, "0x%" SCNx64 "-0x%" SCNx64, &from, &to) == 2 && is_static(v, from, to)) {
			(*lines)++;
			if (!strstr(b, line)) {
				printf("# %s\n", line);
				n++;
			}
		}
		p += len + (end != NULL);
	}
	return n;
}

/* One of the built tables, printed, against what the kernel printed of it. */
static void check_table(struct view *v, struct ptk_linux *lx, enum ptk_linux_table table, const char *file)
{
	struct text ours = {0}, theirs = {0};
	struct ptk_err err = {0};
	unsigned lines = 0;
	bool has_text = text_of(&theirs, capture_open(v->name, file));
	int rc = ptk_linux_ptdump(lx, table, &(struct ptk_ptdump_opts){0}, append, &ours, NULL, &err);
	is_int(rc, 0, "%s: the built tables are printed (%s)", v->name, err.msg);
	v->user = table == PTK_TABLE_CURRENT_USER;
	if (has_text && ours.p && theirs.p) {
		is_int(missing(v, ours.p, theirs.p, &lines), 0, "%s: %s has our lines of static regions", v->name, file);
		is_int(missing(v, theirs.p, ours.p, &lines), 0, "%s: we have the lines of %s", v->name, file);
		/* i386's linear map mostly has changed somewhere: of it the CPU entry area is left, four lines in each text. */
		ok(lines > 6, "%s: %u lines were compared", v->name, lines);
	}
	free(ours.p);
	free(theirs.p);
}

static void check_text(struct view *v)
{
	struct ptk_err err = {0};
	struct ptk_linux *lx = NULL;
	char path[] = "/tmp/ptkit-boot-XXXXXX";
	struct ptk_mem *mem = NULL;
	int fd = mkstemp(path), rc = ptk_boot_save(v->b, path, &err);
	if (rc == 0)
		rc = ptk_mem_open(path, NULL, &mem, &err);
	if (rc == 0)
		rc = ptk_linux_open(mem, NULL, &lx, &err);
	is_int(rc, 0, "%s: the built tables are a picture of their own (%s)", v->name, err.msg);
	if (rc == 0) {
		const char *file = "kernel_page_tables.txt";
		check_table(v, lx, PTK_TABLE_KERNEL, capture_has(v->name, file) ? file : "page_tables_kernel.txt");
		if (ptk_boot_user(v->b))
			check_table(v, lx, PTK_TABLE_CURRENT_USER, "page_tables_current_user.txt");
	}
	ptk_linux_close(lx);
	ptk_mem_close(mem);
	close(fd);
	unlink(path);
}

/* ---- arm ---- */

/* static struct mem_type mem_types[]: prot_pte, prot_pte_s2, prot_l1, prot_sect, domain. */
static void check_types(struct view *v)
{
	bool lpae = v->m->info.regime.entry_shift == 3;
	unsigned word = lpae ? 8 : 4, size = lpae ? 40 : 20, wrong = 0;
	struct arm_cpu cpu = {.lpae = lpae, .arch = (unsigned)boot_value_(v->m, "cpu_arch", 7), .tre = true,
		.smp = boot_value_(v->m, "smp", 1)};
	struct arm_mem_type t[ARM_TYPES];
	uint64_t va, pte, l1, sect, domain;
	if (ptk_linux_symbol(v->lx, "mem_types", &va) < 0) {
		skip("%s: this kernel does not name mem_types", v->name);
		return;
	}
	arm_types_build_(&cpu, t);
	for (unsigned i = 0; i < ARM_TYPES; i++, va += size) {
		if (boot_read_number_(v->lx, va, word, &pte) < 0 || boot_read_number_(v->lx, va + 2 * word, word, &l1) < 0 ||
		    boot_read_number_(v->lx, va + 3 * word, word, &sect) < 0 || boot_read_number_(v->lx, va + 4 * word, 4, &domain) < 0)
			bail("%s: mem_types cannot be read", v->name);
		if (t[i].pte == pte && t[i].l1 == l1 && t[i].sect == sect && t[i].domain == domain)
			continue;
		wrong++;
		printf("# %s: ours 0x%" PRIx64 " 0x%" PRIx64 " 0x%" PRIx64 " %u, theirs 0x%" PRIx64 " 0x%" PRIx64 " 0x%" PRIx64 " %" PRIu64 "\n",
		       arm_type_name_(i), t[i].pte, t[i].l1, t[i].sect, t[i].domain, pte, l1, sect, domain);
	}
	is_int(wrong, 0, "%s: all %d memory types are as the kernel computed them", v->name, ARM_TYPES);
}

static uint64_t entry_at(struct ptk_mem *mem, uint64_t pa, unsigned width)
{
	uint8_t raw[8] = {0};
	uint64_t v = 0;
	if (ptk_mem_read(mem, pa, raw, width, NULL) < 0)
		bail("an entry at 0x%" PRIx64 " cannot be read", pa);
	for (unsigned i = width; i--;)
		v = v << 8 | raw[i];
	return v;
}

static void check_process(struct view *v, const struct ptk_space *kernel, const struct arm_split *s, uint64_t root)
{
	unsigned seen[4] = {0};
	if (s->lpae)
		for (unsigned i = 0; i < 4; i++)
			seen[arm_process_root_(s, i, entry_at(kernel->mem, kernel->root + 8 * i, 8), entry_at(kernel->mem, root + 8 * i, 8))]++;
	/* LPAE: the entry right below PAGE_OFFSET leads to a table of the process's own, for modules and kmap. */
	unsigned top = (unsigned)(s->page_offset >> 30) - 1;
	uint64_t own = s->lpae ? entry_at(kernel->mem, root + 8 * top, 8) & 0xfffffff000 : root;
	uint64_t init = s->lpae ? entry_at(kernel->mem, kernel->root + 8 * top, 8) & 0xfffffff000 : kernel->root;
	for (unsigned i = 0; i < (s->lpae ? 512 : 4096) && own; i++) {
		unsigned width = s->lpae ? 8 : 4;
		uint64_t va = s->lpae ? (uint64_t)top << 30 | (uint64_t)i << 21 : (uint64_t)i << 20;
		seen[arm_process_entry_(s, va, entry_at(kernel->mem, init + i * width, width), entry_at(kernel->mem, own + i * width, width))]++;
	}
	ok(seen[ARM_STRAY] == 0 && seen[ARM_COPIED] >= (s->lpae ? 1 : 1000) && seen[ARM_OWN],
	   "%s: a process at 0x%" PRIx64 " has %u of the kernel's entries, %u to be fetched, none astray", v->name, root,
	   seen[ARM_COPIED], seen[ARM_LAZY]);
	if (seen[ARM_STRAY])
		printf("# %u are\n", seen[ARM_STRAY]);
}

static void check_processes(struct view *v)
{
	struct ptk_space kernel[2];
	const struct ptk_process *p;
	struct ptk_err err = {0};
	size_t n = 0, had = 0;
	struct arm_split s = {.lpae = v->m->info.regime.entry_shift == 3, .page_offset = boot_value_(v->m, "page_offset", 0)};
	/* high_memory and 8M, rounded down to 8M: where the last region of lowmem ends. */
	for (size_t i = 0; i < v->nregions; i++)
		if (v->region[i].last < 0xff800000)
			s.vmalloc_start = (v->region[i].last + 1 + 0x800000) & ~UINT64_C(0x7fffff);
	if (ptk_linux_spaces(v->lx, PTK_TABLE_KERNEL, kernel, &err) < 0 || ptk_linux_processes(v->lx, &p, &n, &err) < 0) {
		skip("%s: %s", v->name, err.msg);
		return;
	}
	for (size_t i = 0; i < n; i++)
		if (!p[i].kthread && p[i].root != PTK_NO_PA && p[i].root != kernel[0].root && had++ < 4)
			check_process(v, &kernel[0], &s, p[i].root);
	ok(had > 0, "%s: there is a process", v->name);
}

/* ---- i386 ---- */

/* What each region has at least, if no difference in it is allowed but what comes and goes. */
static const struct least {
	const char *name;
	uint64_t entries, named;
} windows[] = {
        {"kmap", 1, UINT64_MAX},      /* its table */
        {"CPU entry area", 10, 0},    /* a table, the IDT, eight pages of a CPU */
        {"fixmap", 4, 1},             /* a table, two APICs, the window on PCI's configuration space */
        {"user half (PTI)", 80, 0},   /* with page table isolation */
};

static void check_windows(struct view *v)
{
	for (size_t w = 0; w < sizeof windows / sizeof *windows; w++) {
		const struct ptk_boot_sum *s = NULL;
		for (size_t i = 0; i < v->nregions; i++)
			if (strcmp(v->region[i].name, windows[w].name) == 0)
				s = &v->sum[i];
		if (!s && w == 3 && !boot_value_(v->m, "pti", 0))
			continue;
		ok(s && s->entries >= windows[w].entries && s->named <= windows[w].named && s->equal + s->named == s->entries,
		   "%s: %s: %" PRIu64 " of %" PRIu64 " entries are equal", v->name, windows[w].name, s ? s->equal : 0, s ? s->entries : 0);
	}
}

/*
 * initial_page_table is synchronised last when the CPU entry area is made: it keeps what the boot had in swapper_pg_dir
 * then, before any leaf was split or lost a right.
 */
static void check_initial(struct view *v)
{
	const struct ptk_space *ours = ptk_boot_idmap(v->b);
	unsigned width = 1u << v->m->info.regime.entry_shift, n = width == 8 ? 4 : 1024;
	unsigned wrong = 0, some = 0;
	for (unsigned i = 0; ours && i < n; i++) {
		uint64_t a = 0, b = 0, seen = UINT64_C(1) << 5;
		if (ptk_mem_read(ours->mem, ours->root + i * width, &a, width, NULL) < 0 ||
		    ptk_mem_read(v->lx->mem, ours->root + i * width, &b, width, NULL) < 0)
			bail("%s: initial_page_table cannot be read", v->name);
		/* Of tables the address is another question, and the CPU marks what it has seen. */
		uint64_t mask = a & 1 && (a & 0x80 && width == 4) ? UINT64_MAX : 0xfff & ~seen;
		some += a != 0;
		wrong += ((a ^ b) & mask) != 0 || !a != !b;
	}
	ok(ours && some >= (width == 8 ? 2 : 60) && !wrong, "%s: the %u entries of initial_page_table are as the kernel left them",
	   v->name, some);
}

static void each(const char *name)
{
	struct view v = {.name = name};
	struct ptk_err err = {0};
	struct ptk_mem *mem = capture_mem(name);
	if (!mem)
		return;
	int rc = ptk_linux_open(mem, NULL, &v.lx, &err);
	if (rc == 0)
		rc = ptk_machine_like(v.lx, &v.m, &err);
	if (rc == PTK_E_NOTSUP) {
		skip("%s: %s", name, err.msg);
	} else if (ok(rc == 0, "%s: a machine (%s)", name, err.msg) &&
	           ok(ptk_boot_run(v.m, NULL, &v.b, &err) == 0, "%s: a boot (%s)", name, err.msg)) {
		v.region = ptk_boot_regions(v.b, &v.nregions);
		check_entries(&v);
		check_text(&v);
		if (strcmp(v.m->arch->name, "x86") == 0 && v.m->info.regime.nlevels > 3)
			check_x86(&v);
		if (strcmp(v.m->arch->name, "arm") == 0) {
			check_types(&v);
			check_processes(&v);
		} else if (v.m->info.regime.va_width == 32 && strcmp(v.m->arch->name, "x86") == 0) {
			check_windows(&v);
			check_initial(&v);
		}
		if (strcmp(v.m->arch->name, "riscv") == 0)
			check_riscv(&v);
	}
	free(v.sum);
	ptk_boot_free(v.b);
	ptk_machine_free(v.m);
	ptk_linux_close(v.lx);
	ptk_mem_close(mem);
}

int main(int argc, char **argv)
{
	captures_each(argc > 1 ? argv + 1 : NULL, "capture.json", each);
	return done();
}
