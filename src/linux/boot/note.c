// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/*
 * A boot as a note in a core: lines "key=value", whose numbers are hexadecimal, then a machine file.
 *
 *     kernel=0x40531000                          root of the kernel whose boot it is
 *     why=no symbol memblock is known ...        no machine follows, as the picture did not tell it
 *     fact=0x6f000000 0x6f03ffff cma             evidence of what was done after boot: a number twice or a range, its name
 *     machine=
 *     regime: "arm-short"                        from here on as ptk_machine_write() has it
 *
 * Keys that are not known are left alone: a later ptkit may write more.
 */
#include "linux/boot/note.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "linux/boot/read.h"
#include "linux/lines.h"

#define NOTE_MAX ((size_t)16 << 20)
/* Pages for devices may be given away in as many ranges as there are pages. What is left out has no name then. */
#define FACTS_MAX 512

/* ---- writing ---- */

static void put_facts(struct lines *t, const struct boot_evidence *e)
{
	for (size_t i = 0; i < e->n && i < FACTS_MAX; i++)
		ptk_lines_put_(t, "fact=0x%" PRIx64 " 0x%" PRIx64 " %s\n", e->fact[i].first, e->fact[i].last, e->fact[i].name);
}

/* Evidence that only an architecture knows where to look for is about the regions that its boot has. */
static int put_evidence(struct lines *t, struct ptk_linux *lx, const struct ptk_machine *m)
{
	struct boot_evidence e = {0};
	struct ptk_boot *b = NULL;
	int rc = m->arch->evidence ? ptk_boot_run(m, NULL, &b, NULL) : 0;
	if (rc != PTK_E_NOMEM)
		rc = boot_evidence_take_(&e, lx, m, b);
	if (rc == 0)
		put_facts(t, &e);
	free(e.fact);
	ptk_boot_free(b);
	return rc;
}

int boot_note_(struct ptk_linux *lx, char **text, size_t *len)
{
	struct lines t = {0};
	struct ptk_machine *m = NULL;
	struct ptk_err err = {0};
	ptk_lines_put_(&t, "kernel=0x%" PRIx64 "\n", lx->table[PTK_TABLE_KERNEL].root);
	int rc = ptk_machine_like(lx, &m, &err);
	if (rc == 0)
		rc = put_evidence(&t, lx, m);
	if (m && rc == 0) {
		ptk_lines_put_(&t, "machine=\n");
		rc = ptk_machine_write(m, ptk_lines_write_, &t);
	} else if (rc != PTK_E_NOMEM) {
		ptk_lines_put_(&t, "why=");
		ptk_lines_rest_(&t, err.msg);
		rc = 0;
	}
	ptk_machine_free(m);
	if (rc < 0 || t.failed) {
		free(t.p);
		return PTK_E_NOMEM;
	}
	*text = t.p;
	*len = t.len;
	return 0;
}

/* ---- reading ---- */

struct told {
	bool ours;           /* of the kernel that was chosen */
	const char *why;     /* there is no machine, or NULL */
	const char *machine; /* the machine file, or NULL */
	struct boot_evidence *evidence; /* to add to, or NULL */
};

/* 1; 0: it makes no sense; or an error. */
static int read_line(struct told *told, const struct ptk_linux *lx, const char *line)
{
	const char *value = strchr(line, '=');
	size_t n = value ? (size_t)(value - line) : 0;
	uint64_t v[2];
	char *end;
	if (!value || !ptk_lines_clean_(line))
		return 0;
	value++;
	if (n == 6 && memcmp(line, "kernel", n) == 0) {
		told->ours = strtoull(value, &end, 16) == lx->table[PTK_TABLE_KERNEL].root;
		return isxdigit((unsigned char)*value) && !*end;
	}
	if (n == 3 && memcmp(line, "why", n) == 0)
		told->why = value + (*value == ' ');
	if (n != 4 || memcmp(line, "fact", n) != 0)
		return 1;
	if (!ptk_lines_take_(&value, v, 2) || v[0] > v[1] || !*value)
		return 0;
	int rc = told->evidence ? boot_evidence_add_(told->evidence, value, v[0], v[1]) : 0;
	return rc < 0 ? rc : 1;
}

