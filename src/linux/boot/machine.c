// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* What is known of a machine, wherever it comes from. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/err.h"
#include "linux/boot/boot.h"

#define X(name) extern const struct boot_arch boot_arch_##name##_;
#include "linux/boot/boot-list.h"
#undef X

static const struct boot_arch *const archs[] = {
#define X(name) &boot_arch_##name##_,
#include "linux/boot/boot-list.h"
#undef X
	NULL,
};

const struct boot_arch *boot_arch_(const char *name)
{
	for (size_t i = 0; archs[i]; i++)
		if (strcmp(archs[i]->name, name) == 0)
			return archs[i];
	return NULL;
}

bool ptk_machine_key(const char *arch, size_t i, struct ptk_machine_key *out)
{
	const struct boot_arch *a = boot_arch_(arch);
	if (!a || i >= a->nkeys)
		return false;
	*out = a->key[i];
	return true;
}

struct ptk_machine *boot_machine_new_(void)
{
	return calloc(1, sizeof(struct ptk_machine));
}

void ptk_machine_free(struct ptk_machine *m)
{
	if (!m)
		return;
	ptk_lx_free_(&m->arena);
	free(m);
}

const struct ptk_machine_info *ptk_machine_info(const struct ptk_machine *m)
{
	return &m->info;
}

/* ---- adding ---- */

/*
 * Room for one more of n elements, or NULL after a failure; what was there before stays in the arena until the end, which
 * doubling bounds.
 */
static void *grow(struct ptk_machine *m, const void *list, size_t n, size_t *room, size_t size)
{
	if (m->failed)
		return NULL;
	if (n < *room)
		return (void *)(uintptr_t)list;
	size_t want = *room ? 2 * *room : 16;
	void *more = ptk_lx_alloc_(&m->arena, want * size);
	if (!more) {
		m->failed = PTK_E_NOMEM;
		return NULL;
	}
	if (n)
		memcpy(more, list, n * size);
	*room = want;
	return more;
}

static const char *copy(struct ptk_machine *m, const char *text)
{
	const char *have = text ? ptk_lx_printf_(&m->arena, "%s", text) : NULL;
	if (text && !have)
		m->failed = PTK_E_NOMEM;
	return have;
}

int boot_machine_value_(struct ptk_machine *m, const char *key, uint64_t value, const char *how)
{
	struct ptk_machine_info *info = &m->info;
	struct ptk_machine_value *v = grow(m, info->value, info->nvalues, &m->value_room, sizeof *v);
	struct ptk_machine_value add = {.key = copy(m, key), .value = value, .how = copy(m, how)};
	size_t i = 0;
	if (m->failed)
		return m->failed;
	info->value = v;
	while (i < info->nvalues && strcmp(v[i].key, key) != 0)
		i++;
	v[i] = add;
	info->nvalues += i == info->nvalues;
	return 0;
}

int boot_machine_bank_(struct ptk_machine *m, uint64_t first, uint64_t last, uint32_t flags)
{
	struct ptk_bank *b = grow(m, m->info.bank, m->info.nbanks, &m->bank_room, sizeof *b);
	if (!b)
		return m->failed;
	b[m->info.nbanks++] = (struct ptk_bank){.first = first, .last = last, .flags = flags};
	m->info.bank = b;
	return 0;
}

int boot_machine_reserve_(struct ptk_machine *m, uint64_t first, uint64_t last, const char *name)
{
	struct ptk_bank *b = grow(m, m->info.reserved, m->info.nreserved, &m->reserved_room, sizeof *b);
	struct ptk_bank add = {.first = first, .last = last, .name = copy(m, name)};
	if (m->failed)
		return m->failed;
	b[m->info.nreserved++] = add;
	m->info.reserved = b;
	return 0;
}

void boot_machine_forget_reserved_(struct ptk_machine *m)
{
	m->info.nreserved = 0;
}

int boot_machine_iomap_(struct ptk_machine *m, uint64_t va, uint64_t pa, uint64_t size, const char *type)
{
	struct ptk_iomap *io = grow(m, m->info.iomap, m->info.niomaps, &m->iomap_room, sizeof *io);
	struct ptk_iomap add = {.va = va, .pa = pa, .size = size, .type = copy(m, type)};
	if (m->failed)
		return m->failed;
	io[m->info.niomaps++] = add;
	m->info.iomap = io;
	return 0;
}

