// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
#include "linux/proc/btf.h"

#include <stdlib.h>
#include <string.h>

#include "base/endian.h"

#define MAGIC 0xeb9f
#define TYPES_MAX (1u << 22)
#define DEPTH 16         /* of structures within structures, and of names for names */
#define STEPS (1u << 20) /* members that one question may look at */

enum kind {
	KIND_INT = 1,
	KIND_PTR,
	KIND_ARRAY,
	KIND_STRUCT,
	KIND_UNION,
	KIND_ENUM,
	KIND_FWD,
	KIND_TYPEDEF,
	KIND_VOLATILE,
	KIND_CONST,
	KIND_RESTRICT,
	KIND_FUNC,
	KIND_FUNC_PROTO,
	KIND_VAR,
	KIND_DATASEC,
	KIND_FLOAT,
	KIND_DECL_TAG,
	KIND_TYPE_TAG,
	KIND_ENUM64,
};

struct lx_btf {
	const uint8_t *types;
	const char *str; /* ends with a zero */
	uint32_t str_len;
	uint32_t *at; /* of type i + 1; what follows it lies within the types */
	uint32_t n;
	unsigned word;
	bool big;
};

/* What precedes each type. */
struct type {
	const uint8_t *p; /* of what follows */
	const char *name;
	enum kind kind;
	uint32_t vlen, size; /* size, or the type that it refers to */
	bool flag;
};

/* ---- opening ---- */

struct header {
	uint32_t len, type_off, type_len, str_off, str_len;
};

static bool read_header(const uint8_t *p, size_t len, bool big, struct header *h)
{
	if (len < 24 || load16(p, big) != MAGIC || p[2] != 1)
		return false;
	*h = (struct header){load32(p + 4, big), load32(p + 8, big), load32(p + 12, big), load32(p + 16, big),
	                     load32(p + 20, big)};
	uint64_t types = (uint64_t)h->len + h->type_off + h->type_len,
	         strings = (uint64_t)h->len + h->str_off + h->str_len;
	return h->len >= 24 && types <= len && strings <= len && h->type_off % 4 == 0 && h->type_len >= 12 &&
	       h->str_len > 1 && p[strings - 1] == 0;
}

size_t ptk_btf_size_(const uint8_t *p, size_t len, bool big)
{
	struct header h;
	if (!read_header(p, len, big, &h))
		return 0;
	size_t types = (size_t)h.type_off + h.type_len, strings = (size_t)h.str_off + h.str_len;
	return h.len + (types > strings ? types : strings);
}

/* Bytes that follow a type's 12, or UINT32_MAX if there is no such kind. */
static uint32_t tail(uint32_t kind, uint32_t vlen)
{
	switch (kind) {
	case KIND_PTR:
	case KIND_FWD:
	case KIND_TYPEDEF:
	case KIND_VOLATILE:
	case KIND_CONST:
	case KIND_RESTRICT:
	case KIND_FUNC:
	case KIND_FLOAT:
	case KIND_TYPE_TAG: return 0;
	case KIND_INT:
	case KIND_VAR:
	case KIND_DECL_TAG: return 4;
	case KIND_ARRAY: return 12;
	case KIND_ENUM:
	case KIND_FUNC_PROTO: return 8 * vlen;
	case KIND_STRUCT:
	case KIND_UNION:
	case KIND_DATASEC:
	case KIND_ENUM64: return 12 * vlen;
	default: return UINT32_MAX;
	}
}

/* Types have no index of their own: each begins where the one before ends. */
static int index_types(struct lx_btf *b, uint32_t len)
{
	uint32_t room = 0;
	for (uint32_t at = 0; at < len;) {
		if (len - at < 12 || b->n == TYPES_MAX)
			return PTK_E_BADFMT;
		uint32_t info = load32(b->types + at + 4, b->big), more = tail(info >> 24 & 31, info & 0xffff);
		if (more > len - at - 12)
			return PTK_E_BADFMT;
		if (b->n == room) {
			room = room ? room * 2 : 4096;
			uint32_t *p = realloc(b->at, room * sizeof *p);
			if (!p)
				return PTK_E_NOMEM;
			b->at = p;
		}
		b->at[b->n++] = at;
		at += 12 + more;
	}
	return 0;
}

int ptk_btf_open_(const uint8_t *p, size_t len, unsigned word, bool big, struct lx_btf **out)
{
	struct header h;
	if (!read_header(p, len, big, &h))
		return PTK_E_BADFMT;
	struct lx_btf *b = calloc(1, sizeof *b);
	if (!b)
		return PTK_E_NOMEM;
	b->types = p + h.len + h.type_off;
	b->str = (const char *)p + h.len + h.str_off;
	b->str_len = h.str_len;
	b->word = word;
	b->big = big;
	int rc = index_types(b, h.type_len);
	if (rc < 0)
		ptk_btf_close_(b);
	else
		*out = b;
	return rc;
}

