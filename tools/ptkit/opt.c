// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* Options from the verb's table: --name VALUE, --name=VALUE, -n VALUE, -nVALUE, anywhere among the operands. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "verb.h"

bool parse_hex(const char *text, uint64_t *out)
{
	if (text[0] == '0' && (text[1] | 0x20) == 'x')
		text += 2;
	size_t n = strspn(text, "0123456789abcdefABCDEF");
	if (n == 0 || text[n])
		return false;
	errno = 0;
	uint64_t v = strtoull(text, NULL, 16);
	if (errno)
		return false;
	*out = v;
	return true;
}

int parse_size(const char *what, const char *text, uint64_t *out)
{
	char *end;
	errno = 0;
	uint64_t n = strtoull(text, &end, 0);
	const char *unit = *end ? strchr("KMGT", *end & ~32) : NULL;
	unsigned shift = unit ? 10u * (unsigned)(unit - "KMGT" + 1) : 0;
	if (*text < '0' || *text > '9' || errno || (unit ? end[1] : *end) || n >> (63 - shift) || !n)
		return fail(EXIT_USAGE, "%s: '%s' is not a size (4096, 0x1000, 64K, 2M)", what, text);
	*out = n << shift;
	return 0;
}

static const char *colour_when(void *arg, size_t i)
{
	static const char *const words[] = {"auto", "always", "never"};
	(void)arg;
	return i < 3 ? words[i] : NULL;
}

static const struct opt colour_opt = {"--color",
	                              0,
	                              OPT_CHOICE,
	                              "WHEN",
	                              "colours, by default on a terminal unless NO_COLOR is set",
	                              offsetof(struct call, colour),
	                              colour_when};

static const struct opt help_opt = {"--help", 'h', OPT_FLAG, NULL, "say this", 0, NULL};

/* The options of a verb, those that verbs share after its own. */
const struct opt *opt_at(const struct verb *v, size_t i)
{
	size_t own = 0;
	while (own < i && v->opt[own].name)
		own++;
	if (v->opt[own].name)
		return &v->opt[i];
	i -= own;
	if (v->colours && i-- == 0)
		return &colour_opt;
	return i == 0 ? &help_opt : NULL;
}

static const char *opt_name(void *arg, size_t i)
{
	const struct opt *o = opt_at(arg, i);
	return o ? o->name : NULL;
}

static const struct opt *find_long(const struct verb *v, const char *name, size_t len)
{
	const struct opt *o;
	for (size_t i = 0; (o = opt_at(v, i)); i++)
		if (strlen(o->name) == len && strncmp(o->name, name, len) == 0)
			return o;
	return NULL;
}

static const struct opt *find_letter(const struct verb *v, char letter)
{
	const struct opt *o;
	for (size_t i = 0; (o = opt_at(v, i)); i++)
		if (o->letter == letter)
			return o;
	return NULL;
}

static int set_count(const struct opt *o, unsigned *at, const char *text)
{
	char *end;
	errno = 0;
	unsigned long v = strtoul(text, &end, 10);
	if (*text < '0' || *text > '9' || *end || errno || v < 1 || v > 1000000)
		return fail(EXIT_USAGE, "%s wants a number from 1, not '%s'", o->name, text);
	*at = (unsigned)v;
	return 0;
}

static int set_choice(const struct opt *o, unsigned *at, const char *text)
{
	const char *name;
	for (unsigned i = 0; (name = o->choice(NULL, i)); i++)
		if (strcmp(name, text) == 0) {
			*at = i + 1;
			return 0;
		}
	char near[256], all[256] = "";
	ptk_near(text, o->choice, NULL, near, sizeof near);
	for (size_t i = 0; !near[0] && (name = o->choice(NULL, i)); i++)
		snprintf(all + strlen(all), sizeof all - strlen(all), "%s%s", i ? ", " : "; there are ", name);
	return fail(EXIT_USAGE, "unknown %s '%s'%s%s", o->name + 2, text, near, all);
}

