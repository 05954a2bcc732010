# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
"""edit: a copy is changed, the source never; conflicts are quoted; the steps for tables in use are in order."""
import hashlib
import json
import os

from cli import *

SPEC = '''regime: arm64-4k-48
tables: {at: 0x40000000, size: 1M}
entries:
  - {name: ram, va: 0, pa: 0x80000000, size: 4M, rights: rw-}
'''
here = tmp.name
spec, core, new = (os.path.join(here, n) for n in ('board.yaml', 'tables.core', 'new.core'))
with open(spec, 'w') as f:
    f.write(SPEC)
r = ptkit('build', spec, '-o', core)
if 'without libyaml' in r.err:
    skip('built without libyaml')
    done()


def digest(path):
    with open(path, 'rb') as f:
        return hashlib.sha256(f.read()).hexdigest()


before = digest(core)
r = ptkit('edit', core, 'unmap', '0x1000', '4K', '--live', '-o', new)
ok(r.code == 0 and r.err == '', 'edit unmaps a page in a block', r)
acts = [line.split()[0] for line in r.out.splitlines()[1:]]
order = [a for i, a in enumerate(acts) if i == 0 or a != acts[i - 1]]
same(order, ['fill', 'barrier', 'break', 'barrier', 'tlb', 'write', 'barrier'], 'break before make')
r = ptkit('translate', new, stdin='0\n1000\n2000\n')
same(r.out, '0x0 0x80000000\n0x1000 -\n0x2000 0x80002000\n', 'the new core says so')
same(digest(core), before, 'the source is as it was')

r = ptkit('build', spec, '-o', '-', binary=True)
ok(r.code == 0 and r.err == '', 'build to standard output', r.err)
r = ptkit('edit', '-', 'unmap', '0x1000', '4K', '-o', '-', stdin=r.out, binary=True)
ok(r.code == 0 and r.err == '', 'edit from and to a stream', r.err)
with open(new, 'rb') as f:
    same(r.out, f.read(), 'the core alone, as into a file')

r = ptkit('edit', core, 'unmap', '0x1000', '4K', '--no-break')
ok(r.code == 1 and 'invalid for a moment' in r.err, '--no-break refuses it', r)
r = ptkit('edit', core, 'split', '0', '2M', '--no-break', '--bbm', '2')
ok(r.code == 0 and ' 0 breaks' in r.out, 'FEAT_BBM level 2 needs no break to split', r)
r = ptkit('edit', core, 'map', '0x200000', '4K', '90000000')
ok(r.code == 1 and '[0x200000, 0x200fff] to 0x90000000 meets [0x0, 0x3fffff], mapped to 0x80000000' in r.err, 'both ranges are quoted', r)
r = ptkit('edit', core, 'map', '0x200000', '4K', '90000000', '--overlap', 'replace', '-r', 'r-xr--', '-o', new)
ok(r.code == 0, 'rights for kernel and user', r)
r = ptkit('edit', core, 'map', '0x400000', '64K', '90000000', '-o', new)
ok(r.code == 0 and r.out.startswith('17 entries written'), 'map behind it', r)
r = ptkit('dump', new, '-f', 'csv')
has(r.out, '0x400000,0x40ffff', 'dump lists it')
r = ptkit('edit', core, 'protect', '0', '4M', '-r', 'r--')
ok(r.code == 0 and '2 entries written' in r.out, 'protect changes whole blocks as blocks', r)
r = ptkit('edit', core, 'collapse', '0', '4M')
ok(r.code == 0 and r.out.startswith('0 entries written'), 'nothing to collapse', r)

for args, what in ((['explode', '0', '4K'], 'none of map'), (['map', '0', '4K'], 'needs VA SIZE PA'),
                   (['unmap', '0', '4Q'], 'not a size'), (['protect', '0', '4K'], 'changes nothing'),
                   (['map', '0', '4K', 'zz'], 'not a hexadecimal'), (['map', '0', '4K', '0', '-r', 'wrx'], 'not like'),
                   (['map', '0', '4K', '0', '-m', 'stone'], 'no memory type'), (['split', '0', '4K', '--bbm', '3'], 'levels')):
    r = ptkit('edit', core, *args)
    ok(r.code == 2 and what in r.err, f'{args}: {what}', r)
r = ptkit('edit', core, 'unmap', '1', '4K')
ok(r.code == 2 and 'whole pages' in r.err, 'half a page', r)

