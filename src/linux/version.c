// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* "6.12.117-foo" to numbers. */
#include "linux/find.h"

static bool number(const char **p, const char *end, unsigned *out)
{
	unsigned v = 0;
	const char *start = *p;
	while (*p < end && **p >= '0' && **p <= '9' && v < 100000)
		v = v * 10 + (unsigned)(*(*p)++ - '0');
	*out = v;
	return *p > start && v < 100000;
}

bool ptk_release_parse_(const char *text, size_t len, unsigned *major, unsigned *minor, unsigned *patch)
{
	const char *p = text, *end = text + len;
	unsigned v[3] = {0};
	if (!number(&p, end, &v[0]) || p == end || *p++ != '.' || !number(&p, end, &v[1]))
		return false;
	if (p < end && *p == '.') {
		p++;
		if (!number(&p, end, &v[2]))
			v[2] = 0;
	}
	*major = v[0];
	*minor = v[1];
	*patch = v[2];
	return true;
}
