/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* The text a kernel leaves for dump readers: Documentation/admin-guide/kdump/vmcoreinfo.rst. */
#ifndef LINUX_VMCOREINFO_H
#define LINUX_VMCOREINFO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A page of text, whatever the page size: the kernel allows one page of at most 64K. */
#define LX_VMCOREINFO_MAX 65536

struct lx_vmcoreinfo {
	const char *text; /* lines "KEY=VALUE\n" as far as they are sound; not terminated */
	size_t len;
};

/*
 * Does data begin with VMCOREINFO text? Yes if the first line is OSRELEASE= and a digit. The text ends at the
 * first byte that cannot be part of it, or at the last whole line. Borrows data.
 */
bool ptk_vmcoreinfo_parse_(const void *data, size_t len, struct lx_vmcoreinfo *out);

/* Value of "KIND(NAME)=", or of "NAME=" if kind is NULL. The first such line counts. */
bool ptk_vmcoreinfo_get_(const struct lx_vmcoreinfo *vi, const char *kind, const char *name, const char **value,
                         size_t *len);

/* SYMBOL(name): bare hexadecimal. */
bool ptk_vmcoreinfo_symbol_(const struct lx_vmcoreinfo *vi, const char *name, uint64_t *va);
/* NUMBER(name): signed decimal, or hexadecimal after 0x. A negative value comes out modulo 2^64. */
bool ptk_vmcoreinfo_number_(const struct lx_vmcoreinfo *vi, const char *name, uint64_t *value);
/* OFFSET(name), SIZE(name), LENGTH(name), or kind NULL and name "PAGESIZE": decimal. */
bool ptk_vmcoreinfo_decimal_(const struct lx_vmcoreinfo *vi, const char *kind, const char *name, uint64_t *value);
/* KERNELOFFSET: bare hexadecimal. */
bool ptk_vmcoreinfo_kerneloffset_(const struct lx_vmcoreinfo *vi, uint64_t *value);
/* CONFIG_name=y? */
bool ptk_vmcoreinfo_config_(const struct lx_vmcoreinfo *vi, const char *name);

#endif
