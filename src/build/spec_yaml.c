// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* Specifications as YAML, through libyaml: each complaint with line and column. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/err.h"
#include "base/near.h"
#include "build/spec.h"
#include "build/yamldoc.h"

struct reader {
	struct yaml_reader y; /* first */
	struct ptk_spec *spec;
	const char *regime;        /* the caller's, or NULL */
	yaml_node_t *memory_types; /* of the file, or NULL */
};

static struct reader *of(struct yaml_reader *rd)
{
	return (struct reader *)rd;
}

static int unknown_word(const struct yaml_reader *rd, const yaml_node_t *at, const char *what, const char *word,
                        const char *(*next)(size_t))
{
	char near[128];
	ptk_near_(word, next, near, sizeof near);
	return ptk_yaml_complain_(rd, at, PTK_E_UNKNOWN, "unknown %s '%.60s'%s", what, word, near);
}

/* ---- words ---- */

static const char *type_name(size_t i)
{
	return i + 1 < PTK_MEM_COUNT_ ? ptk_memtype_name((enum ptk_memtype)(i + 1)) : NULL;
}

static int memory_type(struct yaml_reader *rd, yaml_node_t *n, enum ptk_memtype *out)
{
	const char *word;
	int rc = ptk_yaml_word_(rd, n, "a memory type", &word);
	for (size_t i = 0; rc == 0 && type_name(i); i++)
		if (strcmp(type_name(i), word) == 0) {
			*out = (enum ptk_memtype)(i + 1);
			return 0;
		}
	return rc < 0 ? rc : unknown_word(rd, n, "memory type", word, type_name);
}

static const struct {
	const char *name;
	uint32_t attr, edit;
} flag_words[] = {
	{"global", PTK_A_GLOBAL, 0},       {"accessed", PTK_A_ACCESSED, 0}, {"dirty", PTK_A_DIRTY, 0},
	{"guarded", PTK_A_GUARDED, 0},     {"dbm", PTK_A_DBM, 0},           {"non-secure", PTK_A_NS, 0},
	{"encrypted", PTK_A_ENC, 0},       {"no-block", 0, PTK_EDIT_NO_BLOCK}, {"no-cont", 0, PTK_EDIT_NO_CONT},
	{"no-exec", 0, PTK_EDIT_NO_EXEC},
};
#define NFLAG_WORDS (sizeof flag_words / sizeof *flag_words)

static const char *flag_word(size_t i)
{
	return i < NFLAG_WORDS ? flag_words[i].name : NULL;
}

/* ---- entries ---- */

struct entry {
	struct ptk_edit edit;
	struct spec_wish wish;
	const char *name;
	uint64_t size;
	yaml_node_t *va_node, *pa_node, *size_node, *rights_node; /* NULL: it has none */
};

static int entry_name(struct yaml_reader *rd, yaml_node_t *v, void *into)
{
	return ptk_yaml_word_(rd, v, "name", &((struct entry *)into)->name);
}

static int entry_va(struct yaml_reader *rd, yaml_node_t *v, void *into)
{
	struct entry *e = into;
	e->va_node = v;
	return ptk_yaml_number_(rd, v, "va", &e->edit.first);
}

static int entry_pa(struct yaml_reader *rd, yaml_node_t *v, void *into)
{
	struct entry *e = into;
	e->pa_node = v;
	return ptk_yaml_number_(rd, v, "pa", &e->edit.pa);
}

static int entry_size(struct yaml_reader *rd, yaml_node_t *v, void *into)
{
	struct entry *e = into;
	e->size_node = v;
	int rc = ptk_yaml_number_(rd, v, "size", &e->size);
	return rc < 0 ? rc : e->size ? 0 : ptk_yaml_complain_(rd, v, PTK_E_BADFMT, "size is 0");
}

static int three_rights(const char *p, uint32_t r, uint32_t w, uint32_t x, uint32_t *flags)
{
	static const char letters[] = "rwx";
	const uint32_t bit[] = {r, w, x};
	for (int i = 0; i < 3; i++) {
		if (p[i] == letters[i])
			*flags |= bit[i];
		else if (p[i] != '-')
			return -1;
	}
	return 0;
}

