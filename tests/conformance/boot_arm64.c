// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * A replayed arm64 boot against the kernels that really booted: every entry of the regions that stay, where each table
 * is, the text of it, and what the two translation bases hold.
 */
#include <ptkit/boot.h>
#include <ptkit/ptkit.h>

#include "lib/captures.h"
#include "lib/growing.h"
#include "linux/boot/arm64/arm64.h"
#include "linux/symbols.h"

struct pair {
	const char *name;
	struct ptk_linux *lx;
	struct ptk_machine *m;
	struct ptk_boot *b;
};

/* ---- entries ---- */

/* What a function changed after boot is put into our tables too, so that the text can be held against the kernel's. */
static int take_named(void *arg, const struct ptk_boot_diff *d)
{
	struct pair *p = arg;
	struct ptk_path path;
	uint64_t page = UINT64_C(1) << p->lx->info.regime.page_shift, change = d->ours ^ d->theirs;
	if (d->verdict != PTK_BOOT_NAMED) {
		printf("# %s: %s 0x%" PRIx64 "-0x%" PRIx64 ": 0x%" PRIx64 ", but 0x%" PRIx64 "\n", p->name,
		       d->region->name, d->first, d->last, d->ours, d->theirs);
		return 0;
	}
	for (uint64_t va = d->first; d->ours && va - 1 != d->last; va += page) {
		if (ptk_walk(&p->b->space, va, &path, NULL) != PTK_MAPPED)
			continue;
		const struct ptk_step *s = &path.step[path.nsteps - 1];
		boot_set_(p->b, s->entry_pa, s->entry.raw ^ change);
	}
	return 0;
}

static void check_entries(struct pair *p)
{
	struct ptk_err err = {0};
	size_t n;
	const struct ptk_boot_region *r = ptk_boot_regions(p->b, &n);
	struct ptk_boot_sum sum[16];
	if (!ok(n == 4, "%s: four regions", p->name) ||
	    !ok(ptk_boot_compare(p->b, p->lx, take_named, p, sum, &err) == 0, "%s: can be compared", p->name))
		return;
	for (size_t i = 0; i < n; i++) {
		uint64_t odd = sum[i].different + sum[i].only_ours + sum[i].only_theirs;
		ok(sum[i].entries && !odd && sum[i].equal * 100 >= sum[i].entries * 99,
		   "%s: %s: %" PRIu64 " entries, %" PRIu64 " equal, %" PRIu64 " changed by what has a name", p->name,
		   r[i].name, sum[i].entries, sum[i].equal, sum[i].named);
		is_u64(sum[i].tables_placed, sum[i].tables, "%s: %s: its tables are where the model says", p->name,
		       r[i].name);
	}
}

/* ---- text ---- */

/* Each line that the built tables print for a region is one of the kernel's own. */
static void check_region_text(struct pair *p, struct ptk_linux *ours, const struct text *kernel,
                              const struct ptk_boot_region *r)
{
	struct ptk_ptdump_opts o = {.from = r->first, .to = r->last};
	struct text t = {0};
	unsigned lines = 0, strange = 0;
	int rc = ptk_linux_ptdump(ours, PTK_TABLE_KERNEL, &o, append, &t, NULL, NULL);
	for (char *line = t.p ? strtok(t.p, "\n") : NULL; line; line = strtok(NULL, "\n"), lines++) {
		if (strstr(kernel->p, line))
			continue;
		/* Of a hole, the end is where the next mapping is, which may be of another region. */
		if (strstr(line, "PTE") || strstr(line, "BLK"))
			printf("# strange: %s\n", line);
		strange += strstr(line, "UXN") != NULL;
	}
	ok(rc == 0 && lines && !strange, "%s: %s: the %u lines of it are the kernel's", p->name, r->name, lines);
	free(t.p);
}

static void check_text(struct pair *p)
{
	struct ptk_linux ours = *p->lx;
	struct text kernel = {0};
	size_t n;
	const struct ptk_boot_region *r = ptk_boot_regions(p->b, &n);
	FILE *f = capture_open(p->name, "kernel_page_tables.txt");
	if (!f)
		f = capture_open(p->name, "sys_kernel_debug_kernel_page_tables.txt");
	if (!text_of(&kernel, f))
		return;
	ours.mem = p->b->mem;
	ours.table[PTK_TABLE_KERNEL].root = p->b->space.root;
	for (size_t i = 0; i < n; i++)
		check_region_text(p, &ours, &kernel, &r[i]);
	free(kernel.p);
}

/* ---- the translation bases ---- */

struct leaves {
	uint64_t n, sum;
};

