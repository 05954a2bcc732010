// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * libkdumpfile's page-table walk as a second opinion, on the tables of the real kernels in examples/: every edge of every
 * range, its neighbours, and addresses at random. It knows no 32-bit arm, no LPAE and no riscv; its known faults
 * (PA[47] with LPA, PA[49] with LPA2, no reserved bits) need addresses that no example has.
 */
#include <libkdumpfile/addrxlat.h>
#include <ptkit/ptkit.h>

#include "tap.h"

struct oracle {
	const struct ptk_space *s;
	addrxlat_ctx_t *ctx;
	addrxlat_meth_t meth;
	unsigned long asked, differ;
	uint64_t last; /* last address of the range before */
};

static addrxlat_status get_page(const addrxlat_cb_t *cb, addrxlat_buffer_t *buf)
{
	const struct oracle *o = cb->priv;
	uint64_t pa = buf->addr.addr & ~UINT64_C(4095);
	const void *p = ptk_mem_map(o->s->mem, pa, 4096); /* it keeps the pointer */
	if (!p)
		return ADDRXLAT_ERR_NODATA;
	buf->addr.addr = pa;
	buf->ptr = p;
	buf->size = 4096;
	buf->byte_order = ADDRXLAT_LITTLE_ENDIAN;
	return ADDRXLAT_OK;
}

static unsigned long caps(const addrxlat_cb_t *cb)
{
	(void)cb;
	return ADDRXLAT_CAPS(ADDRXLAT_MACHPHYSADDR);
}

static addrxlat_pte_format_t format(const struct ptk_regime *r)
{
	if (strcmp(ptk_regime_arch(r), "x86") == 0)
		return r->va_width == 64 ? ADDRXLAT_PTE_X86_64 : r->entry_shift == 3 ? ADDRXLAT_PTE_IA32_PAE : ADDRXLAT_PTE_IA32;
	return r->flags & PTK_RF_DS ? ADDRXLAT_PTE_AARCH64_LPA2 : r->page_shift == 16 ? ADDRXLAT_PTE_AARCH64_LPA
		: ADDRXLAT_PTE_AARCH64;
}

static void ask(struct oracle *o, uint64_t va)
{
	const struct ptk_regime *r = &o->s->regime;
	addrxlat_step_t step = {.ctx = o->ctx, .meth = &o->meth};
	uint64_t pa = 0;
	/* Its fields begin at the top translated bit; which half an address is in is its caller's business. */
	step.base.addr = r->va_form == PTK_VA_SIGN ? va : va & ((UINT64_C(1) << r->va_bits) - 1);
	bool theirs = addrxlat_walk(&step) == ADDRXLAT_OK, ours = ptk_translate(o->s, va, &pa) == 1;
	o->asked++;
	if (theirs != ours || (ours && pa != step.base.addr)) {
		if (o->differ++ < 5)
			printf("# %#" PRIx64 ": ours %s %#" PRIx64 ", libkdumpfile's %s %#" PRIx64 "\n", va, ours ? "mapped" : "no", pa,
			       theirs ? "mapped" : "no", (uint64_t)step.base.addr);
	}
}

static int edges(void *arg, const struct ptk_range *range)
{
	struct oracle *o = arg;
	ask(o, range->first);
	ask(o, range->last);
	if (range->first > o->s->first)
		ask(o, ptk_va_canonical(&o->s->regime, range->first - 1));
	if (range->last < o->s->last)
		ask(o, ptk_va_canonical(&o->s->regime, range->last + 1));
	uint64_t x = range->first * UINT64_C(0x9e3779b97f4a7c15);
	for (int i = 0; i < 8; i++, x = x * 6364136223846793005u + 1442695040888963407u)
		ask(o, range->first + (x >> 3) % (range->last - range->first + 1));
	return 0;
}

static void compare(const char *name, const struct ptk_space *s)
{
	struct oracle o = {.s = s, .ctx = addrxlat_ctx_new()};
	addrxlat_cb_t *cb = o.ctx ? addrxlat_ctx_add_cb(o.ctx) : NULL;
	if (!cb)
		bail("addrxlat");
	cb->priv = &o;
	cb->get_page = get_page;
	cb->read_caps = caps;
	o.meth = (addrxlat_meth_t){
		.kind = ADDRXLAT_PGT,
		.target_as = ADDRXLAT_MACHPHYSADDR,
		.param.pgt = {.root = {.addr = s->root, .as = ADDRXLAT_MACHPHYSADDR},
			.pf = {.pte_format = format(&s->regime), .nfields = (unsigned short)(s->regime.nlevels + 1)}},
	};
	o.meth.param.pgt.pf.fieldsz[0] = s->regime.page_shift;
	for (int l = 0; l < s->regime.nlevels; l++)
		o.meth.param.pgt.pf.fieldsz[l + 1] = s->regime.level[l].bits;
	ptk_ranges(s, &(struct ptk_range_opts){.only_leaves = true}, edges, &o, NULL, NULL);
	uint64_t x = 12345;
	for (int i = 0; i < 2000; i++, x = x * 6364136223846793005u + 1442695040888963407u)
		ask(&o, ptk_va_canonical(&s->regime, x >> 1));
	ok(o.asked > 2000 && !o.differ, "%s: libkdumpfile agrees on %lu addresses", name, o.asked);
	addrxlat_ctx_decref(o.ctx);
}

int main(void)
{
	static const char *const names[] = {"arm64-4k48-6.1", "arm64-4k48-6.12", "arm64-4k52-6.12", "arm64-64k52-6.12", "i386-2l-6.12",
		"i386-pae-6.12", "x86_64-6.12", "x86_64-6.12-4lvl-pti", "debian-cloud-amd64-6.1"};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		char path[1024];
		struct ptk_mem *mem;
		struct ptk_linux *lx;
		struct ptk_space space[2];
		struct ptk_err err;
		snprintf(path, sizeof path, "%s/examples/%s.core.zst", getenv("PTKIT_SOURCE"), names[i]);
		if (ptk_mem_open(path, NULL, &mem, &err) < 0) {
			skip("%s: %s", names[i], err.msg);
			continue;
		}
		if (!ok(ptk_linux_open(mem, NULL, &lx, &err) == 0 && ptk_linux_spaces(lx, PTK_TABLE_KERNEL, space, &err) == 1,
		        "%s is opened", names[i]))
			bail("%s", err.msg);
		compare(names[i], space);
		ptk_linux_close(lx);
		ptk_mem_close(mem);
	}
	return done();
}
