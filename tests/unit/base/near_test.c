// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
#include "base/near.h"

#include "tap.h"

static const char *animal(size_t i)
{
	static const char *const list[] = {"x86-64", "x86-32", "x86-pae", "riscv-sv39"};
	return i < 4 ? list[i] : NULL;
}

int main(void)
{
	char out[128];
	ptk_near_("x86-46", animal, out, sizeof out);
	is_str(out, "; did you mean x86-64, x86-32 or x86-pae?", "nearest first");
	ptk_near_("riscv", animal, out, sizeof out);
	is_str(out, "; did you mean riscv-sv39?", "a prefix is near");
	ptk_near_("mips", animal, out, sizeof out);
	is_str(out, "", "nothing near");
	ptk_near_("", animal, out, sizeof out);
	is_str(out, "", "an empty word is near nothing");
	ptk_near_("x86", animal, out, sizeof out);
	is_str(out, "; did you mean x86-64, x86-32 or x86-pae?", "three at most");
	return done();
}