# ---- the whole picture ----
examples = os.path.join(os.environ['PTKIT_SOURCE'], 'examples')
for name, va, size, pa in (('arm64-4k48-6.12.core.zst', 'ffff8000f0000000', '64K', '40000000'),
                           ('x86_64-6.12.core.zst', 'ffa0000012345000', '4K', '1000'), ('arm-2l-6.12.core', 'd0900000', '8K', '48000000')):
    source = os.path.join(examples, name)
    r = ptkit('edit', source, 'map', va, size, pa, '-o', new)
    if 'zstd' in r.err:
        skip(r.err.strip())
        continue
    ok(r.code == 0, f'{name}: a page more', r)
    was, now = ptkit('dump', source).out.splitlines(), ptkit('dump', new).out.splitlines()
    same([l for l in was if l.startswith('---[')], [l for l in now if l.startswith('---[')], f'{name}: the same Linux, its regions')
    ok(any(l.startswith('0x' + va + '-') for l in now), f"{name}: the kernel's text has the page", now)
    same(len(set(was) - set(now)) <= 2, True, f'{name}: other lines are as they were')
    version = lambda p: [l for l in ptkit('info', p).out.splitlines() if l.strip().startswith(('version', 'release'))]
    same(version(new), version(source), f'{name}: found by the same clues')
    r = ptkit('edit', source, 'unmap', va, size, '-o', new, '--tables-only')
    ok(r.code == 0 and os.path.getsize(new) > 4096, f'{name}: the tables alone', r)
    ok('prints' not in r.out and ptkit('info', new).out.count('regime') <= 1, f'{name}: of which there is no Linux to tell')
# Linux's own bits say what its text says (L_PTE_RDONLY and L_PTE_DIRTY of asm/pgtable-3level.h: 58 and 55).
lpae = os.path.join(examples, 'arm-lpae-6.12.core.zst')
r = ptkit('edit', lpae, 'protect', 'c0800000', '16K', '-r', 'r--', '-o', new)
if 'zstd' in r.err:
    skip(r.err.strip())
else:
    ok(r.code == 0, 'arm-lpae: read-only pages amid a section', r)
    lines = ptkit('dump', new).out.splitlines()
    ok(any(l.startswith('0xc0800000-0xc0804000          16K PTE     ro NX SHD') for l in lines), "arm-lpae: the kernel's text says so", lines)
    again = path('again.core')
    r = ptkit('edit', new, 'protect', 'c0800000', '8K', '-r', 'rw-', '-o', again)
    steps = json.loads(ptkit('walk', again, 'c0800000', 'c0802000', '--json').out)
    raw = [int(w['steps'][-1]['raw'], 16) for w in steps]
    same([(v >> 55 & 1, v >> 58 & 1, v >> 7 & 1) for v in raw], [(1, 0, 0), (0, 1, 1)], 'arm-lpae: dirty and writable again; the rest is not')
r = ptkit('edit', os.path.join(examples, 'arm-2l-6.12.core'), 'split', 'c0500000', '1M')
ok(r.code == 1 and 'in pairs' in r.err and 'plain' in r.err, 'arm: a section of a pair, and what would do', r)
fails(ptkit('edit', core, 'unmap', '0', '4K', '-o', core), 2, 'that is the source', name='onto itself')
flat = path('flat.ram')
write('flat.ram', bytes(0x1000) + (0x2003).to_bytes(8, 'little') + bytes(0xeff8))
for uri in f'raw:{flat}@0', f'raw:{flat}', f'raw:{core}@100000,{flat}@0':
    fails(ptkit('edit', uri, 'map', '0', '4K', '5000', '--root', '1000', '--regime', 'x86-64', '-o', flat), 2, 'that is the source',
          name=f'onto a file of it: {uri.replace(tmp.name, "")}')
same(os.path.getsize(flat), 0x10000, 'which is as it was')
fails(ptkit('edit', core, 'unmap', '0', '4K', '--tables-only'), 2, 'goes with -o', name='--tables-only alone')
ok(digest(core) == before, 'the source is as it was')
raw = os.path.join(here, 'ram.bin')
with open(raw, 'wb') as f:
    f.write(b'\3\x20\0\x10\0\0\0\0' + bytes(8184) + b'A' * 4096)
r = ptkit('edit', f'raw:{raw}@10000000', 'map', '8000000000', '4K', '10002000', '--root', '10000000', '--regime', 'arm64-4k-48', '-o', new)
ok(r.code == 0, 'a bare root', r)
has(ptkit('translate', new, stdin='8000000000\n').out, '0x8000000000 0x10002000', 'which the new core names')
done()
