// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * A kernel with CONFIG_DEBUG_INFO_BTF has its BTF in its read-only data, from __start_BTF to __stop_BTF. kallsyms has
 * these only with CONFIG_KALLSYMS_ALL; without, the magic number and a header that adds up are looked for. A vmlinux
 * given as symbols has it in a section; if there is none anywhere, that vmlinux's DWARF says the same.
 */
#include "linux/proc/types.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/endian.h"
#include "linux/image.h"
#include "linux/proc/dwarf.h"
#include "linux/symbols.h"

#define BTF_MAX (UINT64_C(64) << 20)

struct lx_types {
	struct lx_btf *btf;     /* or NULL: none */
	struct lx_dwarf *dwarf; /* instead of it, or NULL */
	bool has_dwarf;         /* has the file given any? */
	int dwarf_fd;           /* of that file */
	const char *how, *why;  /* where from; else what is the matter with the file given, or NULL */
	struct lx_bytes bytes;  /* of the image */
	void *file;             /* or of a file, mapped */
	size_t file_len;
};

/* Is it the kernel's? A module's BTF has no task_struct. */
static bool take(struct lx_types *t, const uint8_t *p, size_t len, const struct lx_view *v, const char *how)
{
	struct lx_btf *btf = NULL;
	struct lx_member m;
	bool big = ptk_mem_info(v->space.mem)->big_endian;
	if (ptk_btf_open_(p, len, v->space.regime.va_width / 8u, big, &btf) < 0)
		return false;
	if (!ptk_btf_member_(btf, "task_struct", "mm", &m)) {
		ptk_btf_close_(btf);
		return false;
	}
	t->btf = btf;
	t->how = how;
	return true;
}

static bool from_image(struct lx_types *t, const struct lx_view *v, uint64_t va, uint64_t len, const char *how)
{
	if (len > BTF_MAX || ptk_image_bytes_(v, va, len, false, &t->bytes) < 0)
		return false;
	if (take(t, t->bytes.p, t->bytes.len, v, how))
		return true;
	ptk_image_bytes_free_(&t->bytes);
	return false;
}

static bool by_symbols(struct ptk_linux *lx, struct lx_types *t, const struct lx_view *v)
{
	uint64_t first, end;
	return ptk_linux_symbol(lx, "__start_BTF", &first) == 0 && ptk_linux_symbol(lx, "__stop_BTF", &end) == 0 &&
	       first < end && from_image(t, v, first, end - first, "BTF in the image, by its symbols");
}

/* The header starts a section that is aligned to 4 at least. */
static bool in_part(struct lx_types *t, const struct lx_view *v, const struct lx_part *part)
{
	struct lx_bytes b;
	bool big = ptk_mem_info(v->space.mem)->big_endian, found = false;
	if (ptk_image_bytes_(v, part->first, part->last - part->first + 1, true, &b) < 0)
		return false;
	for (size_t at = 0; at + 24 <= b.len && !found; at += 4) {
		size_t len = load16(b.p + at, big) == 0xeb9f ? ptk_btf_size_(b.p + at, b.len - at, big) : 0;
		found = len && from_image(t, v, part->first + at, len, "BTF in the image, by its header");
	}
	ptk_image_bytes_free_(&b);
	return found;
}

static bool by_header(struct ptk_linux *lx, struct lx_types *t, const struct lx_view *v)
{
	struct lx_image im;
	(void)lx;
	if (ptk_image_find_(v, &im) < 0)
		return false;
	for (size_t i = 0; i < im.n; i++)
		if (in_part(t, v, &im.part[i]))
			return true;
	return false;
}

