// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* Machine files: a machine's facts as YAML, with its device tree and its kernel's symbols from files beside it. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/err.h"
#include "base/near.h"
#include "build/yamldoc.h"
#include "linux/boot/boot.h"
#include "linux/boot/devtree.h"
#include "linux/boot/read.h"
#include "linux/find.h"

struct reader {
	struct yaml_reader y; /* first */
	struct ptk_machine *m;
	const char *name; /* of the file */
	const char *text; /* each value's comment in it tells where that comes from; or NULL */
	yaml_node_t *memory, *reserved, *iomap, *cpus, *nodes, *values, *symbols;
	bool has_regime, has_kernel;
};

static struct reader *of(struct yaml_reader *rd)
{
	return (struct reader *)rd;
}

/* ---- ranges ---- */

struct range {
	uint64_t at, pa, size;
	const char *name;
	uint32_t flags;
	bool has_at, has_pa, has_size;
};

static int range_at(struct yaml_reader *rd, yaml_node_t *v, void *into)
{
	((struct range *)into)->has_at = true;
	return ptk_yaml_number_(rd, v, "at", &((struct range *)into)->at);
}

static int range_pa(struct yaml_reader *rd, yaml_node_t *v, void *into)
{
	((struct range *)into)->has_pa = true;
	return ptk_yaml_number_(rd, v, "pa", &((struct range *)into)->pa);
}

static int range_size(struct yaml_reader *rd, yaml_node_t *v, void *into)
{
	((struct range *)into)->has_size = true;
	return ptk_yaml_number_(rd, v, "size", &((struct range *)into)->size);
}

static int range_name(struct yaml_reader *rd, yaml_node_t *v, void *into)
{
	return ptk_yaml_word_(rd, v, "name", &((struct range *)into)->name);
}

static int range_flag(struct yaml_reader *rd, yaml_node_t *v, void *into, const char *name, uint32_t flag)
{
	uint64_t n;
	int rc = ptk_yaml_number_(rd, v, name, &n);
	if (rc == 0 && n)
		((struct range *)into)->flags |= flag;
	return rc;
}

static int range_no_map(struct yaml_reader *rd, yaml_node_t *v, void *into)
{
	return range_flag(rd, v, into, "no-map", PTK_BANK_NOMAP);
}

static int range_hotplug(struct yaml_reader *rd, yaml_node_t *v, void *into)
{
	return range_flag(rd, v, into, "hotplug", PTK_BANK_HOTPLUG);
}

static int check_range(struct yaml_reader *rd, yaml_node_t *n, const struct range *r, const char *what)
{
	uint64_t end;
	if (!r->has_at || !r->has_size)
		return ptk_yaml_complain_(rd, n, PTK_E_BADFMT, "%s wants an address and a size", what);
	if (!r->size || !add_ok(r->at, r->size - 1, &end) || !add_ok(r->pa, r->size - 1, &end))
		return ptk_yaml_complain_(rd, n, PTK_E_INVAL, "%s is empty or goes past the last address", what);
	return 0;
}

/* One member of a list. */
typedef int item_fn(struct yaml_reader *rd, yaml_node_t *n);

