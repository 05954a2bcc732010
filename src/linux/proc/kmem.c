// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
#include "linux/proc/kmem.h"

#include "base/bits.h"

#define PAGE 4096u /* the smallest there is: a larger one is translated in parts */

int ptk_kmem_init_(const struct ptk_linux *lx, struct lx_kmem *k)
{
	*k = (struct lx_kmem){.word = lx->info.regime.va_width / 8u, .big = ptk_mem_info(lx->mem)->big_endian};
	if (lx->arch == LX_ARM64) /* KASAN's tags lie in the top byte */
		k->tag = GENMASK(63, 56);
	return ptk_space_init(&k->s, lx->mem, &lx->info.regime, lx->table[PTK_TABLE_KERNEL].root, NULL);
}

bool ptk_kmem_pa_(struct lx_kmem *k, uint64_t va, uint64_t *pa)
{
	if (k->tag && va & BIT(55)) /* of the kernel, whatever the top byte says */
		va |= k->tag;
	if (k->word == 8 && !(va & BIT(63))) /* user space, on every architecture */
		return false;
	if (k->word == 4 && va > UINT32_MAX)
		return false;
	uint64_t page = round_down(va, PAGE);
	if (!k->has || k->page_va != page) {
		k->has = false;
		if (ptk_translate(&k->s, page, &k->page_pa) != 1)
			return false;
		k->page_va = page;
		k->has = true;
	}
	*pa = k->page_pa + (va - page);
	return true;
}

size_t ptk_kmem_some_(struct lx_kmem *k, uint64_t va, void *buf, size_t len)
{
	size_t n = 0;
	uint64_t pa;
	while (n < len) {
		size_t part = PAGE - (size_t)((va + n) & (PAGE - 1));
		part = part < len - n ? part : len - n;
		if (va + n < va || !ptk_kmem_pa_(k, va + n, &pa) ||
		    ptk_mem_read(k->s.mem, pa, (uint8_t *)buf + n, part, NULL) < 0)
			break;
		n += part;
	}
	return n;
}

bool ptk_kmem_read_(struct lx_kmem *k, uint64_t va, void *buf, size_t len)
{
	return ptk_kmem_some_(k, va, buf, len) == len;
}

bool ptk_kmem_word_(struct lx_kmem *k, uint64_t va, uint64_t *v)
{
	uint8_t b[8];
	if (!ptk_kmem_read_(k, va, b, k->word))
		return false;
	*v = lx_word(k, b);
	return true;
}

bool ptk_kmem_u32_(struct lx_kmem *k, uint64_t va, uint32_t *v)
{
	uint8_t b[4];
	if (!ptk_kmem_read_(k, va, b, sizeof b))
		return false;
	*v = load32(b, k->big);
	return true;
}
