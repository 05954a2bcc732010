/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/*
 * What an architecture provides. One file each, ending in one `const struct ptk_arch
 * ptk_arch_<name>`, and one word in the list in meson.build.
 *
 * Everything here is pure: no memory access, no I/O, no allocation, no state.
 */
#ifndef ARCH_ARCH_H
#define ARCH_ARCH_H

#include <ptkit/entry.h>

struct ptk_arch {
	const char *name;         /* "arm64" */
	const char *const *names; /* canonical regime names in listing order, NULL-terminated */
	uint32_t flags;           /* the ptk_regime_flag bits that mean something here */

	/*
	 * Fill a zeroed regime for a name (the part before the first comma), with the defaults of
	 * a present-day CPU. Names outside the list are fine if they follow its pattern.
	 * PTK_E_UNKNOWN: not a name of this architecture. PTK_E_INVAL: a pattern of its own with
	 * impossible numbers; err says why.
	 */
	int (*setup)(const char *name, struct ptk_regime *r, struct ptk_err *err);

	/*
	 * Set a KEY=VALUE of this architecture's own ("t1sz=2"). PTK_E_UNKNOWN: not one of its keys.
	 * NULL: it has none.
	 */
	int (*param)(struct ptk_regime *r, const char *key, uint64_t value, struct ptk_err *err);

	/* Optional: the parameter by which param() makes va_bits smaller, in bits less than the default. */
	const char *(*window)(const struct ptk_regime *r);
	/* After pa_bits, flags, memattr, ... changed: check them, derive levels and forms anew. */
	int (*finish)(struct ptk_regime *r, struct ptk_err *err);

	enum ptk_kind (*kind)(const struct ptk_regime *r, int level, uint64_t raw);
	/* out is zeroed but for raw, level, kind and span (the level's size). */
	void (*decode)(const struct ptk_regime *r, int level, uint64_t raw, struct ptk_entry *out);
	int (*encode)(const struct ptk_regime *r, const struct ptk_entry *in, uint64_t *raw, struct ptk_err *err);
	/* out holds the leaf's own attributes less what the parents take away. */
	void (*effective)(const struct ptk_regime *r, uint64_t inherit, const struct ptk_entry *leaf,
	                  struct ptk_attr *out);
	size_t (*fields)(const struct ptk_regime *r, int level, uint64_t raw, struct ptk_field *out, size_t max);
	/* out has room for PTK_REGISTERS_MAX. */
	size_t (*registers)(const struct ptk_regime *r, uint64_t root, struct ptk_register *out);
};

/* The word for the lowest of these ptk_regime_flag bits, as ptk_regime_parse() takes it. */
const char *ptk_regime_flag_name_(uint32_t set);

/* Encode what is neither table nor leaf: nothing, or what software keeps, given in `extra`. */
int ptk_arch_encode_unmapped_(const struct ptk_regime *r, const struct ptk_entry *in, uint64_t *raw,
                              struct ptk_err *err);

/* The fields of an entry, under construction: n may pass max, which is what there is room for. */
struct field_list {
	const struct ptk_regime *r;
	uint64_t raw;
	struct ptk_field *out;
	size_t n, max;
};

static inline void field_add(struct field_list *l, const char *name, unsigned hi, unsigned lo, const char *means)
{
	if (l->n < l->max)
		l->out[l->n] = (struct ptk_field){
			.name = name,
			.means = means,
			.value = (l->raw >> lo) & (UINT64_MAX >> (63 - (hi - lo))),
			.lo = (uint8_t)lo,
			.hi = (uint8_t)hi,
		};
	l->n++;
}

/* A one-bit field: what it means when set and when clear. */
static inline void field_add_bit(struct field_list *l, const char *name, unsigned bit, const char *set, const char *clear)
{
	field_add(l, name, bit, bit, l->raw >> bit & 1 ? set : clear);
}

/* Address that a form takes from an entry. */
static inline uint64_t form_pa(const struct ptk_form *f, uint64_t raw)
{
	return (raw & f->pa_mask) << f->pa_shift | (raw & f->hi_mask) << f->hi_shift;
}

/* Whether an entry is of the form's kind. */
static inline bool form_match(const struct ptk_form *f, uint64_t raw)
{
	return f->pa_mask && (raw & f->mask) == f->value;
}

/* How much the raw value grows when the address grows by one unit of the level (0 if it cannot be told). */
static inline uint64_t form_step(const struct ptk_form *f, unsigned shift)
{
	return shift >= f->pa_shift ? UINT64_C(1) << (shift - f->pa_shift) : 0;
}

/* A second field of ptk_entry::inherit: a key or domain that the table entry brings, plus one. */
#define INHERIT_KEY_SHIFT 32
#define INHERIT_KEY(key) ((uint64_t)((key) + 1u) << INHERIT_KEY_SHIFT)
#define INHERIT_HAS_KEY(i) ((i) >> INHERIT_KEY_SHIFT != 0)
#define INHERIT_GET_KEY(i) ((uint8_t)(((i) >> INHERIT_KEY_SHIFT) - 1))

#endif
