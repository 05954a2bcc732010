// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
#include "linux/symbols.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/err.h"

#define NAME_MAX_LEN 1024 /* KSYM_NAME_LEN is 512 */
#define SYMBOLS_MAX (64u << 20)
#define BANNER_MAX 512
#define FEW 8 /* fewer symbols than this: not a file of symbols */

struct symbol {
	size_t name; /* offset in names */
	uint64_t va;
};

struct lx_symtab {
	struct symbol *sym;
	size_t n, room;
	char *names;
	size_t names_len, names_room;
	uint32_t *hash; /* index + 1 into sym, or 0 */
	size_t buckets; /* a power of two */
	char build_id[LX_BUILD_ID + 1], banner[BANNER_MAX];
};

/* ---- text ---- */

static int hex(char c)
{
	return c >= '0' && c <= '9'   ? c - '0'
	       : c >= 'a' && c <= 'f' ? c - 'a' + 10
	       : c >= 'A' && c <= 'F' ? c - 'A' + 10
	                              : -1;
}

static bool is_name(char c)
{
	return c > ' ' && c <= '~';
}

/* "ffffffff81000000 T _stext": 8 or 16 digits, one letter, a name, nothing more. */
static bool parse_line(const char *p, const char *end, uint64_t *va, const char **name, size_t *len)
{
	const char *start = p;
	for (*va = 0; p < end && hex(*p) >= 0; p++)
		*va = *va << 4 | (uint64_t)hex(*p);
	if ((p - start != 8 && p - start != 16) || end - p < 4 || p[0] != ' ' || p[2] != ' ')
		return false;
	char type = p[1];
	if (!(type >= 'a' && type <= 'z') && !(type >= 'A' && type <= 'Z') && type != '?')
		return false;
	*name = p += 3;
	while (p < end && is_name(*p))
		p++;
	*len = (size_t)(p - *name);
	while (p < end && (*p == ' ' || *p == '\r'))
		p++;
	return p == end && *len > 0 && *len <= NAME_MAX_LEN && type != 'U' && type != 'w';
}

int ptk_symbols_text_(const char *text, size_t len, lx_symbol_fn *fn, void *arg)
{
	const char *p = text, *end = text + len, *name;
	uint64_t va;
	size_t n;
	while (p < end) {
		const char *nl = memchr(p, '\n', (size_t)(end - p));
		const char *stop = nl ? nl : end;
		if (parse_line(p, stop, &va, &name, &n)) {
			int rc = fn(arg, name, n, va);
			if (rc < 0)
				return rc;
		}
		p = stop + 1;
	}
	return 0;
}

/* ---- the table ---- */

static uint32_t hash_of(const char *name, size_t len)
{
	uint32_t h = 2166136261u; /* FNV-1a */
	for (size_t i = 0; i < len; i++)
		h = (h ^ (uint8_t)name[i]) * 16777619u;
	return h;
}

static bool grow(void **p, size_t *room, size_t want, size_t size)
{
	size_t n = *room ? *room : 4096;
	while (n < want)
		n *= 2;
	void *q = n == *room ? *p : realloc(*p, n * size);
	if (!q)
		return false;
	*p = q;
	*room = n;
	return true;
}

int ptk_symbols_add_(struct lx_symtab *st, const char *name, size_t len, uint64_t va)
{
	if (st->n == SYMBOLS_MAX)
		return PTK_E_LIMIT;
	void *sym = st->sym, *names = st->names;
	bool ok = grow(&sym, &st->room, st->n + 1, sizeof *st->sym);
	st->sym = sym;
	ok = ok && grow(&names, &st->names_room, st->names_len + len + 1, 1);
	st->names = names;
	if (!ok)
		return PTK_E_NOMEM;
	st->sym[st->n++] = (struct symbol){st->names_len, va};
	memcpy(st->names + st->names_len, name, len);
	st->names[st->names_len + len] = 0;
	st->names_len += len + 1;
	return 0;
}

static int add(void *arg, const char *name, size_t len, uint64_t va)
{
	return ptk_symbols_add_(arg, name, len, va);
}

struct lx_symtab *ptk_symbols_new_(void)
{
	return calloc(1, sizeof(struct lx_symtab));
}

/* Of symbols with one name the first counts. */
int ptk_symbols_index_(struct lx_symtab *st)
{
	for (st->buckets = 1024; st->buckets < st->n * 2; st->buckets *= 2)
		;
	st->hash = calloc(st->buckets, sizeof *st->hash);
	if (!st->hash)
		return PTK_E_NOMEM;
	for (size_t i = 0; i < st->n; i++) {
		const char *name = st->names + st->sym[i].name;
		size_t b = hash_of(name, strlen(name)) & (st->buckets - 1);
		while (st->hash[b] && strcmp(st->names + st->sym[st->hash[b] - 1].name, name) != 0)
			b = (b + 1) & (st->buckets - 1);
		if (!st->hash[b])
			st->hash[b] = (uint32_t)i + 1;
	}
	return 0;
}

