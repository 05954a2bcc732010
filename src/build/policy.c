// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* Policies by name: the table comes from the list in meson.build. */
#include "build/policy.h"

#include <string.h>

#define X(name) extern const struct ptk_policy ptk_policy_##name;
#include "build/policy-list.h"
#undef X

static const struct ptk_policy *const policies[] = {
#define X(name) &ptk_policy_##name,
#include "build/policy-list.h"
#undef X
};
#define NPOLICIES (sizeof policies / sizeof *policies)

const char *ptk_policy_name(size_t i, const char **what)
{
	if (i >= NPOLICIES)
		return NULL;
	if (what)
		*what = policies[i]->what;
	return policies[i]->name;
}

const struct ptk_policy *ptk_policy_find_(const char *name)
{
	for (size_t i = 0; i < NPOLICIES; i++)
		if (strcmp(policies[i]->name, name ? name : "plain") == 0)
			return policies[i];
	return NULL;
}

void ptk_policy_rules_(const struct ptk_policy *p, const struct ptk_regime *r, const struct ptk_edit *e,
                       struct ptk_rules *out)
{
	struct ptk_rules rules = {0};
	for (int l = 0; l < r->nlevels && l < PTK_LEVELS_MAX; l++) {
		rules.leaf |= (uint32_t)r->level[l].leaf << l;
		rules.cont |= (uint32_t)(r->level[l].leaf && r->level[l].cont_bits) << l;
	}
	if (e && e->flags & PTK_EDIT_NO_BLOCK)
		rules.leaf &= 1;
	if (e && e->flags & PTK_EDIT_NO_CONT)
		rules.cont = 0;
	if (p->rules)
		p->rules(r, e, &rules);
	*out = rules;
}
