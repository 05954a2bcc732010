// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * What a kernel is, as a note in a core: lines "key=value", one each but for tables and markers.
 *
 *     release=6.12.117
 *     table=kernel 0x40531000 arm64-4k-48,high
 *     marker=0xffff000000000000 0 Linear Mapping start
 *     page_offset=0xffff000000000000
 *
 * Keys that are not known are left alone: a later ptkit may write more.
 */
#include "linux/about.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "linux/find.h"

#define NOTE_MAX 65536
#define NAME_MAX_ 100

static const char *const table_names[PTK_LINUX_TABLES] = {"kernel", "current_kernel", "current_user", "efi"};

/* ---- sense ---- */

static bool is_line(const char *s)
{
	size_t n = 0;
	for (; s[n]; n++)
		if ((unsigned char)s[n] < 0x20 || (unsigned char)s[n] >= 0x7f || n >= NAME_MAX_)
			return false;
	return true;
}

static int find_arch(const struct ptk_regime *r, enum lx_arch *out, struct ptk_err *err)
{
	static const struct {
		const char *name;
		enum lx_arch arch;
	} list[] = {{"arm", LX_ARM}, {"arm64", LX_ARM64}, {"x86", LX_X86}, {"riscv", LX_RISCV}};
	for (size_t i = 0; i < sizeof list / sizeof *list; i++)
		if (strcmp(ptk_regime_arch(r), list[i].name) == 0)
			return *out = list[i].arch, 0;
	return ptk_err_set_(err, PTK_E_INVAL, "%s is no regime of Linux", r->name);
}

int ptk_about_check_(const struct ptk_linux_about *a, enum lx_arch *arch, struct ptk_err *err)
{
	unsigned major, minor, patch;
	if (!a->table[PTK_TABLE_KERNEL])
		return ptk_err_set_(err, PTK_E_INVAL, "a kernel without a table of its own");
	if (a->release &&
	    (!is_line(a->release) || !ptk_release_parse_(a->release, strlen(a->release), &major, &minor, &patch)))
		return ptk_err_set_(err, PTK_E_INVAL, "'%.60s' is not a kernel version such as 6.1 or 6.12.117", a->release);
	if (a->nmarkers > LX_ABOUT_MARKERS_MAX)
		return ptk_err_set_(err, PTK_E_LIMIT, "%zu markers; no kernel has more than %d", a->nmarkers,
		                    LX_ABOUT_MARKERS_MAX);
	for (size_t i = 0; i < a->nmarkers; i++)
		if (!a->marker[i].name || !is_line(a->marker[i].name))
			return ptk_err_set_(err, PTK_E_INVAL, "marker %zu has no name of at most %d letters", i, NAME_MAX_);
	for (int i = 0; i < PTK_LINUX_TABLES; i++)
		if (a->table[i] && strcmp(ptk_regime_arch(&a->table[i]->regime),
		                          ptk_regime_arch(&a->table[PTK_TABLE_KERNEL]->regime)) != 0)
			return ptk_err_set_(err, PTK_E_INVAL, "tables of two architectures, %s and %s",
			                    a->table[PTK_TABLE_KERNEL]->regime.name, a->table[i]->regime.name);
	if (a->va_bits > 64)
		return ptk_err_set_(err, PTK_E_INVAL, "%u-bit addresses", a->va_bits);
	return find_arch(&a->table[PTK_TABLE_KERNEL]->regime, arch, err);
}

/* ---- writing ---- */

struct text {
	char *p;
	size_t size, len;
};

static void PTK_PRINTF(2, 3) put(struct text *t, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	size_t at = t->len < t->size ? t->len : t->size;
	int n = vsnprintf(t->size ? t->p + at : NULL, t->size - at, fmt, ap);
	va_end(ap);
	t->len += n > 0 ? (size_t)n : 0;
}

static void put_tables(struct text *t, const struct ptk_linux_about *a)
{
	char regime[256];
	for (int i = 0; i < PTK_LINUX_TABLES; i++) {
		if (!a->table[i])
			continue;
		ptk_regime_format(&a->table[i]->regime, regime, sizeof regime);
		put(t, "table=%s %#" PRIx64 " %s\n", table_names[i], a->table[i]->root, regime);
	}
}

int ptk_linux_note(const struct ptk_linux_about *a, char *out, size_t size, struct ptk_err *err)
{
	struct text t = {out, size, 0};
	enum lx_arch arch;
	int rc = ptk_about_check_(a, &arch, err);
	if (rc < 0)
		return rc;
	if (a->release)
		put(&t, "release=%s\n", a->release);
	put_tables(&t, a);
	if (a->page_offset)
		put(&t, "page_offset=%#" PRIx64 "\nphys_offset=0x%" PRIx64 "\n", a->page_offset, a->phys_offset);
	if (a->image_last)
		put(&t, "image_first=0x%" PRIx64 "\nimage_last=%#" PRIx64 "\n", a->image_first, a->image_last);
	if (a->va_bits)
		put(&t, "va_bits=0x%x\n", a->va_bits);
	for (size_t i = 0; i < a->nmarkers; i++)
		put(&t, "marker=0x%" PRIx64 " %" PRIu32 " %s\n", a->marker[i].va, a->marker[i].max_lines, a->marker[i].name);
	return (int)t.len;
}

/* ---- reading ---- */

struct reader {
	struct lx_about *a;
	struct ptk_mem *mem;
	struct ptk_err *err;
};

