#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
"""The example programs, built against the public headers alone, print what their comments promise."""
import subprocess, sys

embed, walk_pgd = sys.argv[1:3]
n = failed = 0


def check(args, want, what):
    global n, failed
    n += 1
    r = subprocess.run(args, capture_output=True, text=True)
    good = r.returncode == 0 and r.stdout.split('\n')[:len(want)] == want
    failed += not good
    print('ok' if good else 'not ok', n, '-', what)
    if not good:
        print(''.join('# ' + line + '\n' for line in (r.stdout + r.stderr).splitlines()[:12]), end='')


check([embed], ['0x600abc is at 0x400abc', '0x400000-0x601fff -> 0x200000 rwx rwx'], 'embed: one translation, one range')
# Values worked out from the manuals and the kernel's protections.
check([walk_pgd, 'arm64-4k-48'], ['0x0000000020000000 pte 0x00e0000008000783', '0x0000000020001000 pte 0x00e8000008001703',
                                  '0x0000000020002000 pte 0x00e8000008002703', ''], 'walk_pgd: arm64')
check([walk_pgd, 'x86-64-la57'], ['0x0000000020000000 pte 0x8000000008000121', '0x0000000020001000 pte 0x8000000008001163',
                                  '0x0000000020002000 pte 0x8000000008002163', ''], 'walk_pgd: x86 with five levels')
check([walk_pgd, 'riscv-sv39'], ['0x0000000020000000 pte 0x00000000020000e3', '0x0000000020001000 pte 0x00000000020004e7',
                                 '0x0000000020002000 pte 0x00000000020008e7', ''], 'walk_pgd: riscv')
check([walk_pgd, 'arm-short'], ['0x0000000020000000 pte 0x00000000080006df', '0x0000000020001000 pte 0x000000000800165f',
                                '0x0000000020002000 pte 0x000000000800265f', ''], 'walk_pgd: arm, two levels')
print(f'1..{n}')
raise SystemExit(failed != 0)
