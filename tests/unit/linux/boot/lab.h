/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* A machine made by hand, its boot, and what is mapped where after it. */
#ifndef UNIT_BOOT_LAB_H
#define UNIT_BOOT_LAB_H

#include <inttypes.h>

#include <ptkit/ptkit.h>

#include "linux/boot/boot.h"

#include "lib/tap.h"

struct kv {
	const char *key;
	uint64_t value;
};

struct lab {
	struct ptk_machine *m;
	struct ptk_boot *b;
	struct ptk_err err;
	int rc;
	uint64_t pa; /* of the image, where a test asks for it */
};

/* A kernel of version 6 on a machine that has no memory yet. */
static inline struct lab lab_new(const char *arch, const char *regime, unsigned minor)
{
	struct lab l = {.m = boot_machine_new_()};
	if (!l.m || ptk_regime_parse(regime, &l.m->info.regime, &l.err) < 0)
		bail("%s", l.err.msg);
	l.m->info.major = 6;
	l.m->info.minor = minor;
	l.m->arch = boot_arch_(arch);
	return l;
}

/* Its symbols, which a table counts from an address. */
static inline void symbols(struct lab *l, const struct kv *symbol, size_t n, uint64_t base)
{
	for (size_t i = 0; i < n; i++)
		boot_machine_symbol_(l->m, symbol[i].key, base + symbol[i].value);
}

static inline void bank(struct lab *l, uint64_t base, uint64_t size, uint32_t flags)
{
	boot_machine_bank_(l->m, base, base + size - 1, flags);
}

static inline void set(struct lab *l, const char *key, uint64_t value)
{
	boot_machine_value_(l->m, key, value, "test");
}

static inline void boot_to(struct lab *l, enum ptk_boot_stage stage)
{
	struct ptk_boot_opts o = {.stage = stage};
	l->rc = boot_machine_finish_(l->m, &l->err);
	if (l->rc == 0)
		l->rc = ptk_boot_run(l->m, &o, &l->b, &l->err);
}

static inline void boot(struct lab *l)
{
	boot_to(l, PTK_BOOT_FINAL);
	if (l->rc < 0)
		printf("# %s\n", l->err.msg);
}

static inline void end(struct lab *l)
{
	ptk_boot_free(l->b);
	ptk_machine_free(l->m);
}

/* The last entry on the path of an address, and its level; raw 0 where nothing is mapped. */
static inline uint64_t raw_at(const struct lab *l, uint64_t va, int *level)
{
	struct ptk_path p;
	*level = -1;
	if (!l->b)
		return 0;
	int outcome = ptk_walk(ptk_boot_space(l->b), va, &p, NULL);
	if (!p.nsteps || outcome != PTK_MAPPED)
		return 0;
	*level = p.step[p.nsteps - 1].entry.level;
	return p.step[p.nsteps - 1].entry.raw;
}

static inline void is_leaf(const struct lab *l, uint64_t va, int level, uint64_t raw, const char *what)
{
	int have;
	uint64_t e = raw_at(l, va, &have);
	if (!ok(have == level && e == raw, "%s", what))
		printf("#  got level %d, 0x%016" PRIx64 "\n# want level %d, 0x%016" PRIx64 "\n", have, e, level, raw);
}

static inline void is_hole(const struct lab *l, uint64_t va, const char *what)
{
	int level;
	is_u64(raw_at(l, va, &level), 0, "%s", what);
}

#endif