static int read_lines(struct told *told, const struct ptk_linux *lx, char *text, struct ptk_err *err)
{
	static const char machine[] = "machine=\n";
	for (char *line = text, *next; line && *line; line = next) {
		if (strncmp(line, machine, sizeof machine - 1) == 0) {
			told->machine = line + sizeof machine - 1;
			break;
		}
		next = strchr(line, '\n');
		if (next)
			*next++ = 0;
		int rc = read_line(told, lx, line);
		if (rc == 0)
			return ptk_err_set_(err, PTK_E_BADFMT, "ptkit's note of the boot makes no sense at '%.60s'", line);
		if (rc < 0)
			return rc;
	}
	return told->ours;
}

/* What told points to is in *copy, to be freed. */
static int read_note(struct told *told, const struct ptk_linux *lx, char **copy, struct ptk_err *err)
{
	const struct ptk_note *note = ptk_mem_note(ptk_mem_info(lx->mem), PTK_NOTE_OWNER, PTK_NOTE_BOOT, 0);
	*copy = NULL;
	if (!note)
		return 0;
	if (note->size > NOTE_MAX)
		return ptk_err_set_(err, PTK_E_LIMIT, "ptkit's note of the boot has %zu bytes", note->size);
	char *text = *copy = calloc(1, note->size + 1);
	if (text && note->size)
		memcpy(text, note->data, note->size);
	int rc = text ? read_lines(told, lx, text, err) : PTK_E_NOMEM;
	return rc == PTK_E_NOMEM ? ptk_err_set_(err, rc, "no memory to read a note") : rc;
}

/* The regime is the picture's, with all that was found out about it, and so is the version. */
static int settle(struct ptk_machine *m, const struct ptk_linux *lx, struct ptk_err *err)
{
	const struct ptk_linux_info *li = ptk_linux_info(lx);
	if (strcmp(m->info.regime.name, li->regime.name) != 0)
		return ptk_err_set_(err, PTK_E_CONFLICT, "ptkit's note of the boot is of %s, and the picture has %s",
		                    m->info.regime.name, li->regime.name);
	m->info.regime = li->regime;
	m->info.major = li->major;
	m->info.minor = li->minor;
	int rc = boot_machine_version_(m);
	return rc < 0 ? ptk_err_set_(err, rc, "no memory for the facts of a machine") : boot_machine_finish_(m, err);
}

int boot_note_machine_(struct ptk_linux *lx, struct ptk_machine **out, struct ptk_err *err)
{
	struct told told = {0};
	struct ptk_machine *m = NULL;
	char *text;
	int rc = read_note(&told, lx, &text, err);
	if (rc > 0 && !told.machine)
		rc = ptk_err_set_(err, PTK_E_NOTFOUND, "what the boot went by was not in the picture that this snapshot is of: %s",
		                  told.why ? told.why : "ptkit's note does not have it");
	if (rc > 0 && !(m = boot_machine_new_()))
		rc = ptk_err_set_(err, PTK_E_NOMEM, "no memory for the facts of a machine");
	if (rc > 0)
		rc = boot_machine_yaml_(m, told.machine, strlen(told.machine), "ptkit's note of the boot", true, err);
	if (m && rc == 0)
		rc = settle(m, lx, err);
	free(text);
	if (!m || rc < 0) {
		ptk_machine_free(m);
		return rc;
	}
	*out = m;
	return 1;
}

int boot_note_evidence_(struct ptk_linux *lx, struct boot_evidence *e, struct ptk_err *err)
{
	struct told told = {.evidence = e};
	char *text;
	int rc = read_note(&told, lx, &text, err);
	if (rc <= 0)
		e->n = 0;
	boot_evidence_sort_(e);
	free(text);
	return rc;
}

int boot_note_fact_(struct ptk_linux *lx)
{
	struct told told = {0};
	struct ptk_err err = {0};
	char *text;
	int rc = read_note(&told, lx, &text, &err);
	const char *how = rc < 0 ? err.msg : told.why ? told.why : "ptkit's note of what it went by";
	how = rc ? ptk_lx_printf_(&lx->arena, "%s", how) : NULL;
	if (rc)
		rc = how ? ptk_lx_fact_(lx, "boot", rc > 0 && told.machine ? "known" : "not known", how) : PTK_E_NOMEM;
	free(text);
	return rc;
}
