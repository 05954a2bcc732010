// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
#include "absent.h"

#include "twin.h"

void absent_begin(struct absent *ab, const struct picture *p)
{
	*ab = (struct absent){.pic = p};
	if (p->lx)
		ptk_linux_absent_rules(p->lx, &ab->rules);
}

static bool explain(const struct absent *ab, const struct ptk_regime *r, uint64_t va, int level, uint64_t raw,
                    struct ptk_absent *out)
{
	return ab->pic->lx && ptk_linux_is_user(ab->pic->lx, va) && ptk_absent_entry(&ab->rules, r, level, raw, out) == 0;
}

bool absent_path(const struct absent *ab, const struct ptk_space *s, const struct ptk_path *path, struct ptk_absent *out)
{
	const struct ptk_step *last = path->nsteps ? &path->step[path->nsteps - 1] : NULL;
	struct twin twin;
	if (!last || !ab->pic->lx)
		return false;
	if (path->outcome == PTK_ABSENT)
		return explain(ab, &s->regime, path->va, last->entry.level, last->entry.raw, out);
	return path->outcome == PTK_UNMAPPED && twin_find(s, last, &twin) && twin.raw &&
	       explain(ab, &s->regime, path->va, last->entry.level, twin.raw, out);
}

const char *absent_why(void *arg, uint64_t va, int level, uint64_t raw)
{
	const struct absent *ab = arg;
	struct ptk_absent a;
	return explain(ab, &ab->pic->space[0].regime, va, level, raw, &a) ? ptk_absent_why(&a) : NULL;
}

void absent_json(struct json *j, const char *key, const struct ptk_absent *a)
{
	static const char *const flags[] = {"writable", "exclusive", "soft-dirty", "uffd-wp", "accessed", "dirty"};
	json_begin(j, key, '{');
	json_begin(j, "kinds", '[');
	for (unsigned k = 0; ptk_absent_name(k); k++)
		if (a->maybe >> k & 1)
			json_text(j, NULL, ptk_absent_name(k));
	json_end(j, '[');
	if (a->has_type) {
		json_number(j, "type", a->type);
		json_hex(j, "offset", a->offset);
	}
	if (a->pa != PTK_NO_PA)
		json_hex(j, "pa", a->pa);
	json_begin(j, "flags", '[');
	for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
		if (a->flags >> i & 1)
			json_text(j, NULL, flags[i]);
	json_end(j, '[');
	json_end(j, '{');
}