void ptk_btf_close_(struct lx_btf *b)
{
	if (b)
		free(b->at);
	free(b);
}

/* ---- types ---- */

static const char *name_at(const struct lx_btf *b, uint32_t off)
{
	return off < b->str_len ? b->str + off : "";
}

/* Type 0 is void; the others count from 1. */
static bool get(const struct lx_btf *b, uint32_t id, struct type *t)
{
	if (id == 0 || id > b->n)
		return false;
	const uint8_t *p = b->types + b->at[id - 1];
	uint32_t info = load32(p + 4, b->big);
	*t = (struct type){
	        .p = p + 12,
	        .name = name_at(b, load32(p, b->big)),
	        .kind = (enum kind)(info >> 24 & 31),
	        .vlen = info & 0xffff,
	        .size = load32(p + 8, b->big),
	        .flag = info >> 31,
	};
	return true;
}

static bool is_name_for(enum kind k)
{
	return k == KIND_TYPEDEF || k == KIND_VOLATILE || k == KIND_CONST || k == KIND_RESTRICT || k == KIND_TYPE_TAG;
}

/* Behind typedefs and qualifiers. */
static bool resolve(const struct lx_btf *b, uint32_t id, struct type *t)
{
	for (unsigned i = 0; i < DEPTH; i++) {
		if (!get(b, id, t))
			return false;
		if (!is_name_for(t->kind))
			return true;
		id = t->size;
	}
	return false;
}

static uint32_t size_of(const struct lx_btf *b, uint32_t id)
{
	uint64_t times = 1;
	struct type t;
	for (unsigned i = 0; i < DEPTH && resolve(b, id, &t); i++) {
		if (t.kind == KIND_ARRAY) {
			times *= load32(t.p + 8, b->big);
			id = load32(t.p, b->big);
			if (times > UINT32_MAX)
				return 0;
			continue;
		}
		uint64_t size = t.kind == KIND_PTR ? b->word
		                : t.kind == KIND_INT || t.kind == KIND_STRUCT || t.kind == KIND_UNION ||
		                                t.kind == KIND_ENUM || t.kind == KIND_FLOAT || t.kind == KIND_ENUM64
		                        ? t.size
		                        : 0;
		return size * times <= UINT32_MAX ? (uint32_t)(size * times) : 0;
	}
	return 0;
}

/* ---- members ---- */

struct found {
	uint64_t bits;
	uint32_t type;
};

/* A member called by the first len characters of name, here or in a member that has no name. */
static bool find_in(const struct lx_btf *b, const struct type *s, const char *name, size_t len, unsigned depth,
                    unsigned *steps, struct found *out)
{
	for (uint32_t i = 0; i < s->vlen && *steps && depth < DEPTH; i++, --*steps) {
		const uint8_t *m = s->p + 12 * i;
		const char *is = name_at(b, load32(m, b->big));
		uint32_t type = load32(m + 4, b->big), off = load32(m + 8, b->big);
		uint32_t field = s->flag ? off >> 24 : 0;
		struct type inner;
		if (s->flag)
			off &= 0xffffff;
		if (*is) {
			if (field || strncmp(is, name, len) != 0 || is[len])
				continue;
			*out = (struct found){off, type};
			return true;
		}
		if (resolve(b, type, &inner) && (inner.kind == KIND_STRUCT || inner.kind == KIND_UNION) &&
		    find_in(b, &inner, name, len, depth + 1, steps, out)) {
			out->bits += off;
			return true;
		}
	}
	return false;
}

/* The path, from a struct on. */
static bool follow(const struct lx_btf *b, struct type s, const char *path, unsigned *steps, struct lx_member *out)
{
	uint64_t bits = 0;
	for (;;) {
		struct found f;
		size_t len = strcspn(path, ".");
		if ((s.kind != KIND_STRUCT && s.kind != KIND_UNION) || !find_in(b, &s, path, len, 0, steps, &f))
			return false;
		bits += f.bits;
		path += len;
		if (*path == 0) {
			*out = (struct lx_member){(uint32_t)(bits / 8), size_of(b, f.type)};
			return bits % 8 == 0 && bits / 8 <= UINT32_MAX;
		}
		path++;
		if (!resolve(b, f.type, &s))
			return false;
	}
}

bool ptk_btf_member_(const struct lx_btf *b, const char *type, const char *path, struct lx_member *out)
{
	unsigned steps = STEPS;
	struct type t;
	for (uint32_t id = 1; id <= b->n && steps; id++)
		if (get(b, id, &t) && (t.kind == KIND_STRUCT || t.kind == KIND_UNION) && t.name[0] == type[0] &&
		    strcmp(t.name, type) == 0 && follow(b, t, path, &steps, out))
			return true;
	return false;
}
