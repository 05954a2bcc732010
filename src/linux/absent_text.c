// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* Entries that are not present, in words. */
#include <ptkit/linux/absent.h>

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

static const struct {
	const char *name, *words;
} kinds[PTK_ABSENT_COUNT_] = {
	[PTK_ABSENT_SWAP] = {"swap", "in swap"},
	[PTK_ABSENT_MIGRATION] = {"migration", "being migrated"},
	[PTK_ABSENT_NO_ACCESS] = {"no access", "without access: PROT_NONE, or a hint for NUMA balancing"},
	[PTK_ABSENT_INVALID] = {"invalid", "a mapping whose valid bit is cleared while it is changed"},
	[PTK_ABSENT_POISON] = {"poison", "poisoned: its memory failed"},
	[PTK_ABSENT_DEVICE] = {"device", "in a device's own memory"},
	[PTK_ABSENT_EXCLUSIVE] = {"device exclusive", "held by a device for itself"},
	[PTK_ABSENT_MARKER] = {"marker", "a marker"},
	[PTK_ABSENT_SWAP_ERROR] = {"swap error", "lost: its swap area could not be read"},
};

const char *ptk_absent_name(unsigned kind)
{
	return kind < PTK_ABSENT_COUNT_ ? kinds[kind].name : NULL;
}

int ptk_absent_kind(const struct ptk_absent *a)
{
	return a->maybe && !(a->maybe & (a->maybe - 1)) ? __builtin_ctz(a->maybe) : -1;
}

/* A text that grows; what does not fit is counted only. */
struct text {
	char *out;
	size_t size, n;
};

__attribute__((format(printf, 2, 3))) static void add(struct text *t, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	int n = vsnprintf(t->n < t->size ? t->out + t->n : NULL, t->n < t->size ? t->size - t->n : 0, fmt, ap);
	va_end(ap);
	t->n += n > 0 ? (size_t)n : 0;
}

static void add_flags(struct text *t, uint32_t flags)
{
	static const char *const words[] = {"was writable", "of one process only", "soft-dirty", "writes are reported (userfaultfd)",
	                                    "was accessed", "was written"};
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (flags >> i & 1)
			add(t, "; %s", words[i]);
}

static void add_marker(struct text *t, uint64_t marker)
{
	const char *comma = ": ";
	static const char *const words[] = {"writes are reported (userfaultfd)",
	                                    "poisoned, an access raises SIGBUS (UFFDIO_POISON, or swap that could not be read)",
	                                    "a guard, an access raises SIGSEGV"};
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (marker >> i & 1) {
			add(t, "%s%s", comma, words[i]);
			comma = ", ";
		}
	if (marker >> 3)
		add(t, "%sbits 0x%" PRIx64, comma, marker & ~UINT64_C(7));
}

/* "swap type 27, offset 0x5: being migrated, or poisoned: ..., as the kernel is configured" */
static void add_choice(struct text *t, const struct ptk_absent *a)
{
	const char *comma = ": ";
	add(t, "swap type %u, offset 0x%" PRIx64, a->type, a->offset);
	for (unsigned k = 0; k < PTK_ABSENT_COUNT_; k++)
		if (a->maybe >> k & 1) {
			add(t, "%s%s", comma, kinds[k].name);
			comma = " or ";
		}
	add(t, ", as the kernel is configured");
}

#define AREA(n) "in swap, area " #n
#define AREAS(t) AREA(t##0), AREA(t##1), AREA(t##2), AREA(t##3), AREA(t##4), AREA(t##5), AREA(t##6), AREA(t##7), AREA(t##8), AREA(t##9)

const char *ptk_absent_why(const struct ptk_absent *a)
{
	static const char *const areas[] = {AREAS(), AREAS(1), AREAS(2), AREA(30), AREA(31)};
	static const char *const markers[] = {"a marker", "a marker: writes are reported (userfaultfd)",
	                                      "a marker: poisoned, an access raises SIGBUS",
	                                      "a marker: writes are reported, and an access raises SIGBUS",
	                                      "a marker: a guard, an access raises SIGSEGV"};
	const int kind = ptk_absent_kind(a);
	if (kind < 0)
		return a->maybe & 1u << PTK_ABSENT_SWAP
		               ? "in swap, or of the kinds beyond the swap areas, as the kernel is configured"
		               : "migrating, poisoned, a device's or a marker, as the kernel is configured";
	if (kind == PTK_ABSENT_SWAP)
		return a->type < 32 ? areas[a->type] : kinds[kind].words;
	if (kind == PTK_ABSENT_MARKER)
		return markers[a->offset <= 4 ? a->offset : 0];
	return kinds[kind].words;
}

int ptk_absent_text(const struct ptk_absent *a, char *out, size_t size)
{
	struct text t = {.out = out, .size = size};
	const int kind = ptk_absent_kind(a);
	if (size)
		out[0] = 0;
	if (kind < 0) {
		add_choice(&t, a);
	} else {
		add(&t, "%s", kinds[kind].words);
		if (kind == PTK_ABSENT_SWAP)
			add(&t, ": area %u, page 0x%" PRIx64, a->type, a->offset);
		if (kind == PTK_ABSENT_MARKER)
			add_marker(&t, a->offset);
		if (a->pa != PTK_NO_PA)
			add(&t, "; the page at 0x%" PRIx64, a->pa);
	}
	add_flags(&t, a->flags);
	return (int)t.n;
}
