// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* Regimes by their text. */
#include <elf.h>

#include "arch/arch.h"
#include "entry_map.h"

static void refused(const char *text, int code, const char *why)
{
	struct ptk_regime r = {.nlevels = 77};
	struct ptk_err err = {0};
	is_int(ptk_regime_parse(text, &r, &err), code, "'%s'", text);
	has_str(err.msg, why, "is refused because of that");
	is_int(r.nlevels, 77, "and the result is left alone");
	is_int(ptk_regime_parse(text, &r, NULL), code, "nobody need hear the sentence");
}

static void refusals(void)
{
	refused("", PTK_E_UNKNOWN, "unknown regime ''");
	refused("x86_64", PTK_E_UNKNOWN, "x86-64");
	refused("riscv-sv", PTK_E_UNKNOWN, "riscv-sv39");
	refused("riscv-sv39 ", PTK_E_UNKNOWN, "unknown regime");
	refused("x86-64,", PTK_E_INVAL, "unknown regime parameter ''");
	refused("x86-64,nx,,wp", PTK_E_INVAL, "unknown regime parameter ''");
	refused("x86-64,smpe", PTK_E_INVAL, "smep");
	refused("x86-64,no", PTK_E_INVAL, "unknown regime parameter 'no'");
	refused("x86-64,nonx,nonono", PTK_E_INVAL, "unknown regime parameter 'nonono'");
	refused("x86-64,sum", PTK_E_INVAL, "no parameter 'sum'");
	refused("x86-64,nosum", PTK_E_INVAL, "no parameter 'sum'");
	refused("x86-64,bits=3", PTK_E_INVAL, "unknown regime parameter 'bits'");
	refused("x86-64,pa=", PTK_E_INVAL, "not a number");
	refused("x86-64,pa=4x", PTK_E_INVAL, "not a number");
	refused("x86-64,pa=-1", PTK_E_INVAL, "not a number");
	refused("x86-64,pa= 40", PTK_E_INVAL, "not a number");
	refused("x86-64,pa=11", PTK_E_INVAL, "11 physical address bits");
	refused("x86-64,pa=296", PTK_E_INVAL, "296 physical address bits");
	refused("x86-64,memattr=0x10000000000000000", PTK_E_INVAL, "64 bits");
	refused("arm-short,dacr=0x100000000", PTK_E_INVAL, "32 bits");
	refused("x86-64,low", PTK_E_INVAL, "unknown regime parameter 'low'");
	char text[400];
	memset(text, 'x', sizeof text);
	text[sizeof text - 1] = 0;
	refused(text, PTK_E_INVAL, "too long");
}

static void parameters(void)
{
	struct ptk_regime r = regime("x86-64,pa=46,nonx,smep,memattr=0x0407050600070106,enc=0x800000000000");
	is_int(r.pa_bits, 46, "pa");
	is_u64(r.memattr, 0x0407050600070106, "memattr");
	is_u64(r.enc_mask, 0x800000000000, "enc");
	is_u64(r.flags & (PTK_RF_NX | PTK_RF_SMEP | PTK_RF_SMAP), PTK_RF_SMEP, "flags, on and off");
	is_str(r.name, "x86-64", "the name is without parameters");
	is_int(regime("x86-64,nx,nonx,nx").flags & PTK_RF_NX, PTK_RF_NX, "the last word counts");
	is_int(regime("arm64-4k-48,high").va_form, PTK_VA_HIGH, "TTBR1's half");
	is_u64(regime("arm-short,dacr=0x55555555").dacr, 0x55555555, "dacr");
	is_str(ptk_regime_arch(&r), "x86", "the architecture");
	is_int(ptk_regime_machine(&r), EM_X86_64, "the machine of ELF: by the width of addresses");
	is_str(ptk_regime_flag_name_(PTK_RF_PKE | PTK_RF_PGE), "pke", "the word for a flag");
	is_str(ptk_regime_flag_name_(0), "none", "no flag");
}

static void listed(void)
{
	struct ptk_regime r;
	size_t n = 0;
	for (const char *name; (name = ptk_regime_name(n)); n++) {
		bool twice = false;
		for (size_t i = 0; i < n; i++)
			twice |= strcmp(ptk_regime_name(i), name) == 0;
		ok(!twice && ptk_regime_parse(name, &r, NULL) == 0, "%s is listed once and is one", name);
	}
	ok(ptk_regime_name(n + 1000) == NULL, "far past the end is the end");
}

int main(void)
{
	refusals();
	parameters();
	listed();
	return done();
}
