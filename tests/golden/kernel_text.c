// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * What real kernels say of their own page tables, byte for byte: every capture beside the checkout that holds the text
 * of a kernel_page_tables file (x86: page_tables/...) and the image of memory of the same moment.
 */
#include "captures.h"
#include "growing.h"

static bool slurp(struct text *t, const char *name, const char *file)
{
	return text_of(t, capture_open(name, file));
}

static size_t line_length(const struct text *t, size_t at)
{
	const char *end = memchr(t->p + at, '\n', t->n - at);
	return end ? (size_t)(end - t->p) - at + 1 : t->n - at;
}

/* Name the first line that differs. */
static void explain(const struct text *got, const struct text *want)
{
	size_t at = 0, line = 1;
	while (at < got->n && at < want->n) {
		size_t g = line_length(got, at), w = line_length(want, at);
		if (g != w || memcmp(got->p + at, want->p + at, g) != 0)
			break;
		at += g;
		line++;
	}
	size_t g = at < got->n ? line_length(got, at) : 0, w = at < want->n ? line_length(want, at) : 0;
	printf("# line %zu\n#  got %.*s\n# want %.*s\n", line, (int)(g ? g - 1 : 0), got->p + at, (int)(w ? w - 1 : 0),
	       want->p + at);
}

static bool same(const struct text *got, const struct text *want)
{
	return got->n == want->n && memcmp(got->p, want->p, got->n) == 0;
}

/* Where the second marker is: below it is user space. */
static size_t user_part(const struct text *t)
{
	size_t at = 0;
	for (unsigned markers = 0; at < t->n; at += line_length(t, at))
		if (memcmp(t->p + at, "---[", 4) == 0 && ++markers == 2)
			break;
	return at;
}

/* How many of the first lines of a are not among the first lines of b. */
static unsigned missing(const struct text *a, size_t a_end, const struct text *b, size_t b_end)
{
	unsigned n = 0;
	for (size_t i = 0, len; i < a_end; i += len) {
		len = line_length(a, i);
		bool found = false;
		for (size_t k = 0, other; k < b_end && !found; k += other) {
			other = line_length(b, k);
			found = other == len && memcmp(a->p + i, b->p + k, len) == 0;
		}
		n += !found;
	}
	return n;
}

/*
 * The reader of these files is the process they are about: it freed and mapped buffers between reading them and being
 * imaged. Each of the two may have moved, which splits the hole around it, up to eight lines. The rest must be equal.
 */
static bool same_but_buffers(const struct text *got, const struct text *want)
{
	size_t g = user_part(got), w = user_part(want);
	return g > 0 && got->n - g == want->n - w && memcmp(got->p + g, want->p + w, got->n - g) == 0 &&
	       missing(got, g, want, w) <= 10 && missing(want, w, got, g) <= 10;
}

static void compare(struct ptk_linux *lx, const char *name, const char *file, enum ptk_linux_table which)
{
	struct text want, got = {0};
	struct ptk_err err = {0};
	struct ptk_walk_stats st = {0};
	if (!slurp(&want, name, file))
		return;
	int rc = ptk_linux_ptdump(lx, which, &(struct ptk_ptdump_opts){0}, append, &got, &st, &err);
	if (rc < 0) {
		ok(false, "%s: %s", name, file);
		printf("# %s\n", err.msg);
	} else {
		bool current = which == PTK_TABLE_CURRENT_KERNEL || which == PTK_TABLE_CURRENT_USER;
		bool equal = current ? same_but_buffers(&got, &want) : same(&got, &want);
		if (!ok(equal && st.unreadable == 0, "%s: %s", name, file))
			explain(&got, &want);
	}
	free(want.p);
	free(got.p);
}

static void capture(const char *name)
{
	struct ptk_linux *lx;
	struct ptk_mem *mem = capture_linux(name, &lx);
	if (!mem)
		return;
	compare(lx, name, "kernel_page_tables.txt", PTK_TABLE_KERNEL);
	compare(lx, name, "page_tables_kernel.txt", PTK_TABLE_KERNEL);
	compare(lx, name, "page_tables_current_kernel.txt", PTK_TABLE_CURRENT_KERNEL);
	compare(lx, name, "page_tables_current_user.txt", PTK_TABLE_CURRENT_USER);
	ptk_linux_close(lx);
	ptk_mem_close(mem);
}

/* Arguments: names of captures to look at, all by default. */
int main(int argc, char **argv)
{
	(void)argc;
	captures_each(argv + 1, "kernel_page_tables.txt", capture);
	captures_each(argv + 1, "page_tables_kernel.txt", capture);
	return done();
}
