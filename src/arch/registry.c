// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* Regimes by name: the table comes from the list in meson.build. */
#include <elf.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arch/arch.h"
#include "base/err.h"
#include "base/near.h"

#define X(name) extern const struct ptk_arch ptk_arch_##name;
#include "arch/arch-list.h"
#undef X

static const struct ptk_arch *const archs[] = {
#define X(name) &ptk_arch_##name,
#include "arch/arch-list.h"
#undef X
};
#define NARCHS (sizeof archs / sizeof *archs)

static const struct {
	const char *name;
	uint32_t flag;
} flags[] = {
	{"afe", PTK_RF_AFE},     {"tre", PTK_RF_TRE},         {"wxn", PTK_RF_WXN},       {"uwxn", PTK_RF_UWXN},
	{"pxn", PTK_RF_PXN},     {"hpd", PTK_RF_HPD},         {"tbi", PTK_RF_TBI},       {"ha", PTK_RF_HA},
	{"hd", PTK_RF_HD},       {"ds", PTK_RF_DS},           {"lpa", PTK_RF_LPA},       {"e0pd", PTK_RF_E0PD},
	{"pan", PTK_RF_PAN},     {"epan", PTK_RF_EPAN},       {"pse", PTK_RF_PSE},       {"pse36", PTK_RF_PSE36},
	{"nx", PTK_RF_NX},       {"wp", PTK_RF_WP},           {"smep", PTK_RF_SMEP},     {"smap", PTK_RF_SMAP},
	{"pke", PTK_RF_PKE},     {"1g", PTK_RF_1G},           {"pge", PTK_RF_PGE},       {"svnapot", PTK_RF_SVNAPOT},
	{"svpbmt", PTK_RF_SVPBMT}, {"svadu", PTK_RF_SVADU},   {"sum", PTK_RF_SUM},       {"mxr", PTK_RF_MXR},
};
#define NFLAGS (sizeof flags / sizeof *flags)

const char *ptk_regime_name(size_t i)
{
	for (size_t a = 0; a < NARCHS; a++)
		for (size_t k = 0; archs[a]->names[k]; k++)
			if (i-- == 0)
				return archs[a]->names[k];
	return NULL;
}

const char *ptk_regime_arch(const struct ptk_regime *r)
{
	return r->arch->name;
}

uint16_t ptk_regime_machine(const struct ptk_regime *r)
{
	const char *arch = ptk_regime_arch(r);
	if (strcmp(arch, "arm") == 0)
		return EM_ARM;
	if (strcmp(arch, "arm64") == 0)
		return EM_AARCH64;
	if (strcmp(arch, "riscv") == 0)
		return EM_RISCV;
	return r->va_width == 64 ? EM_X86_64 : EM_386;
}

static const char *flag_name(size_t i)
{
	return i < NFLAGS ? flags[i].name : NULL;
}

const char *ptk_regime_flag_name_(uint32_t set)
{
	for (size_t i = 0; i < NFLAGS; i++)
		if (set & flags[i].flag)
			return flags[i].name;
	return "none";
}

static int set_flag(struct ptk_regime *r, const char *word, struct ptk_err *err)
{
	for (int off = 0; off < 2; off++) {
		const char *name = word;
		if (off) {
			if (strncmp(word, "no", 2) != 0)
				break;
			name = word + 2;
		}
		for (size_t i = 0; i < NFLAGS; i++) {
			if (strcmp(name, flags[i].name) != 0)
				continue;
			if (!(r->arch->flags & flags[i].flag))
				return ptk_err_set_(err, PTK_E_INVAL, "%s has no parameter '%s'", r->name, name);
			if (off)
				r->flags &= ~flags[i].flag;
			else
				r->flags |= flags[i].flag;
			return 0;
		}
	}
	char near[128];
	ptk_near_(word, flag_name, near, sizeof near);
	return ptk_err_set_(err, PTK_E_INVAL, "unknown regime parameter '%s'%s", word, near);
}

