// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* Our own decompressors against the libraries' compressors, and by hand. */
#include "mem/unpage.h"

#include <ptkit/error.h>

#include "lib/mk.h"
#include "lib/tap.h"

#define MAX 70000

/* Data of many textures: runs, repeats near and far, noise. */
static void texture(uint8_t *p, size_t n, uint64_t seed)
{
	for (size_t at = 0; at < n;) {
		size_t len = 1 + mk_random(&seed) % (mk_random(&seed) % 8 ? 60 : 6000);
		size_t back = 1 + mk_random(&seed) % (mk_random(&seed) % 4 ? 300 : 60000);
		unsigned kind = (unsigned)(mk_random(&seed) % 4);
		for (; len && at < n; len--, at++)
			p[at] = kind == 0                ? (uint8_t)mk_random(&seed)
			        : kind == 1 || back > at ? (uint8_t)back
			                                 : p[at - back];
	}
}

static void against(const char *name, enum mk_page how, const struct ptk_unpage *u)
{
	static uint8_t plain[MAX], packed[2 * MAX], got[MAX];
	unsigned bad = 0, tried = 0, taken = 0;
	for (uint64_t seed = 1; seed < 400; seed++) {
		size_t n = seed < 100 ? seed : 1 + seed * 7919 % MAX;
		texture(plain, n, seed);
		size_t len = mk_pack_page(how, plain, n, packed, sizeof packed);
		if (!len)
			continue;
		tried++;
		memset(got, 0xee, sizeof got);
		bad += u->run(NULL, packed, len, got, n) != 0 || memcmp(got, plain, n) != 0;
		/* One byte less or more than there is, in or out, is an error. */
		taken += u->run(NULL, packed, len, got, n - 1) == 0;
		taken += n < MAX && u->run(NULL, packed, len, got, n + 1) == 0;
		taken += u->run(NULL, packed, len - 1, got, n) == 0;
	}
	if (!tried) {
		skip("no %s library here", name);
		return;
	}
	is_int(bad, 0, "%s: %u random blocks", name, tried);
	is_int(taken, 0, "%s: none of another length", name);
}

struct case_ {
	const char *what;
	const char *in;
	size_t n;
	const char *out; /* NULL: an error */
};
#define IN(s) s, sizeof s - 1

static void by_hand(const struct ptk_unpage *u, const struct case_ *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint8_t got[64];
		size_t len = list[i].out ? strlen(list[i].out) : 8;
		int r = u->run(NULL, (const uint8_t *)list[i].in, list[i].n, got, len);
		is_int(r, list[i].out ? 0 : PTK_E_BADFMT, "%s", list[i].what);
		if (list[i].out)
			ok(memcmp(got, list[i].out, len) == 0, "%s: the bytes", list[i].what);
	}
}

static const struct case_ snappy[] = {
	{"snappy: a literal", IN("\x08\x1c" "abcdefgh"), "abcdefgh"},
	{"snappy: a literal with its length behind", IN("\x08\xf0\x07" "abcdefgh"), "abcdefgh"},
	{"snappy: one-byte offset", IN("\x08\x0c" "abcd\x01\x04"), "abcdabcd"},
	{"snappy: two-byte offset", IN("\x08\x0c" "abcd\x0e\x04\0"), "abcdabcd"},
	{"snappy: four-byte offset", IN("\x08\x0c" "abcd\x0f\x02\0\0\0"), "abcdcdcd"},
	{"snappy: a pattern of one", IN("\x08\0" "x\x0d\x01"), "xxxxxxxx"},
	{"snappy: offset 0", IN("\x08\x0c" "abcd\x01\0"), NULL},
	{"snappy: offset before the start", IN("\x08\x0c" "abcd\x01\x05"), NULL},
	{"snappy: offset of 2^32 - 1", IN("\x08\x0c" "abcd\x0f\xff\xff\xff\xff"), NULL},
	{"snappy: literal longer than the input", IN("\x08\x20" "abcdefgh"), NULL},
	{"snappy: literal of 2^32 bytes", IN("\x08\xfc\xff\xff\xff\xff" "abcdefgh"), NULL},
	{"snappy: length cut off", IN("\x08\xf4\x07"), NULL},
	{"snappy: another length", IN("\x09\x1c" "abcdefgh"), NULL},
	{"snappy: length of 2^35", IN("\x88\x80\x80\x80\x80\x80\x01\x1c" "abcdefgh"), NULL},
	{"snappy: too much", IN("\x08\x1c" "abcdefgh\0x"), NULL},
	{"snappy: nothing", IN(""), NULL},
};

/* Instruction by instruction, with the end marker 11 00 00. */
static const struct case_ lzo[] = {
	{"lzo: first literals", IN("\x19" "abcdefgh\x11\0\0"), "abcdefgh"},
	{"lzo: a run as an instruction", IN("\x05" "abcdefgh\x11\0\0"), "abcdefgh"},
	{"lzo: a long run", IN("\0\x04" "abcdefghijklmnopqrstuv\x11\0\0"), "abcdefghijklmnopqrstuv"},
	{"lzo: match of 4 within 2 KiB", IN("\x15" "abcd\x6c\0\x11\0\0"), "abcdabcd"},
	{"lzo: match of 5, and 1 literal", IN("\x14" "abc\x89\0" "x\x11\0\0"), "abcabcabx"},
	{"lzo: match of 2 after literals", IN("\x14" "abc\x48\0\x11\0\0"), "abcabc"},
	{"lzo: two-byte match after one literal", IN("\x14" "abc\x89\0" "x\x04\0\x11\0\0"), "abcabcabxbx"},
	{"lzo: match of 8 within 16 KiB", IN("\x15" "abcd\x22\x0c\0\x11\0\0"), "abcdabcd"},
	{"lzo: match before the start", IN("\x15" "abcd\x70\0\x11\0\0"), NULL},
	{"lzo: match at 16 KiB with nothing there", IN("\x15" "abcd\x12\x04\0\x11\0\0"), NULL},
	{"lzo: no end", IN("\x19" "abcdefgh"), NULL},
	{"lzo: end cut off", IN("\x19" "abcdefgh\x11\0"), NULL},
	{"lzo: more behind the end", IN("\x19" "abcdefgh\x11\0\0\0"), NULL},
	{"lzo: length without an end", IN("\0\0\0\0\0\0"), NULL},
	{"lzo: too much", IN("\x1a" "abcdefghi\x11\0\0"), NULL},
	{"lzo: nothing", IN(""), NULL},
};

int main(void)
{
	uint32_t len = 0;
	against("snappy", MK_SNAPPY, &ptk_unpage_snappy_);
	against("lzo", MK_LZO, &ptk_unpage_lzo_);
	by_hand(&ptk_unpage_snappy_, snappy, sizeof snappy / sizeof snappy[0]);
	by_hand(&ptk_unpage_lzo_, lzo, sizeof lzo / sizeof lzo[0]);
	is_int(ptk_snappy_length_((const uint8_t *)"\xfe\xff\x7f", 3, &len), 0, "a length of three bytes");
	is_u64(len, 2097150, "as in the format's description");
	return done();
}
