// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* Specifications: what they mean, and the sentence for each way to get one wrong. */
#include <ptkit/spec.h>

#include "tap.h"

static struct ptk_err err;

static struct ptk_spec *parse(const char *text)
{
	struct ptk_spec *spec = NULL;
	err.msg[0] = 0;
	int rc = ptk_spec_parse(text, strlen(text), NULL, &spec, &err);
	if (rc == PTK_E_NOTSUP && strstr(err.msg, "libyaml")) {
		skip("built without libyaml");
		exit(done());
	}
	return rc < 0 ? NULL : spec;
}

static void good(void)
{
	struct ptk_spec *spec = parse("entries:\n"
				      "  - {name: ram, va: 0xffff000040000000, pa: 0x40000000, size: 512M, rights: rw- ---}\n"
				      "  - {pa: 0x9000000, size: 4K, memory: device nGnRE, flags: [no-global, guarded]}\n"
				      "  - {va: 1G, pa: 0, size: 2M, rights: r-x/r-x, max-unit: 4K, software: 5, share: outer}\n"
				      "regime: arm64-4k-48\n"
				      "tables: {at: 0x40300000, size: 1M, direction: down}\n"
				      "overlap: nested\n"
				      "policy: plain\n");
	if (!ok(spec != NULL, "a specification is read, its keys in any order")) {
		printf("# %s\n", err.msg);
		return;
	}
	const struct ptk_spec_info *s = ptk_spec_info(spec);
	is_str(s->regime.name, "arm64-4k-48", "regime");
	is_u64(s->tables_first, 0x40300000, "tables from");
	is_u64(s->tables_last, 0x403fffff, "tables to");
	is_u64(s->alloc_flags, PTK_ALLOC_TOP_DOWN, "downward");
	is_int(s->opts.overlap, PTK_OVERLAP_NESTED, "overlap");
	is_str(s->opts.policy, "plain", "policy");
	is_u64(s->nedits, 3, "three entries");
	const struct ptk_edit *e = s->edit;
	is_str(e[0].name, "ram", "name");
	is_u64(e[0].first, UINT64_C(0xffff000040000000), "va");
	is_u64(e[0].last, UINT64_C(0xffff00005fffffff), "size");
	is_u64(e[0].pa, 0x40000000, "pa");
	is_u64(e[0].attr.flags & PTK_A_RIGHTS, PTK_A_KR | PTK_A_KW, "rights");
	ok(e[0].attr.flags & PTK_A_GLOBAL && e[0].attr.flags & PTK_A_ACCESSED, "a kernel page is global and accessed");
	is_int(e[0].attr.mem, PTK_MEM_WB, "memory is write-back unless it says otherwise");
	is_int(e[0].attr.share, PTK_SHARE_INNER, "and inner shareable");
	is_u64(s->line[0], 2, "where it stands");
	is_u64(e[1].first, 0x9000000, "va is pa where it is left out");
	ok(!(e[1].attr.flags & PTK_A_GLOBAL) && e[1].attr.flags & PTK_A_GUARDED, "flags, and no-flags");
	is_int(e[1].attr.mem, PTK_MEM_DEV_nGnRE, "device memory");
	is_u64(e[2].first, 1 << 30, "sizes have units");
	is_u64(e[2].attr.flags & PTK_A_RIGHTS, PTK_A_KR | PTK_A_KX | PTK_A_UR | PTK_A_UX, "rights of both");
	ok(!(e[2].attr.flags & PTK_A_GLOBAL), "a user page is not global");
	is_u64(e[2].max_unit, 4096, "largest unit");
	is_int(e[2].attr.sw, 5, "software bits");
	is_int(e[2].attr.share, PTK_SHARE_OUTER, "shareability");
	ptk_spec_free(spec);
}

static void memory_types(void)
{
	static const struct {
		const char *regime, *types;
		uint64_t memattr;
	} rows[] = {
		{"arm64-4k-48", "{0: device nGnRnE, 1: write-back, 2: non-cacheable, 3: 0xbb, 4: 0, 5: 0, 6: 0, 7: 0}",
		 0x00000000bb44ff00},
		{"x86-64", "{0: write-back, 1: write-through, 2: uncached-minus, 3: uncached, 4: write-back, 5: write-protected, "
			   "6: uncached-minus, 7: non-cacheable}", 0x0107050600070406},
		{"arm-lpae", "{0: 0, 1: 0x44, 2: 0xaa, 3: 0xee, 4: device nGnRE, 5: 0, 6: 0, 7: write-back}", 0xff000004eeaa4400},
		/* Linux's own remap (arch/arm/mm/proc-v7-2level.S): SO, NC, WT, WB, device, unused, unused, WBWA */
		{"arm-short", "{1: non-cacheable, 7: write-back}", 0x40e040e0ff0a81a8},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char text[400];
		snprintf(text, sizeof text, "regime: %s\nmemory-types: %s\n", rows[i].regime, rows[i].types);
		struct ptk_spec *spec = parse(text);
		if (ok(spec != NULL, "%s: memory types are read", rows[i].regime))
			is_u64(ptk_spec_info(spec)->regime.memattr, rows[i].memattr, "%s: as the register holds them", rows[i].regime);
		else
			printf("# %s\n", err.msg);
		ptk_spec_free(spec);
	}
}