static int entry_rights(struct yaml_reader *rd, yaml_node_t *v, void *into)
{
	struct entry *e = into;
	const char *word;
	int rc = ptk_yaml_word_(rd, v, "rights", &word);
	if (rc < 0)
		return rc;
	e->rights_node = v;
	uint32_t flags = 0;
	size_t len = strlen(word);
	const char *user = len == 6 ? word + 3 : len == 7 && strchr(" /,", word[3]) ? word + 4 : NULL;
	if ((len != 3 && !user) || three_rights(word, PTK_A_KR, PTK_A_KW, PTK_A_KX, &flags) < 0 ||
	    (user && three_rights(user, PTK_A_UR, PTK_A_UW, PTK_A_UX, &flags) < 0))
		return ptk_yaml_complain_(rd, v, PTK_E_BADFMT,
		                          "rights '%.40s': write the kernel's and the user's, as in 'rw-/r--' or 'r-x'", word);
	if (!flags)
		return ptk_yaml_complain_(rd, v, PTK_E_BADFMT, "rights '%.40s' let nobody in; leave the entry out instead", word);
	e->wish.attr.flags |= flags;
	return 0;
}

static int entry_memory(struct yaml_reader *rd, yaml_node_t *v, void *into)
{
	struct entry *e = into;
	enum ptk_memtype t;
	const char *word = ptk_yaml_scalar_(v);
	if (word && strcmp(word, "device") == 0) {
		e->wish.device = true; /* the regime's own word for it */
		return 0;
	}
	int rc = memory_type(rd, v, &t);
	if (rc == 0) {
		e->wish.attr.mem = (uint8_t)t;
		e->wish.has_mem = true;
	}
	return rc;
}

static const char *share_word(size_t i)
{
	static const char *const words[] = {"none", "outer", "inner"};
	return i < 3 ? words[i] : NULL;
}

static int entry_share(struct yaml_reader *rd, yaml_node_t *v, void *into)
{
	static const uint8_t values[] = {PTK_SHARE_NONE, PTK_SHARE_OUTER, PTK_SHARE_INNER};
	struct entry *e = into;
	const char *word;
	int rc = ptk_yaml_word_(rd, v, "share", &word);
	for (size_t i = 0; rc == 0 && share_word(i); i++)
		if (strcmp(share_word(i), word) == 0) {
			e->wish.attr.share = values[i];
			e->wish.has_share = true;
			return 0;
		}
	return rc < 0 ? rc : unknown_word(rd, v, "shareability", word, share_word);
}

static int one_flag(struct yaml_reader *rd, yaml_node_t *v, struct entry *e)
{
	const char *word;
	int rc = ptk_yaml_word_(rd, v, "a flag", &word);
	for (size_t i = 0; rc == 0 && i < NFLAG_WORDS; i++) {
		bool off = strncmp(word, "no-", 3) == 0 && strcmp(word + 3, flag_words[i].name) == 0 && flag_words[i].attr;
		if (!off && strcmp(word, flag_words[i].name) != 0)
			continue;
		e->edit.flags |= flag_words[i].edit;
		e->wish.firm |= flag_words[i].attr;
		if (!off)
			e->wish.attr.flags |= flag_words[i].attr;
		return 0;
	}
	return rc < 0 ? rc : unknown_word(rd, v, "flag", word, flag_word);
}

