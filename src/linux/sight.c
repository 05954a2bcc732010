// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* Roots by their looks, where nothing says where they are. */
#include <stdlib.h>

#include "base/bits.h"
#include "linux/root.h"

#define LOOK_MAX 65536 /* largest lx_sight::size */
#define WALKS_MAX 256  /* plausible tables whose window is walked before giving up */
#define SELVES_MAX 32  /* of them, tables that map themselves and have their image searched */

struct look {
	struct ptk_linux *lx;
	const struct lx_rules *rules;
	struct lx_kern *k, spare;  /* spare: maps itself, but shows no banner or no init_mm */
	struct ptk_regime *regime; /* one a sight */
	uint8_t buf[LOOK_MAX];     /* a table that crosses blocks */
	bool big, has_spare;
	unsigned walks, selves;
};

/* Where does a table map itself? */
struct self {
	uint64_t pa, va;
	bool found;
};

static int find_self(void *arg, const struct ptk_range *r)
{
	struct self *s = arg;
	if (r->kind != PTK_LEAF || s->pa < r->pa || s->pa - r->pa > r->last - r->first)
		return 0;
	s->va = r->first + (s->pa - r->pa);
	s->found = true;
	return PTK_STOP;
}

static int try_table(struct look *l, size_t i, uint64_t pa)
{
	const struct lx_sight *sight = &l->rules->sight[i];
	struct self self = {.pa = pa};
	struct ptk_space s;
	struct ptk_range_opts opts = {
	        .from = sight->first,
	        .to = sight->last,
	        .join_levels = true,
	        .only_leaves = true,
	        .max_again = 4096,
	};
	if (ptk_space_init(&s, l->lx->mem, &l->regime[i], pa + sight->skip, NULL) < 0)
		return 0;
	l->walks++;
	int rc = ptk_ranges(&s, &opts, find_self, &self, NULL, NULL);
	if (rc < 0 || !self.found)
		return rc == PTK_E_NOMEM ? rc : 0;
	struct lx_kern k = *l->k;
	if (sight->accept && !sight->accept(&s, &k, self.va, pa))
		return 0;
	k.pgd_va = self.va;
	k.root_how = "a table that maps itself as the kernel's does";
	k.layout.va_bits_config = sight->va_bits_config;
	ptk_root_accept_(&k, &l->regime[i], pa + sight->skip, pa);
	l->selves++;
	rc = ptk_banner_(l->lx, &k);
	/* Where the image is a part of the direct map, the freed table of a dead process maps itself too. */
	if (rc > 0 && k.regime.va_width == 32)
		rc = ptk_init_mm_(l->lx, &k);
	if (rc > 0) {
		*l->k = k;
	} else if (rc == 0 && !l->has_spare) {
		l->spare = k;
		l->has_spare = true;
	}
	return rc;
}

static int look_at(void *arg, const uint8_t *p, size_t len, uint64_t pa)
{
	struct look *l = arg;
	for (size_t off = 0; off + 4096 <= len; off += 4096)
		for (size_t i = 0; i < l->rules->nsights; i++) {
			const struct lx_sight *s = &l->rules->sight[i];
			const uint8_t *table = p + off;
			if (((pa + off) & (s->step - 1)) != s->rest)
				continue;
			if (off + s->size > len) {
				table = l->buf;
				if (ptk_mem_read(l->lx->mem, pa + off, l->buf, s->size, NULL) < 0)
					continue;
			}
			if (!s->plausible(table, l->big))
				continue;
			int rc = try_table(l, i, pa + off);
			if (rc || l->walks >= WALKS_MAX || l->selves >= SELVES_MAX)
				return rc ? rc : PTK_E_LIMIT;
		}
	return 0;
}

static int look_everywhere(struct look *l, uint64_t first, uint64_t last)
{
	int rc = 0;
	for (size_t i = 0; i < l->rules->nsights && rc >= 0; i++) {
		const char *text = l->rules->sight[i].regime;
		char buf[160];
		if (l->rules->regime_text)
			text = l->rules->regime_text(buf, sizeof buf, l->lx, l->k, text);
		rc = ptk_regime_parse(text, &l->regime[i], NULL);
	}
	if (rc >= 0)
		rc = ptk_memory_each_(l->lx->mem, first, last, look_at, l);
	if ((rc == 0 || rc == PTK_E_LIMIT) && l->has_spare) {
		*l->k = l->spare;
		rc = 1;
	}
	return rc == PTK_E_LIMIT ? 0 : rc;
}

int ptk_root_sight_(struct ptk_linux *lx, const struct lx_rules *rules, struct lx_kern *k, uint64_t first,
                    uint64_t last)
{
	struct look *l = calloc(1, sizeof *l);
	int rc = PTK_E_NOMEM;
	if (l) {
		l->lx = lx;
		l->rules = rules;
		l->k = k;
		l->big = ptk_mem_info(lx->mem)->big_endian;
		l->regime = calloc(rules->nsights + 1, sizeof *l->regime);
		if (l->regime)
			rc = look_everywhere(l, first, last);
		free(l->regime);
	}
	free(l);
	return rc;
}
