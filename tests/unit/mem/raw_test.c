// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
#include <ptkit/mem.h>

#include "lib/mk.h"
#include "lib/tap.h"

static void refused(const char *source, int code, const char *says)
{
	struct ptk_mem *m = NULL;
	struct ptk_err err = {0};
	is_int(ptk_mem_open(source, NULL, &m, &err), code, "%s", source);
	has_str(err.msg, says, "says why");
	ok(!m && err.code == code, "and gives nothing");
	ptk_mem_close(m);
}

static struct ptk_mem *opened(const char *fmt, const char *a, const char *b)
{
	char source[400];
	struct ptk_mem *m = NULL;
	struct ptk_err err = {0};
	snprintf(source, sizeof source, fmt, a, b);
	ok(ptk_mem_open(source, NULL, &m, &err) == 0, "%s %s", fmt, err.msg);
	return m;
}

int main(void)
{
	struct mk_buf b = {0};
	char got[9] = "";
	mk_bytes(&b, "01234567", 8);
	const char *one = strdup(mk_save(&b, "one")), *at = strdup(mk_save(&b, "o@ne"));
	b.p[0] = 'X';
	const char *two = strdup(mk_save(&b, "two"));
	struct ptk_mem *m = opened("raw:%s", one, "");
	is_u64(ptk_mem_info(m)->extent[0].first, 0, "the default address is 0");
	is_u64(ptk_mem_info(m)->extent[0].last, 7, "to the end of the file");
	is_str(ptk_mem_info(m)->format, "raw", "the format");
	is_int(ptk_mem_info(m)->machine, 0, "the machine is not known");
	ptk_mem_close(m);
	m = opened("raw:%s@0x1000,%s@8", one, two);
	is_int((int64_t)ptk_mem_info(m)->nextents, 2, "two files, 0x or not");
	is_int(ptk_mem_read(m, 8, got, 8, NULL), 0, "the second");
	is_str(got, "X1234567", "is where it should be");
	ptk_mem_close(m);
	m = opened("raw:%s@4,%s@0", one, two);
	is_int(ptk_mem_read(m, 0, got, 8, NULL), 0, "two that overlap");
	is_str(got, "X1230123", "the first wins");
	has_str(ptk_mem_info(m)->warning, "overlap in 4 bytes", "with a warning");
	ptk_mem_close(m);
	m = opened("raw:%s@16", at, "");
	is_u64(ptk_mem_info(m)->extent[0].first, 0x16, "hexadecimal without 0x; a name with an @: the last one counts");
	ptk_mem_close(m);
	m = opened("raw:%s@0xfffffffffffffff8", one, "");
	is_u64(ptk_mem_info(m)->extent[0].last, UINT64_MAX, "up to the last address");
	ptk_mem_close(m);
	char bad[200];
	snprintf(bad, sizeof bad, "raw:%s@0xfffffffffffffff9", one);
	refused(bad, PTK_E_INVAL, "beyond 2^64");
	snprintf(bad, sizeof bad, "raw:%s@", one);
	refused(bad, PTK_E_INVAL, "FILE@ADDRESS");
	snprintf(bad, sizeof bad, "raw:%s@10g", one);
	refused(bad, PTK_E_INVAL, "FILE@ADDRESS");
	snprintf(bad, sizeof bad, "raw:%s@-1", one);
	refused(bad, PTK_E_INVAL, "FILE@ADDRESS");
	snprintf(bad, sizeof bad, "raw:%s@99999999999999999999", one);
	refused(bad, PTK_E_INVAL, "FILE@ADDRESS");
	snprintf(bad, sizeof bad, "raw:%s,", one);
	refused(bad, PTK_E_INVAL, "missing");
	refused("raw:", PTK_E_INVAL, "missing");
	refused("raw:/nonexistent/file@0", PTK_E_IO, "No such file");
	free((char *)(uintptr_t)one);
	free((char *)(uintptr_t)two);
	free((char *)(uintptr_t)at);
	mk_free(&b);
	mk_cleanup();
	return done();
}
