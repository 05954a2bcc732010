// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* ptkit help */
#include "verb.h"

struct options {
	bool man, completion;
};

static const struct opt option_rows[] = {
	{"--man", 0, OPT_FLAG, NULL, "as the source of a man page", offsetof(struct options, man), NULL},
	{"--completion", 0, OPT_FLAG, NULL, "a completion for bash, of all commands",
	 offsetof(struct options, completion), NULL},
	{0},
};

static int run(struct call *c)
{
	const struct options *o = c->opts;
	const struct verb *v = NULL;
	if (c->nargs && !(v = verb_named(c->arg[0])))
		return verb_unknown(c->arg[0]);
	if (o->completion)
		help_completion(c->out);
	else if (o->man)
		help_man(c->out, v);
	else
		help_text(c->out, v);
	return EXIT_DONE;
}

static const struct example examples[] = {
	{"ptkit help dump", "the same as ptkit dump --help"},
	{"ptkit help --man dump | man -l -", "as a man page, without installing it"},
	{"source <(ptkit help --completion)", "complete commands, options and their words in this shell"},
	{0},
};

const struct verb verb_help = {
	.name = "help",
	.summary = "what a command does, its options, examples",
	.operands = "[COMMAND]",
	.max_args = 1,
	.about =
		"Without a COMMAND: the list of commands. The man pages are made from the same text.",
	.opt = option_rows,
	.size = sizeof(struct options),
	.example = examples,
	.run = run,
};
