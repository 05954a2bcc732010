/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/*
 * JSON documents, indented or a line each. Addresses and raw values are strings of hexadecimal digits, since many
 * readers keep numbers in 53 bits; sizes and counts are numbers.
 */
#ifndef PTKIT_JSON_H
#define PTKIT_JSON_H

#include "out.h"

struct json {
	struct out *out;
	unsigned depth;
	bool inside; /* something stands before the next value in this object or array */
	bool flat;   /* each document on one line */
};

/* Start and end an object or array: '{' or '['. The key is NULL in an array and at the top. */
void json_begin(struct json *j, const char *key, char bracket);
void json_end(struct json *j, char bracket);

void json_text(struct json *j, const char *key, const char *text); /* NULL: null */
void json_hex(struct json *j, const char *key, uint64_t v);
void json_number(struct json *j, const char *key, int64_t v);
void json_bool(struct json *j, const char *key, bool v);

#endif