/* Where tables are is in the entries for them, so the sum tells that too. */
static int add_run(void *arg, const struct ptk_run *run)
{
	struct leaves *l = arg;
	l->n += run->count;
	for (uint32_t i = 0; i < run->count; i++)
		l->sum = (l->sum ^ (run->raw + i * run->step) ^ (run->va + i)) * UINT64_C(0x9e3779b97f4a7c15);
	return 0;
}

static struct leaves leaves_of(const struct ptk_space *s)
{
	struct leaves l = {0};
	ptk_walk_space(s, &(struct ptk_walk_opts){0}, add_run, &l, NULL, NULL);
	return l;
}

static void check_idmap(struct pair *p)
{
	const struct ptk_space *ours = ptk_boot_idmap(p->b);
	struct ptk_space theirs;
	if (!ok(ours != NULL, "%s: has an identity map", p->name))
		return;
	theirs = *ours;
	theirs.mem = p->lx->mem;
	struct leaves a = leaves_of(ours), b = leaves_of(&theirs);
	ok(a.n && a.n == b.n && a.sum == b.sum, "%s: its %" PRIu64 " entries are the kernel's", p->name, a.n);
}

static bool read_register(const char *name, const char *reg, uint64_t *v)
{
	char line[200], key[100];
	FILE *f = capture_open(name, "mmu-registers.txt");
	bool found = false;
	while (f && !found && fgets(line, sizeof line, f))
		found = sscanf(line, "%99s %" SCNx64, key, v) == 2 && strcmp(key, reg) == 0;
	if (f)
		fclose(f);
	return found;
}

/* BADDR of a TTBR: bits 47:1, and with 52-bit addresses PA[51:48] in bits 5:2 (Arm ARM DDI 0487, D17.2.144). */
static uint64_t base_of(const struct pair *p, uint64_t ttbr)
{
	bool wide = p->lx->info.regime.pa_bits > 48;
	uint64_t low = ttbr & ((UINT64_C(1) << 48) - 1) & ~UINT64_C(0x3f);
	return wide ? low | (ttbr >> 2 & 15) << 48 : low | (ttbr & 0x3e);
}

/* TTBR1_EL1 is what the boot left in it; TTBR0_EL1 is the process's, with no copy of anything in the other. */
static void check_bases(struct pair *p)
{
	uint64_t ttbr0, ttbr1, a, b;
	unsigned shared = 0, used = 0, top = p->lx->info.regime.nlevels - 1u;
	if (!read_register(p->name, "TTBR1_EL1", &ttbr1) || !read_register(p->name, "TTBR0_EL1", &ttbr0))
		return;
	is_u64(base_of(p, ttbr1), p->b->space.root, "%s: TTBR1_EL1 has the root that was built", p->name);
	for (unsigned i = 0; i < 1u << p->lx->info.regime.level[top].bits; i++) {
		if (ptk_mem_read(p->lx->mem, base_of(p, ttbr0) + i * 8, &a, 8, NULL) < 0 ||
		    ptk_mem_read(p->b->mem, p->b->space.root + i * 8, &b, 8, NULL) < 0)
			break;
		used += a != 0;
		shared += a && a == b;
	}
	ok(used && !shared, "%s: TTBR0_EL1 is init's root: %u entries, none of them the kernel's", p->name, used);
}

/* KPTI: tramp_pg_dir maps the entry code, at the same address and with the same entry as the kernel's table; no more.
 */
static void check_trampoline(struct pair *p)
{
	uint64_t va = boot_value_(p->m, "trampoline", 0), dir = boot_symbol_(p->m, "tramp_pg_dir");
	uint64_t start = boot_symbol_(p->m, "__entry_tramp_text_start"),
	         end = boot_symbol_(p->m, "__entry_tramp_text_end");
	struct ptk_space s = p->b->space;
	struct ptk_path tramp, ours;
	if (!va)
		return;
	s.mem = p->lx->mem;
	s.root += dir - boot_symbol_(p->m, "swapper_pg_dir");
	ok(ptk_walk(&s, va, &tramp, NULL) == PTK_MAPPED && ptk_walk(&p->b->space, va, &ours, NULL) == PTK_MAPPED &&
	           tramp.step[tramp.nsteps - 1].entry.raw == ours.step[ours.nsteps - 1].entry.raw,
	   "%s: tramp_pg_dir has the trampoline, by the entry that was built for the kernel's table", p->name);
	struct leaves l = leaves_of(&s);
	uint64_t pages = (end - start + (UINT64_C(1) << s.regime.page_shift) - 1) >> s.regime.page_shift;
	is_u64(l.n, pages + s.regime.nlevels - 1u, "%s: and nothing else: a table a level, %" PRIu64 " page of code",
	       p->name, pages);
}

