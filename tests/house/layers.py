#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
"""Holds the code to the layer table of docs/design.md: who may include whom."""
import os, pathlib, re

top = pathlib.Path(os.environ['PTKIT_SOURCE'])
allowed = {
    'base': {'base'},
    'arch': {'arch', 'base'},
    'mem': {'mem', 'base'},
    'walk': {'walk', 'arch', 'mem', 'base'},
    'build': {'build', 'walk', 'arch', 'mem', 'base'},
    'linux': {'linux', 'build', 'walk', 'arch', 'mem', 'base'},
    'check': {'check', 'walk', 'arch', 'base'},
    'render': {'render', 'walk', 'arch', 'base'},
}
generated = re.compile(r'^([a-z]+/)*[a-z]+-list\.h$')
n = failed = 0


def check(good, what):
    global n, failed
    n += 1
    failed += not good
    print(('ok' if good else 'not ok'), n, '-', what)


def quoted(path):
    return re.findall(r'^\s*#\s*include\s+"([^"]+)"', path.read_text(), re.M)


for layer, may in allowed.items():
    wrong = []
    for f in sorted((top / 'src' / layer).rglob('*.[ch]')):
        for inc in quoted(f):
            if generated.match(inc):
                continue
            if inc.split('/')[0] not in may or '/' not in inc:
                wrong.append(f'{f.relative_to(top)} includes "{inc}"')
    check(not wrong, f'src/{layer} includes only {", ".join(sorted(may))}' + ''.join('\n#  ' + w for w in wrong))
strangers = sorted(d.name for d in (top / 'src').iterdir() if d.is_dir() and d.name not in allowed)
check(not strangers, f'src has no folder outside the table {strangers}')
wrong = []
for f in sorted((top / 'tools').rglob('*.[ch]')):
    here = {p.name for p in f.parent.glob('*.h')}
    wrong += [f'{f.relative_to(top)} includes "{i}"' for i in quoted(f) if i not in here and not generated.match(i)]
    wrong += [f'{f.relative_to(top)} includes <{i}>' for i in re.findall(r'#\s*include\s+<((?:src|arch|mem|walk|linux|base)/[^>]+)>', f.read_text())]
check(not wrong, 'tools include public headers and their own only' + ''.join('\n#  ' + w for w in wrong))
wrong = [f'{f.relative_to(top)}: "{i}"' for f in sorted((top / 'include').rglob('*.h')) for i in quoted(f)]
check(not wrong, 'public headers include no private ones' + ''.join('\n#  ' + w for w in wrong))
wrong = []
for f in sorted((top / 'src/arch').rglob('*.c')):
    for call in re.findall(r'\b(malloc|calloc|realloc|free|open|read|mmap|fopen|printf)\s*\(', f.read_text()):
        wrong.append(f'{f.relative_to(top)} calls {call}()')
check(not wrong, 'src/arch is pure: no allocation, no I/O' + ''.join('\n#  ' + w for w in wrong))
wrong = []
for f in sorted((top / 'src').rglob('*.c')):
    for call in re.findall(r'(?<![\w.>])(printf|puts|exit|abort|perror)\s*\(', re.sub(r'/\*.*?\*/|//[^\n]*|"(\\.|[^"\\])*"', '', f.read_text(), flags=re.S)):
        wrong.append(f'{f.relative_to(top)} calls {call}()')
check(not wrong, 'the library neither prints nor exits' + ''.join('\n#  ' + w for w in wrong))
print(f'1..{n}')
raise SystemExit(failed != 0)
