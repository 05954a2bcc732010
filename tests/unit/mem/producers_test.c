// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * Dumps by those who make them: QEMU's dump-guest-memory on each architecture, makedumpfile in each of
 * its forms. Each program that is missing skips its part.
 */
#include <ptkit/mem.h>

#include <fcntl.h>
#include <unistd.h>
#ifdef HAVE_KDUMPFILE
#include <libkdumpfile/kdumpfile.h>
#endif

#include "lib/captures.h"
#include "lib/mk.h"

#define RAM_SIZE 0x180000

static bool have(const char *program)
{
	char cmd[200];
	snprintf(cmd, sizeof cmd, "command -v %s >/dev/null 2>&1", program);
	return system(cmd) == 0;
}

static struct ptk_mem *opened(const char *source)
{
	struct ptk_mem *m = NULL;
	struct ptk_err err = {0};
	if (ptk_mem_open(source, NULL, &m, &err) < 0)
		printf("# %s: %s\n", source, err.msg);
	return m;
}

/* --- QEMU: a machine that has not started, with our bytes in its RAM */

static const struct guest {
	const char *qemu, *options;
	uint64_t at;
	unsigned machine;
} guests[] = {
	{"qemu-system-aarch64", "-M virt -cpu cortex-a57", 0x40100000, 183},
	{"qemu-system-arm", "-M virt -cpu cortex-a15", 0x40100000, 40},
	{"qemu-system-riscv64", "-M virt -bios none", 0x80100000, 243},
	{"qemu-system-x86_64", "-M pc", 0x100000, 0}, /* in real mode QEMU calls it i386 in ELF, x86_64 in kdump */
	{"qemu-system-i386", "-M pc", 0x100000, 3},
};

/* libkdumpfile's opinion of each page that all has: there, and its bytes, or not. It may not know the format. */
static void oracle(const char *what, const char *const *path, size_t n, struct ptk_mem *all, struct ptk_mem *m)
{
#ifdef HAVE_KDUMPFILE
	static uint8_t a[4096], b[4096];
	const struct ptk_mem_info *i = ptk_mem_info(all);
	kdump_ctx_t *k = kdump_new();
	int fd[8];
	size_t same = 0, wrong = 0, probe = 1;
	for (size_t f = 0; f < n; f++)
		fd[f] = open(path[f], O_RDONLY);
	if (kdump_open_fdset(k, (unsigned)n, fd) != KDUMP_OK) {
		skip("%s: libkdumpfile: %s", what, kdump_get_err(k));
	} else if (kdump_read(k, KDUMP_MACHPHYSADDR, ptk_mem_info(m)->extent[0].first, b, &probe) != KDUMP_OK) {
		skip("%s: libkdumpfile: %s", what, kdump_get_err(k));
	} else {
		for (size_t e = 0; e < i->nextents; e++)
			for (uint64_t pa = (i->extent[e].first + 4095) & ~UINT64_C(4095);
			     pa + 4095 <= i->extent[e].last; pa += 4096) {
				size_t len = sizeof b;
				bool theirs = kdump_read(k, KDUMP_MACHPHYSADDR, pa, b, &len) == KDUMP_OK && len == 4096;
				bool ours = ptk_mem_read(m, pa, a, sizeof a, NULL) == 0;
				++*(theirs == ours && (!ours || memcmp(a, b, 4096) == 0) ? &same : &wrong);
			}
		is_int((int64_t)wrong, 0, "%s: libkdumpfile says the same of %zu pages", what, same);
	}
	kdump_free(k);
	for (size_t f = 0; f < n; f++)
		close(fd[f]);
#else
	skip("%s: no libkdumpfile to compare with", what);
#endif
}

