// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * Entries that are not present, as two stock kernels left them in a process that swaps (lab/swap), against what the kernel's own
 * pagemap said of the same pages: bit 63 present, 62 swapped, 57 uffd-wp, 55 soft-dirty; swap type in bits 4:0 and offset in
 * 54:5, or frame in 54:0 (Documentation/admin-guide/mm/pagemap.rst).
 */
#include <ptkit/linux/absent.h>

#include "tap.h"

/* The configuration of the packages (boot/config-*): linux-image-6.1.0-56-cloud-amd64, 6.12.117+deb12-cloud-amd64. */
static const struct {
	const char *name;
	struct ptk_absent_rules rules;
} kernels[] = {
	{"debian-swap-6.1", {6, 1, PTK_CONFIG_YES, PTK_CONFIG_NO, PTK_CONFIG_NO, PTK_CONFIG_YES}},
	{"debian-swap-6.12", {6, 12, PTK_CONFIG_YES, PTK_CONFIG_YES, PTK_CONFIG_NO, PTK_CONFIG_UNKNOWN}},
};

struct sums {
	unsigned pages, wrong, swapped, special, no_access, vague, lost;
};

/* What init did to the page, by its label. */
static int kind_wanted(const char *label)
{
	return strcmp(label, "hwpoison") == 0                                            ? PTK_ABSENT_POISON
	       : strcmp(label, "uffd-wp") == 0 || strcmp(label, "poison-marker") == 0 ? PTK_ABSENT_MARKER
	                                                                                 : PTK_ABSENT_SWAP;
}

/* Bit 55 is also set where the whole mapping is soft-dirty (VM_SOFTDIRTY, pte_to_pagemap_entry()), as a new one is. */
static bool swap_agrees(const struct ptk_absent *a, const char *label, uint64_t entry)
{
	const int want = kind_wanted(label);
	const uint64_t offset = (entry & ((UINT64_C(1) << 55) - 1)) >> 5;
	const bool wp = a->flags & PTK_ABSENT_F_UFFD_WP || (want == PTK_ABSENT_MARKER && a->offset & PTK_MARKER_UFFD_WP);
	return a->has_type && a->type == (entry & 31) && a->offset == offset && ptk_absent_kind(a) == want &&
	       wp == (entry >> 57 & 1) && (!(a->flags & PTK_ABSENT_F_SOFT_DIRTY) || entry >> 55 & 1) &&
	       (want != PTK_ABSENT_POISON || a->pa == offset << 12) &&
	       (strcmp(label, "poison-marker") != 0 || a->offset == PTK_MARKER_POISON);
}

static bool agrees(const struct ptk_space *s, const struct ptk_absent_rules *rules, const char *label, uint64_t va, uint64_t entry,
                   struct sums *sum)
{
	const uint64_t pa = (entry & ((UINT64_C(1) << 55) - 1)) << 12;
	const struct ptk_absent_rules blind = {.major = rules->major, .minor = rules->minor};
	struct ptk_absent a, vague;
	struct ptk_path path;
	const int outcome = ptk_walk(s, va, &path, NULL);
	const struct ptk_entry *e = &path.step[path.nsteps - 1].entry;
	if (!(entry >> 62))
		return outcome == PTK_UNMAPPED;
	if (outcome == PTK_MAPPED)
		return entry >> 63 && path.pa == pa && ptk_absent_entry(rules, &s->regime, e->level, e->raw, &a) == PTK_E_NOTFOUND;
	if (outcome != PTK_ABSENT || ptk_absent_entry(rules, &s->regime, e->level, e->raw, &a) < 0 ||
	    ptk_absent_entry(&blind, &s->regime, e->level, e->raw, &vague) < 0)
		return false;
	/* who knows less says no less than what is true */
	sum->vague += vague.maybe != a.maybe;
	sum->lost += (a.maybe & ~vague.maybe) != 0;
	sum->no_access += (entry >> 63) != 0;
	sum->swapped += ptk_absent_kind(&a) == PTK_ABSENT_SWAP;
	sum->special += a.has_type && ptk_absent_kind(&a) != PTK_ABSENT_SWAP;
	if (entry >> 63)
		return ptk_absent_kind(&a) == PTK_ABSENT_NO_ACCESS && a.pa == pa;
	return swap_agrees(&a, label, entry);
}

static void compare(const char *name, const struct ptk_space *s, const struct ptk_absent_rules *rules)
{
	char path[1024], line[256], label[64];
	struct sums sum = {0};
	uint64_t va, entry;
	snprintf(path, sizeof path, "%s/examples/%s.absent", getenv("PTKIT_SOURCE"), name);
	FILE *f = fopen(path, "r");
	while (f && fgets(line, sizeof line, f)) {
		if (sscanf(line, "%63s %" SCNx64 " %" SCNx64, label, &va, &entry) != 3 || label[0] == '#')
			continue;
		sum.pages++;
		if (agrees(s, rules, label, va, entry, &sum))
			continue;
		if (sum.wrong++ < 5)
			printf("# %s", line);
	}
	if (f)
		fclose(f);
	is_int(sum.wrong, 0, "%s: %u pages, each as the kernel's pagemap says", name, sum.pages);
	ok(sum.swapped >= 32 && sum.special >= 16 && sum.no_access >= 16,
	   "%s: among them %u in swap, %u markers and the like, %u without access", name, sum.swapped, sum.special, sum.no_access);
	ok(sum.lost == 0 && sum.vague > 0, "%s: without the configuration %u may be more than that, none something else", name, sum.vague);
}

static void kernel(const char *name, const struct ptk_absent_rules *rules)
{
	char path[1024];
	struct ptk_mem *mem;
	struct ptk_linux *lx;
	struct ptk_space space[2];
	struct ptk_absent_rules found;
	struct ptk_err err = {0};
	snprintf(path, sizeof path, "%s/examples/%s.core.zst", getenv("PTKIT_SOURCE"), name);
	if (ptk_mem_open(path, NULL, &mem, &err) < 0) {
		skip("%s: %s", name, err.msg);
		return;
	}
	if (!ok(ptk_linux_open(mem, NULL, &lx, &err) == 0 && ptk_linux_spaces(lx, PTK_TABLE_CURRENT_USER, space, &err) == 1,
	        "%s is opened", name))
		bail("%s", err.msg);
	ptk_linux_absent_rules(lx, &found);
	ok(found.major == rules->major && found.minor == rules->minor, "%s: the version that the rules go by", name);
	compare(name, space, rules);
	ptk_linux_close(lx);
	ptk_mem_close(mem);
}

int main(void)
{
	for (size_t i = 0; i < sizeof kernels / sizeof *kernels; i++)
		kernel(kernels[i].name, &kernels[i].rules);
	return done();
}
