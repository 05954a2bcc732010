// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* Emitted tables: the same bytes in every format, read back by what reads such files. */
#include <ptkit/emit.h>
#include <ptkit/spec.h>
#include <stdlib.h>
#include <unistd.h>

#include "tap.h"

static char dir[] = "/tmp/ptkit-emit-XXXXXX";
static struct ptk_err err;

static char *path(const char *name)
{
	static char buf[4][300];
	static int turn;
	turn = (turn + 1) % 4;
	snprintf(buf[turn], sizeof buf[turn], "%s/%s", dir, name);
	return buf[turn];
}

static char *slurp(const char *file, size_t *size)
{
	FILE *f = fopen(file, "rb");
	char *data = calloc(1, 1 << 20);
	*size = f && data ? fread(data, 1, (1 << 20) - 1, f) : 0;
	if (f)
		fclose(f);
	return data;
}

/* A handful of mappings that need several tables and, where there are any, several sizes of leaves. */
static void build(const char *name, struct ptk_mem **mem, struct ptk_alloc **alloc, struct ptk_space *space)
{
	struct ptk_regime r;
	if (ptk_regime_parse(name, &r, &err) || ptk_mem_new_image(0x40000000, 0x40ffffff, mem) ||
	    ptk_alloc_new_bump(0x40000000, 0x40ffffff, 0, alloc) || ptk_build_root(*mem, &r, *alloc, space, &err))
		bail("%s: %s", name, err.msg);
	struct ptk_spec *spec;
	static const char entry[] = "entries: [{va: 0, size: 4K, rights: r-x}]";
	if (ptk_spec_parse(entry, strlen(entry), name, &spec, &err)) {
		skip("%s", err.msg);
		exit(done());
	}
	struct ptk_attr attr = ptk_spec_info(spec)->edit[0].attr;
	ptk_spec_free(spec);
	struct ptk_edit edit[] = {
		{.op = PTK_EDIT_MAP, .first = 0x200000, .last = 0x5fffff, .pa = 0x200000, .attr = attr, .name = "low */ one"},
		{.op = PTK_EDIT_MAP, .first = 0x7000000, .last = 0x700ffff, .pa = 0x80010000, .attr = attr, .name = "pages"},
	};
	for (size_t i = 0; i < 2; i++) {
		edit[i].first = ptk_va_canonical(&r, edit[i].first);
		edit[i].last = ptk_va_canonical(&r, edit[i].last);
	}
	if (ptk_build_edit(space, NULL, *alloc, edit, 2, &err))
		bail("%s: %s", name, err.msg);
	struct ptk_emit_opts opts = {.symbol = "tab", .edit = edit, .nedits = 2};
	for (size_t i = 0; ptk_emit_name(i); i++)
		is_int(ptk_emit(space, ptk_emit_name(i), &opts, path(ptk_emit_name(i)), &err), 0, "%s: %s is written", name, ptk_emit_name(i));
}

static int ranges_equal(void *arg, const struct ptk_range *r)
{
	uint64_t *sum = arg;
	*sum = (*sum * 31 + r->first) * 31 + r->pa + r->attr.flags;
	return 0;
}

static void read_back(const char *name, const struct ptk_space *space)
{
	struct ptk_mem *core;
	struct ptk_space again;
	uint64_t want = 0, got = 1;
	ptk_ranges(space, &(struct ptk_range_opts){0}, ranges_equal, &want, NULL, NULL);
	if (ok(ptk_mem_open(path("elf"), NULL, &core, &err) == 0, "%s: the core is read: %s", name, err.msg)) {
		is_int(ptk_space_find(&again, core, &err), 0, "%s: it says how to read it: %s", name, err.msg);
		got = 0;
		ptk_ranges(&again, &(struct ptk_range_opts){0}, ranges_equal, &got, NULL, NULL);
		is_u64(got, want, "%s: it maps the same", name);
		is_u64(again.regime.memattr, space->regime.memattr, "%s: the regime's parameters survive", name);
		ptk_mem_close(core);
	}
}