int boot_machine_cpu_(struct ptk_machine *m, uint64_t percpu, uint64_t slot)
{
	struct ptk_machine_cpu *cpu = grow(m, m->info.cpu, m->info.ncpus, &m->cpu_room, sizeof *cpu);
	if (!cpu)
		return m->failed;
	cpu[m->info.ncpus++] = (struct ptk_machine_cpu){percpu, slot};
	m->info.cpu = cpu;
	return 0;
}

int boot_machine_node_(struct ptk_machine *m, uint64_t first, uint64_t last, uint64_t data)
{
	struct ptk_machine_node *n = grow(m, m->info.node, m->info.nnodes, &m->node_room, sizeof *n);
	if (!n)
		return m->failed;
	n[m->info.nnodes++] = (struct ptk_machine_node){first, last, data};
	m->info.node = n;
	return 0;
}

int boot_machine_symbol_(struct ptk_machine *m, const char *name, uint64_t va)
{
	struct ptk_machine_symbol *s = grow(m, m->info.symbol, m->info.nsymbols, &m->symbol_room, sizeof *s);
	struct ptk_machine_symbol add = {.name = copy(m, name), .va = va};
	if (m->failed)
		return m->failed;
	s[m->info.nsymbols++] = add;
	m->info.symbol = s;
	return 0;
}

int boot_machine_symbol_if_new_(struct ptk_machine *m, const char *name, uint64_t va)
{
	return va && !boot_symbol_(m, name) ? boot_machine_symbol_(m, name, va) : m->failed;
}

/* ---- asking ---- */

static const struct ptk_machine_value *value_of(const struct ptk_machine *m, const char *key)
{
	for (size_t i = 0; i < m->info.nvalues; i++)
		if (strcmp(m->info.value[i].key, key) == 0)
			return &m->info.value[i];
	return NULL;
}

uint64_t boot_value_(const struct ptk_machine *m, const char *key, uint64_t otherwise)
{
	const struct ptk_machine_value *v = value_of(m, key);
	return v ? v->value : otherwise;
}

static bool is_since(const struct ptk_machine_info *info, struct boot_version v)
{
	return info->major > v.major || (info->major == v.major && info->minor >= v.minor);
}

bool boot_since_(const struct ptk_machine *m, unsigned major, unsigned minor)
{
	return is_since(&m->info, (struct boot_version){major, minor});
}

int boot_machine_version_(struct ptk_machine *m)
{
	struct ptk_machine_info *info = &m->info;
	const struct boot_version first = m->arch->first, last = m->arch->last;
	const struct boot_version near = is_since(info, first) || !info->major ? last : first;
	bool newer = is_since(info, last) && (info->major != last.major || info->minor != last.minor);
	if (!info->major) {
		info->doubt = ptk_lx_printf_(&m->arena,
		                             "the kernel's version is not known: the rules of %s Linux %u.%u are taken, the "
		                             "newest that are known here",
		                             m->arch->name, last.major, last.minor);
		info->major = last.major;
		info->minor = last.minor;
	} else if (newer || !is_since(info, first)) {
		info->doubt = ptk_lx_printf_(&m->arena,
		                             "how %s Linux %u.%u sets up its page tables is not known here: the rules of "
		                             "%u.%u, the nearest version that is, are taken",
		                             m->arch->name, info->major, info->minor, near.major, near.minor);
	} else {
		return 0;
	}
	return info->doubt ? 0 : PTK_E_NOMEM;
}

bool boot_has_(const struct ptk_machine *m, const char *key)
{
	return value_of(m, key) != NULL;
}

uint64_t boot_symbol_(const struct ptk_machine *m, const char *name)
{
	for (size_t i = 0; i < m->info.nsymbols; i++)
		if (strcmp(m->info.symbol[i].name, name) == 0)
			return m->info.symbol[i].va;
	return 0;
}