static bool by_file(struct ptk_linux *lx, struct lx_types *t, const struct lx_view *v)
{
	CLEANUP_CLOSE int fd = lx->symbols_path ? open(lx->symbols_path, O_RDONLY | O_CLOEXEC) : -1;
	struct stat st;
	const uint8_t *p;
	size_t len;
	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size <= 0)
		return false;
	void *file = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (file == MAP_FAILED)
		return false;
	if (ptk_symbols_elf_section_(file, (size_t)st.st_size, ".BTF", &p, &len) &&
	    take(t, p, len, v, "BTF of the symbols given")) {
		t->file = file;
		t->file_len = (size_t)st.st_size;
		return true;
	}
	t->has_dwarf = ptk_symbols_elf_section_(file, (size_t)st.st_size, ".debug_info", &p, &len) ||
	               ptk_symbols_elf_section_(file, (size_t)st.st_size, ".zdebug_info", &p, &len);
	const char *link = t->has_dwarf ? NULL : ptk_symbols_elf_link_(file, (size_t)st.st_size);
	if (link)
		t->why = ptk_lx_printf_(&lx->arena, "the symbols given have no DWARF: by their .gnu_debuglink it is in '%s'", link);
	munmap(file, (size_t)st.st_size);
	return false;
}

static bool by_dwarf(struct ptk_linux *lx, struct lx_types *t, const struct lx_view *v)
{
	CLEANUP_CLOSE int fd = t->has_dwarf ? open(lx->symbols_path, O_RDONLY | O_CLOEXEC) : -1;
	struct lx_member m;
	struct lx_dwarf *d = NULL;
	if (fd < 0)
		return false;
	if (ptk_dwarf_open_(fd, v->space.regime.va_width / 8u, ptk_mem_info(v->space.mem)->big_endian, &d, &t->why) < 0)
		return false;
	if (!ptk_dwarf_member_(d, "task_struct", "mm", &m)) {
		ptk_dwarf_close_(d);
		return false;
	}
	t->why = NULL;
	t->dwarf = d;
	t->dwarf_fd = fd;
	t->how = "DWARF of the symbols given";
	fd = -1;
	return true;
}

const char *ptk_types_(struct ptk_linux *lx)
{
	struct lx_view v;
	if (lx->types)
		return lx->types->how;
	struct lx_types *t = lx->types = calloc(1, sizeof *t);
	if (!t || ptk_view_(lx, &v) < 0)
		return NULL;
	if (by_symbols(lx, t, &v) || by_file(lx, t, &v) || by_header(lx, t, &v))
		ptk_lx_fact_(lx, "types", "BTF", t->how);
	else if (by_dwarf(lx, t, &v))
		ptk_lx_fact_(lx, "types", "DWARF", t->how);
	else if (t->why)
		ptk_lx_fact_(lx, "types", "none", t->why);
	return t->how;
}

const char *ptk_types_why_(struct ptk_linux *lx)
{
	const char *why = NULL;
	if (ptk_types_(lx))
		return "the kernel's types are not those that are known";
	if (lx->types && lx->types->why)
		why = ptk_lx_printf_(&lx->arena, "the kernel's types are needed: %s", lx->types->why);
	return why ? why : "the kernel's types are needed (BTF, or a vmlinux with DWARF as symbols)";
}

void ptk_types_close_(struct lx_types *t)
{
	if (!t)
		return;
	ptk_btf_close_(t->btf);
	if (t->dwarf) {
		ptk_dwarf_close_(t->dwarf);
		close(t->dwarf_fd);
	}
	ptk_image_bytes_free_(&t->bytes);
	if (t->file)
		munmap(t->file, t->file_len);
	free(t);
}

bool ptk_types_member_(struct ptk_linux *lx, const char *type, const char *path, struct lx_member *out)
{
	if (!ptk_types_(lx))
		return false;
	return lx->types->dwarf ? ptk_dwarf_member_(lx->types->dwarf, type, path, out)
	                        : ptk_btf_member_(lx->types->btf, type, path, out);
}

bool ptk_types_fill_(struct ptk_linux *lx, const struct lx_want *want, size_t n, void *out)
{
	for (size_t i = 0; i < n; i++) {
		const struct lx_want *w = &want[i];
		uint32_t size = w->size == 1 ? lx->info.regime.va_width / 8u : w->size;
		struct lx_member m;
		bool is = ptk_types_member_(lx, w->type, w->path, &m) && (!size || m.size == size);
		if (is)
			memcpy((char *)out + w->at, &m.offset, sizeof m.offset);
		else if (w->must)
			return false;
	}
	return true;
}
