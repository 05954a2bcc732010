/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* A specification under construction: what its readers share. */
#ifndef BUILD_SPEC_H
#define BUILD_SPEC_H

#include <ptkit/spec.h>

struct ptk_spec {
	struct ptk_spec_info info;
	struct ptk_edit *edit;
	uint32_t *line;
	size_t room;
	char **name; /* of each edit, or NULL */
};

/* An empty specification; NULL: out of memory. */
struct ptk_spec *ptk_spec_new_(void);

/* Take the regime by its name and parameters. */
int ptk_spec_regime_(struct ptk_spec *spec, const char *text, struct ptk_err *err);

/* Add an edit; name is copied, may be NULL. */
int ptk_spec_add_(struct ptk_spec *spec, const struct ptk_edit *edit, const char *name, uint32_t line);

/* Attributes that somebody asked for, and how firmly. */
struct spec_wish {
	struct ptk_attr attr;
	uint32_t firm;  /* ptk_attr_flag bits that were said outright; accessed, dirty and global are else as the regime can */
	bool has_mem, has_share, device; /* without has_mem: the regime's word for plain or device memory */
	bool may_execute; /* nobody asked for no execution: where it cannot be denied (x86 without NX), it is granted */
};

/*
 * The attributes nearest to a wish that a leaf of the regime can hold. Rights and whatever is firm are kept.
 * PTK_E_NOTSUP: the regime cannot express them; err says which way.
 */
int ptk_spec_fit_(const struct ptk_regime *r, const struct spec_wish *wish, struct ptk_attr *out, struct ptk_err *err);

#endif