static int each_item(struct yaml_reader *rd, yaml_node_t *list, const char *what, item_fn *fn)
{
	if (!list)
		return 0;
	if (list->type != YAML_SEQUENCE_NODE)
		return ptk_yaml_complain_(rd, list, PTK_E_BADFMT, "%s is a list (- {at: ..., size: ...})", what);
	for (yaml_node_item_t *i = list->data.sequence.items.start; i < list->data.sequence.items.top; i++) {
		int rc = fn(rd, yaml_document_get_node(&rd->doc, *i));
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int one_bank(struct yaml_reader *rd, yaml_node_t *n)
{
	static const struct yaml_key keys[] = {{"at", range_at}, {"size", range_size}, {"name", range_name},
	                                       {"no-map", range_no_map}, {"hotplug", range_hotplug}, {NULL, NULL}};
	struct range r = {0};
	int rc = ptk_yaml_mapping_(rd, n, keys, "a bank of memory", &r);
	if (rc == 0)
		rc = check_range(rd, n, &r, "a bank of memory");
	return rc < 0 ? rc : boot_machine_bank_(of(rd)->m, r.at, r.at + (r.size - 1), r.flags);
}

static int one_reservation(struct yaml_reader *rd, yaml_node_t *n)
{
	static const struct yaml_key keys[] = {{"at", range_at}, {"size", range_size}, {"name", range_name}, {NULL, NULL}};
	struct range r = {0};
	int rc = ptk_yaml_mapping_(rd, n, keys, "a reservation", &r);
	if (rc == 0)
		rc = check_range(rd, n, &r, "a reservation");
	return rc < 0 ? rc : boot_machine_reserve_(of(rd)->m, r.at, r.at + (r.size - 1), r.name);
}

static int range_type(struct yaml_reader *rd, yaml_node_t *v, void *into)
{
	return ptk_yaml_word_(rd, v, "type", &((struct range *)into)->name);
}

static int one_iomap(struct yaml_reader *rd, yaml_node_t *n)
{
	static const struct yaml_key keys[] = {{"va", range_at}, {"pa", range_pa}, {"size", range_size}, {"type", range_type},
	                                       {NULL, NULL}};
	struct range r = {0};
	int rc = ptk_yaml_mapping_(rd, n, keys, "a device mapping", &r);
	if (rc == 0)
		rc = check_range(rd, n, &r, "a device mapping");
	if (rc == 0 && (!r.has_pa || !r.name))
		rc = ptk_yaml_complain_(rd, n, PTK_E_BADFMT, "a device mapping wants va, pa, size and type");
	return rc < 0 ? rc : boot_machine_iomap_(of(rd)->m, r.at, r.pa, r.size, r.name);
}

static int range_data(struct yaml_reader *rd, yaml_node_t *v, void *into)
{
	return ptk_yaml_number_(rd, v, "data", &((struct range *)into)->pa);
}

static int one_node(struct yaml_reader *rd, yaml_node_t *n)
{
	static const struct yaml_key keys[] = {{"at", range_at}, {"size", range_size}, {"data", range_data}, {NULL, NULL}};
	struct range r = {0};
	int rc = ptk_yaml_mapping_(rd, n, keys, "a NUMA node", &r);
	if (rc == 0)
		rc = check_range(rd, n, &r, "a NUMA node");
	return rc < 0 ? rc : boot_machine_node_(of(rd)->m, r.at, r.at + (r.size - 1), r.pa);
}

/* ---- CPUs ---- */

struct cpu {
	uint64_t percpu, slot;
	bool has_percpu, has_slot;
};

static int cpu_percpu(struct yaml_reader *rd, yaml_node_t *v, void *into)
{
	((struct cpu *)into)->has_percpu = true;
	return ptk_yaml_number_(rd, v, "percpu", &((struct cpu *)into)->percpu);
}

static int cpu_slot(struct yaml_reader *rd, yaml_node_t *v, void *into)
{
	((struct cpu *)into)->has_slot = true;
	return ptk_yaml_number_(rd, v, "slot", &((struct cpu *)into)->slot);
}

static int one_cpu(struct yaml_reader *rd, yaml_node_t *n)
{
	static const struct yaml_key keys[] = {{"percpu", cpu_percpu}, {"slot", cpu_slot}, {NULL, NULL}};
	struct cpu c = {0};
	int rc = ptk_yaml_mapping_(rd, n, keys, "a CPU", &c);
	if (rc == 0 && !c.has_percpu)
		rc = ptk_yaml_complain_(rd, n, PTK_E_BADFMT, "a CPU wants the address of its per-CPU area (percpu: ...)");
	return rc < 0 ? rc : boot_machine_cpu_(of(rd)->m, c.percpu, c.has_slot ? c.slot : of(rd)->m->info.ncpus);
}

/* ---- values and symbols ---- */

static int unknown_key(struct yaml_reader *rd, const yaml_node_t *k, const char *word)
{
	const struct boot_arch *arch = of(rd)->m->arch;
	char list[600] = "";
	for (size_t i = 0; i < arch->nkeys; i++)
		snprintf(list + strlen(list), sizeof list - strlen(list), "%s%s", i ? ", " : "", arch->key[i].key);
	return ptk_yaml_complain_(rd, k, PTK_E_UNKNOWN, "%s machines have no '%.60s'; they have %s", arch->name, word, list);
}

/* The comment of a line; the text ends with a zero byte. */
static bool comment(const char *text, size_t line, char *out, size_t size)
{
	for (; text && line; line--)
		text = (text = strchr(text, '\n')) ? text + 1 : NULL;
	size_t len = text ? strcspn(text, "\n") : 0;
	const char *mark = len ? memchr(text, '#', len) : NULL;
	if (!mark)
		return false;
	mark += strspn(mark, "# ");
	snprintf(out, size, "%.*s", (int)strcspn(mark, "\n"), mark);
	for (; *out; out++)
		*out = *out >= ' ' && *out <= '~' ? *out : '?';
	return true;
}

static int one_value(struct yaml_reader *rd, yaml_node_t *k, yaml_node_t *v)
{
	const struct boot_arch *arch = of(rd)->m->arch;
	const char *word;
	char how[300];
	uint64_t n;
	int rc = ptk_yaml_word_(rd, k, "a key of values", &word);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < arch->nkeys; i++) {
		if (strcmp(arch->key[i].key, word) != 0)
			continue;
		rc = ptk_yaml_number_(rd, v, word, &n);
		if (rc == 0 && boot_has_(of(rd)->m, word))
			rc = ptk_yaml_complain_(rd, k, PTK_E_BADFMT, "'%s' stands here twice", word);
		if (!comment(of(rd)->text, k->start_mark.line, how, sizeof how))
			snprintf(how, sizeof how, "%s, line %zu", of(rd)->name, k->start_mark.line + 1);
		return rc < 0 ? rc : boot_machine_value_(of(rd)->m, word, n, how);
	}
	return unknown_key(rd, k, word);
}

static int one_symbol(struct yaml_reader *rd, yaml_node_t *k, yaml_node_t *v)
{
	const char *word;
	uint64_t va;
	int rc = ptk_yaml_word_(rd, k, "a symbol", &word);
	if (rc == 0)
		rc = ptk_yaml_number_(rd, v, word, &va);
	return rc < 0 ? rc : boot_machine_symbol_(of(rd)->m, word, va);
}

static int each_pair(struct yaml_reader *rd, yaml_node_t *map, const char *what,
                     int (*fn)(struct yaml_reader *rd, yaml_node_t *k, yaml_node_t *v))
{
	if (!map)
		return 0;
	if (map->type != YAML_MAPPING_NODE)
		return ptk_yaml_complain_(rd, map, PTK_E_BADFMT, "%s is a mapping (key: value)", what);
	for (yaml_node_pair_t *p = map->data.mapping.pairs.start; p < map->data.mapping.pairs.top; p++) {
		int rc = fn(rd, yaml_document_get_node(&rd->doc, p->key), yaml_document_get_node(&rd->doc, p->value));
		if (rc < 0)
			return rc;
	}
	return 0;
}

/* ---- the top ---- */

static int top_regime(struct yaml_reader *rd, yaml_node_t *v, void *into)
{
	const char *text;
	int rc = ptk_yaml_word_(rd, v, "regime", &text);
	of(rd)->has_regime = true;
	if (rc == 0 && (rc = ptk_regime_parse(text, &of(rd)->m->info.regime, rd->err)) < 0)
		return ptk_yaml_blame_(rd, v, rc);
	return rc;
}

static int top_kernel(struct yaml_reader *rd, yaml_node_t *v, void *into)
{
	const char *text;
	struct ptk_machine_info *info = &of(rd)->m->info;
	int used = 0, rc = ptk_yaml_word_(rd, v, "kernel", &text);
	if (rc < 0)
		return rc;
	of(rd)->has_kernel = true;
	if (strlen(text) > 60 || sscanf(text, "%4u.%4u%n", &info->major, &info->minor, &used) != 2 ||
	    (text[used] && text[used] != '.' && text[used] != '-'))
		return ptk_yaml_complain_(rd, v, PTK_E_BADFMT, "'%.60s' is not a kernel version such as 6.1 or 6.12", text);
	return 0;
}

/* The others need the regime, wherever that stands. */
#define LATER(what) \
	static int top_##what(struct yaml_reader *rd, yaml_node_t *v, void *into) \
	{ \
		of(rd)->what = v; \
		return 0; \
	}
LATER(memory)
LATER(reserved)
LATER(iomap)
LATER(cpus)
LATER(nodes)
LATER(values)
LATER(symbols)

static int read_document(struct yaml_reader *rd)
{
	static const struct yaml_key keys[] = {{"regime", top_regime},     {"kernel", top_kernel}, {"memory", top_memory},
	                                       {"reserved", top_reserved}, {"iomap", top_iomap},   {"cpus", top_cpus},
	                                       {"nodes", top_nodes},       {"values", top_values}, {"symbols", top_symbols},
	                                       {NULL, NULL}};
	struct reader *r = of(rd);
	yaml_node_t *root = yaml_document_get_root_node(&rd->doc);
	if (!root)
		return ptk_err_set_(rd->err, PTK_E_BADFMT, "line 1, column 1: the machine file is empty");
	int rc = ptk_yaml_mapping_(rd, root, keys, "a machine file", NULL);
	if (rc < 0)
		return rc;
	if (!r->has_regime || !r->has_kernel)
		return ptk_yaml_complain_(rd, root, PTK_E_BADFMT, "a machine file names its %s (%s)",
		                          r->has_regime ? "kernel version" : "regime",
		                          r->has_regime ? "kernel: 6.12" : "regime: arm-short");
	const char *arch = ptk_regime_arch(&r->m->info.regime);
	r->m->arch = boot_arch_(arch);
	if (!r->m->arch)
		return ptk_yaml_complain_(rd, root, PTK_E_NOTSUP, "how %s sets up its page tables at boot is not known here", arch);
	rc = each_item(rd, r->memory, "memory", one_bank);
	if (rc == 0)
		rc = each_item(rd, r->reserved, "reserved", one_reservation);
	if (rc == 0)
		rc = each_item(rd, r->iomap, "iomap", one_iomap);
	if (rc == 0)
		rc = each_item(rd, r->cpus, "cpus", one_cpu);
	if (rc == 0)
		rc = each_item(rd, r->nodes, "nodes", one_node);
	if (rc == 0)
		rc = each_pair(rd, r->values, "values", one_value);
	return rc < 0 ? rc : each_pair(rd, r->symbols, "symbols", one_symbol);
}

int boot_machine_yaml_(struct ptk_machine *m, const char *text, size_t size, const char *name, bool comments,
                       struct ptk_err *err)
{
	struct reader rd = {.y.err = err, .m = m, .name = name, .text = comments ? text : NULL};
	int rc = ptk_yaml_load_(&rd.y, "the machine file", text, size);
	if (rc < 0)
		return ptk_err_add_(err, rc, "%s", name);
	rc = read_document(&rd.y);
	yaml_document_delete(&rd.y.doc);
	if (rc == PTK_E_NOMEM)
		return ptk_err_set_(err, rc, "no memory for the facts of a machine");
	return rc < 0 ? ptk_err_add_(err, rc, "%s", name) : 0;
}

static int settle_version(struct ptk_machine *m, const char *asked, struct ptk_err *err)
{
	unsigned patch;
	if (asked && !ptk_release_parse_(asked, strlen(asked), &m->info.major, &m->info.minor, &patch))
		return ptk_err_set_(err, PTK_E_INVAL, "'%.60s' is not a kernel version such as 6.1 or 6.12.117", asked);
	return boot_machine_version_(m) < 0 ? ptk_err_set_(err, PTK_E_NOMEM, "no memory for the facts of a machine") : 0;
}

int ptk_machine_read(const char *text, size_t size, const char *name, const struct ptk_machine_files *files,
                     struct ptk_machine **out, struct ptk_err *err)
{
	struct ptk_machine *m = boot_machine_new_();
	int rc = m ? boot_machine_yaml_(m, text, size, name, false, err)
	           : ptk_err_set_(err, PTK_E_NOMEM, "no memory for the facts of a machine");
	if (rc == 0)
		rc = settle_version(m, files ? files->version : NULL, err);
	if (rc == 0 && files)
		rc = boot_read_files_(m, files, err);
	if (rc == 0)
		rc = boot_machine_finish_(m, err);
	if (rc < 0) {
		ptk_machine_free(m);
		return rc;
	}
	*out = m;
	return 0;
}