/* Rights and memory that each regime can express come out in every regime; what one cannot is refused. */
static void every_regime(void)
{
	for (size_t i = 0; ptk_regime_name(i); i++) {
		char text[300];
		snprintf(text, sizeof text, "regime: %s\nentries:\n - {va: 0, pa: 0, size: 64K}\n"
			 " - {va: 1M, pa: 1M, size: 64K, rights: r-x, memory: device}\n", ptk_regime_name(i));
		struct ptk_spec *spec = parse(text);
		ok(spec != NULL || strstr(ptk_regime_name(i), "s2"), "%s: plain memory and a device: %s", ptk_regime_name(i), err.msg);
		ptk_spec_free(spec);
	}
	static const char *const ways[] = {"rw-r--", "rw-/r--", "rw- r--", "'rw-,r--'"};
	for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
		char text[128];
		snprintf(text, sizeof text, "regime: arm-short\nentries:\n - {va: 0, pa: 0, size: 4K, rights: %s}\n", ways[i]);
		struct ptk_spec *spec = parse(text);
		ok(spec && (ptk_spec_info(spec)->edit->attr.flags & PTK_A_RIGHTS) == (PTK_A_KR | PTK_A_KW | PTK_A_UR), "rights as %s",
		   ways[i]);
		ptk_spec_free(spec);
	}
	ok(!parse("regime: arm-short\nentries:\n - {va: 0, pa: 0, size: 4K, rights: rw-_r--}\n"), "but not with anything between");
	static const struct {
		const char *entry, *where, *what;
	} places[] = {
		{"{va: 0x1001, pa: 0, size: 4K}", "line 4, column 9", "start of a page"},
		{"{va: 0x1000, pa: 0x800, size: 4K}", "line 4, column 21", "start of a page"},
		{"{va: 0x1000, pa: 0, size: 6K}", "line 4, column 30", "whole pages"},
		{"{va: 0x800000000000, pa: 0, size: 4K}", "line 4, column 9", "0x800000000000-0x800000000fff"},
		{"{va: 0x7ffffffff000, pa: 0, size: 8K}", "line 4, column 9", "does not translate all of 0x7ffffffff000-0x800000000fff"},
		{"{va: 0x0, size: 0xffffffffffff0000}", "line 4, column 9", "does not translate all"},
		{"{va: 0, pa: 0xffffff000, size: 8K}", "line 4, column 16", "have 36 bits"},
	};
	for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
		char text[160];
		snprintf(text, sizeof text, "# places\nregime: 'x86-64,pa=36'\nentries:\n - %s\n", places[i].entry);
		ok(!parse(text), "%s", places[i].entry);
		has_str(err.msg, places[i].where, "it is said where");
		has_str(err.msg, places[i].what, "and why");
	}
	ok(!parse("regime: riscv-sv39\nentries:\n - {va: 0, pa: 0, size: 4K, rights: -w-}\n"), "riscv cannot write without reading");
	has_str(err.msg, "line 3, column ", "and the line is named");
	ok(!parse("regime: x86-32\nentries:\n - {va: 0, pa: 0, size: 4K, rights: rw-}\n"), "x86-32 cannot deny execution");
	has_str(err.msg, "line 3, column 37", "which is a matter of the rights");
	ok(!parse("regime: x86-64\nentries:\n - {va: 0, pa: 0, size: 4K, rights: rw- r--}\n"), "x86 cannot give the kernel more");
}

