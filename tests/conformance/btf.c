// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* Our reader of BTF against libbpf's, on the types of real kernels: every member of every 20th structure. */
#include <bpf/btf.h>

#include <ptkit/process.h>

#include "captures.h"
#include "linux/image.h"
#include "linux/proc/btf.h"

/* The name of one structure alone: of several with one name, ours takes the first that has the member. */
static bool is_unique(const struct btf *theirs, const char *name, __u32 id, __u32 n)
{
	for (__u32 i = 1; i < n; i++) {
		const struct btf_type *t = btf__type_by_id(theirs, i);
		if (i != id && btf_is_composite(t) && strcmp(btf__name_by_offset(theirs, t->name_off), name) == 0)
			return false;
	}
	return true;
}

static void compare_type(const struct btf *theirs, const struct lx_btf *ours, __u32 id, const char *name,
                         unsigned long *members, unsigned long *wrong)
{
	const struct btf_type *t = btf__type_by_id(theirs, id);
	const struct btf_member *m = btf_members(t);
	for (__u32 i = 0; i < btf_vlen(t); i++) {
		const char *is = btf__name_by_offset(theirs, m[i].name_off);
		struct lx_member got = {0};
		__s64 size = btf__resolve_size(theirs, m[i].type);
		if (!*is || btf_member_bitfield_size(t, i))
			continue;
		++*members;
		if (!ptk_btf_member_(ours, name, is, &got) || got.offset != btf_member_bit_offset(t, i) / 8 ||
		    (size >= 0 && got.size != size)) {
			if (!(*wrong)++)
				printf("# %s.%s: %u, %u bytes; libbpf %u, %lld\n", name, is, got.offset, got.size,
				       btf_member_bit_offset(t, i) / 8, (long long)size);
		}
	}
}

static void compare(const struct lx_bytes *b, const char *name)
{
	struct btf *theirs = btf__new(b->p, (__u32)b->len);
	struct lx_btf *ours = NULL;
	unsigned long types = 0, members = 0, wrong = 0;
	if (!ok(theirs && ptk_btf_open_(b->p, b->len, 8, false, &ours) == 0, "%s: both read it", name))
		return;
	__u32 n = btf__type_cnt(theirs);
	for (__u32 id = 1, nth = 0; id < n; id++) {
		const struct btf_type *t = btf__type_by_id(theirs, id);
		const char *is = btf__name_by_offset(theirs, t->name_off);
		if (!btf_is_composite(t) || !*is || nth++ % 20 || !is_unique(theirs, is, id, n))
			continue;
		types++;
		compare_type(theirs, ours, id, is, &members, &wrong);
	}
	ok(types > 100 && members > 1000 && !wrong, "%s: %lu members of %lu structures are where libbpf has them", name,
	   members, types);
	ptk_btf_close_(ours);
	btf__free(theirs);
}

static void check_machine(const char *name)
{
	struct ptk_linux *lx;
	struct lx_view v;
	struct lx_bytes b;
	uint64_t first, end;
	struct ptk_mem *mem = capture_mem(name);
	if (!mem)
		return;
	if (ptk_linux_open(mem, NULL, &lx, NULL) == 0) {
		if (ptk_linux_symbol(lx, "__start_BTF", &first) == 0 && ptk_linux_symbol(lx, "__stop_BTF", &end) == 0 &&
		    ptk_view_(lx, &v) == 0 && ptk_image_bytes_(&v, first, end - first, false, &b) == 0) {
			compare(&b, name);
			ptk_image_bytes_free_(&b);
		} else {
			skip("%s: has no BTF", name);
		}
		ptk_linux_close(lx);
	}
	ptk_mem_close(mem);
}

int main(int argc, char **argv)
{
	(void)argc;
	captures_each(argv + 1, "capture.json", check_machine);
	return done();
}