static int set_value(struct ptk_regime *r, const char *key, const char *text, struct ptk_err *err)
{
	char *end;
	errno = 0;
	uint64_t v = strtoull(text, &end, 0);
	if (*text < '0' || *text > '9' || *end || errno)
		return ptk_err_set_(err, PTK_E_INVAL, "regime parameter '%s': '%s' is not a number of 64 bits", key,
		                    text);
	if (strcmp(key, "pa") == 0) {
		if (v < 12 || v > 64)
			return ptk_err_set_(err, PTK_E_INVAL, "%s cannot have %llu physical address bits", r->name,
			                    (unsigned long long)v);
		r->pa_bits = (uint8_t)v;
	} else if (strcmp(key, "memattr") == 0) {
		r->memattr = v;
	} else if (strcmp(key, "dacr") == 0) {
		if (v > UINT32_MAX)
			return ptk_err_set_(err, PTK_E_INVAL, "DACR has 32 bits, '%s' does not fit", text);
		r->dacr = (uint32_t)v;
	} else if (strcmp(key, "enc") == 0) {
		r->enc_mask = v;
	} else {
		int rc = r->arch->param ? r->arch->param(r, key, v, err) : PTK_E_UNKNOWN;
		if (rc != PTK_E_UNKNOWN)
			return rc;
		return ptk_err_set_(err, PTK_E_INVAL,
		                    "unknown regime parameter '%s'; values are pa, memattr, dacr, enc", key);
	}
	return 0;
}

static int set_parameter(struct ptk_regime *r, char *word, struct ptk_err *err)
{
	char *eq = strchr(word, '=');
	if (eq) {
		*eq = 0;
		return set_value(r, word, eq + 1, err);
	}
	bool halves = r->va_form != PTK_VA_SIGN;
	if (halves && strcmp(word, "low") == 0) {
		r->va_form = PTK_VA_LOW;
		return 0;
	}
	if (halves && strcmp(word, "high") == 0) {
		r->va_form = PTK_VA_HIGH;
		return 0;
	}
	return set_flag(r, word, err);
}

int ptk_regime_parse(const char *text, struct ptk_regime *out, struct ptk_err *err)
{
	char copy[256];
	if (strlen(text) >= sizeof copy)
		return ptk_err_set_(err, PTK_E_INVAL, "regime '%.40s...' is too long", text);
	strcpy(copy, text);
	char *rest = strchr(copy, ',');
	if (rest)
		*rest++ = 0;

	struct ptk_regime r;
	int rc = PTK_E_UNKNOWN;
	for (size_t a = 0; a < NARCHS && rc == PTK_E_UNKNOWN; a++) {
		memset(&r, 0, sizeof r);
		r.arch = archs[a];
		rc = archs[a]->setup(copy, &r, err);
	}
	if (rc == PTK_E_UNKNOWN) {
		char near[128];
		ptk_near_(copy, ptk_regime_name, near, sizeof near);
		return ptk_err_set_(err, rc, "unknown regime '%s'%s", copy, near);
	}
	while (rc >= 0 && rest) {
		char *word = rest;
		rest = strchr(rest, ',');
		if (rest)
			*rest++ = 0;
		rc = set_parameter(&r, word, err);
	}
	if (rc >= 0)
		rc = r.arch->finish(&r, err);
	if (rc >= 0)
		*out = r;
	return rc < 0 ? rc : 0;
}

/* Text under construction; length goes on counting past the end, as snprintf() does. */
struct text {
	char *out;
	size_t size, length;
};

__attribute__((format(printf, 2, 3))) static void put(struct text *t, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	size_t at = t->length < t->size ? t->length : t->size;
	int n = vsnprintf(t->out ? t->out + at : NULL, t->size - at, fmt, ap);
	va_end(ap);
	if (n > 0)
		t->length += (size_t)n;
}

int ptk_regime_format(const struct ptk_regime *r, char *out, size_t size)
{
	struct text t = {.out = out, .size = size};
	struct ptk_regime d; /* as the name alone makes it */
	put(&t, "%s", r->name);
	if (ptk_regime_parse(r->name, &d, NULL) < 0)
		return (int)t.length;
	if (r->va_bits != d.va_bits && r->arch->window) {
		const char *key = r->arch->window(r);
		put(&t, ",%s=%d", key, d.va_bits - r->va_bits);
	}
	if (r->va_form != d.va_form)
		put(&t, r->va_form == PTK_VA_HIGH ? ",high" : ",low");
	if (r->pa_bits != d.pa_bits)
		put(&t, ",pa=%u", r->pa_bits);
	if (r->memattr != d.memattr)
		put(&t, ",memattr=%#llx", (unsigned long long)r->memattr);
	if (r->dacr != d.dacr)
		put(&t, ",dacr=%#x", r->dacr);
	if (r->enc_mask != d.enc_mask)
		put(&t, ",enc=%#llx", (unsigned long long)r->enc_mask);
	for (size_t i = 0; i < NFLAGS; i++)
		if ((r->flags ^ d.flags) & r->arch->flags & flags[i].flag)
			put(&t, ",%s%s", r->flags & flags[i].flag ? "" : "no", flags[i].name);
	return (int)t.length;
}