static void bad(void)
{
	static const struct {
		const char *text, *says;
	} rows[] = {
		{"", "line 1, column 1: the specification is empty"},
		{"- a\n", "line 1, column 1: the specification is a mapping"},
		{"regime: x86-46\n", "line 1, column 9: unknown regime 'x86-46'; did you mean"},
		{"regime: x86-64,hpd\n", "line 1, column 9: x86-64 has no parameter 'hpd'"},
		{"entries: []\n", "no regime is named"},
		{"regime: x86-64\nentrys: []\n", "line 2, column 1: the specification has no 'entrys'; it may have"},
		{"regime: x86-64\nregime: x86-32\n", "line 2, column 1: 'regime' stands here twice"},
		{"regime: x86-64\nentries: 5\n", "line 2, column 10: entries is a list"},
		{"regime: x86-64\nentries:\n - {va: 0}\n", "line 3, column 4: the entry has no size"},
		{"regime: x86-64\nentries:\n - {size: 4K}\n", "neither va nor pa"},
		{"regime: x86-64\nentries:\n - {va: 0, size: 0}\n", "size is 0"},
		{"regime: x86-64\nentries:\n - {va: 0, size: 4Q}\n", "'4Q' is not a number"},
		{"regime: x86-64\nentries:\n - {va: 0x, size: 4K}\n", "'0x' is not a number"},
		{"regime: x86-64\nentries:\n - {va: -1, size: 4K}\n", "'-1' is not a number"},
		{"regime: x86-64\nentries:\n - {va: 0x1ffffffffffffffff, size: 4K}\n", "more than 64 bits"},
		{"regime: x86-64\nentries:\n - {va: 0, size: 99999999999T}\n", "more than 64 bits"},
		{"regime: x86-64\nentries:\n - {va: 0xfffffffffffff000, size: 8K}\n", "past the last address"},
		{"regime: x86-64\nentries:\n - {va: 0, size: 4K, rights: rwz}\n", "rights 'rwz'"},
		{"regime: x86-64\nentries:\n - {va: 0, size: 4K, rights: '---'}\n", "let nobody in"},
		{"regime: x86-64\nentries:\n - {va: 0, size: 4K, memory: writeback}\n", "did you mean write-back"},
		{"regime: x86-64\nentries:\n - {va: 0, size: 4K, share: iner}\n", "did you mean inner"},
		{"regime: x86-64\nentries:\n - {va: 0, size: 4K, flags: [no-blck]}\n", "did you mean no-block"},
		{"regime: x86-64\nentries:\n - {va: 0, size: 4K, flags: global}\n", "flags is a list"},
		{"regime: x86-64\nentries:\n - {va: 0, size: 4K, key: 16}\n", "0 to 15"},
		{"regime: x86-64\nentries:\n - {va: 0, size: 4K, software: 70000}\n", "16 software bits"},
		{"regime: x86-64\nentries:\n - {va: {a: b}, size: 4K}\n", "line 3, column 9: va is a single value"},
		{"regime: x86-64\ntables: {at: 0}\n", "wants at and size"},
		{"regime: x86-64\ntables: {at: 0xfffffffffffff000, size: 1M}\n", "no room there"},
		{"regime: x86-64\ntables: {at: 0, size: 1M, direction: left}\n", "up or down"},
		{"regime: x86-64\noverlap: mix\n", "unknown overlap rule 'mix'"},
		{"regime: x86-64\npolicy: best\n", "unknown policy 'best'; there are plain"},
		{"regime: x86-64\nmemory-types: {9: write-back}\n", "0 to 7"},
		{"regime: x86-64\nmemory-types: {0: device nGRE}\n", "x86-64 cannot express 'device nGRE'"},
		{"regime: x86-64\nmemory-types: {0: 0x1ff}\n", "8 bits"},
		{"regime: riscv-sv39\nmemory-types: {0: write-back}\n", "no such table"},
		{"regime: [\n", "line 2, column 1"},
		{"a: &x [*x]\n", "line "},
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct ptk_spec *spec = parse(rows[i].text);
		if (spec)
			ok(false, "row %zu is refused", i);
		else
			has_str(err.msg, rows[i].says, "row %zu: %s", i, rows[i].says);
		ptk_spec_free(spec);
	}
	static char big[(16 << 20) + 2];
	struct ptk_spec *spec = NULL;
	is_int(ptk_spec_parse(big, sizeof big, NULL, &spec, &err), PTK_E_LIMIT, "too large a file");
	is_int(ptk_spec_parse("entries: []", 11, "riscv-sv48", &spec, &err), 0, "the caller's regime serves where none is named");
	is_str(ptk_spec_info(spec)->regime.name, "riscv-sv48", "it is that one");
	ptk_spec_free(spec);
	ptk_spec_free(NULL);
}

int main(void)
{
	good();
	memory_types();
	every_regime();
	bad();
	return done();
}