bool ptk_symbols_find_(const struct lx_symtab *st, const char *name, uint64_t *va)
{
	size_t b = hash_of(name, strlen(name)) & (st->buckets - 1);
	for (; st->hash[b]; b = (b + 1) & (st->buckets - 1)) {
		const struct symbol *s = &st->sym[st->hash[b] - 1];
		if (strcmp(st->names + s->name, name) == 0) {
			*va = s->va;
			return true;
		}
	}
	return false;
}

bool ptk_symbols_pgd_(const struct lx_symtab *st, uint64_t *va)
{
	return ptk_symbols_find_(st, "swapper_pg_dir", va) || ptk_symbols_find_(st, "init_top_pgt", va) ||
	       ptk_symbols_find_(st, "init_level4_pgt", va);
}

const char *ptk_symbols_build_id_(const struct lx_symtab *st)
{
	return st->build_id;
}

const char *ptk_symbols_banner_(const struct lx_symtab *st)
{
	return st->banner;
}

size_t ptk_symbols_count_(const struct lx_symtab *st)
{
	return st->n;
}

const char *ptk_symbols_at_(const struct lx_symtab *st, size_t i, uint64_t *va)
{
	*va = st->sym[i].va;
	return st->names + st->sym[i].name;
}

void ptk_symbols_close_(struct lx_symtab *st)
{
	if (!st)
		return;
	free(st->sym);
	free(st->names);
	free(st->hash);
	free(st);
}

/* A banner is one of Linux; at its symbol a file without contents (only its debugging information was kept) has none. */
static void identify(const void *data, size_t len, struct lx_symtab *st)
{
	uint64_t va;
	ptk_symbols_elf_build_id_(data, len, st->build_id);
	if (ptk_symbols_find_(st, "linux_banner", &va))
		ptk_symbols_elf_line_(data, len, va, st->banner, sizeof st->banner);
	if (strncmp(st->banner, "Linux version ", 14) != 0)
		st->banner[0] = 0;
}

static int load(const void *data, size_t len, struct lx_symtab *st, struct ptk_err *err)
{
	bool elf = len >= 4 && memcmp(data, "\177ELF", 4) == 0;
	int rc = elf ? ptk_symbols_elf_(data, len, add, st, err) : ptk_symbols_text_(data, len, add, st);
	if (rc == PTK_E_NOMEM)
		return ptk_err_set_(err, rc, "no memory for the symbols");
	if (rc == PTK_E_LIMIT)
		return ptk_err_set_(err, rc, "more than %u symbols", SYMBOLS_MAX);
	if (rc >= 0 && st->n < FEW)
		return ptk_err_set_(
		        err, PTK_E_BADFMT,
		        "neither a System.map, a kallsyms text nor a vmlinux: %zu lines \"ADDRESS TYPE NAME\"", st->n);
	rc = rc < 0 ? rc : ptk_symbols_index_(st);
	if (rc >= 0 && elf)
		identify(data, len, st);
	return rc;
}

int ptk_symbols_load_(const void *data, size_t len, struct lx_symtab **out, struct ptk_err *err)
{
	struct lx_symtab *st = calloc(1, sizeof *st);
	int rc = st ? load(data, len, st, err) : PTK_E_NOMEM;
	if (rc < 0)
		ptk_symbols_close_(st);
	else
		*out = st;
	return rc;
}

/* Files of /proc and pipes cannot be mapped and do not say their size. */
static int read_all(int fd, char **data, size_t *len)
{
	size_t room = 0, n = 0;
	void *p = NULL;
	for (ssize_t got = 1; got > 0; n += (size_t)got) {
		if (!grow(&p, &room, n + 65536, 1))
			break;
		got = read(fd, (char *)p + n, 65536);
		if (got < 0) {
			free(p);
			return PTK_E_IO;
		}
	}
	*data = p;
	*len = n;
	return p ? 0 : PTK_E_NOMEM;
}

int ptk_symbols_open_(const char *path, struct lx_symtab **out, struct ptk_err *err)
{
	CLEANUP_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	if (fd < 0 || fstat(fd, &st) < 0)
		return ptk_err_sys_(err, PTK_E_IO, errno, "cannot open symbols %s", path);
	int rc;
	if (S_ISREG(st.st_mode) && st.st_size > 0) {
		size_t len = (size_t)st.st_size;
		void *p = mmap(NULL, len, PROT_READ, MAP_PRIVATE, fd, 0);
		if (p == MAP_FAILED)
			return ptk_err_sys_(err, PTK_E_IO, errno, "cannot read symbols %s", path);
		rc = ptk_symbols_load_(p, len, out, err);
		munmap(p, len);
	} else {
		CLEANUP_FREE char *data = NULL;
		size_t len;
		rc = read_all(fd, &data, &len);
		if (rc == PTK_E_IO)
			return ptk_err_sys_(err, rc, errno, "cannot read symbols %s", path);
		if (rc >= 0)
			rc = ptk_symbols_load_(data, len, out, err);
	}
	return rc < 0 ? ptk_err_add_(err, rc, "symbols %s", path) : 0;
}
