/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/*
 * The laws that any entry of any architecture obeys, each a function that returns what is
 * broken as a sentence, or NULL. The conformance test and the fuzzer share them.
 */
#ifndef TESTS_ENTRY_LAWS_H
#define TESTS_ENTRY_LAWS_H

#include <string.h>

#include <ptkit/entry.h>

static inline uint64_t entry_width(const struct ptk_regime *r)
{
	return r->entry_shift == 3 ? UINT64_MAX : UINT32_MAX;
}

static inline bool same_attr(const struct ptk_attr *a, const struct ptk_attr *b)
{
	return a->flags == b->flags && a->mem == b->mem && a->memidx == b->memidx && a->share == b->share &&
	       a->key == b->key && a->sw == b->sw;
}

/* Equal in all that encoding reads. */
static inline bool same_meaning(const struct ptk_entry *a, const struct ptk_entry *b)
{
	return a->kind == b->kind && a->level == b->level && a->pa == b->pa && a->extra == b->extra &&
	       a->inherit == b->inherit && same_attr(&a->attr, &b->attr);
}

/* An entry of a form's kind decodes to that kind and to the form's address, and to no other. */
static inline const char *law_forms(const struct ptk_regime *r, int level, uint64_t raw, const struct ptk_entry *e)
{
	const struct ptk_form *form[] = {&r->level[level].table_form, &r->level[level].leaf_form};
	const enum ptk_kind kind[] = {PTK_TABLE, PTK_LEAF};
	bool matched = false;
	for (int i = 0; i < 2; i++) {
		const struct ptk_form *f = form[i];
		if (!f->pa_mask || (raw & f->mask) != f->value)
			continue;
		if (matched)
			return "both forms match";
		matched = true;
		if (e->kind != kind[i])
			return "a form matches, decoding says another kind";
		if (e->pa != ((raw & f->pa_mask) << f->pa_shift | (raw & f->hi_mask) << f->hi_shift))
			return "a form matches, decoding says another address";
		if (e->span != ptk_level_size(r, level))
			return "a form matches, decoding says another span";
	}
	return NULL;
}

static inline const char *law_decode(const struct ptk_regime *r, int level, uint64_t raw, const struct ptk_entry *e)
{
	uint64_t wide = r->pa_bits >= 64 ? 0 : ~((UINT64_C(1) << r->pa_bits) - 1);
	if (e->raw != raw || e->level != level)
		return "decoding lost the raw value or the level";
	if (ptk_entry_kind(r, level, raw) != (enum ptk_kind)e->kind)
		return "kind alone and decoding disagree";
	if ((raw == 0) != (e->kind == PTK_NONE))
		return "not exactly the empty entry is none";
	/* Arm's hardware ignores reserved bits (RES0): they are shown, but the entry works. */
	bool ignores = strncmp(ptk_regime_arch(r), "arm", 3) == 0;
	bool works = e->kind == PTK_LEAF || e->kind == PTK_TABLE;
	if (!e->bad && e->kind == PTK_RESERVED)
		return "a reserved entry without bad bits";
	if (e->bad && e->kind != PTK_RESERVED && !(ignores && works))
		return "bad bits in an entry that is not reserved";
	if (e->kind == PTK_RESERVED && !e->why)
		return "a reserved entry without a reason";
	if ((e->kind == PTK_LEAF || e->kind == PTK_TABLE) && e->why)
		return "a valid entry has a reason";
	if (e->kind == PTK_LEAF && (!r->level[level].leaf || e->pa & (ptk_level_size(r, level) - 1)))
		return "a leaf where none is allowed, or misaligned";
	if (e->kind == PTK_LEAF && e->pa & (e->span - 1))
		return "a leaf misaligned to its span";
	if (ignores && e->bad & ~raw) /* elsewhere a bit may be bad for being clear */
		return "bad bits that are not set";
	if (e->kind == PTK_TABLE && !r->level[level].table)
		return "a table where none is allowed";
	if ((e->kind == PTK_LEAF || e->kind == PTK_TABLE) && e->pa & wide)
		return "an address wider than the regime's";
	if (e->kind != PTK_LEAF && e->kind != PTK_TABLE && e->attr.flags & PTK_A_RIGHTS)
		return "rights without a mapping";
	if (e->kind != PTK_TABLE && e->inherit)
		return "something inherited from what is not a table";
	return NULL;
}