/* A real compiler's view of the C array, a real assembler's of the assembly (the host's takes every target's). */
static void compile(const char *name, const struct ptk_space *space)
{
	char cmd[1200];
	uint64_t first, last;
	ptk_emit_extent(space, &first, &last, NULL, NULL);
	FILE *f = fopen(path("main.c"), "w");
	fprintf(f, "#include \"%s\"\n#include <stdio.h>\nextern const unsigned char tab_asm[];\n"
		"int main(int argc, char **argv) { FILE *o = fopen(argv[1], \"wb\"); "
		"fwrite(argc > 2 ? (const void *)tab_asm : (const void *)tab, 1, TAB_SIZE, o); return fclose(o); }\n", path("c"));
	fclose(f);
	/* The two arrays have one name; in the assembly it becomes another. */
	char names[4][40];
	snprintf(names[0], 40, "%s/asm", dir);
	snprintf(names[1], 40, "%s/a.S", dir);
	snprintf(names[2], 40, "%s/prog", dir);
	snprintf(names[3], 40, "%s/main.c", dir);
	snprintf(cmd, sizeof cmd, "sed -e 's/^tab:/tab_asm:/;s/globl tab$/globl tab_asm/' %s > %s && "
		 "cc -Wall -Wextra -Werror -o %s %s %s -z noexecstack && %s %s/from-c && %s %s/from-asm x", names[0], names[1], names[2],
		 names[3], names[1], names[2], dir, names[2], dir);
	ok(system(cmd) == 0, "%s: a compiler takes the C array, an assembler the assembly", name);
	size_t nbin, nc, nasm;
	char *bin = slurp(path("bin"), &nbin), *c = slurp(path("from-c"), &nc), *as = slurp(path("from-asm"), &nasm);
	is_u64(nbin, last - first + 1, "%s: the image spans the tables", name);
	ok(nc == nbin && memcmp(bin, c, nbin) == 0, "%s: the C array has the image's bytes", name);
	ok(nasm == nbin && memcmp(bin, as, nbin) == 0, "%s: the assembly has the image's bytes", name);
	char *live = malloc(nbin);
	bool same = ptk_mem_read(space->mem, first, live, 1 << space->regime.root_align, NULL) == 0 &&
		    memcmp(live, bin, 1 << space->regime.root_align) == 0;
	ok(same || space->root != first, "%s: and these are the table's", name);
	free(live);
	free(bin);
	free(c);
	free(as);
}

static void text(void)
{
	size_t n;
	char *c = slurp(path("c"), &n);
	has_str(c, "To turn them on:", "the C file tells which registers");
	has_str(c, "#define TAB_ROOT", "and has constants");
	has_str(c, "0x200000-0x5fffff -> 0x200000  low ?? one", "a name from outside cannot end the comment");
	free(c);
}

static void faults(const struct ptk_space *space)
{
	is_int(ptk_emit(space, "hex", NULL, path("x"), &err), PTK_E_UNKNOWN, "an unknown format");
	struct ptk_emit_opts opts = {.symbol = "2many"};
	is_int(ptk_emit(space, "c", &opts, path("x"), &err), PTK_E_INVAL, "a symbol that is no identifier");
	is_int(ptk_emit(space, "c", NULL, "/nonexistent/x", &err), PTK_E_IO, "a folder that is not there");
	has_str(err.msg, "/nonexistent/x", "by its name");
	struct ptk_space torn = *space;
	struct ptk_mem *hole;
	uint64_t entry = 0x50000003;
	ptk_mem_new_image(0, UINT32_MAX, &hole);
	ptk_mem_write(hole, 0x1000, &entry, 8, NULL);
	torn.mem = hole;
	torn.root = 0x1000;
	is_int(ptk_emit(&torn, "bin", NULL, path("x"), &err), PTK_E_NODATA, "a table that is not there");
	uint64_t zero = 0;
	ptk_mem_write(hole, 0x50000000, &zero, 8, NULL);
	is_int(ptk_emit(&torn, "bin", NULL, path("x"), &err), PTK_E_LIMIT, "tables too far apart for one image");
	is_int(ptk_emit(&torn, "elf", NULL, path("x"), &err), 0, "which ELF does not mind");
	ptk_mem_close(hole);
	for (size_t i = 0; ptk_emit_name(i); i++)
		ok(ptk_emit_about(i) != NULL, "%s says what it is", ptk_emit_name(i));
	ok(!ptk_emit_about(99) && !ptk_emit_name(99), "past the last there is none");
}

int main(void)
{
	if (!mkdtemp(dir))
		bail("no temporary folder");
	static const char *const regimes[] = {"arm64-4k-48", "arm64-16k-47,high", "arm64-64k-52", "arm-short", "arm-lpae", "x86-32",
		"x86-pae", "x86-64", "x86-64-la57", "riscv-sv32", "riscv-sv39", "riscv-sv57"};
	for (size_t i = 0; i < sizeof regimes / sizeof *regimes; i++) {
		struct ptk_mem *mem;
		struct ptk_alloc *alloc;
		struct ptk_space space;
		build(regimes[i], &mem, &alloc, &space);
		read_back(regimes[i], &space);
		compile(regimes[i], &space);
		if (i == 0) {
			text();
			faults(&space);
		}
		ptk_alloc_free(alloc);
		ptk_mem_close(mem);
	}
	char cmd[400];
	snprintf(cmd, sizeof cmd, "rm -r %s", dir);
	return system(cmd) != 0 || done();
}
