// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
#include "build/yamldoc.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/bits.h"
#include "base/err.h"

#define YAML_MAX ((size_t)16 << 20)

/* ---- complaints ---- */

int ptk_yaml_complain_(const struct yaml_reader *rd, const yaml_node_t *at, int code, const char *fmt, ...)
{
	char what[sizeof rd->err->msg];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(what, sizeof what, fmt, ap);
	va_end(ap);
	return ptk_err_set_(rd->err, code, "line %zu, column %zu: %s", at->start_mark.line + 1, at->start_mark.column + 1, what);
}

/* The same for a failure that has its sentence already. */
int ptk_yaml_blame_(const struct yaml_reader *rd, const yaml_node_t *at, int code)
{
	return ptk_err_add_(rd->err, code, "line %zu, column %zu", at->start_mark.line + 1, at->start_mark.column + 1);
}

/* ---- nodes ---- */

const char *ptk_yaml_scalar_(const yaml_node_t *n)
{
	if (n->type != YAML_SCALAR_NODE || strlen((const char *)n->data.scalar.value) != n->data.scalar.length)
		return NULL;
	return (const char *)n->data.scalar.value;
}

int ptk_yaml_word_(const struct yaml_reader *rd, const yaml_node_t *n, const char *what, const char **out)
{
	*out = ptk_yaml_scalar_(n);
	return *out ? 0 : ptk_yaml_complain_(rd, n, PTK_E_BADFMT, "%s is a single value", what);
}

/* 4096, 0x1000, 4K. */
int ptk_yaml_number_(const struct yaml_reader *rd, const yaml_node_t *n, const char *what, uint64_t *out)
{
	const char *text;
	int rc = ptk_yaml_word_(rd, n, what, &text);
	if (rc < 0)
		return rc;
	bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
	uint64_t v = 0;
	const char *p = text + (hex ? 2 : 0);
	const char *digits = p;
	for (; *p; p++) {
		int d = *p >= '0' && *p <= '9' ? *p - '0' : hex && (*p | 32) >= 'a' && (*p | 32) <= 'f' ? (*p | 32) - 'a' + 10 : -1;
		if (*p == '_')
			continue;
		if (d < 0)
			break;
		if (!mul_ok(v, hex ? 16 : 10, &v) || !add_ok(v, (uint64_t)d, &v))
			return ptk_yaml_complain_(rd, n, PTK_E_BADFMT, "%s: %.40s needs more than 64 bits", what, text);
	}
	static const char units[] = "KMGTPE";
	const char *unit = *p ? strchr(units, *p & ~32) : NULL;
	if (unit && p > digits && !p[1]) {
		if (!mul_ok(v, BIT(10 * (unit - units + 1)), &v))
			return ptk_yaml_complain_(rd, n, PTK_E_BADFMT, "%s: %.40s needs more than 64 bits", what, text);
	} else if (*p || p == digits) {
		return ptk_yaml_complain_(rd, n, PTK_E_BADFMT, "%s: '%.40s' is not a number (4096, 0x1000, 4K)", what, text);
	}
	*out = v;
	return 0;
}

static int read_key(struct yaml_reader *rd, const struct yaml_key *keys, const char *where, yaml_node_t *k, yaml_node_t *v, void *into,
                    uint64_t *seen)
{
	const char *word = ptk_yaml_scalar_(k);
	if (!word)
		return ptk_yaml_complain_(rd, k, PTK_E_BADFMT, "a key of %s is a word", where);
	for (unsigned i = 0; keys[i].name; i++) {
		if (strcmp(keys[i].name, word) != 0)
			continue;
		if (*seen >> i & 1)
			return ptk_yaml_complain_(rd, k, PTK_E_BADFMT, "'%s' stands here twice", word);
		*seen |= BIT(i);
		return keys[i].read(rd, v, into);
	}
	char list[200] = "";
	for (unsigned i = 0; keys[i].name; i++)
		snprintf(list + strlen(list), sizeof list - strlen(list), "%s%s", i ? ", " : "", keys[i].name);
	return ptk_yaml_complain_(rd, k, PTK_E_BADFMT, "%s has no '%.60s'; it may have %s", where, word, list);
}

int ptk_yaml_mapping_(struct yaml_reader *rd, yaml_node_t *n, const struct yaml_key *keys, const char *where, void *into)
{
	if (n->type != YAML_MAPPING_NODE)
		return ptk_yaml_complain_(rd, n, PTK_E_BADFMT, "%s is a mapping (key: value)", where);
	uint64_t seen = 0;
	for (yaml_node_pair_t *p = n->data.mapping.pairs.start; p < n->data.mapping.pairs.top; p++) {
		yaml_node_t *k = yaml_document_get_node(&rd->doc, p->key), *v = yaml_document_get_node(&rd->doc, p->value);
		int rc = k && v ? read_key(rd, keys, where, k, v, into, &seen) : PTK_E_BADFMT;
		if (rc < 0)
			return rc;
	}
	return 0;
}

/* ---- the file ---- */

int ptk_yaml_load_(struct yaml_reader *rd, const char *what, const char *text, size_t size)
{
	yaml_parser_t parser;
	int rc = 0;
	if (size > YAML_MAX)
		return ptk_err_set_(rd->err, PTK_E_LIMIT, "%s has %zu bytes, more than %zu", what, size, YAML_MAX);
	if (!yaml_parser_initialize(&parser))
		return ptk_err_set_(rd->err, PTK_E_NOMEM, "out of memory");
	yaml_parser_set_input_string(&parser, (const unsigned char *)text, size);
	if (!yaml_parser_load(&parser, &rd->doc))
		rc = ptk_err_set_(rd->err, parser.error == YAML_MEMORY_ERROR ? PTK_E_NOMEM : PTK_E_BADFMT,
		                  "line %zu, column %zu: %s", parser.problem_mark.line + 1, parser.problem_mark.column + 1,
		                  parser.problem ? parser.problem : "not YAML");
	yaml_parser_delete(&parser);
	return rc;
}
