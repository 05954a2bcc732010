// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
#include "linux/proc/btf.h"

#include "base/endian.h"
#include "tap.h"

/* A BTF made by hand, by Documentation/bpf/btf.rst. */
struct made {
	uint8_t p[4096];
	size_t types, str; /* lengths */
	char text[1024];
	bool big;
};

static void put32(struct made *m, uint32_t v)
{
	store32(m->p + 24 + m->types, v, m->big);
	m->types += 4;
}

static uint32_t string(struct made *m, const char *s)
{
	size_t at = m->str;
	memcpy(m->text + at, s, strlen(s) + 1);
	m->str += strlen(s) + 1;
	return (uint32_t)at;
}

static void type(struct made *m, const char *name, unsigned kind, unsigned vlen, bool flag, uint32_t size)
{
	put32(m, *name ? string(m, name) : 0);
	put32(m, (uint32_t)flag << 31 | kind << 24 | vlen);
	put32(m, size);
}

static void member(struct made *m, const char *name, uint32_t of, uint32_t off)
{
	put32(m, *name ? string(m, name) : 0);
	put32(m, of);
	put32(m, off);
}

static size_t finish(struct made *m)
{
	memcpy(m->p + 24 + m->types, m->text, m->str);
	store16(m->p, 0xeb9f, m->big);
	m->p[2] = 1;
	m->p[3] = 0;
	store32(m->p + 4, 24, m->big);
	store32(m->p + 8, 0, m->big);
	store32(m->p + 12, (uint32_t)m->types, m->big);
	store32(m->p + 16, (uint32_t)m->types, m->big);
	store32(m->p + 20, (uint32_t)m->str, m->big);
	return 24 + m->types + m->str;
}

static size_t make(struct made *m, bool big)
{
	*m = (struct made){.str = 1, .big = big};
	type(m, "int", 1, 0, false, 4); /* 1 */
	put32(m, 0x01000020);
	type(m, "char", 1, 0, false, 1); /* 2 */
	put32(m, 0x01000008);
	type(m, "", 3, 0, false, 0); /* 3: char[16] */
	put32(m, 2);
	put32(m, 1);
	put32(m, 16);
	type(m, "", 2, 0, false, 5);             /* 4: struct task_struct * */
	type(m, "task_struct", 4, 5, false, 64); /* 5 */
	member(m, "pid", 8, 64);
	member(m, "", 6, 128);
	member(m, "comm", 3, 256);
	member(m, "parent", 4, 384);
	member(m, "mt", 7, 448);
	type(m, "", 5, 2, false, 8); /* 6: a union without a name */
	member(m, "here", 1, 0);
	member(m, "there", 4, 0);
	type(m, "tree", 4, 2, true, 8); /* 7: with bit fields */
	member(m, "bits", 1, 3u << 24 | 5);
	member(m, "root", 1, 32);
	type(m, "pid_t", 8, 0, false, 9); /* 8: a typedef of a const */
	type(m, "", 10, 0, false, 1);     /* 9 */
	type(m, "later", 7, 0, false, 0); /* 10: declared only */
	type(m, "loop", 4, 1, false, 8);  /* 11: holds itself */
	member(m, "", 11, 0);
	type(m, "name", 8, 0, false, 12); /* 12: a typedef of itself */
	return finish(m);
}

static void is_member(const struct lx_btf *b, const char *of, const char *path, unsigned offset, unsigned size)
{
	struct lx_member m = {99, 99};
	ok(ptk_btf_member_(b, of, path, &m) && m.offset == offset && m.size == size, "%s.%s at %u, %u bytes", of, path,
	   m.offset, m.size);
}

static void members(bool big)
{
	struct made m;
	struct lx_btf *b = NULL;
	struct lx_member x;
	size_t len = make(&m, big);
	is_u64(ptk_btf_size_(m.p, sizeof m.p, big), len, "its size by its header");
	if (!ok(ptk_btf_open_(m.p, len, 8, big, &b) == 0, "opens, %s", big ? "big" : "little"))
		return;
	is_member(b, "task_struct", "pid", 8, 4);
	is_member(b, "task_struct", "comm", 32, 16);
	is_member(b, "task_struct", "parent", 48, 8);
	is_member(b, "task_struct", "here", 16, 4);
	is_member(b, "task_struct", "there", 16, 8);
	is_member(b, "task_struct", "mt.root", 60, 4);
	static const char *const none[][2] = {{"task_struct", "nothing"},
	                                      {"task_struct", "mt.bits"},
	                                      {"task_struct", "pi"},
	                                      {"task_struct", "pid.x"},
	                                      {"task_struct", ""},
	                                      {"later", "x"},
	                                      {"nobody", "x"},
	                                      {"loop", "x"},
	                                      {"task_struct", "mt."},
	                                      {"int", "x"},
	                                      {"task_struct", "parent.pid"}};
	for (size_t i = 0; i < sizeof none / sizeof *none; i++)
		ok(!ptk_btf_member_(b, none[i][0], none[i][1], &x), "no %s.%s", none[i][0], none[i][1]);
	ptk_btf_close_(b);
}

static void ask(const uint8_t *p, size_t len)
{
	struct lx_btf *b = NULL;
	struct lx_member x;
	if (ptk_btf_open_(p, len, 8, false, &b) < 0)
		return;
	ptk_btf_member_(b, "task_struct", "mt.root", &x);
	ptk_btf_member_(b, "loop", "x", &x);
	ptk_btf_member_(b, "task_struct", "there", &x);
	ptk_btf_close_(b);
}

static void hostile(void)
{
	struct made m;
	size_t len = make(&m, false);
	struct lx_btf *b = NULL;
	unsigned opened = 0;
	for (size_t n = 0; n < len; n++) {
		uint8_t *exact = malloc(n ? n : 1);
		memcpy(exact, m.p, n);
		opened += ptk_btf_open_(exact, n, 8, false, &b) == 0;
		free(exact);
	}
	is_u64(opened, 0, "no cut version opens");
	for (size_t at = 0; at < len; at++)
		for (unsigned bit = 0; bit < 8; bit++) {
			uint8_t *exact = malloc(len);
			memcpy(exact, m.p, len);
			exact[at] ^= (uint8_t)(1u << bit);
			ask(exact, len);
			free(exact);
		}
	ok(true, "every bit turned");
	ptk_btf_close_(NULL);
}

int main(void)
{
	members(false);
	members(true);
	hostile();
	return done();
}