static void check_guest(const struct guest *g, const struct mk_region *want, const char *form, const char *path,
                        const char *format)
{
	static uint8_t got[RAM_SIZE];
	struct ptk_mem *m = opened(path);
	if (!ok(m != NULL, "%s %s: opens", g->qemu, form))
		return;
	is_str(ptk_mem_info(m)->format, format, "%s %s: the format", g->qemu, form);
	ok(!ptk_mem_info(m)->warning, "%s %s: nothing to warn of", g->qemu, form);
	ok(ptk_mem_info(m)->nnotes > 0, "%s %s: has notes", g->qemu, form);
	if (g->machine)
		is_int(ptk_mem_info(m)->machine, g->machine, "%s %s: the machine", g->qemu, form);
	is_int(ptk_mem_read(m, want->pa, got, want->size, NULL), 0, "%s %s: the RAM that was loaded", g->qemu, form);
	ok(memcmp(got, want->data, want->size) == 0, "%s %s: has the bytes that were", g->qemu, form);
	oracle(form, &path, 1, m, m);
	ptk_mem_close(m);
}

static void guest(const struct guest *g)
{
	struct mk_ram ram = {0};
	struct mk_buf b = {0};
	char cmd[2000];
	mk_ram_add(&ram, g->at, RAM_SIZE, g->at);
	mk_bytes(&b, ram.region[0].data, RAM_SIZE);
	const char *load = mk_save(&b, "load"), *elf = mk_path("guest.elf"), *z = mk_path("guest.z");
	const char *paging = mk_path("guest.p");
	snprintf(cmd, sizeof cmd,
	         "printf 'dump-guest-memory %s\\ndump-guest-memory -z %s\\ndump-guest-memory -p %s\\nquit\\n' | "
	         "timeout 60 %s %s -m 16 -S -display none -serial none -net none -monitor stdio "
	         "-device loader,file=%s,addr=0x%" PRIx64 ",force-raw=on >/dev/null 2>&1",
	         elf, z, paging, g->qemu, g->options, load, g->at);
	if (!have(g->qemu)) {
		skip("no %s here", g->qemu);
	} else if (system(cmd) != 0) {
		skip("%s does not run here", g->qemu);
	} else {
		check_guest(g, &ram.region[0], "ELF", elf, "elf");
		check_guest(g, &ram.region[0], "-z", z, "kdump");
		check_guest(g, &ram.region[0], "-p", paging, "elf");
	}
	mk_free(&b);
	mk_ram_free(&ram);
}

/* --- makedumpfile: from a real kernel's memory, which it must understand to leave pages out */

/* Which pages the two hold, and that those are equal. */
static void compare(struct ptk_mem *core, struct ptk_mem *dump, size_t *same, size_t *absent, size_t *wrong)
{
	static uint8_t a[4096], b[4096];
	const struct ptk_mem_info *i = ptk_mem_info(core);
	*same = *absent = *wrong = 0;
	for (size_t k = 0; k < i->nextents; k++)
		for (uint64_t pa = i->extent[k].first; pa < i->extent[k].last; pa += 4096) {
			int r = ptk_mem_read(dump, pa, b, sizeof b, NULL);
			if (ptk_mem_read(core, pa, a, sizeof a, NULL) < 0 || (r < 0 && r != PTK_E_NODATA))
				++*wrong;
			else if (r == PTK_E_NODATA)
				++*absent;
			else
				++*(memcmp(a, b, 4096) ? wrong : same);
		}
}

/* kdump has RAM only, whatever is left out of it: not the video memory that QEMU's cores have too. */
static const struct form {
	const char *name, *options;
	unsigned files;
	bool flat;
	const char *format;
} forms[] = {
	{"-c", "-c -d 0", 1, false, "kdump"},
	{"-l", "-l -d 0", 1, false, "kdump"},
	{"-p", "-p -d 0", 1, false, "kdump"},
	{"-z", "-z -d 0", 1, false, "kdump"},
	{"plain", "-d 0", 1, false, "kdump"},
	{"-d 1", "-c -d 1", 1, false, "kdump"},
	{"-d 31", "-c -d 31", 1, false, "kdump"},
	{"--split", "-c -d 0 --split", 3, false, "kdump"},
	{"-F", "-l -d 0", 1, true, "kdump"},
	{"-E", "-E -d 0", 1, false, "elf"},
	{"-E -F", "-E -d 0", 1, true, "elf"},
};

