#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
"""Each public header compiles alone, in C and in C++, with warnings as errors."""
import os, pathlib, shutil, subprocess, sys

top = pathlib.Path(os.environ['PTKIT_SOURCE'])
cc = sys.argv[1]
cxx = next((c for c in ('g++', 'clang++', 'c++') if shutil.which(c)), None)
n = failed = 0
for h in sorted((top / 'include').rglob('*.h')):
    name = h.relative_to(top / 'include')
    for lang, comp, std in (('c', cc, 'c11'), ('c++', cxx, 'c++11')):
        n += 1
        if not comp:
            print(f'ok {n} # SKIP no C++ compiler for {name}')
            continue
        r = subprocess.run([comp, '-x', lang, f'-std={std}', '-Wall', '-Wextra', '-Wpedantic', '-Werror', '-fsyntax-only',
                            '-I', str(top / 'include'), '-'], input=f'#include <{name}>\n', text=True, capture_output=True)
        failed += r.returncode != 0
        print('ok' if r.returncode == 0 else 'not ok', n, '-', name, 'alone in', lang)
        if r.returncode:
            print(''.join('# ' + line + '\n' for line in r.stderr.splitlines()[:8]), end='')
print(f'1..{n}')
raise SystemExit(failed != 0)