/* ---- a kernel without KALLSYMS_ALL ---- */

/* is_ksym_addr(): of a kernel that does not name its data, kallsyms has text and init text, both ends included. */
static void forget_data(struct ptk_linux *lx)
{
	struct lx_symtab *text = ptk_symbols_new_();
	uint64_t first = 0, last = 0, init = 0, einit = 0, va;
	ptk_linux_symbol(lx, "_stext", &first);
	ptk_linux_symbol(lx, "_etext", &last);
	ptk_linux_symbol(lx, "_sinittext", &init);
	ptk_linux_symbol(lx, "_einittext", &einit);
	for (size_t i = 0; i < ptk_symbols_count_(lx->kallsyms); i++) {
		const char *name = ptk_symbols_at_(lx->kallsyms, i, &va);
		if ((va >= first && va <= last) || (va >= init && va <= einit))
			ptk_symbols_add_(text, name, strlen(name), va);
	}
	ptk_symbols_index_(text);
	ptk_symbols_close_(lx->kallsyms);
	lx->kallsyms = text;
}

/* What is found without names is where the names say. */
static void check_found(struct pair *p, const struct ptk_machine *named)
{
	static const char *const exact[] = {"_text", "_stext", "_etext", "__start_rodata", "__init_begin", "__init_end",
	                                    "_data", "_end", "swapper_pg_dir", "idmap_pg_dir", "tramp_pg_dir", "bm_pte", "bm_pmd",
	                                    "bm_pud"};
	static const char *const values[] = {"phys_offset", "rodata", "ng", "kpti", "trampoline", "bti", "dtb", "dtb_size",
	                                     "text_first", "dt_nodes", "hotremove"};
	bool wide = p->lx->info.regime.nlevels > 3, same = true;
	for (size_t i = 0; i < sizeof exact / sizeof *exact; i++) {
		if (!wide && strcmp(exact[i], "bm_pud") == 0)
			continue;
		is_u64(boot_symbol_(p->m, exact[i]), boot_symbol_(named, exact[i]), "%s: %s without KALLSYMS_ALL", p->name, exact[i]);
	}
	for (size_t i = 0; i < sizeof values / sizeof *values; i++)
		if (boot_value_(p->m, values[i], 0) != boot_value_(named, values[i], 0)) {
			printf("# %s: 0x%" PRIx64 ", but 0x%" PRIx64 "\n", values[i], boot_value_(p->m, values[i], 0),
			       boot_value_(named, values[i], 0));
			same = false;
		}
	ok(same, "%s: switches and places without KALLSYMS_ALL", p->name);
}

static void check_unnamed(const struct pair *named)
{
	struct pair p = {.name = named->name, .lx = named->lx};
	struct ptk_err err = {0};
	forget_data(p.lx);
	if (ok(ptk_machine_like(p.lx, &p.m, &err) == 0, "%s: the facts of its boot without KALLSYMS_ALL %s", p.name, err.msg)) {
		check_found(&p, named->m);
		if (ok(ptk_boot_run(p.m, NULL, &p.b, &err) == 0, "%s: boots %s", p.name, err.msg))
			check_entries(&p);
	}
	ptk_boot_free(p.b);
	ptk_machine_free(p.m);
}

/* ---- captures ---- */

static void check(struct pair *p)
{
	struct ptk_err err = {0};
	if (!ok(ptk_machine_like(p->lx, &p->m, &err) == 0, "%s: the facts of its boot %s", p->name, err.msg))
		return;
	if (ok(ptk_boot_run(p->m, NULL, &p->b, &err) == 0, "%s: boots %s", p->name, err.msg)) {
		check_entries(p);
		check_text(p);
		check_idmap(p);
		check_bases(p);
		check_trampoline(p);
		check_unnamed(p);
	}
	ptk_boot_free(p->b);
	ptk_machine_free(p->m);
}

static void one(const char *name)
{
	struct pair p = {.name = name};
	struct ptk_mem *mem = strstr(name, "arm64") ? capture_mem(name) : NULL;
	if (mem && ok(ptk_linux_open(mem, NULL, &p.lx, NULL) == 0, "%s: Linux is found", name))
		check(&p);
	ptk_linux_close(p.lx);
	ptk_mem_close(mem);
}

int main(int argc, char **argv)
{
	captures_each(argc > 1 ? argv + 1 : NULL, "mmu-registers.txt", one);
	return done();
}
