// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * What every architecture must obey, tried over the whole registry: each regime by name, and each
 * with every switch turned. A new architecture is tested by being in the list.
 */
#include "entry_laws.h"
#include "tap.h"

/* splitmix64: the same numbers in every run. */
static uint64_t seed;

static uint64_t rnd(void)
{
	uint64_t z = seed += 0x9e3779b97f4a7c15;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

/* First thing that went wrong in a law, for the diagnosis. */
struct verdict {
	const char *broken;
	char where[160];
};

static void fail(struct verdict *v, const char *broken, int level, uint64_t raw, uint64_t other)
{
	if (v->broken)
		return;
	v->broken = broken;
	snprintf(v->where, sizeof v->where, "level %d, 0x%" PRIx64 " (0x%" PRIx64 ")", level, raw, other);
}

static void tell(const struct verdict *v, const char *regime, const char *law)
{
	if (!ok(!v->broken, "%s: %s", regime, law))
		printf("# %s: %s\n", v->broken, v->where);
}

/* ---- geometry ---- */

static const char *geometry_law(const struct ptk_regime *r)
{
	unsigned shift = r->page_shift;
	if (r->nlevels < 1 || r->nlevels > PTK_LEVELS_MAX || r->va_bits > r->va_width || r->pa_bits > 64)
		return "impossible sizes";
	if ((r->va_width != 32 && r->va_width != 64) || (r->entry_shift != 2 && r->entry_shift != 3))
		return "impossible widths";
	for (int i = 0; i < r->nlevels; i++) {
		const struct ptk_level *l = &r->level[i];
		if (l->shift != shift)
			return "a level does not start where the one below ends";
		if (!l->name[0] || memchr(l->name, 0, sizeof l->name) == NULL)
			return "a level without a name";
		if (i == 0 ? !l->leaf || l->table : !l->table)
			return "the last level holds pages only, those above at least tables";
		if ((l->leaf_form.pa_mask != 0) > l->leaf || (l->table_form.pa_mask != 0) > l->table)
			return "a form for a kind that cannot be";
		if (l->leaf_form.value & ~l->leaf_form.mask || l->table_form.value & ~l->table_form.mask)
			return "a form that can never match";
		if (l->leaf_form.mask & (l->leaf_form.pa_mask | l->leaf_form.hi_mask))
			return "a form that tests address bits";
		shift += l->bits;
	}
	if (shift != r->va_bits)
		return "the widths do not add up to the address";
	if (r->root_align < r->level[r->nlevels - 1].bits + r->entry_shift && r->nlevels > 1)
		return "a root aligned to less than its size";
	return NULL;
}

/* Indices and offset of an address make up the address. */
static const char *index_law(const struct ptk_regime *r, uint64_t va)
{
	uint64_t sum = va & ((UINT64_C(1) << r->page_shift) - 1);
	for (int i = 0; i < r->nlevels; i++) {
		uint32_t index = ptk_level_index(r, i, va);
		if ((uint64_t)index << r->entry_shift >= ptk_table_size(r, i))
			return "an index outside its table";
		sum += index * ptk_level_size(r, i);
	}
	return (sum ^ va) << (64 - r->va_bits) ? "the indices do not make up the address" : NULL;
}

/* Whether a regime translates an address, from its form alone. */
static bool translates(const struct ptk_regime *r, uint64_t va)
{
	uint64_t top = r->va_bits == 64 ? 0 : UINT64_MAX << r->va_bits, max = ptk_va_max(r);
	bool tags = strncmp(ptk_regime_arch(r), "arm64", 5) == 0 && r->flags & PTK_RF_TBI;
	uint64_t all = tags ? UINT64_MAX >> 8 : max;
	if (va > max)
		return false;
	uint64_t upper = va & top & all, ones = top & all;
	switch (r->va_form) {
	case PTK_VA_LOW: return upper == 0;
	case PTK_VA_HIGH: return upper == ones;
	case PTK_VA_SIGN: return upper == (va >> (r->va_bits - 1) & 1 ? ones : 0);
	}
	return false;
}

static const char *address_law(const struct ptk_regime *r, uint64_t va)
{
	uint64_t c = ptk_va_canonical(r, va);
	if (ptk_va_valid(r, va) != translates(r, va))
		return "valid differs from what the form says";
	if (!ptk_va_valid(r, c) || ptk_va_canonical(r, c) != c)
		return "a canonical address that is not valid, or not its own";
	if (va <= ptk_va_max(r) && (va ^ c) << (64 - r->va_bits))
		return "the canonical address has other translated bits";
	return NULL;
}

static void addresses(const struct ptk_regime *r, const char *text)
{
	struct verdict v = {0};
	for (unsigned bit = 0; bit <= 64; bit++) {
		uint64_t edge = bit < 64 ? UINT64_C(1) << bit : 0;
		for (int sign = 0; sign < 2; sign++, edge = -edge)
			for (uint64_t d = 0; d < 3; d++) {
				uint64_t va = edge + d - 1;
				const char *broken = address_law(r, va);
				if (!broken)
					broken = index_law(r, va);
				if (broken)
					fail(&v, broken, -1, va, ptk_va_canonical(r, va));
			}
	}
	for (int i = 0; i < 1000; i++) {
		uint64_t va = rnd() >> (rnd() & 63);
		const char *broken = address_law(r, va);
		if (!broken)
			broken = index_law(r, va);
		if (broken)
			fail(&v, broken, -1, va, ptk_va_canonical(r, va));
	}
	tell(&v, text, "addresses agree with the geometry at every edge");
}

/* ---- entries ---- */

/* Values to start from: nothing, everything, and what the forms call ordinary. */
static size_t bases(const struct ptk_regime *r, int level, uint64_t *out)
{
	const struct ptk_level *l = &r->level[level];
	const struct ptk_form *form[] = {&l->table_form, &l->leaf_form};
	size_t n = 0;
	out[n++] = 0;
	out[n++] = UINT64_MAX;
	for (int i = 0; i < 2; i++)
		if (form[i]->pa_mask) {
			out[n++] = form[i]->value;
			out[n++] = (rnd() & ~form[i]->mask) | form[i]->value;
			out[n++] = form[i]->value | form[i]->pa_mask | form[i]->hi_mask;
		}
	for (size_t i = 0; i < n; i++)
		out[i] &= entry_width(r);
	return n;
}

/* Inherit values that tables of this regime have, ORed as a walk would. */
struct inherits {
	uint64_t v[64];
	size_t n;
};

static void collect(struct inherits *in, uint64_t inherit)
{
	for (size_t i = 0; i < in->n; i++)
		if (in->v[i] == inherit)
			return;
	if (in->n < sizeof in->v / sizeof *in->v)
		in->v[in->n++] = inherit;
}

struct sweep {
	const struct ptk_regime *r;
	struct inherits inherits;
	struct verdict laws, rights;
	unsigned kinds; /* seen, as bits */
};

static void try(struct sweep *s, int level, uint64_t raw)
{
	struct ptk_entry e;
	raw &= entry_width(s->r);
	const char *broken = entry_laws(s->r, level, raw, &e);
	if (broken)
		fail(&s->laws, broken, level, raw, e.bad);
	s->kinds |= 1u << e.kind;
	if (e.kind == PTK_TABLE)
		collect(&s->inherits, e.inherit);
	for (size_t i = 0; e.kind == PTK_LEAF && i < s->inherits.n; i++)
		if ((broken = law_effective(s->r, &e, s->inherits.v[i])))
			fail(&s->rights, broken, level, raw, s->inherits.v[i]);
}

static void sweep_level(struct sweep *s, int level, bool thorough)
{
	uint64_t base[8];
	size_t n = bases(s->r, level, base);
	int width = 8 << s->r->entry_shift;
	for (size_t b = 0; b < n; b++) {
		try(s, level, base[b]);
		for (int i = 0; i < width; i++) {
			try(s, level, base[b] ^ UINT64_C(1) << i);
			for (int k = 0; k < i && thorough; k++)
				try(s, level, base[b] ^ UINT64_C(1) << i ^ UINT64_C(1) << k);
		}
	}
	for (int i = 0; i < (thorough ? 4000 : 200); i++) {
		/* Few bits set, half, many; and ordinary but for their free bits. */
		uint64_t a = rnd(), x = i & 1 ? a & rnd() & rnd() : i & 2 ? a | rnd() | rnd() : a;
		const struct ptk_form *f = i & 4 ? &s->r->level[level].leaf_form : &s->r->level[level].table_form;
		try(s, level, i & 8 ? (x & ~f->mask) | f->value : x);
	}
}

static void entries(const struct ptk_regime *r, const char *text, bool thorough)
{
	struct sweep s = {.r = r};
	/* From the root down, so that what tables take away is known when pages are tried. */
	for (int level = r->nlevels - 1; level >= 0; level--)
		sweep_level(&s, level, thorough);
	tell(&s.laws, text, "kinds, forms, fields agree, encoding undoes decoding");
	tell(&s.rights, text, "nothing is granted that leaf or parents deny");
	unsigned all = 1u << PTK_NONE | 1u << PTK_LEAF | 1u << PTK_TABLE;
	ok((s.kinds & all) == all, "%s: pages, tables and nothing were among what was tried", text);
}

/* Every bit of a mapped entry means something. */
static void single_bits(const struct ptk_regime *r, const char *text, int rounds)
{
	struct verdict v = {0};
	unsigned tried = 0;
	for (int level = 0; level < r->nlevels; level++)
		for (int i = 0; i < rounds; i++) {
			const struct ptk_level *l = &r->level[level];
			const struct ptk_form *f = i & 1 && l->table ? &l->table_form : &l->leaf_form;
			uint64_t raw = ((rnd() & ~f->mask) | f->value) & entry_width(r);
			struct ptk_entry a, b;
			ptk_entry_decode(r, level, raw, &a);
			if (a.kind != PTK_LEAF && a.kind != PTK_TABLE)
				continue;
			tried++;
			for (int bit = 0; bit < 8 << r->entry_shift; bit++) {
				ptk_entry_decode(r, level, raw ^ UINT64_C(1) << bit, &b);
				if (!differs(&a, &b))
					fail(&v, "a bit that changes nothing", level, raw, UINT64_C(1) << bit);
			}
		}
	if (!tried)
		fail(&v, "nothing was tried", 0, 0, 0);
	tell(&v, text, "every single-bit change shows");
}

/* ---- encoding what may be asked for ---- */

struct asks {
	struct verdict v;
	unsigned made;
};

static void ask(const struct ptk_regime *r, struct asks *a, const struct ptk_entry *in)
{
	struct ptk_entry back;
	uint64_t raw = 0x5a5a;
	struct ptk_err err = {0};
	int rc = ptk_entry_encode(r, in, &raw, &err);
	if (rc < 0) {
		if (raw != 0x5a5a || !err.msg[0] || err.code != rc)
			fail(&a->v, "a failure that touched the result or said nothing", in->level, in->attr.flags,
			     in->pa);
		return;
	}
	a->made++;
	if (raw & ~entry_width(r))
		fail(&a->v, "a value wider than an entry", in->level, raw, in->attr.flags);
	ptk_entry_decode(r, in->level, raw, &back);
	if (in->attr.memidx == PTK_MEMIDX_AUTO) {
		if (back.attr.mem != in->attr.mem)
			fail(&a->v, "another memory type than asked for", in->level, raw, in->attr.mem);
		return;
	}
	back.attr.mem = in->attr.mem; /* follows from the index */
	if (!same_meaning(&back, in))
		fail(&a->v, "decoding says other than what was encoded", in->level, raw, in->attr.flags);
}

static void ask_level(const struct ptk_regime *r, struct asks *a, int level)
{
	struct ptk_entry in = {.level = (uint8_t)level, .kind = PTK_LEAF};
	for (uint32_t flags = 0; flags < 1u << 14; flags++) {
		in.attr =
		        (struct ptk_attr){.flags = flags, .sw = (uint16_t)(flags & 1), .memidx = (uint8_t)(flags & 3)};
		in.attr.share = (uint8_t)(flags >> 12);
		ask(r, a, &in);
		in.attr.share = PTK_SHARE_NONE;
		in.attr.sw = in.attr.memidx = 0;
		ask(r, a, &in);
	}
}

/* Each right alone and all together: what comes back is what was asked for, or a refusal. */
static void requests(const struct ptk_regime *r, const char *text)
{
	struct asks a = {0};
	for (int level = 0; level < r->nlevels; level++) {
		ask_level(r, &a, level);
		if (r->level[level].leaf && !a.made)
			fail(&a.v, "no set of attributes can be encoded", level, 0, 0);
		a.made = 0;
	}
	/* From valid pages: each memory type by name, addresses of every width and alignment. */
	for (int level = 0; level < r->nlevels; level++) {
		const struct ptk_form *f = &r->level[level].leaf_form;
		struct ptk_entry e;
		ptk_entry_decode(r, level, f->value, &e);
		if (e.kind != PTK_LEAF)
			continue;
		for (int mem = 0; mem < PTK_MEM_COUNT_; mem++) {
			e.attr.memidx = PTK_MEMIDX_AUTO;
			e.attr.mem = (uint8_t)mem;
			ask(r, &a, &e);
		}
		if (!a.made)
			fail(&a.v, "no memory type can be asked for by name", level, f->value, 0);
		ptk_entry_decode(r, level, f->value, &e);
		for (int bit = 0; bit < 64; bit++) {
			e.pa = UINT64_C(1) << bit;
			a.made = 0;
			ask(r, &a, &e);
			bool fits = (f->pa_mask << f->pa_shift | f->hi_mask << f->hi_shift) >> bit & 1;
			if (a.made != fits)
				fail(&a.v, "an address that fits is refused, or one that does not is taken", level,
				     e.pa, bit);
		}
	}
	tell(&a.v, text, "what is asked for is what is made");
}

/* What no level holds is refused, and the result left alone. */
static void refusals(const struct ptk_regime *r, const char *text)
{
	struct verdict v = {0};
	for (int level = 0; level <= PTK_LEVELS_MAX; level++)
		for (int kind = PTK_NONE; kind <= PTK_RESERVED + 1; kind++) {
			struct ptk_entry in = {.level = (uint8_t)level, .kind = (uint8_t)kind};
			uint64_t raw = 1;
			bool there = level < r->nlevels;
			bool may = there && (kind == PTK_NONE || (kind == PTK_TABLE && r->level[level].table));
			if (there && kind == PTK_LEAF && r->level[level].leaf)
				continue; /* depends on the attributes */
			int rc = ptk_entry_encode(r, &in, &raw, NULL);
			if ((rc >= 0) != may || (rc < 0 && (raw != 1 || rc != PTK_E_INVAL)) || rc > 0)
				fail(&v, "a kind that cannot be is made, or one that can is refused", level,
				     (uint64_t)kind, raw);
		}
	tell(&v, text, "levels hold what they can");
}

/* ---- the registry ---- */

static void whole(const struct ptk_regime *r, const char *text, bool thorough)
{
	seed = 20;
	const char *broken = geometry_law(r);
	if (!ok(!broken, "%s: geometry", text))
		printf("# %s\n", broken);
	addresses(r, text);
	entries(r, text, thorough);
	single_bits(r, text, thorough ? 500 : 50);
	if (thorough) {
		requests(r, text);
		refusals(r, text);
	}
}

/* Every switch on its own, on and off, and some widths: as far as the regime knows them. */
static void variants(const char *name)
{
	static const char *const words[] = {
		"afe", "tre", "wxn", "uwxn", "pxn", "hpd", "tbi", "ha", "hd", "ds", "lpa", "e0pd", "pan",
		"epan", "pse", "pse36", "nx", "wp", "smep", "smap", "pke", "1g", "pge", "svnapot", "svpbmt",
		"svadu", "sum", "mxr", "pa=32", "pa=36", "pa=40", "pa=44", "pa=48", "pa=52",
		"enc=0x800000000000", "pke,nowp,smep,smap", "sum,mxr,svadu", "low", "high", "memattr=0",
		"memattr=0x0407050600070106", "dacr=0x55555555", "dacr=0xe4e4e4e4",
	};
	struct ptk_regime r;
	char text[64];
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		for (int off = 0; off < 2; off++) {
			snprintf(text, sizeof text, "%s,%s%s", name, off ? "no" : "", words[i]);
			if (ptk_regime_parse(text, &r, NULL) == 0)
				whole(&r, text, false);
		}
}

/* Switches that change which rights there are to ask for. */
static void switched(void)
{
	static const char *const texts[] = {"x86-64,nowp", "x86-pae,nowp", "x86-32,nowp", "arm64-4k-48,wxn", "riscv-sv39,mxr"};
	struct ptk_regime r;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		if (ptk_regime_parse(texts[i], &r, NULL) < 0)
			bail("%s", texts[i]);
		requests(&r, texts[i]);
	}
}

