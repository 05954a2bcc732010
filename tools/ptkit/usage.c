// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* --help and the man pages, from what the verbs say of themselves. */
#include <stdio.h>
#include <string.h>

#include "verb.h"

#define WIDTH 96

static const struct {
	int code;
	const char *means;
} codes[] = {
	{EXIT_DONE, "done"},
	{EXIT_FINDINGS, "done, and there are findings or differences"},
	{EXIT_USAGE, "the command line, or a line on standard input, makes no sense"},
	{EXIT_SOURCE, "the source cannot be read or understood, or the output not written"},
	{EXIT_PARTS, "done, but parts of the tables could not be read, or were refused because they loop"},
};
#define NCODES (sizeof codes / sizeof *codes)

static const char about_ptkit[] =
	"ptkit shows what a machine's page tables say: those of Linux on arm, arm64, x86 and riscv, in any picture of "
	"its memory, without its vmlinux, symbols or debug information.\n"
	"\n"
	"SOURCE is a file (an ELF core such as a vmcore or the output of QEMU's dump-guest-memory, also compressed "
	"with zstd, gzip or xz; - is standard input), or raw:FILE@PA[,FILE@PA...] for plain RAM that starts at a physical "
	"address. A machine that runs: kcore (this one, through /proc/kcore) or devmem (through /dev/mem), which only root may read; "
	"qmp:SOCKET or qemu-gdb:HOST:PORT for a guest under QEMU, by its monitor or its gdb stub. Without a SOURCE it is "
	"this machine, or what PTKIT_PICTURE names; among operands that are addresses it counts as left out if the first is a "
	"hexadecimal number and no file. "
	"Addresses are hexadecimal, with or without 0x.";

/* One paragraph, wrapped; the first line starts at column `at`, the others at `indent`. */
static void wrap(struct out *o, const char *text, size_t at, size_t indent)
{
	while (*text && *text != '\n') {
		size_t len = strcspn(text, " \n");
		if (at > indent && at + 1 + len > WIDTH) {
			out_text(o, "\n");
			at = 0;
		}
		if (at < indent)
			out_format(o, "%*s", (int)(indent - at), "");
		else if (at > indent)
			out_text(o, " ");
		at = (at < indent ? indent : at + (at > indent)) + len;
		out_write(o, text, len);
		text += len;
		text += *text == ' ';
	}
	out_text(o, "\n");
}

static void paragraphs(struct out *o, const char *text)
{
	while (text) {
		wrap(o, text, 0, 0);
		text = strchr(text, '\n');
		if (text) {
			text += strspn(text, "\n");
			out_text(o, "\n");
		}
	}
}

/* What an option does, with the words it knows. */
static void opt_help(const struct opt *p, char *buf, size_t size)
{
	size_t n = (size_t)snprintf(buf, size, "%s", p->help);
	const char *word;
	for (size_t i = 0; p->kind == OPT_CHOICE && n < size && (word = p->choice(NULL, i)); i++)
		n += (size_t)snprintf(buf + n, size - n, "%s%s", i ? ", " : ": ", word);
}

static void opt_text(struct out *o, const struct opt *p)
{
	char head[64], help[512];
	int n = snprintf(head, sizeof head, "  %c%c%s%s%s%s", p->letter ? '-' : ' ', p->letter ? p->letter : ' ',
	                 p->letter ? ", " : "  ", p->name, p->value ? " " : "", p->value ? p->value : "");
	opt_help(p, help, sizeof help);
	out_text(o, head);
	if (n > 28) {
		out_text(o, "\n");
		n = 0;
	}
	wrap(o, help, (size_t)n, 30);
}

static void codes_text(struct out *o)
{
	out_text(o, "\nExit status:\n");
	for (size_t i = 0; i < NCODES; i++)
		out_format(o, "  %d  %s\n", codes[i].code, codes[i].means);
}

static void sources_text(struct out *o)
{
	const char *name, *as, *what;
	out_text(o, "\nSources (files are also unpacked: zstd, gzip, xz):\n");
	for (size_t i = 0; (name = ptk_mem_source_name(i, &as, &what)); i++) {
		char head[64];
		int n = snprintf(head, sizeof head, "  %-10s%s", name, as);
		out_text(o, head);
		wrap(o, what, (size_t)n, 38);
	}
}

static void command_text(struct out *o)
{
	const struct verb *v;
	out_text(o, "ptkit: a machine's page tables, read from a picture of its memory\n\n"
	            "Usage: ptkit COMMAND [SOURCE] [OPTION...]\n\n");
	paragraphs(o, about_ptkit);
	out_text(o, "\nCommands:\n");
	for (size_t i = 0; (v = verb_at(i)); i++)
		out_format(o, "  %-11s %s\n", v->name, v->summary);
	out_text(o, "\n  --help      say this; ptkit COMMAND --help: what a command does, its options, examples\n"
	            "  --version   say the version\n");
	sources_text(o);
	codes_text(o);
}