static int entry_flags(struct yaml_reader *rd, yaml_node_t *v, void *into)
{
	if (v->type != YAML_SEQUENCE_NODE)
		return ptk_yaml_complain_(rd, v, PTK_E_BADFMT, "flags is a list: [no-cont, guarded]");
	for (yaml_node_item_t *i = v->data.sequence.items.start; i < v->data.sequence.items.top; i++) {
		int rc = one_flag(rd, yaml_document_get_node(&rd->doc, *i), into);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int entry_max_unit(struct yaml_reader *rd, yaml_node_t *v, void *into)
{
	return ptk_yaml_number_(rd, v, "max-unit", &((struct entry *)into)->edit.max_unit);
}

static int entry_key(struct yaml_reader *rd, yaml_node_t *v, void *into)
{
	uint64_t n;
	int rc = ptk_yaml_number_(rd, v, "key", &n);
	if (rc == 0 && n > 15)
		rc = ptk_yaml_complain_(rd, v, PTK_E_BADFMT, "key: there are 16 keys and domains, 0 to 15");
	if (rc == 0)
		((struct entry *)into)->wish.attr.key = (uint8_t)n;
	return rc;
}

static int entry_software(struct yaml_reader *rd, yaml_node_t *v, void *into)
{
	uint64_t n;
	int rc = ptk_yaml_number_(rd, v, "software", &n);
	if (rc == 0 && n > UINT16_MAX)
		rc = ptk_yaml_complain_(rd, v, PTK_E_BADFMT, "software: no regime has more than 16 software bits");
	if (rc == 0)
		((struct entry *)into)->wish.attr.sw = (uint16_t)n;
	return rc;
}

static int entry_raw(struct yaml_reader *rd, yaml_node_t *v, void *into)
{
	struct ptk_edit *e = &((struct entry *)into)->edit;
	int rc = ptk_yaml_number_(rd, v, "raw", &e->raw_value);
	e->raw_mask = e->raw_value;
	return rc;
}

static const struct yaml_key entry_keys[] = {
	{"name", entry_name},       {"va", entry_va},           {"pa", entry_pa},       {"size", entry_size},
	{"rights", entry_rights},   {"memory", entry_memory},   {"share", entry_share}, {"flags", entry_flags},
	{"max-unit", entry_max_unit}, {"key", entry_key},       {"software", entry_software}, {"raw", entry_raw},
	{NULL, NULL},
};

/* Which half a root covers is for all entries together to say. */
static bool translates(struct ptk_regime r, uint64_t first, uint64_t last)
{
	uint64_t span = low_bits(r.va_bits);
	if (r.va_form != PTK_VA_SIGN && r.va_width == 64)
		r.va_form = first >> 63 ? PTK_VA_HIGH : PTK_VA_LOW;
	return ptk_va_valid(&r, first) && ptk_va_valid(&r, last) && (last & span) - (first & span) == last - first;
}

/* What the regime can map at all: said here, where the line is known. */
static int check_place(struct yaml_reader *rd, const struct entry *e)
{
	const struct ptk_regime *r = &of(rd)->spec->info.regime;
	const yaml_node_t *va = e->va_node ? e->va_node : e->pa_node, *pa = e->pa_node ? e->pa_node : e->va_node;
	uint64_t first = e->edit.first, last = e->edit.last;
	unsigned long long page = UINT64_C(1) << r->page_shift;
	if (first & (page - 1) || e->edit.pa & (page - 1))
		return ptk_yaml_complain_(rd, first & (page - 1) ? va : pa, PTK_E_BADFMT,
		                          "this is not the start of a page, which has 0x%llx bytes", page);
	if (e->size & (page - 1))
		return ptk_yaml_complain_(rd, e->size_node, PTK_E_BADFMT, "this is no number of whole pages of 0x%llx bytes", page);
	if (!translates(*r, first, last))
		return ptk_yaml_complain_(rd, va, PTK_E_BADFMT, "%s does not translate all of 0x%llx-0x%llx", r->name,
		                          (unsigned long long)first, (unsigned long long)last);
	if (e->edit.pa + (e->size - 1) > low_bits(r->pa_bits))
		return ptk_yaml_complain_(rd, pa, PTK_E_BADFMT, "physical addresses have %u bits, and 0x%llx does not fit", r->pa_bits,
		                          (unsigned long long)(e->edit.pa + (e->size - 1)));
	return 0;
}

static int finish_entry(struct yaml_reader *rd, yaml_node_t *n, struct entry *e)
{
	if (!e->va_node && !e->pa_node)
		return ptk_yaml_complain_(rd, n, PTK_E_BADFMT, "the entry has neither va nor pa");
	if (!e->size_node)
		return ptk_yaml_complain_(rd, n, PTK_E_BADFMT, "the entry has no size");
	if (!e->va_node)
		e->edit.first = e->edit.pa;
	if (!e->pa_node)
		e->edit.pa = e->edit.first;
	uint64_t end;
	if (!add_ok(e->edit.first, e->size - 1, &e->edit.last) || !add_ok(e->edit.pa, e->size - 1, &end))
		return ptk_yaml_complain_(rd, e->size_node, PTK_E_BADFMT, "the entry goes past the last address of 64 bits");
	int rc = check_place(rd, e);
	if (rc < 0)
		return rc;
	if (!e->rights_node) {
		e->wish.attr.flags |= PTK_A_KR | PTK_A_KW;
		e->wish.may_execute = true;
	}
	rc = ptk_spec_fit_(&of(rd)->spec->info.regime, &e->wish, &e->edit.attr, rd->err);
	if (rc < 0)
		return ptk_yaml_blame_(rd, e->rights_node ? e->rights_node : n, rc);
	e->edit.op = PTK_EDIT_MAP;
	if (ptk_spec_add_(of(rd)->spec, &e->edit, e->name, (uint32_t)n->start_mark.line + 1) < 0)
		return ptk_err_set_(rd->err, PTK_E_NOMEM, "out of memory");
	return 0;
}

static int top_entries(struct yaml_reader *rd, yaml_node_t *v, void *into)
{
	(void)into;
	if (v->type != YAML_SEQUENCE_NODE)
		return ptk_yaml_complain_(rd, v, PTK_E_BADFMT, "entries is a list (- name: ...)");
	for (yaml_node_item_t *i = v->data.sequence.items.start; i < v->data.sequence.items.top; i++) {
		yaml_node_t *n = yaml_document_get_node(&rd->doc, *i);
		struct entry e = {0};
		int rc = ptk_yaml_mapping_(rd, n, entry_keys, "an entry", &e);
		if (rc == 0)
			rc = finish_entry(rd, n, &e);
		if (rc < 0)
			return rc;
	}
	return 0;
}

/* ---- the regime and its memory types ---- */

/* The byte that MAIR or PAT holds for a type (Arm ARM D17.2.97; Intel SDM vol. 3, table 12-10); -1: it has none. */
static int attr_byte(bool pat, enum ptk_memtype t)
{
	static const struct {
		uint8_t type;
		int16_t mair, pat;
	} rows[] = {
		{PTK_MEM_WB, 0xff, 6},          {PTK_MEM_WB_TAGGED, 0xf0, -1}, {PTK_MEM_WT, 0xbb, 4},
		{PTK_MEM_NC, 0x44, 1},          {PTK_MEM_DEV_nGnRnE, 0x00, -1}, {PTK_MEM_DEV_nGnRE, 0x04, -1},
		{PTK_MEM_DEV_nGRE, 0x08, -1},   {PTK_MEM_DEV_GRE, 0x0c, -1},   {PTK_MEM_UC, -1, 0},
		{PTK_MEM_UC_MINUS, -1, 7},      {PTK_MEM_WP, -1, 5},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (rows[i].type == t)
			return pat ? rows[i].pat : rows[i].mair;
	return -1;
}

/* PRRR and NMRR of short descriptors have two bits a type each (Arm ARM G8.2.132); shareability stays as it was. */
static int remap(unsigned index, enum ptk_memtype t, uint64_t *memattr)
{
	unsigned tr, nr = 0;
	switch (t) { /* NOLINT: the others have no encoding */
	case PTK_MEM_DEV_nGnRnE: tr = 0; break;
	case PTK_MEM_DEV_nGnRE: tr = 1; break;
	case PTK_MEM_NC: tr = 2; break;
	case PTK_MEM_WB: tr = 2; nr = 1; break;
	case PTK_MEM_WT: tr = 2; nr = 2; break;
	case PTK_MEM_UNKNOWN:
	case PTK_MEM_WB_TAGGED:
	case PTK_MEM_WP:
	case PTK_MEM_UC_MINUS:
	case PTK_MEM_UC:
	case PTK_MEM_DEV_nGRE:
	case PTK_MEM_DEV_GRE:
	case PTK_MEM_IO:
	case PTK_MEM_MIXED:
	case PTK_MEM_PMA:
	case PTK_MEM_COUNT_:
	default: return -1;
	}
	uint64_t clear = field_put(3, 2 * index + 1, 2 * index) | (field_put(3, 2 * index + 1, 2 * index) |
	                 field_put(3, 2 * index + 17, 2 * index + 16)) << 32;
	uint64_t set = (uint64_t)tr << 2 * index | ((uint64_t)nr << 2 * index | (uint64_t)nr << (2 * index + 16)) << 32;
	*memattr = (*memattr & ~clear) | set;
	return 0;
}

static int one_memory_type(struct yaml_reader *rd, yaml_node_t *k, yaml_node_t *v, uint64_t *memattr)
{
	const struct ptk_regime *r = &of(rd)->spec->info.regime;
	const char *arch = ptk_regime_arch(r);
	uint64_t index, byte;
	int rc = ptk_yaml_number_(rd, k, "an index of memory-types", &index);
	if (rc < 0)
		return rc;
	if (index > 7 || strcmp(arch, "riscv") == 0)
		return ptk_yaml_complain_(rd, k, PTK_E_BADFMT, strcmp(arch, "riscv") ? "memory-types: the indexes are 0 to 7"
			: "memory-types: riscv has no such table");
	const char *word = ptk_yaml_scalar_(v);
	bool remapped = strcmp(arch, "arm") == 0 && r->entry_shift == 2;
	if (word && *word >= '0' && *word <= '9' && !remapped) {
		if ((rc = ptk_yaml_number_(rd, v, "a memory type", &byte)) < 0)
			return rc;
		if (byte > 0xff)
			return ptk_yaml_complain_(rd, v, PTK_E_BADFMT, "a memory type has 8 bits");
	} else {
		enum ptk_memtype t;
		if ((rc = memory_type(rd, v, &t)) < 0)
			return rc;
		int b = remapped ? remap((unsigned)index, t, memattr) : attr_byte(strcmp(arch, "x86") == 0, t);
		if (b < 0)
			return ptk_yaml_complain_(rd, v, PTK_E_NOTSUP, "%s cannot express '%s'", r->name, ptk_memtype_name(t));
		if (remapped)
			return 0;
		byte = (uint64_t)b;
	}
	*memattr = (*memattr & ~(UINT64_C(0xff) << 8 * index)) | byte << 8 * index;
	return 0;
}

static int apply_memory_types(struct yaml_reader *rd)
{
	yaml_node_t *n = of(rd)->memory_types;
	char text[256], more[40];
	uint64_t memattr = of(rd)->spec->info.regime.memattr;
	if (!n)
		return 0;
	if (n->type != YAML_MAPPING_NODE)
		return ptk_yaml_complain_(rd, n, PTK_E_BADFMT, "memory-types is a mapping: {0: write-back, 1: device nGnRE}");
	for (yaml_node_pair_t *p = n->data.mapping.pairs.start; p < n->data.mapping.pairs.top; p++) {
		int rc = one_memory_type(rd, yaml_document_get_node(&rd->doc, p->key), yaml_document_get_node(&rd->doc, p->value),
		                         &memattr);
		if (rc < 0)
			return rc;
	}
	ptk_regime_format(&of(rd)->spec->info.regime, text, sizeof text - sizeof more);
	snprintf(more, sizeof more, ",memattr=%#llx", (unsigned long long)memattr);
	strcat(text, more);
	int rc = ptk_spec_regime_(of(rd)->spec, text, rd->err);
	return rc < 0 ? ptk_yaml_blame_(rd, n, rc) : 0;
}

/* ---- the file ---- */

static int top_regime(struct yaml_reader *rd, yaml_node_t *v, void *into)
{
	(void)into;
	const char *text;
	int rc = ptk_yaml_word_(rd, v, "regime", &text);
	if (rc == 0 && (rc = ptk_spec_regime_(of(rd)->spec, text, rd->err)) < 0)
		return ptk_yaml_blame_(rd, v, rc);
	return rc;
}

static int top_policy(struct yaml_reader *rd, yaml_node_t *v, void *into)
{
	(void)into;
	const char *word;
	int rc = ptk_yaml_word_(rd, v, "policy", &word);
	if (rc < 0)
		return rc;
	for (size_t i = 0; ptk_policy_name(i, NULL); i++)
		if (strcmp(ptk_policy_name(i, NULL), word) == 0) {
			of(rd)->spec->info.opts.policy = ptk_policy_name(i, NULL);
			return 0;
		}
	char list[200] = "";
	for (size_t i = 0; ptk_policy_name(i, NULL); i++)
		snprintf(list + strlen(list), sizeof list - strlen(list), "%s%s", i ? ", " : "", ptk_policy_name(i, NULL));
	return ptk_yaml_complain_(rd, v, PTK_E_UNKNOWN, "unknown policy '%.60s'; there are %s", word, list);
}

static const char *overlap_word(size_t i)
{
	static const char *const words[] = {"error", "keep", "replace", "nested"};
	return i < 4 ? words[i] : NULL;
}

static int top_overlap(struct yaml_reader *rd, yaml_node_t *v, void *into)
{
	(void)into;
	const char *word;
	int rc = ptk_yaml_word_(rd, v, "overlap", &word);
	for (size_t i = 0; rc == 0 && overlap_word(i); i++)
		if (strcmp(overlap_word(i), word) == 0) {
			of(rd)->spec->info.opts.overlap = (enum ptk_overlap)i;
			return 0;
		}
	return rc < 0 ? rc : unknown_word(rd, v, "overlap rule", word, overlap_word);
}

struct room {
	uint64_t at, size;
	bool has_at, has_size;
};

static int room_at(struct yaml_reader *rd, yaml_node_t *v, void *into)
{
	((struct room *)into)->has_at = true;
	return ptk_yaml_number_(rd, v, "at", &((struct room *)into)->at);
}

static int room_size(struct yaml_reader *rd, yaml_node_t *v, void *into)
{
	((struct room *)into)->has_size = true;
	return ptk_yaml_number_(rd, v, "size", &((struct room *)into)->size);
}

static int room_direction(struct yaml_reader *rd, yaml_node_t *v, void *into)
{
	(void)into;
	const char *word;
	int rc = ptk_yaml_word_(rd, v, "direction", &word);
	if (rc < 0)
		return rc;
	if (strcmp(word, "down") == 0)
		of(rd)->spec->info.alloc_flags |= PTK_ALLOC_TOP_DOWN;
	else if (strcmp(word, "up") != 0)
		return ptk_yaml_complain_(rd, v, PTK_E_BADFMT, "direction is up or down, not '%.40s'", word);
	return 0;
}

static int top_tables(struct yaml_reader *rd, yaml_node_t *v, void *into)
{
	static const struct yaml_key keys[] = {{"at", room_at}, {"size", room_size}, {"direction", room_direction}, {NULL, NULL}};
	struct room room = {0};
	(void)into;
	int rc = ptk_yaml_mapping_(rd, v, keys, "tables", &room);
	if (rc < 0)
		return rc;
	if (!room.has_at || !room.has_size)
		return ptk_yaml_complain_(rd, v, PTK_E_BADFMT, "tables wants at and size");
	if (!room.size || !add_ok(room.at, room.size - 1, &of(rd)->spec->info.tables_last))
		return ptk_yaml_complain_(rd, v, PTK_E_BADFMT, "tables: no room there");
	of(rd)->spec->info.tables_first = room.at;
	return 0;
}

static int top_memory_types(struct yaml_reader *rd, yaml_node_t *v, void *into)
{
	(void)into;
	of(rd)->memory_types = v;
	return 0;
}

static int later(struct yaml_reader *rd, yaml_node_t *v, void *into)
{
	(void)rd;
	*(yaml_node_t **)into = v; /* entries need the regime, wherever that stands */
	return 0;
}

static int read_document(struct yaml_reader *rd)
{
	static const struct yaml_key keys[] = {
		{"regime", top_regime}, {"tables", top_tables}, {"policy", top_policy}, {"overlap", top_overlap},
		{"memory-types", top_memory_types}, {"entries", later}, {NULL, NULL},
	};
	yaml_node_t *root = yaml_document_get_root_node(&rd->doc), *entries = NULL;
	if (!root)
		return ptk_err_set_(rd->err, PTK_E_BADFMT, "line 1, column 1: the specification is empty");
	int rc = ptk_yaml_mapping_(rd, root, keys, "the specification", &entries);
	if (rc < 0)
		return rc;
	if (!of(rd)->spec->info.has_regime) {
		if (!of(rd)->regime)
			return ptk_yaml_complain_(rd, root, PTK_E_BADFMT, "no regime is named (regime: arm64-4k-48)");
		if ((rc = ptk_spec_regime_(of(rd)->spec, of(rd)->regime, rd->err)) < 0)
			return rc;
	}
	rc = apply_memory_types(rd);
	return rc < 0 || !entries ? rc : top_entries(rd, entries, NULL);
}

int ptk_spec_parse(const char *text, size_t size, const char *regime, struct ptk_spec **out, struct ptk_err *err)
{
	struct reader rd = {.y.err = err, .regime = regime};
	int rc = ptk_yaml_load_(&rd.y, "the specification", text, size);
	if (rc < 0)
		return rc;
	rd.spec = ptk_spec_new_();
	rc = rd.spec ? read_document(&rd.y) : ptk_err_set_(err, PTK_E_NOMEM, "out of memory");
	yaml_document_delete(&rd.y.doc);
	if (rc < 0)
		ptk_spec_free(rd.spec);
	else
		*out = rd.spec;
	return rc;
}
