// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* A completion for bash, from the same tables as --help. */
#include "verb.h"

/* Words that go with a verb and an option before the cursor. */
static void values(struct out *o, const struct verb *v, const struct opt *p)
{
	const char *word;
	out_format(o, "\t%s:%s", v->name, p->name);
	if (p->letter)
		out_format(o, " | %s:-%c", v->name, p->letter);
	out_text(o, ") ");
	if (p->choice) {
		out_text(o, "words='");
		for (size_t i = 0; (word = p->choice(NULL, i)); i++)
			out_format(o, "%s%s", i ? " " : "", word);
		out_text(o, "' ;;\n");
	} else {
		out_text(o, "files=1 ;;\n");
	}
}

static void options(struct out *o, const struct verb *v)
{
	const struct opt *p;
	out_format(o, "\t%s:-*) words='", v->name);
	for (size_t i = 0; (p = opt_at(v, i)); i++)
		out_format(o, "%s%s", i ? " " : "", p->name);
	out_text(o, "' ;;\n");
}

void help_completion(struct out *o)
{
	const struct verb *v;
	const struct opt *p;
	out_text(o, "# Made by `ptkit help --completion` from the text of --help.\n"
	            "_ptkit() {\n"
	            "\tlocal cur=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} words='' files=''\n"
	            "\tif [ \"$COMP_CWORD\" = 1 ]; then\n"
	            "\t\twords='--help --version");
	for (size_t i = 0; (v = verb_at(i)); i++)
		out_format(o, " %s", v->name);
	out_text(o, "'\n\telse case ${COMP_WORDS[1]}:$before in\n");
	for (size_t i = 0; (v = verb_at(i)); i++)
		for (size_t k = 0; (p = opt_at(v, k)); k++)
			if (p->value)
				values(o, v, p);
	out_text(o, "\t*) case ${COMP_WORDS[1]}:$cur in\n");
	for (size_t i = 0; (v = verb_at(i)); i++)
		options(o, v);
	out_text(o, "\t*) files=1 ;;\n"
	            "\tesac ;;\n"
	            "\tesac; fi\n"
	            "\tif [ \"$files\" ]; then\n"
	            "\t\tmapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n"
	            "\telse\n"
	            "\t\tmapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\")\n"
	            "\tfi\n"
	            "}\n"
	            "complete -o filenames -F _ptkit ptkit\n");
}
