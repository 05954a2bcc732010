// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
#include "base/near.h"

#include <ptkit/error.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define WORD_MAX 40

/* Levenshtein distance of two short words; long ones count as far. */
static unsigned distance(const char *a, const char *b)
{
	size_t na = strlen(a), nb = strlen(b);
	if (na > WORD_MAX || nb > WORD_MAX)
		return WORD_MAX;
	unsigned row[WORD_MAX + 1];
	for (size_t j = 0; j <= nb; j++)
		row[j] = (unsigned)j;
	for (size_t i = 1; i <= na; i++) {
		unsigned diag = row[0];
		row[0] = (unsigned)i;
		for (size_t j = 1; j <= nb; j++) {
			unsigned best = diag + (a[i - 1] != b[j - 1]);
			diag = row[j];
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
		}
	}
	return row[nb];
}

void ptk_near(const char *word, const char *(*next)(void *arg, size_t i), void *arg, char *out, size_t size)
{
	const char *best[3] = {0};
	unsigned dist[3] = {WORD_MAX, WORD_MAX, WORD_MAX};
	const char *name;
	for (size_t i = 0; (name = next(arg, i)); i++) {
		unsigned d = distance(word, name);
		bool prefix = strncmp(word, name, strlen(word)) == 0 && *word;
		if (!prefix && d > 1 + strlen(name) / 3)
			continue;
		if (prefix)
			d = 0;
		for (int k = 0; k < 3; k++)
			if (d < dist[k]) {
				for (int m = 2; m > k; m--) {
					best[m] = best[m - 1];
					dist[m] = dist[m - 1];
				}
				best[k] = name;
				dist[k] = d;
				break;
			}
	}
	out[0] = 0;
	if (best[2])
		snprintf(out, size, "; did you mean %s, %s or %s?", best[0], best[1], best[2]);
	else if (best[1])
		snprintf(out, size, "; did you mean %s or %s?", best[0], best[1]);
	else if (best[0])
		snprintf(out, size, "; did you mean %s?", best[0]);
}

struct plain {
	const char *(*next)(size_t i);
};

static const char *plain_next(void *arg, size_t i)
{
	return ((struct plain *)arg)->next(i);
}

void ptk_near_(const char *word, const char *(*next)(size_t i), char *out, size_t size)
{
	struct plain p = {next};
	ptk_near(word, plain_next, &p, out, size);
}
