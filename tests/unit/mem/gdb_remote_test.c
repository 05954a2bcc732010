// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* Packets and target descriptions; the expected values are those of the examples in gdb's own manual. */
#include "mem/gdb_remote.h"

#include "lib/tap.h"

static void decodes(const char *raw, const char *want)
{
	char out[300];
	int n = ptk_gdb_decode_((const uint8_t *)raw, strlen(raw), out, sizeof out - 1);
	out[n < 0 ? 0 : n] = 0;
	is_str(n < 0 ? NULL : out, want, "\"%s\"", raw);
}

static void packets(void)
{
	char small[4];
	decodes("0* ", "0000");          /* manual: "0* " is four zeros */
	decodes("f*\"1", "ffffff1");     /* '"' is 34: five more */
	decodes("a}\x03" "b", "a#b");
	decodes("}]*!", "}}}}}");        /* an escaped byte can be repeated */
	decodes("", "");
	decodes("abc}", NULL);
	decodes("abc*", NULL);
	decodes("*%", NULL);
	decodes("a*\x1f", NULL);         /* 31 - 29: a run of two more is never sent */
	decodes("a*\x7f", NULL);
	is_int(ptk_gdb_decode_((const uint8_t *)"a*~", 3, small, sizeof small), PTK_E_LIMIT, "a run longer than the room");
	is_int(ptk_gdb_decode_((const uint8_t *)"abcde", 5, small, sizeof small), PTK_E_LIMIT, "bytes beyond the room");
	is_int(ptk_gdb_decode_((const uint8_t *)"a* ", 3, small, sizeof small), 4, "a run that just fits");
	is_u64(ptk_gdb_sum_((const uint8_t *)"OK", 2), 0x9a, "the sum of $OK#9a");
	is_u64(ptk_gdb_sum_((const uint8_t *)"D", 1), 0x44, "the sum of $D#44");
	uint8_t b[3] = {0};
	ok(ptk_gdb_unhex_("00fFa5", 3, b) && b[0] == 0 && b[1] == 0xff && b[2] == 0xa5, "digits of either case");
	ok(!ptk_gdb_unhex_("0x", 1, b) && !ptk_gdb_unhex_("0", 1, b), "no digits");
}

static int on_include(void *arg, const char *annex)
{
	char *all = arg;
	strcat(strcat(all, annex), " ");
	return strcmp(annex, "stop") == 0 ? PTK_E_LIMIT : 0;
}

static const struct ptk_gdb_reg *reg(const struct ptk_gdb_target *t, const char *name)
{
	for (size_t i = 0; i < t->nregs; i++)
		if (strcmp(t->reg[i].name, name) == 0)
			return &t->reg[i];
	bail("no register %s", name);
}

static void xml(void)
{
	static const char text[] =
		"<?xml version=\"1.0\"?><!DOCTYPE target SYSTEM \"gdb-target.dtd\">\n"
		"<target>\n<architecture> aarch64 </architecture><!-- <reg name=\"no\" bitsize=\"64\"/> -->\n"
		"<xi:include href=\"core.xml\"/><xi:include href='b.xml' />"
		"<feature name=\"x\"><reg name=\"x0\" bitsize=\"64\"/><reg bitsize='32' name = \"x1\" type=\"int\"></reg>\n"
		"<reg name=\"TCR_EL1\" bitsize=\"64\" regnum=\"86\" group=\"cp_regs\"/><reg name=\"after\" bitsize=\"64\"/>"
		"<reg name=\"nosize\"/><reg bitsize=\"64\"/><reg name=\"last\" bitsize=\"64\"/></feature></target>";
	struct ptk_gdb_target t = {0};
	char all[200] = "";
	is_int(ptk_gdb_xml_(text, sizeof text - 1, &t, on_include, all), 0, "a description");
	is_str(t.arch, "aarch64", "the architecture");
	is_str(all, "core.xml b.xml ", "what it includes");
	is_int((int64_t)t.nregs, 5, "registers with a name and a size; none from a comment");
	is_u64(reg(&t, "x0")->number, 0, "numbers start at 0");
	is_u64(reg(&t, "x1")->number, 1, "and go on");
	is_u64(reg(&t, "x1")->bits, 32, "the size");
	is_u64(reg(&t, "TCR_EL1")->number, 86, "a number of its own");
	is_u64(reg(&t, "after")->number, 87, "from which counting goes on");
	is_u64(reg(&t, "last")->number, 90, "over those that make no sense");
	ptk_gdb_target_free_(&t);
	t = (struct ptk_gdb_target){0};
	is_int(ptk_gdb_xml_("<xi:include href=\"stop\"/><reg name=\"a\" bitsize=\"8\"/>", 52, &t, on_include, all), PTK_E_LIMIT,
	       "the callback can end it");
	is_int((int64_t)t.nregs, 0, "at once");
	static const char *const bad[] = {"<", "<reg", "<reg name=", "<reg name=\"", "<!--", "<reg name=\"a\" bitsize=\"99999999999\"/>",
	                                  "<architecture>", "<>", "</", "<reg =\"a\"/>"};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		char *copy = strdup(bad[i]); /* ends where it ends, for the sanitizer */
		ok(ptk_gdb_xml_(copy, strlen(copy), &t, on_include, all) == 0 && t.nregs == 0, "nothing in %s", bad[i]);
		free(copy);
	}
	ptk_gdb_target_free_(&t);
}

int main(void)
{
	packets();
	xml();
	return done();
}
