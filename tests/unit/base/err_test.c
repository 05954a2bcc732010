// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
#include "base/err.h"

#include <errno.h>

#include "tap.h"

int main(void)
{
	struct ptk_err e;
	is_int(ptk_err_set_(&e, PTK_E_BADFMT, "header is %d bytes", 7), PTK_E_BADFMT, "set returns its code");
	is_str(e.msg, "header is 7 bytes", "set keeps the sentence");
	is_int(e.level, -1, "no level yet");
	is_int(ptk_err_add_(&e, PTK_E_BADFMT, "opening %s", "x"), PTK_E_BADFMT, "add returns its code");
	is_str(e.msg, "opening x: header is 7 bytes", "add prepends");
	ptk_err_at_(&e, 0x1000, 2);
	ok(e.has_addr && e.addr == 0x1000 && e.level == 2, "at notes the place");
	is_int(ptk_err_set_(NULL, PTK_E_IO, "x"), PTK_E_IO, "no err is fine");
	is_int(ptk_err_add_(NULL, PTK_E_IO, "x"), PTK_E_IO, "no err is fine when adding");

	ptk_err_sys_(&e, PTK_E_IO, ENOENT, "cannot open %s", "x");
	is_str(e.msg, "cannot open x: No such file or directory", "the system's reason is appended");
	is_int(e.sys, ENOENT, "errno is kept");

	struct ptk_err fresh = {0};
	ptk_err_add_(&fresh, PTK_E_NOMEM, "walking");
	is_str(fresh.msg, "walking: out of memory", "a layer that got no sentence uses the code's words");
	is_int(fresh.code, PTK_E_NOMEM, "and its code");

	ptk_err_set_(&e, PTK_E_BADFMT, "no key '%s'", "a\033[2J\nb\177");
	is_str(e.msg, "no key 'a?[2J?b?'", "what a file says cannot steer a terminal");
	ptk_err_add_(&e, PTK_E_BADFMT, "%s", "x\r");
	is_str(e.msg, "x?: no key 'a?[2J?b?'", "nor its name");

	char big[700];
	memset(big, 'a', sizeof big);
	big[sizeof big - 1] = 0;
	ptk_err_set_(&e, PTK_E_IO, "%s", big);
	is_u64(strlen(e.msg), sizeof e.msg - 1, "a long sentence is cut");
	ptk_err_add_(&e, PTK_E_IO, "front");
	ok(strncmp(e.msg, "front: aaa", 10) == 0 && strlen(e.msg) < sizeof e.msg, "and still takes a prefix");
	ptk_err_add_(&e, PTK_E_IO, "%s", big);
	is_u64(strlen(e.msg), sizeof e.msg - 1, "a prefix that fills it leaves it terminated");

	static const int codes[] = {PTK_E_INVAL, PTK_E_RANGE, PTK_E_CONFLICT, PTK_E_NOTSUP, PTK_E_UNKNOWN, PTK_E_BADFMT,
		PTK_E_TRUNC, PTK_E_LOOP, PTK_E_NODATA, PTK_E_NOTFOUND, PTK_E_IO, PTK_E_PERM, PTK_E_TIMEOUT, PTK_E_NOMEM,
		PTK_E_LIMIT, PTK_E_BUG};
	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
		ok(strcmp(ptk_strerror(codes[i]), "unknown error") != 0, "code %d has words", codes[i]);
	is_str(ptk_strerror(-999), "unknown error", "a foreign code has words too");
	is_str(ptk_strerror(3), "success", "results are not errors");
	return done();
}
