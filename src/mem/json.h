/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/*
 * JSON (RFC 8259) as another program sends it: one document in memory, checked, without recursion. A list of nodes in the
 * order of the text; an object's are names and values in turn. Node 0 is the document itself, and what "not there" is.
 */
#ifndef MEM_JSON_H
#define MEM_JSON_H

#include <ptkit/error.h>

enum ptk_json_kind { PTK_JSON_NULL, PTK_JSON_BOOL, PTK_JSON_NUMBER, PTK_JSON_STRING, PTK_JSON_ARRAY, PTK_JSON_OBJECT };

struct ptk_json_node {
	enum ptk_json_kind kind;
	uint32_t at, len; /* in the text: a string's between its quotes */
	uint32_t next;    /* the node after this one and all that is in it */
};

struct ptk_json {
	const char *text; /* borrowed */
	struct ptk_json_node *node;
	uint32_t n, room;
};

/* Zero it first; it can be parsed into again. PTK_E_BADFMT, PTK_E_LIMIT (too deep, too much), PTK_E_NOMEM. */
int ptk_json_parse_(struct ptk_json *j, const char *text, size_t len);
void ptk_json_free_(struct ptk_json *j);

/* A member of an object; 0: there is none, or it is no object. */
uint32_t ptk_json_get_(const struct ptk_json *j, uint32_t object, const char *name);

/* The first element of an array, and the one after `at`; 0: no more, or no array. */
uint32_t ptk_json_first_(const struct ptk_json *j, uint32_t array);
uint32_t ptk_json_after_(const struct ptk_json *j, uint32_t array, uint32_t at);

/* A node's value; false if it is of another kind. at may be 0. */
bool ptk_json_u64_(const struct ptk_json *j, uint32_t at, uint64_t *value);
bool ptk_json_true_(const struct ptk_json *j, uint32_t at);

/* A string with its escapes undone, to free(); NULL: no string, or no memory. A NUL in it becomes U+FFFD. */
char *ptk_json_string_(const struct ptk_json *j, uint32_t at);

/* The same into a buffer, cut to its size; empty if it is no string. */
void ptk_json_copy_(const struct ptk_json *j, uint32_t at, char *buf, size_t size);

#endif