static int set(struct call *c, const struct opt *o, const char *text)
{
	char *at = (o == &colour_opt ? (char *)c : (char *)c->opts) + o->at;
	if (o == &help_opt)
		return -1;
	if (text && !*text)
		return fail(EXIT_USAGE, "%s wants a value, not an empty word", o->name);
	switch (o->kind) {
	case OPT_FLAG: *(bool *)at = true; return 0;
	case OPT_TEXT: *(const char **)at = text; return 0;
	case OPT_OUTPUT: *(const char **)at = strcmp(text, "-") == 0 ? OUT_STREAM : text; return 0;
	case OPT_ADDR:
		if (!parse_hex(text, &((struct addr *)at)->value))
			return fail(EXIT_USAGE, "%s wants a hexadecimal address of at most 64 bits, not '%s'", o->name,
			            text);
		((struct addr *)at)->given = true;
		return 0;
	case OPT_COUNT: return set_count(o, (unsigned *)at, text);
	case OPT_CHOICE: return set_choice(o, (unsigned *)at, text);
	}
	return 0;
}

/* Both words stand as they were typed: the option's, and the value that may have come with it. */
static int take(struct call *c, const struct opt *o, const char *value, char ***rest)
{
	if (o->kind == OPT_FLAG && value)
		return fail(EXIT_USAGE, "%s takes no value", o->name);
	if (o->kind != OPT_FLAG && !value) {
		if (!**rest)
			return fail(EXIT_USAGE, "%s needs a value: %s", o->name, o->value);
		value = *(*rest)++;
	}
	return set(c, o, value);
}

static int unknown(struct call *c, const char *dashed, size_t len)
{
	char word[64], near[256];
	snprintf(word, sizeof word, "%.*s", (int)(len < 60 ? len : 60), dashed);
	ptk_near(word, opt_name, (void *)(uintptr_t)c->verb, near, sizeof near);
	return fail(EXIT_USAGE, "unknown option '%s'%s (ptkit %s --help lists them)", word, near, c->verb->name);
}

static int take_long(struct call *c, const char *word, char ***rest)
{
	size_t len = strcspn(word, "=");
	const struct opt *o = find_long(c->verb, word, len);
	if (!o)
		return unknown(c, word, len);
	return take(c, o, word[len] ? word + len + 1 : NULL, rest);
}

/* -jq is -j -q when j is a flag; -oFILE gives -o its value. */
static int take_letters(struct call *c, const char *word, char ***rest)
{
	for (; *word; word++) {
		const struct opt *o = find_letter(c->verb, *word);
		if (!o)
			return fail(EXIT_USAGE, "unknown option '-%c' (ptkit %s --help lists them)", *word,
			            c->verb->name);
		if (o->kind != OPT_FLAG)
			return take(c, o, word[1] ? word + 1 : NULL, rest);
		if (set(c, o, NULL))
			return -1;
	}
	return 0;
}

const char *source_default(void)
{
	static const char this_machine[] = "kcore";
	const char *named = getenv("PTKIT_PICTURE");
	return named && *named ? named : this_machine;
}

/* The first operand, where it may be left out and was. */
static void add_source(struct call *c)
{
	uint64_t v;
	const struct verb *verb = c->verb;
	bool others = verb->max_args != 1, left_out = !others;
	if (others && c->nargs)
		left_out = parse_hex(c->arg[0], &v) && access(c->arg[0], F_OK) < 0;
	if (!verb->any_machine || !left_out || (!others && c->nargs))
		return;
	memmove(c->arg + 1, c->arg, (size_t)c->nargs * sizeof *c->arg);
	c->arg[0] = source_default();
	c->nargs++;
}

static int check_count(const struct call *c)
{
	const struct verb *v = c->verb;
	if (c->nargs < v->min_args)
		return fail(EXIT_USAGE, "%s needs %s: ptkit %s %s", v->name, v->missing, v->name, v->operands);
	if (v->max_args >= 0 && c->nargs > v->max_args)
		return fail(EXIT_USAGE, "%s does not know what to do with '%s': ptkit %s%s%s", v->name,
		            c->arg[v->max_args], v->name, *v->operands ? " " : "", v->operands);
	return 0;
}

int opt_parse(struct call *c, int argc, char **argv)
{
	char **rest = argv;
	bool only_operands = false;
	(void)argc;
	while (*rest) {
		const char *word = *rest++;
		int rc = 0;
		if (only_operands || word[0] != '-' || !word[1])
			c->arg[c->nargs++] = word;
		else if (word[1] != '-')
			rc = take_letters(c, word + 1, &rest);
		else if (!word[2])
			only_operands = true;
		else
			rc = take_long(c, word, &rest);
		if (rc)
			return rc;
	}
	add_source(c);
	c->arg[c->nargs] = NULL;
	out_colour_when(c->colour);
	return check_count(c);
}
