// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
#include "lib/mk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[64];
static char *paths[512];
static size_t npaths;

static void die(const char *what)
{
	printf("Bail out! %s\n", what);
	exit(1);
}

void mk_zero(struct mk_buf *b, size_t n)
{
	if (b->room - b->n < n) {
		b->room = 2 * b->room + n + 64;
		b->p = realloc(b->p, b->room);
		if (!b->p)
			die("no memory for a test file");
	}
	if (n)
		memset(b->p + b->n, 0, n);
	b->n += n;
}

void mk_bytes(struct mk_buf *b, const void *p, size_t n)
{
	mk_zero(b, n);
	if (n)
		memcpy(b->p + b->n - n, p, n);
}

void mk_poke(struct mk_buf *b, size_t at, uint64_t v, size_t size, bool big)
{
	for (size_t i = 0; i < size; i++)
		b->p[at + i] = (uint8_t)(v >> 8 * (big ? size - 1 - i : i));
}

void mk_int(struct mk_buf *b, uint64_t v, size_t size, bool big)
{
	mk_zero(b, size);
	mk_poke(b, b->n - size, v, size, big);
}

void mk_free(struct mk_buf *b)
{
	free(b->p);
	*b = (struct mk_buf){0};
}

const char *mk_path(const char *name)
{
	char path[256];
	if (!folder[0]) {
		snprintf(folder, sizeof folder, "/tmp/ptkit-test-XXXXXX");
		if (!mkdtemp(folder))
			die("cannot make a temporary folder");
	}
	snprintf(path, sizeof path, "%s/%s", folder, name);
	for (size_t i = 0; i < npaths; i++)
		if (strcmp(paths[i], path) == 0)
			return paths[i];
	if (npaths == sizeof paths / sizeof paths[0])
		die("too many test files");
	return paths[npaths++] = strdup(path);
}

const char *mk_save(const struct mk_buf *b, const char *name)
{
	const char *path = mk_path(name);
	FILE *f = fopen(path, "wb");
	if (!f || (b->n && fwrite(b->p, 1, b->n, f) != b->n) || fclose(f))
		die("cannot write a test file");
	return path;
}

void mk_cleanup(void)
{
	for (size_t i = 0; i < npaths; i++) {
		unlink(paths[i]);
		free(paths[i]);
	}
	npaths = 0;
	if (folder[0])
		rmdir(folder);
	folder[0] = 0;
}

/* splitmix64 (public domain, Vigna) */
uint64_t mk_random(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

void mk_ram_add(struct mk_ram *ram, uint64_t pa, size_t size, uint64_t seed)
{
	struct mk_region *r = &ram->region[ram->n++];
	*r = (struct mk_region){pa, size, calloc(1, size)};
	if (!r->data)
		die("no memory for test RAM");
	for (size_t at = 0; at < size; at += 4096) {
		uint64_t kind = mk_random(&seed) % 6;
		size_t n = size - at < 4096 ? size - at : 4096;
		for (size_t i = 0; kind >= 2 && i < n; i++)
			r->data[at + i] = kind == 2 ? (uint8_t)(i / 64) : (uint8_t)mk_random(&seed);
	}
}

void mk_ram_free(struct mk_ram *ram)
{
	for (size_t i = 0; i < ram->n; i++)
		free(ram->region[i].data);
	ram->n = 0;
}

static const struct mk_region *region_of(const struct mk_ram *ram, uint64_t pa)
{
	for (size_t i = 0; i < ram->n; i++)
		if (pa >= ram->region[i].pa && pa - ram->region[i].pa < ram->region[i].size)
			return &ram->region[i];
	return NULL;
}

bool mk_ram_read(const struct mk_ram *ram, uint64_t pa, void *buf, size_t len)
{
	uint8_t *to = buf;
	while (len) {
		const struct mk_region *r = region_of(ram, pa);
		if (!r)
			return false;
		size_t n = r->size - (size_t)(pa - r->pa);
		n = n < len ? n : len;
		memcpy(to, r->data + (pa - r->pa), n);
		to += n;
		pa += n;
		len -= n;
		if (len && pa == 0)
			return false;
	}
	return true;
}