const struct ptk_bank *boot_bank_(const struct ptk_machine *m, uint64_t pa)
{
	for (size_t i = 0; i < m->info.nbanks; i++)
		if (pa >= m->info.bank[i].first && pa <= m->info.bank[i].last)
			return &m->info.bank[i];
	return NULL;
}

/* ---- is such a machine possible? ---- */

static int by_first(const void *a, const void *b)
{
	const struct ptk_bank *x = a, *y = b;
	return x->first < y->first ? -1 : x->first > y->first;
}

static int check_banks(const struct ptk_machine_info *info, struct ptk_err *err)
{
	uint64_t top = low_bits(info->regime.pa_bits);
	if (!info->nbanks)
		return ptk_err_set_(err, PTK_E_CONFLICT, "the machine has no memory");
	for (size_t i = 0; i < info->nbanks; i++) {
		const struct ptk_bank *b = &info->bank[i];
		if (b->first > b->last)
			return ptk_err_set_(err, PTK_E_CONFLICT, "the bank at 0x%" PRIx64 " ends before it starts", b->first);
		if (b->last > top)
			return ptk_err_set_(err, PTK_E_RANGE,
			                    "the bank 0x%" PRIx64 "-0x%" PRIx64 " lies past the %u bits of physical "
			                    "address that %s has",
			                    b->first, b->last, info->regime.pa_bits, info->regime.name);
		if (i && b->first <= b[-1].last)
			return ptk_err_set_(err, PTK_E_CONFLICT,
			                    "the banks 0x%" PRIx64 "-0x%" PRIx64 " and 0x%" PRIx64 "-0x%" PRIx64 " overlap",
			                    b[-1].first, b[-1].last, b->first, b->last);
	}
	return 0;
}

static int check_reserved(const struct ptk_machine_info *info, struct ptk_err *err)
{
	for (size_t i = 0; i < info->nreserved; i++) {
		const struct ptk_bank *r = &info->reserved[i];
		if (r->first > r->last)
			return ptk_err_set_(err, PTK_E_CONFLICT, "the reservation at 0x%" PRIx64 " ends before it starts",
			                    r->first);
	}
	return 0;
}

int boot_symbols_inside_(const struct ptk_machine *m, uint64_t first, uint64_t end, struct ptk_err *err)
{
	for (const char *const *name = m->arch->symbol; name && *name; name++) {
		uint64_t va = boot_symbol_(m, *name);
		if (va && (va < first || va > end))
			return ptk_err_set_(err, PTK_E_CONFLICT, "the symbol %s, 0x%" PRIx64 ", lies outside the kernel", *name, va);
	}
	return 0;
}

static int by_first_node(const void *x, const void *y)
{
	const struct ptk_machine_node *a = x, *b = y;
	return a->first < b->first ? -1 : a->first > b->first;
}

static int check_nodes(const struct ptk_machine_info *info, struct ptk_err *err)
{
	for (size_t i = 0; i < info->nnodes; i++) {
		const struct ptk_machine_node *n = &info->node[i];
		if (n->first > n->last || (i && n->first <= n[-1].last))
			return ptk_err_set_(err, PTK_E_CONFLICT, "the NUMA node 0x%" PRIx64 "-0x%" PRIx64 " is impossible, or overlaps the "
			                                         "one before it", n->first, n->last);
	}
	return 0;
}

int boot_machine_finish_(struct ptk_machine *m, struct ptk_err *err)
{
	struct ptk_machine_info *info = &m->info;
	if (m->failed)
		return ptk_err_set_(err, m->failed, "no memory for the facts of a machine");
	if (info->nbanks)
		qsort((void *)(uintptr_t)info->bank, info->nbanks, sizeof *info->bank, by_first);
	if (info->nreserved)
		qsort((void *)(uintptr_t)info->reserved, info->nreserved, sizeof *info->reserved, by_first);
	if (info->nnodes)
		qsort((void *)(uintptr_t)info->node, info->nnodes, sizeof *info->node, by_first_node);
	int rc = check_banks(info, err);
	if (rc == 0)
		rc = check_reserved(info, err);
	if (rc == 0)
		rc = check_nodes(info, err);
	return rc == 0 && m->arch->check ? m->arch->check(m, err) : rc;
}