/* "0x1f" up to a blank or the end; *rest is what follows the blank. */
static bool take_hex(const char *s, uint64_t *out, const char **rest)
{
	char *end;
	if (s[0] != '0' || s[1] != 'x')
		return false;
	*out = strtoull(s + 2, &end, 16);
	if (end == s + 2 || (*end && *end != ' '))
		return false;
	*rest = *end ? end + 1 : end;
	return true;
}

static int read_table(struct reader *rd, const char *value)
{
	struct ptk_linux_about *a = &rd->a->about;
	for (int i = 0; i < PTK_LINUX_TABLES; i++) {
		size_t n = strlen(table_names[i]);
		struct ptk_regime r;
		const char *regime;
		uint64_t root;
		if (strncmp(value, table_names[i], n) != 0 || value[n] != ' ')
			continue;
		if (!take_hex(value + n + 1, &root, &regime))
			break;
		int rc = ptk_regime_parse(regime, &r, rd->err);
		if (rc == 0)
			rc = ptk_space_init(&rd->a->space[i], rd->mem, &r, root, rd->err);
		a->table[i] = rc == 0 ? &rd->a->space[i] : a->table[i];
		return rc;
	}
	return ptk_err_set_(rd->err, PTK_E_BADFMT, "'table=%.60s' makes no sense", value);
}

static int read_marker(struct reader *rd, const char *value)
{
	struct ptk_linux_about *a = &rd->a->about;
	const char *lines;
	char *end;
	uint64_t va;
	if (a->nmarkers == LX_ABOUT_MARKERS_MAX)
		return ptk_err_set_(rd->err, PTK_E_LIMIT, "more than %d markers", LX_ABOUT_MARKERS_MAX);
	if (!take_hex(value, &va, &lines))
		return ptk_err_set_(rd->err, PTK_E_BADFMT, "'marker=%.60s' makes no sense", value);
	unsigned long max = strtoul(lines, &end, 10);
	if (end == lines || *end != ' ' || max > UINT32_MAX)
		return ptk_err_set_(rd->err, PTK_E_BADFMT, "'marker=%.60s' makes no sense", value);
	rd->a->marker[a->nmarkers++] = (struct ptk_marker){va, end + 1, (uint32_t)max};
	return 0;
}

static int read_number(struct reader *rd, const char *key, const char *value, uint64_t *out)
{
	const char *rest;
	if (take_hex(value, out, &rest) && !*rest)
		return 0;
	return ptk_err_set_(rd->err, PTK_E_BADFMT, "'%s=%.60s' is no number", key, value);
}

static int read_line(struct reader *rd, const char *key, const char *value)
{
	struct ptk_linux_about *a = &rd->a->about;
	uint64_t v = 0;
	int rc = 0;
	if (strcmp(key, "release") == 0) {
		if (strlen(value) >= sizeof rd->a->release)
			return ptk_err_set_(rd->err, PTK_E_BADFMT, "'%.60s' is no release", value);
		memcpy(rd->a->release, value, strlen(value) + 1);
		a->release = rd->a->release;
	} else if (strcmp(key, "table") == 0) {
		rc = read_table(rd, value);
	} else if (strcmp(key, "marker") == 0) {
		rc = read_marker(rd, value);
	} else if (strcmp(key, "page_offset") == 0) {
		rc = read_number(rd, key, value, &a->page_offset);
	} else if (strcmp(key, "phys_offset") == 0) {
		rc = read_number(rd, key, value, &a->phys_offset);
	} else if (strcmp(key, "image_first") == 0) {
		rc = read_number(rd, key, value, &a->image_first);
	} else if (strcmp(key, "image_last") == 0) {
		rc = read_number(rd, key, value, &a->image_last);
	} else if (strcmp(key, "va_bits") == 0) {
		rc = read_number(rd, key, value, &v);
		a->va_bits = v <= 64 ? (unsigned)v : 65;
	}
	return rc;
}

static int read_lines(struct reader *rd, char *text)
{
	enum lx_arch arch;
	for (char *p = text, *next; p && *p; p = next) {
		next = strchr(p, '\n');
		if (next)
			*next++ = 0;
		char *value = strchr(p, '=');
		if (!value)
			continue;
		*value++ = 0;
		int rc = read_line(rd, p, value);
		if (rc < 0)
			return rc;
	}
	return ptk_about_check_(&rd->a->about, &arch, rd->err);
}

int ptk_about_find_(struct ptk_mem *mem, struct lx_about **out, struct ptk_err *err)
{
	const struct ptk_note *note = ptk_mem_note(ptk_mem_info(mem), PTK_NOTE_OWNER, PTK_NOTE_LINUX, 0);
	if (!note)
		return 0;
	if (note->size > NOTE_MAX)
		return ptk_err_set_(err, PTK_E_LIMIT, "ptkit's note of a kernel has %zu bytes", note->size);
	struct lx_about *a = calloc(1, sizeof *a + note->size + 1);
	if (!a)
		return ptk_err_set_(err, PTK_E_NOMEM, "no memory to read a note");
	if (note->size)
		memcpy(a->text, note->data, note->size);
	a->about.marker = a->marker;
	struct reader rd = {a, mem, err};
	int rc = read_lines(&rd, a->text);
	if (rc < 0) {
		free(a);
		return ptk_err_add_(err, rc, "ptkit's note of a kernel");
	}
	*out = a;
	return 1;
}
