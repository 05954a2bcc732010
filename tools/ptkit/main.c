// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* ptkit COMMAND: finds the verb, parses its options, runs it. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "verb.h"

#define X(name) extern const struct verb verb_##name;
#include "verb-list.h"
#undef X

static const struct verb *const verbs[] = {
#define X(name) &verb_##name,
#include "verb-list.h"
#undef X
};
#define NVERBS (sizeof verbs / sizeof *verbs)

const struct verb *verb_at(size_t i)
{
	return i < NVERBS ? verbs[i] : NULL;
}

const struct verb *verb_named(const char *name)
{
	for (size_t i = 0; i < NVERBS; i++)
		if (strcmp(verbs[i]->name, name) == 0)
			return verbs[i];
	return NULL;
}

const char *verb_name(void *arg, size_t i)
{
	(void)arg;
	return i < NVERBS ? verbs[i]->name : NULL;
}

int verb_unknown(const char *name)
{
	char near[256];
	ptk_near(name, verb_name, NULL, near, sizeof near);
	return fail(EXIT_USAGE, "unknown command '%s'%s (ptkit --help lists them)", name, near);
}

static int run(const struct verb *v, int argc, char **argv, struct out *out)
{
	struct call c = {.verb = v, .out = out};
	c.opts = calloc(1, v->size + 1);
	c.arg = calloc((size_t)argc + 2, sizeof *c.arg); /* a SOURCE that was left out, and the end */
	int rc;
	if (!c.opts || !c.arg) {
		rc = fail(EXIT_SOURCE, "out of memory");
	} else {
		rc = opt_parse(&c, argc, argv);
		if (rc == 0)
			rc = v->run(&c);
		else if (rc < 0)
			help_text(out, v), rc = EXIT_DONE;
	}
	free(c.opts);
	free(c.arg);
	return rc;
}

static int dispatch(int argc, char **argv, struct out *out)
{
	const char *word = argc > 1 ? argv[1] : NULL;
	if (!word)
		return fail(EXIT_USAGE, "a command is missing: ptkit COMMAND SOURCE (ptkit --help lists the commands)");
	if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0)
		return help_text(out, NULL), EXIT_DONE;
	if (strcmp(word, "--version") == 0 || strcmp(word, "-V") == 0)
		return out_format(out, "ptkit %s\n", ptk_version()), EXIT_DONE;
	if (word[0] == '-')
		return fail(EXIT_USAGE, "unknown option '%s': options follow the command (ptkit --help)", word);
	const struct verb *v = verb_named(word);
	return v ? run(v, argc - 2, argv + 2, out) : verb_unknown(word);
}

/*
 * A standard stream that is closed would be taken by the next file opened, and that file written to: put something in
 * its place that fails as a closed one does.
 */
static void hold_standard_streams(void)
{
	for (int fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY) < 0)
			return;
}

int main(int argc, char **argv)
{
	static struct out out;
	hold_standard_streams();
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN); /* a file that may not grow further is an error as others are */
	int rc = dispatch(argc, argv, &out);
	out_flush(&out);
	progress_clear();
	/* A reader that has seen enough (head, a pager) is no failure. */
	if (out.failed == EPIPE)
		return EXIT_DONE;
	if (out.failed)
		return fail(EXIT_SOURCE, "cannot write standard output: %s", strerror(out.failed));
	return rc;
}