/* Encoding puts back exactly what decoding took apart. */
static inline const char *law_encode(const struct ptk_regime *r, const struct ptk_entry *e)
{
	uint64_t raw = ~e->raw;
	struct ptk_entry in = *e;
	in.raw = in.span = in.bad = 0; /* not to be read */
	in.why = NULL;
	int rc = ptk_entry_encode(r, &in, &raw, NULL);
	if (e->kind == PTK_RESERVED)
		return rc < 0 && raw == ~e->raw ? NULL : "a reserved entry could be encoded, or the result was touched";
	if (rc < 0)
		return raw == ~e->raw ? "a decoded entry cannot be encoded" : "the result was touched on failure";
	return raw == e->raw ? NULL : "encoding a decoded entry gives another value";
}

/* The fields are listed from the highest bit down and cover each bit once. */
static inline const char *law_fields(const struct ptk_regime *r, int level, uint64_t raw)
{
	struct ptk_field f[PTK_FIELDS_MAX], few[3];
	size_t n = ptk_entry_fields(r, level, raw, f, PTK_FIELDS_MAX);
	int next = r->entry_shift == 3 ? 63 : 31;
	for (size_t i = 0; i < n; i++) {
		if (!f[i].name || !f[i].name[0])
			return "a field without a name";
		if (f[i].hi != next || f[i].lo > f[i].hi)
			return "fields overlap or leave a gap";
		if (f[i].value != ((raw >> f[i].lo) & (UINT64_MAX >> (63 - (f[i].hi - f[i].lo)))))
			return "a field's value is not that of its bits";
		next = f[i].lo - 1;
	}
	if (next != -1)
		return "fields do not reach bit 0";
	if (ptk_entry_fields(r, level, raw, few, 3) != (n < 3 ? n : 3) || few[0].lo != f[0].lo)
		return "a short list of fields is not the head of the long one";
	return NULL;
}

/* Rights that a regime's switches add to what its entries say, by the manuals. */
static inline uint32_t granted_by_switch(const struct ptk_regime *r, const struct ptk_attr *a)
{
	const char *arch = ptk_regime_arch(r);
	uint32_t more = 0;
	if (strcmp(arch, "x86") == 0 && !(r->flags & PTK_RF_WP))
		more |= PTK_A_KW; /* SDM 4.6.1: the kernel may write read-only pages */
	if (strcmp(arch, "riscv") == 0 && r->flags & PTK_RF_MXR) {
		more |= a->flags & (PTK_A_KX | PTK_A_UX) ? PTK_A_KR : 0; /* executable pages are readable */
		more |= a->flags & PTK_A_UX ? PTK_A_UR : 0;
	}
	if (strncmp(arch, "arm", 3) == 0 && r->flags & PTK_RF_HD && a->flags & PTK_A_DBM)
		more |= PTK_A_KW | PTK_A_UW; /* hardware sets dirty state by granting the write */
	if (strcmp(arch, "arm") == 0 && r->dacr & r->dacr >> 1 & 0x55555555)
		more |= PTK_A_RIGHTS; /* a manager domain: nothing is checked */
	return more;
}

/* Hardware grants nothing that the leaf or its parents deny. */
static inline const char *law_effective(const struct ptk_regime *r, const struct ptk_entry *leaf, uint64_t inherit)
{
	struct ptk_attr out;
	uint32_t rights = leaf->attr.flags & PTK_A_RIGHTS & ~ptk_inherit_flags(inherit);
	uint32_t more = granted_by_switch(r, &leaf->attr);
	ptk_entry_effective(r, inherit, leaf, &out);
	if (out.flags & PTK_A_RIGHTS & ~(rights | more))
		return "an effective right that the leaf or its parents deny";
	if (out.mem != leaf->attr.mem || out.memidx != leaf->attr.memidx || out.sw != leaf->attr.sw)
		return "effective attributes with another memory type or other software bits";
	return NULL;
}

/* All of the above for one entry. */
static inline const char *entry_laws(const struct ptk_regime *r, int level, uint64_t raw, struct ptk_entry *e)
{
	memset(e, 0xa5, sizeof *e);
	ptk_entry_decode(r, level, raw, e);
	const char *broken = law_decode(r, level, raw, e);
	if (!broken)
		broken = law_forms(r, level, raw, e);
	if (!broken)
		broken = law_encode(r, e);
	if (!broken)
		broken = law_fields(r, level, raw);
	if (!broken && e->kind == PTK_LEAF)
		broken = law_effective(r, e, 0);
	return broken;
}

/* A change of one bit shows in something that decoding tells. */
static inline bool differs(const struct ptk_entry *a, const struct ptk_entry *b)
{
	return !same_meaning(a, b) || a->bad != b->bad || a->span != b->span;
}

#endif