void help_text(struct out *o, const struct verb *v)
{
	if (!v) {
		command_text(o);
		return;
	}
	out_format(o, "ptkit %s: %s\n\nUsage: ptkit %s%s%s [OPTION...]\n\n", v->name, v->summary, v->name,
	           *v->operands ? " " : "", v->operands);
	paragraphs(o, v->about);
	out_text(o, "\nOptions:\n");
	const struct opt *p;
	for (size_t i = 0; (p = opt_at(v, i)); i++)
		opt_text(o, p);
	if (v->example && v->example->command)
		out_text(o, "\nExamples:\n");
	for (const struct example *e = v->example; e && e->command; e++)
		out_format(o, "  %s\n      %s\n", e->command, e->about);
	codes_text(o);
}

/* ---- man pages ---- */

/* A backslash, a dash and a dot that starts a line mean something to roff. */
static void roff_n(struct out *o, const char *text, size_t len)
{
	bool start = true;
	for (size_t i = 0; i < len; i++) {
		if (start && (text[i] == '.' || text[i] == '\''))
			out_text(o, "\\&");
		if (text[i] == '\\')
			out_text(o, "\\e");
		else if (text[i] == '-')
			out_text(o, "\\-");
		else
			out_write(o, text + i, 1);
		start = text[i] == '\n';
	}
}

static void roff(struct out *o, const char *text)
{
	roff_n(o, text, strlen(text));
}

static void section(struct out *o, const char *name)
{
	out_format(o, ".SH %s\n", name);
}

static void roff_paragraphs(struct out *o, const char *text)
{
	while (*text) {
		size_t len = strcspn(text, "\n");
		out_text(o, ".PP\n");
		roff_n(o, text, len);
		out_text(o, "\n");
		text += len;
		text += strspn(text, "\n");
	}
}

static void man_opt(struct out *o, const struct opt *p)
{
	char help[512];
	out_text(o, ".TP\n");
	if (p->letter)
		out_format(o, "\\fB\\-%c\\fR, ", p->letter);
	out_text(o, "\\fB");
	roff(o, p->name);
	out_text(o, "\\fR");
	if (p->value)
		out_format(o, " \\fI%s\\fR", p->value);
	out_text(o, "\n");
	opt_help(p, help, sizeof help);
	roff(o, help);
	out_text(o, "\n");
}

static void man_codes(struct out *o)
{
	section(o, "EXIT STATUS");
	for (size_t i = 0; i < NCODES; i++)
		out_format(o, ".TP\n.B %d\n%s\n", codes[i].code, codes[i].means);
}

static void man_head(struct out *o, const char *page, const char *summary)
{
	out_format(o, ".\\\" Made by `ptkit help --man` from the text of --help.\n.TH \"");
	for (const char *p = page; *p; p++)
		out_write(o, &(char){*p >= 'a' && *p <= 'z' ? (char)(*p - 32) : *p}, 1);
	out_format(o, "\" 1 \"\" \"ptkit %s\" \"ptkit\"\n", ptk_version());
	section(o, "NAME");
	roff(o, page);
	out_text(o, " \\- ");
	roff(o, summary);
	out_text(o, "\n");
	section(o, "SYNOPSIS");
}

static void command_man(struct out *o)
{
	const struct verb *v;
	man_head(o, "ptkit", "a machine's page tables, read from a picture of its memory");
	out_text(o, ".B ptkit\n\\fICOMMAND\\fR [\\fISOURCE\\fR] [\\fIOPTION\\fR...]\n");
	section(o, "DESCRIPTION");
	roff_paragraphs(o, about_ptkit);
	section(o, "COMMANDS");
	for (size_t i = 0; (v = verb_at(i)); i++) {
		out_format(o, ".TP\n.BR ptkit\\-%s (1)\n", v->name);
		roff(o, v->summary);
		out_text(o, "\n");
	}
	section(o, "ENVIRONMENT");
	out_text(o, ".TP\n.B NO_COLOR\nif set and not empty: no colours on a terminal\n"
	            ".TP\n.B PTKIT_PICTURE\nthe SOURCE where none is given, instead of this machine\n");
	man_codes(o);
}

void help_man(struct out *o, const struct verb *v)
{
	if (!v) {
		command_man(o);
		return;
	}
	char page[40];
	snprintf(page, sizeof page, "ptkit-%s", v->name);
	man_head(o, page, v->summary);
	out_format(o, ".B ptkit %s\n%s [\\fIOPTION\\fR...]\n", v->name, v->operands);
	section(o, "DESCRIPTION");
	roff_paragraphs(o, v->about);
	section(o, "OPTIONS");
	const struct opt *p;
	for (size_t i = 0; (p = opt_at(v, i)); i++)
		man_opt(o, p);
	if (v->example && v->example->command)
		section(o, "EXAMPLES");
	for (const struct example *e = v->example; e && e->command; e++) {
		out_text(o, ".TP\n.B ");
		roff(o, e->command);
		out_text(o, "\n");
		roff(o, e->about);
		out_text(o, "\n");
	}
	man_codes(o);
	section(o, "SEE ALSO");
	out_text(o, ".BR ptkit (1)\n");
}
