#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
"""Every file carries its licence, the export list is that of the headers, and of the library."""
import os, pathlib, re, subprocess, sys

top = pathlib.Path(os.environ['PTKIT_SOURCE'])
lib = sys.argv[1]
n = failed = 0


def check(good, what):
    global n, failed
    n += 1
    failed += not good
    print('ok' if good else 'not ok', n, '-', what)


source = {'.c', '.h', '.py', '.sh', '.S', '.ld', '.build'}
missing = []
for d in ('include', 'src', 'tools', 'tests', 'fuzz', 'bench', 'lab', 'script', 'examples', '.ci'):
    for f in (top / d).rglob('*'):
        if not f.is_file() or '__pycache__' in f.parts or 'corpus' in f.parts:
            continue
        with f.open('rb') as fh:
            head = fh.read(600)
        if f.suffix in source or head.startswith(b'#!') or f.name == 'meson.build':
            if b'SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later' not in head:
                missing.append(str(f.relative_to(top)))
check(not missing, 'every source file names its licence' + ''.join('\n#  ' + m for m in missing))

r = subprocess.run([sys.executable, str(top / 'script/symbols')], capture_output=True, text=True)
check(r.returncode == 0, 'the export list names what the headers declare' + (('\n# ' + r.stdout.strip()) if r.returncode else ''))

want = set(re.findall(r'^\t(\w+);', (top / 'src/ptkit.map').read_text(), re.M))
out = subprocess.run(['nm', '-D', '--defined-only', lib], capture_output=True, text=True, check=True).stdout
have = {w.split('@')[0] for w in (line.split()[-1] for line in out.splitlines()) if w.split('@')[0] != 'PTKIT_0.1'}
have = {w for w in have if not w.startswith(('__asan', '__odr_asan', '__sancov'))}
check(have == want, f'the shared library exports just these; missing {sorted(want - have)}, too many {sorted(have - want)}')

wrong = []
for f in sorted((top / 'src').rglob('*.[ch]')) + sorted((top / 'tools').rglob('*.[ch]')):
    for i, line in enumerate(f.read_text().splitlines(), 1):
        if len(line.expandtabs(8)) > 140 or line != line.rstrip():
            wrong.append(f'{f.relative_to(top)}:{i}')
check(not wrong, 'no endless lines, no trailing blanks' + ''.join('\n#  ' + w for w in wrong[:20]))
print(f'1..{n}')
raise SystemExit(failed != 0)