static void names(void)
{
	struct ptk_regime r, kept;
	struct ptk_err err = {0};
	memset(&r, 0x5a, sizeof r);
	memcpy(&kept, &r, sizeof r);
	is_int(ptk_regime_parse("x86-46", &r, &err), PTK_E_UNKNOWN, "an unknown name");
	has_str(err.msg, "x86-64", "near names are told");
	is_int(ptk_regime_parse("x86-64,dacr=1", &r, &err), PTK_E_INVAL, "a parameter of another architecture");
	is_int(ptk_regime_parse("x86-64,svadu", &r, &err), PTK_E_INVAL, "a switch of another architecture");
	is_int(ptk_regime_parse("x86-64,smpe", &r, &err), PTK_E_INVAL, "an unknown switch");
	has_str(err.msg, "smep", "near switches are told");
	is_int(ptk_regime_parse("x86-64,pa=", &r, &err), PTK_E_INVAL, "no number");
	is_int(ptk_regime_parse("x86-64,pa=99", &r, &err), PTK_E_INVAL, "too large a number");
	is_int(ptk_regime_parse("x86-64,pa=-12", &r, &err), PTK_E_INVAL, "a negative number");
	is_int(ptk_regime_parse("x86-64,memattr=0x10000000000000000", &r, &err), PTK_E_INVAL, "more than 64 bits");
	is_int(ptk_regime_parse("x86-64,,nx", &r, &err), PTK_E_INVAL, "an empty word");
	is_int(ptk_regime_parse("", &r, &err), PTK_E_UNKNOWN, "an empty name");
	ok(memcmp(&r, &kept, sizeof r) == 0, "failures leave the result alone");
}

int main(void)
{
	struct ptk_regime r;
	struct ptk_err err;
	size_t n = 0;
	names();
	switched();
	for (const char *name; (name = ptk_regime_name(n)); n++) {
		if (ptk_regime_parse(name, &r, &err) < 0) {
			ok(false, "%s: %s", name, err.msg);
			continue;
		}
		is_str(r.name, name, "%s: knows its name", name);
		whole(&r, name, true);
		variants(name);
	}
	ok(n >= 8, "%zu regimes", n);
	return done();
}
