// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* Specifications: what their readers share. */
#include "build/spec.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"

struct ptk_spec *ptk_spec_new_(void)
{
	return calloc(1, sizeof(struct ptk_spec));
}

void ptk_spec_free(struct ptk_spec *spec)
{
	if (!spec)
		return;
	for (size_t i = 0; i < spec->info.nedits; i++)
		free(spec->name[i]);
	free(spec->name);
	free(spec->edit);
	free(spec->line);
	free(spec);
}

const struct ptk_spec_info *ptk_spec_info(const struct ptk_spec *spec)
{
	return &spec->info;
}

int ptk_spec_regime_(struct ptk_spec *spec, const char *text, struct ptk_err *err)
{
	int rc = ptk_regime_parse(text, &spec->info.regime, err);
	if (rc == 0)
		spec->info.has_regime = true;
	return rc;
}

static int grow(struct ptk_spec *spec)
{
	size_t room = spec->room ? 2 * spec->room : 16;
	struct ptk_edit *edit = realloc(spec->edit, room * sizeof *edit);
	if (edit)
		spec->edit = edit;
	uint32_t *line = realloc(spec->line, room * sizeof *line);
	if (line)
		spec->line = line;
	char **name = realloc(spec->name, room * sizeof *name);
	if (name)
		spec->name = name;
	if (!edit || !line || !name)
		return PTK_E_NOMEM;
	spec->room = room;
	spec->info.edit = spec->edit;
	spec->info.line = spec->line;
	return 0;
}

int ptk_spec_add_(struct ptk_spec *spec, const struct ptk_edit *edit, const char *name, uint32_t line)
{
	size_t i = spec->info.nedits;
	if (i == spec->room && grow(spec) < 0)
		return PTK_E_NOMEM;
	char *copy = name ? strdup(name) : NULL;
	if (name && !copy)
		return PTK_E_NOMEM;
	spec->edit[i] = *edit;
	spec->edit[i].name = copy;
	spec->name[i] = copy;
	spec->line[i] = line;
	spec->info.nedits++;
	return 0;
}

/* Whether a leaf with these attributes of its own grants just the rights that are wanted. */
static bool grants(const struct ptk_regime *r, uint64_t raw, uint32_t rights)
{
	struct ptk_entry e;
	struct ptk_attr attr;
	ptk_entry_decode(r, 0, raw, &e);
	ptk_entry_effective(r, 0, &e, &attr);
	return (attr.flags & PTK_A_RIGHTS) == rights;
}

/*
 * What is wished for is what the hardware shall grant. An entry's own rights may have to say more: arm's XN is one bit
 * for kernel and user, and only the lack of a right to read keeps user code from executing.
 */
static int try(const struct ptk_regime *r, struct ptk_attr *attr, struct ptk_err *err)
{
	struct ptk_entry e = {.kind = PTK_LEAF, .attr = *attr};
	uint32_t want = attr->flags & PTK_A_RIGHTS, more = PTK_A_RIGHTS & ~want;
	uint64_t raw;
	int rc = ptk_entry_encode(r, &e, &raw, err);
	if (rc == 0 && grants(r, raw, want))
		return 0;
	for (uint32_t add = more & -more; add; add = (add - more) & more) {
		e.attr.flags = attr->flags | add;
		if (ptk_entry_encode(r, &e, &raw, NULL) == 0 && grants(r, raw, want)) {
			attr->flags |= add;
			return 0;
		}
	}
	return rc < 0 ? rc : ptk_err_set_(err, PTK_E_NOTSUP, "%s cannot express these rights", r->name);
}

/* Accessed always, dirty if anyone may write, global if user code may do nothing: as far as nobody said otherwise. */
static uint32_t soft_flags(const struct spec_wish *w)
{
	uint32_t flags = PTK_A_ACCESSED;
	if (w->attr.flags & (PTK_A_KW | PTK_A_UW))
		flags |= PTK_A_DIRTY;
	if (!(w->attr.flags & (PTK_A_UR | PTK_A_UW | PTK_A_UX)))
		flags |= PTK_A_GLOBAL;
	return flags & ~w->firm;
}

/* All shareabilities and subsets of the soft flags, fullest first. */
static int fit_type(const struct ptk_regime *r, const struct spec_wish *w, struct ptk_attr *attr, struct ptk_err *err)
{
	static const uint8_t shares[] = {PTK_SHARE_INNER, PTK_SHARE_OUTER, PTK_SHARE_NONE};
	uint32_t soft = soft_flags(w), hard = w->attr.flags & ~soft;
	int rc = PTK_E_NOTSUP;
	for (size_t s = 0; s < (w->has_share ? 1 : sizeof shares); s++) {
		attr->share = w->has_share ? w->attr.share : shares[s];
		for (uint32_t sub = soft;; sub = (sub - 1) & soft) {
			attr->flags = hard | sub;
			rc = try(r, attr, rc == PTK_E_NOTSUP ? err : NULL);
			if (rc == 0 || !sub)
				break;
		}
		if (rc == 0)
			break;
	}
	return rc;
}

static int fit(const struct ptk_regime *r, const struct spec_wish *wish, struct ptk_attr *out, struct ptk_err *err)
{
	static const uint8_t plain[] = {PTK_MEM_WB, PTK_MEM_PMA};
	static const uint8_t device[] = {PTK_MEM_DEV_nGnRE, PTK_MEM_DEV_nGnRnE, PTK_MEM_UC, PTK_MEM_IO, PTK_MEM_PMA};
	const uint8_t *types = wish->device ? device : plain;
	size_t n = wish->has_mem ? 1 : wish->device ? sizeof device : sizeof plain;
	struct ptk_attr attr = wish->attr;
	int rc = PTK_E_NOTSUP;
	for (size_t i = 0; i < n && rc < 0; i++) {
		if (!wish->has_mem)
			attr.mem = types[i];
		attr.memidx = PTK_MEMIDX_AUTO;
		rc = fit_type(r, wish, &attr, i == 0 ? err : NULL);
	}
	if (rc == 0)
		*out = attr;
	return rc;
}

int ptk_spec_fit_(const struct ptk_regime *r, const struct spec_wish *wish, struct ptk_attr *out, struct ptk_err *err)
{
	struct spec_wish more = *wish;
	int rc = fit(r, wish, out, err);
	if (rc == PTK_E_NOTSUP && wish->may_execute) {
		more.attr.flags |= PTK_A_KX;
		rc = fit(r, &more, out, NULL);
	}
	return rc;
}
