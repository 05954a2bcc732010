/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* What boot says, for programs: rows with a "kind", in one document or a line each. */
#ifndef PTKIT_BOOT_JSON_H
#define PTKIT_BOOT_JSON_H

#include <ptkit/boot.h>

#include "json.h"

const char *boot_verdict(enum ptk_boot_verdict v);

/* The machine: the first row, or the head of the document. */
void boot_json_machine(struct json *j, const struct ptk_machine_info *m);
void boot_json_step(struct json *j, const struct ptk_boot_step *s);
void boot_json_diff(struct json *j, const struct ptk_regime *r, const struct ptk_boot_diff *d);
/* sum may be NULL: nothing was compared. */
void boot_json_region(struct json *j, const struct ptk_boot_region *r, const struct ptk_boot_sum *sum);
/* Of all regions that are static, or that change by design. */
void boot_json_sum(struct json *j, const char *of, const struct ptk_boot_sum *sum);
/* Start and end a list of rows: "steps", "differences", "regions". */
void boot_json_list(struct json *j, const char *of);
void boot_json_list_end(struct json *j);
void boot_json_end(struct json *j);

#endif
