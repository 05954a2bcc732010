/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/*
 * What a verb is: one file that ends in one `const struct verb verb_<name>`, and its word in the
 * list in meson.build. Parsing, --help and the man page all come from what stands here.
 */
#ifndef PTKIT_VERB_H
#define PTKIT_VERB_H

#include <ptkit/ptkit.h>

#include "out.h"

/* What an option's value becomes; the member at opt::at has the type named here. */
enum opt_kind {
	OPT_FLAG,   /* bool: no value */
	OPT_TEXT,   /* const char * */
	OPT_OUTPUT, /* const char *: a file to write; "-" comes as out.h's OUT_STREAM */
	OPT_ADDR,   /* struct addr: hexadecimal */
	OPT_COUNT,  /* unsigned: decimal, from 1 */
	OPT_CHOICE, /* unsigned: 0 not given, else 1 + the number of the word in opt::choice */
};

struct addr {
	bool given;
	uint64_t value;
};

typedef const char *choice_fn(void *arg, size_t i);

/* One option. A table of them ends with a zeroed row; --help and --color are added by themselves. */
struct opt {
	const char *name; /* "--format" */
	char letter;      /* short form, or 0 */
	enum opt_kind kind;
	const char *value; /* how the value is called in help: "PA"; NULL for flags */
	const char *help;  /* one sentence, lower case, no full stop */
	size_t at;         /* where the value goes in the verb's options */
	choice_fn *choice; /* OPT_CHOICE: the words; other kinds: words to complete, or NULL */
};

/* One call of a verb. */
struct call {
	const struct verb *verb;
	void *opts;       /* verb::size bytes, zeroed, then filled by the options given */
	const char **arg; /* operands, NULL-terminated */
	int nargs;
	unsigned colour; /* --color: 0 not given, 1 auto, 2 always, 3 never */
	struct out *out;
};

struct example {
	const char *command, *about;
};

struct verb {
	const char *name;
	const char *summary;    /* one line, lower case */
	const char *operands;   /* "SOURCE VA..." */
	int min_args, max_args; /* of operands; max -1: any number */
	const char *missing;    /* what is missing when there are too few: "a SOURCE" */
	const char *about;      /* paragraphs, separated by empty lines */
	const struct opt *opt;
	size_t size;                   /* of the struct that the options fill */
	const struct example *example; /* ends with a zeroed row */
	bool colours;                  /* has --color */
	bool any_machine;              /* the first operand is a SOURCE that may be left out: see source_default() */
	int (*run)(struct call *c);    /* the exit code */
};

/* The verbs in listing order, NULL past the last. */
const struct verb *verb_at(size_t i);
const struct verb *verb_named(const char *name);
/* For ptk_near(). */
const char *verb_name(void *arg, size_t i);
/* "unknown command 'dmup'; did you mean dump?" Returns EXIT_USAGE. */
int verb_unknown(const char *name);

/* A verb's options: its own, then those that verbs share; NULL past the last. */
const struct opt *opt_at(const struct verb *v, size_t i);

/* Parse what follows the verb. 0; EXIT_USAGE, said; -1: --help was asked for. */
int opt_parse(struct call *c, int argc, char **argv);

/*
 * The SOURCE where none is given: $PTKIT_PICTURE, or this machine. It is left out if there are no operands, or, for verbs
 * that take addresses after it, if the first is a hexadecimal number and no file.
 */
const char *source_default(void);

/* A whole word of hexadecimal digits, 0x optional. */
bool parse_hex(const char *text, uint64_t *out);

/* A size: decimal or 0x hexadecimal, K, M, G or T behind it, not 0. 0; EXIT_USAGE, said of `what`. */
int parse_size(const char *what, const char *text, uint64_t *out);

/* Help on a verb (NULL: on the command), as text or as a man page. */
void help_text(struct out *o, const struct verb *v);
void help_man(struct out *o, const struct verb *v);
void help_completion(struct out *o);

#endif
