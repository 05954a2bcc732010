/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* Reading YAML files, through libyaml: each complaint with line and column. Only for builds that have it. */
#ifndef BUILD_YAMLDOC_H
#define BUILD_YAMLDOC_H

#include <yaml.h>

#include <ptkit/error.h>

/* A document being read. A reader of one kind of file has this as its first member. */
struct yaml_reader {
	yaml_document_t doc;
	struct ptk_err *err;
};

/* One key that a mapping may have; the list ends with a zeroed row. */
struct yaml_key {
	const char *name;
	int (*read)(struct yaml_reader *rd, yaml_node_t *value, void *into);
};

/* Parse; rd->err is set. The caller frees with yaml_document_delete() after success. */
int ptk_yaml_load_(struct yaml_reader *rd, const char *what, const char *text, size_t size);

/* "line 3, column 5: sentence". Returns code. */
int ptk_yaml_complain_(const struct yaml_reader *rd, const yaml_node_t *at, int code, const char *fmt, ...) PTK_PRINTF(4, 5);
/* The same for a failure that has its sentence already. */
int ptk_yaml_blame_(const struct yaml_reader *rd, const yaml_node_t *at, int code);

/* The text of a scalar, or NULL. */
const char *ptk_yaml_scalar_(const yaml_node_t *n);
/* The same, with a complaint that names what it should be. */
int ptk_yaml_word_(const struct yaml_reader *rd, const yaml_node_t *n, const char *what, const char **out);
/* 4096, 0x1000, 4K. */
int ptk_yaml_number_(const struct yaml_reader *rd, const yaml_node_t *n, const char *what, uint64_t *out);
/* Read a mapping key by key; unknown ones and those that stand there twice are complained of. */
int ptk_yaml_mapping_(struct yaml_reader *rd, yaml_node_t *n, const struct yaml_key *keys, const char *where, void *into);

#endif
