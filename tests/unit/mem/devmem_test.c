// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* /dev/mem by a file of its shape: only what iomem calls RAM is read. */
#include <ptkit/mem.h>

#include <stdlib.h>

#include "lib/mk.h"
#include "lib/tap.h"

static struct mk_ram ram;

static struct ptk_mem *open_devmem(const char *mem, const char *iomem, const char *info, struct ptk_err *err, int code)
{
	char source[700];
	struct ptk_mem *m = NULL;
	snprintf(source, sizeof source, "devmem:%s,%s,%s", mem, iomem, info);
	is_int(ptk_mem_open(source, NULL, &m, err), code, "%s %s", code ? "refused" : "opens", err->msg);
	return m;
}

static void reads(const char *path, const struct mk_buf *iomem)
{
	struct ptk_err err = {0};
	struct mk_buf where = {0};
	uint8_t got[64], want[64];
	mk_bytes(&where, "100000 400\n", 11);
	const char *info = strdup(mk_save(&where, "vmcoreinfo"));
	struct ptk_mem *m = open_devmem(path, mk_save(iomem, "iomem"), info, &err, 0);
	if (m) {
		const struct ptk_mem_info *i = ptk_mem_info(m);
		ok(i->live && !strcmp(i->format, "devmem") && i->machine != 0, "live, and of this machine");
		ok(i->nextents == 2 && i->extent[0].first == 0x2000 && i->extent[0].last == 0x9fff, "the RAM of the map");
		ok(i->nnotes == 1 && !strcmp(i->note[0].name, "VMCOREINFO") && i->note[0].size == 14, "the note that the kernel points to");
		ok(ptk_mem_read(m, 0x2fe0, got, 64, NULL) == 0 && mk_ram_read(&ram, 0x2fe0, want, 64) && !memcmp(got, want, 64), "bytes");
		is_int(ptk_mem_read(m, 0x0, got, 8, NULL), PTK_E_NODATA, "what is reserved is not touched");
	}
	ptk_mem_close(m);
	mk_free(&where);
	free((char *)(uintptr_t)info);
}

static void refusals(const char *path)
{
	static const struct {
		const char *iomem, *says;
		int code;
	} list[] = {
		{"00000000-00000000 : System RAM\n", "only root", PTK_E_PERM},
		{"00001000-0000ffff : PCI Bus\n", "no System RAM", PTK_E_NOTFOUND},
		{"", "no System RAM", PTK_E_NOTFOUND},
		{"x\n\n:::\n00002000-00001000 : System RAM\nffff : System RAM\n", "no System RAM", PTK_E_NOTFOUND},
		{"00002000-00009fff : System RAMBO\n", "no System RAM", PTK_E_NOTFOUND},
	};
	struct ptk_err err = {0};
	for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
		struct mk_buf b = {0};
		if (*list[i].iomem)
			mk_bytes(&b, list[i].iomem, strlen(list[i].iomem));
		open_devmem(path, mk_save(&b, "iomem"), "/nonexistent", &err, list[i].code);
		has_str(err.msg, list[i].says, "says why");
		mk_free(&b);
	}
	open_devmem(path, "/nonexistent/iomem", "/nonexistent", &err, PTK_E_PERM);
	has_str(err.msg, "/nonexistent/iomem", "no map of RAM");
	open_devmem("/nonexistent/mem", "/proc/iomem", "/nonexistent", &err, PTK_E_NOTFOUND);
	has_str(err.msg, "CONFIG_DEVMEM", "no such device");
}

/* The kernel's pointer to its note may point anywhere. */
static void lying_pointer(const char *path, const struct mk_buf *iomem)
{
	static const char *const texts[] = {"", "x y\n", "0 0\n", "ffffffffffffffff 1000\n", "100000 ffffffff\n", "0 1000\n", "102000 1000\n"};
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct ptk_err err = {0};
		struct mk_buf b = {0};
		if (*texts[i])
			mk_bytes(&b, texts[i], strlen(texts[i]));
		char *info = strdup(mk_save(&b, "pointer"));
		struct ptk_mem *m = open_devmem(path, mk_save(iomem, "iomem"), info, &err, 0);
		ok(m && ptk_mem_info(m)->nnotes <= 1, "a pointer that is none");
		ptk_mem_close(m);
		mk_free(&b);
		free(info);
	}
}

int main(void)
{
	struct mk_buf iomem = {0}, note = {0};
	mk_ram_add(&ram, 0x2000, 0x8000, 1);
	mk_ram_add(&ram, 0x100000, 0x10000, 2);
	mk_int(&note, 11, 4, false);
	mk_int(&note, 14, 4, false);
	mk_int(&note, 0, 4, false);
	mk_bytes(&note, "VMCOREINFO\0\0OSRELEASE=6.1\n\0\0", 28);
	mk_zero(&note, 0x400 - note.n);
	memcpy(ram.region[1].data, note.p, note.n);
	char *path = mk_devmem(&ram, &iomem);
	if (path) {
		reads(path, &iomem);
		refusals(path);
		lying_pointer(path, &iomem);
	} else {
		skip("no sparse files here");
	}
	free(path);
	mk_ram_free(&ram);
	mk_free(&iomem);
	mk_free(&note);
	mk_cleanup();
	return done();
}