static void dump(const struct form *f, const char *vmcore, struct ptk_mem *core)
{
	char cmd[2000], files[800] = "", source[800] = "";
	const char *paths[8];
	for (unsigned i = 0; i < f->files; i++) {
		char name[16];
		snprintf(name, sizeof name, "dump%u", i);
		const char *path = paths[i] = mk_path(name);
		size_t n = strlen(files), k = strlen(source);
		snprintf(files + n, sizeof files - n, " %s", path);
		snprintf(source + k, sizeof source - k, "%s%s", i ? "," : "", path);
		unlink(path);
	}
	snprintf(cmd, sizeof cmd, "timeout 60 makedumpfile %s %s %s%s%s 2>/dev/null%s", f->flat ? "-F" : "", f->options,
	         vmcore, f->flat ? " >" : "", files, f->flat ? "" : " >/dev/null");
	if (system(cmd) != 0) {
		skip("makedumpfile %s fails on this core", f->name);
		return;
	}
	struct ptk_mem *m = opened(source);
	size_t same = 0, absent = 0, wrong = 0;
	if (!ok(m != NULL, "makedumpfile %s: opens", f->name))
		return;
	compare(core, m, &same, &absent, &wrong);
	is_int((int64_t)wrong, 0, "makedumpfile %s: no page is wrong", f->name);
	ok(same > 1000 && (!absent || strcmp(f->format, "elf") != 0),
	   "makedumpfile %s: %zu pages are right, %zu left out", f->name, same, absent);
	is_str(ptk_mem_info(m)->format, f->format, "makedumpfile %s: the format", f->name);
	is_int(ptk_mem_info(m)->machine, 62, "makedumpfile %s: the machine", f->name);
	ok(!ptk_mem_info(m)->warning, "makedumpfile %s: nothing to warn of", f->name);
	oracle(f->name, paths, f->files, core, m);
	ptk_mem_close(m);
}

/* A kernel with VMCOREINFO in QEMU's notes. */
static const char *capture(void)
{
	static char path[4400];
	capture_path(path, sizeof path, "x86_64-6.12", "vmcore.zst");
	return access(path, R_OK) == 0 ? path : NULL;
}

/* makedumpfile refuses QEMU's cores ("can't get the number of PT_LOAD"), but takes ours. */
static bool make_core(const char *from, const char *to)
{
	char cmd[1000];
	const char *large = mk_path("large");
	struct ptk_mem *m = opened(from);
	if (!m)
		return false;
	const struct ptk_mem_info *i = ptk_mem_info(m);
	is_int(ptk_mem_write_core(m, large, i->machine, i->extent, i->nextents, i->note, i->nnotes, NULL), 0,
	       "a core for makedumpfile");
	ptk_mem_close(m);
	/* The others start from what this leaves, a sixth of it. */
	snprintf(cmd, sizeof cmd, "timeout 60 makedumpfile -E -d 31 %s %s >/dev/null 2>&1", large, to);
	bool made = system(cmd) == 0;
	m = opened(large);
	struct ptk_mem *small = made ? opened(to) : NULL;
	size_t same = 0, absent = 0, wrong = 0;
	if (small)
		compare(m, small, &same, &absent, &wrong);
	ok(!made || (small && wrong == 0 && same > 1000 && absent > 1000),
	   "makedumpfile -E -d 31: %zu pages are right, %zu left out", same, absent);
	ptk_mem_close(small);
	ptk_mem_close(m);
	unlink(large);
	return made;
}

static void makedumpfile(void)
{
	const char *from = capture(), *vmcore = mk_path("vmcore");
	if (!from || !have("makedumpfile")) {
		skip(from ? "no makedumpfile here" : "no captures beside the checkout");
		return;
	}
	if (!make_core(from, vmcore)) {
		skip("makedumpfile does not take the capture");
		return;
	}
	struct ptk_mem *core = opened(vmcore);
	for (size_t i = 0; core && i < sizeof forms / sizeof forms[0]; i++)
		dump(&forms[i], vmcore, core);
	ptk_mem_close(core);
}

int main(void)
{
	for (size_t i = 0; i < sizeof guests / sizeof guests[0]; i++)
		guest(&guests[i]);
	makedumpfile();
	mk_cleanup();
	return done();
}
