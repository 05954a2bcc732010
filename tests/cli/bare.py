# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
"""dump, walk, translate and info on tables made by hand (cli.x86_tables() says what they map), without Linux."""
import csv
import io
import json
import os
import struct
import subprocess

from cli import *

BASE = 0xffff800000000000
clean = x86_tables().raw('clean.ram')
core = x86_tables().core('clean.core')
broken = x86_tables(broken=True).raw('broken.ram')


def row(first, size, pa, kernel, user, page, flags):
    return {'first': hex(first), 'last': hex(first + size - 1), 'size': size, 'kind': 'leaf', 'page': page, 'pa': hex(pa),
            'kernel': kernel, 'user': user, 'memory': 'write-back', 'flags': flags}


# What hardware grants (SDM 4.6): a supervisor directory above makes the user page a kernel one, and the kernel may
# execute what no level forbids.
WANT = [
    row(BASE, 0x2000, 0x5000, 'rw-', '---', 4096, ['global', 'accessed', 'dirty']),
    row(BASE + 0x2000, 0x1000, 0x7000, 'r--', '---', 4096, ['global', 'accessed']),
    row(BASE + 0x3000, 0x1000, 0x3000, 'r-x', '---', 4096, ['accessed']),
    row(BASE + 0x200000, 0x200000, 0x200000, 'r-x', '---', 0x200000, ['global', 'accessed', 'dirty']),
]


def core_of(ranges):
    """The members that WANT speaks of, of the leaves."""
    return [{k: r[k] for k in WANT[0]} for r in ranges if r['kind'] == 'leaf']


# ---- dump ----
for source, what in ((clean, 'raw RAM'), (core, 'an ELF core')):
    r = ptkit('dump', source, *BARE, '--format', 'json')
    doc = json.loads(r.out)
    ok(r.code == 0 and r.err == '', f'dump {what}: exit 0', r)
    same(doc['regime'], 'x86-64', f'{what}: the document names its regime')
    same(core_of(doc['ranges']), WANT, f'{what}: the ranges as JSON')
    other = [x for x in doc['ranges'] if x['kind'] != 'leaf']
    ok(len(other) == 1 and other[0]['kind'] == 'not present' and other[0]['first'] == hex(BASE + 0x400000) and
       other[0]['size'] == 0x200000, f'{what}: an entry that is not present is listed', other)
same(ptkit('dump', clean, *BARE, '--json').out, ptkit('dump', clean, *BARE, '-f', 'json').out, '--json is --format json')
lines = [json.loads(x) for x in ptkit('dump', clean, *BARE, '-f', 'jsonl').out.splitlines()]
same(core_of(lines), WANT, 'the ranges as lines of JSON')
rows = list(csv.DictReader(io.StringIO(ptkit('dump', clean, *BARE, '-f', 'csv').out)))
same([{**x, 'size': str(x['size']), 'page': str(x['page']), 'flags': ' '.join(x['flags'])} for x in WANT],
     core_of(rows), 'the ranges as CSV')
r = ptkit('dump', clean, *BARE)
same(ptkit('dump', clean, *BARE, '-f', 'table').out, r.out, 'a bare walk is shown as a table')
body = [x for x in r.out.splitlines() if x.startswith('0x')]
same(body[0].split()[:8], [f'0x{BASE:x}-0x{BASE + 0x1fff:x}', '8K', '4K', '0x0000000005000', 'rw-', '---', 'write-back', 'GAD'],
     'a row of the table')
same(len({x.index('write-back') for x in body if 'write-back' in x}), 1, 'columns are aligned')
has(r.out, '5 ranges, 2M mapped: 16K in 4K pages, 2M in 2M pages', 'the table ends with sums')
same([x for x in r.out.splitlines() if x.endswith(' ')], [], 'no line ends in blanks')

# ---- windows ----
def firsts(*args):
    r = ptkit('dump', clean, *BARE, '-f', 'jsonl', *args)
    return [(x['first'], x['last']) for x in map(json.loads, r.out.splitlines())]


same(firsts('--from', f'{BASE + 0x1234:x}', '--to', f'{BASE + 0x2001:x}'),
     [(hex(BASE + 0x1000), hex(BASE + 0x1fff)), (hex(BASE + 0x2000), hex(BASE + 0x2fff))], '--from and --to: whole pages, both ends included')
same(firsts('--from', f'{BASE + 0x200000:x}')[0], (hex(BASE + 0x200000), hex(BASE + 0x3fffff)), '--from alone')
same(firsts('--to', f'{BASE:x}'), [(hex(BASE), hex(BASE + 0xfff))], '--to alone')
same(firsts('--to', '0'), [], '--to 0: the first page')
same(firsts('--from', '0', '--to', 'ffffffffffffffff'), firsts(), 'everything, said in numbers')
fails(ptkit('dump', clean, *BARE, '--from', '2000', '--to', '1000'), 2, 'lies above', name='--from above --to')
fails(ptkit('dump', clean, *BARE, '--from', 'xyz'), 2, "'xyz'", 'no symbols', name='a name without Linux')
ram32 = Ram(0x2000)
ram32.entry(0x0, 1, 0x1000 | P | W, 4)
ram32.entry(0x1000, 2, 0x1000 | P | W | A, 4)
pd32 = ram32.raw('x86-32.ram')
B32 = ('--root', '0', '--regime', 'x86-32')
same([json.loads(x)['first'] for x in ptkit('dump', pd32, *B32, '-f', 'jsonl').out.splitlines()], ['0x402000'], '32-bit tables')
fails(ptkit('dump', pd32, *B32, '--from', '100000000'), 2, '32-bit addresses', name='an address wider than the regime')

# ---- parts missing ----
r = ptkit('dump', broken, *BARE, '-f', 'json')
fails(r, 4, '1 table could not be read', name='a table outside the picture: exit 4, said how many')
same(core_of(json.loads(r.out)['ranges']), WANT, 'and all the rest is listed')
lost = [x for x in json.loads(r.out)['ranges'] if x['kind'] == 'unreadable']
same([(x['first'], x['size']) for x in lost], [(hex(BASE + 0x600000), 0x200000)], 'and what is not known stands as such')
has(ptkit('dump', broken, *BARE).out, 'unreadable', 'in the table too')
loop = Ram(0x2000)
for i in range(512):
    loop.entry(0x1000, i, 0x1000 | P | W | U | A)
r = ptkit('dump', loop.raw('loop.ram'), *BARE, '-f', 'csv', stdin='')
ok(r.code in (0, 4), 'a table whose every entry is itself ends', f'exit {r.code} {r.err}')
ok(r.code == 4 and 'loops or multiplies' in r.err or r.code == 0, 'and what was refused is said', r.err)

# ---- roots that are none ----
fails(ptkit('dump', clean, '--root', '5000', '--regime', 'x86-64'), 3, '0x5000 is not a root of x86-64', '512 entries', name='an empty root')
fails(ptkit('dump', clean, '--root', '900000', '--regime', 'x86-64'), 3, 'cannot read the root table at 0x900000', name='a root outside the picture')
fails(ptkit('dump', clean, '--root', '1008', '--regime', 'x86-64'), 2, '0x1008', name='a misaligned root')
stray = Ram(0x2000)
for i in range(0, 512, 3):
    stray.entry(0x1000, i, 0x90000000 + (i << 12) | P | W | A)
fails(ptkit('dump', stray.raw('stray.ram'), *BARE), 3, 'not a root', 'no table that it points to', name='a root that leads nowhere')

# ---- walk ----
def walk(va, source=clean, *more):
    r = ptkit('walk', source, hex(va), *BARE, '--json', *more)
    return r, json.loads(r.out)[0] if r.out.startswith('[') and len(r.out) > 5 else None


r, w = walk(BASE + 0x1234)
same((r.code, w['outcome'], w['pa']), (0, 'mapped', '0x6234'), 'walk: a mapped address')
same([(s['manual'], s['linux'], s['index'], s['entry'], s['kind']) for s in w['steps']],
     [('PML4E', 'pgd', 256, '0x1800', 'table'), ('PDPTE', 'pud', 0, '0x2000', 'table'), ('PDE', 'pmd', 0, '0x3000', 'table'),
      ('PTE', 'pte', 1, '0x4008', 'leaf')], 'walk: every level')
same(w['steps'][3]['raw'], hex(0x6000 | P | W | A | D | G | NX), 'walk: the raw value')
same([w['granted'][k] for k in ('kernel', 'user', 'memory')], ['rw-', '---', 'write-back'], 'walk: what is granted')
fields = {f['name']: int(f['value'], 16) for f in w['steps'][3]['fields']}
ok(fields.get('G') == 1 and fields.get('D') == 1 and fields.get('XD', fields.get('NX')) == 1, 'walk: fields by their manual names', fields)
covered = 0
for s in w['steps']:
    bits = [b for f in s['fields'] for b in range(f['low'], f['high'] + 1)]
    covered += sorted(bits) == list(range(64))
same(covered, 4, 'walk: the fields of an entry are all of its 64 bits, each once')
r, w = walk(BASE + 0x3000)
same((w['granted']['user'], w['steps'][3]['own']['user'], w['steps'][1]['takes_away']),
     ('---', 'r-x', ['user read', 'user write', 'user execute']), 'walk: a supervisor level above takes the user rights away')
text = ptkit('walk', clean, hex(BASE + 0x3000), *BARE).out
has(text, 'takes away from all below: user read, user write, user execute', 'and the text says so at that level')
has(text, 'the entry alone says r-x r-x', 'and at the end')
r, w = walk(BASE + 0x212345)
same((w['pa'], w['steps'][-1]['span']), ('0x212345', 0x200000), 'walk: a 2M page')
has(ptkit('walk', clean, hex(BASE + 0x212345), *BARE).out, '=> 0x212345  byte 0x12345 of a 2M page', 'and as text')
r, w = walk(BASE + 0x5000)
same((r.code, w['outcome'], len(w['steps'])), (0, 'unmapped', 4), 'walk: nothing there is an answer')
has(ptkit('walk', clean, hex(BASE + 0x40000000), *BARE).out,
    f'not mapped: the PDPTE (pud) is empty\n   so for all of 0x{BASE + 0x40000000:x}-0x{BASE + 0x7fffffff:x} (1G)', 'and the text says how far')
r, w = walk(BASE + 0x400000)
same((r.code, w['outcome']), (0, 'absent'), 'walk: an entry that is not present')
has(ptkit('walk', clean, hex(BASE + 0x400000), *BARE).out, 'not present', 'and as text')
r, w = walk(BASE + 0x600000, broken)
same((r.code, w['outcome']), (4, 'unreadable'), 'walk: a table that is not in the picture')
fails(r, 4, 'could not be read', name='and the sentence')
has(ptkit('walk', broken, hex(BASE + 0x600000), *BARE).out, '=> unknown: ', 'and as text')
fails(ptkit('walk', clean, '800000000000', *BARE), 2, 'no address of x86-64', 'bits 63 to 47', name='walk: an address that is not canonical')
fails(ptkit('walk', clean, 'zz', *BARE), 2, "'zz'", name='walk: no address at all')
fails(ptkit('walk', clean, *BARE), 2, 'needs a SOURCE and an address', name='walk: no address given')
r = ptkit('walk', clean, hex(BASE), 'zz', hex(BASE + 0x1000), *BARE)
ok(r.code == 2 and r.out.count('=> 0x') == 2, 'walk: a bad address does not keep the others from being shown', r)
brief = ptkit('walk', clean, hex(BASE), *BARE, '--brief').out
same(len(brief.splitlines()), 1 + 4 + 1 + 2, 'walk --brief: a line a level')

# A user page whose levels all allow it, and one level that forbids writing and execution (arm64: APTable, UXNTable, PXNTable).
arm = Ram(0x6000)
TABLE, PAGE, AF, NG = 3, 3, 1 << 10, 1 << 11
arm.entry(0x1000, 0, 0x2000 | TABLE)
arm.entry(0x2000, 0, 0x3000 | TABLE | 2 << 61 | 1 << 59)
arm.entry(0x3000, 0, 0x4000 | TABLE)
arm.entry(0x4000, 7, 0x5000 | PAGE | AF | NG | 3 << 8 | 1 << 6)
r = ptkit('walk', arm.raw('arm64.ram'), '7abc', '--root', '1000', '--regime', 'arm64-4k-48,low', '--json')
w = json.loads(r.out)[0]
same((w['pa'], w['granted']['kernel'], w['granted']['user']), ('0x5abc', 'r--', 'r-x'), 'arm64: what a hierarchical level takes away')

# ---- translate ----
ask = [BASE, BASE + 0x1fff, BASE + 0x5000, BASE + 0x2abcde, 0, 0x800000000000, BASE + 0x3001]
answers = ['0x5000', '0x6fff', '-', '0x2abcde', '-', '-', '0x3001']
want = ''.join(f'{hex(a)} {b}\n' for a, b in zip(ask, answers))
r = ptkit('translate', clean, *BARE, stdin=''.join(f'{a:x}\n' for a in ask))
ok(r.code == 0 and r.out == want and r.err == '', 'translate: in order, "-" where nothing is mapped', r)
same(ptkit('translate', clean, *BARE, stdin=''.join(f'  0X{a:016X} \r\n' for a in ask)).out, want, '0x, capitals, blanks and CR are fine')
same(ptkit('translate', clean, *BARE, stdin='\n'.join(f'{a:x}' for a in ask)).out, want, 'the last line needs no newline')
same(ptkit('translate', clean, *BARE, stdin='').out, '', 'nothing asked, nothing said')
for n in (4095, 4096, 4097, 50000):
    many = ''.join(f'0x{BASE + i % 0x3000:x}\n' for i in range(n))
    got = ptkit('translate', clean, *BARE, stdin=many).out
    pas = [0x5000 + i % 0x3000 for i in range(n)]
    ok(got == ''.join(f'0x{BASE + i % 0x3000:x} {p:#x}\n' for i, p in enumerate(pas)), f'translate: {n} lines')
for bad in ('zz', '', '12 34', '10000000000000000', '0x', '-1', 'f' * 300000):
    r = ptkit('translate', clean, *BARE, stdin=f'{BASE:x}\n{bad}\n{BASE:x}\n')
    fails(r, 2, 'line 2 of standard input', name=f'translate: line 2 is {bad[:20]!r}')
    same(r.out, f'{hex(BASE)} 0x5000\n', 'and line 1 is answered')
r = ptkit('translate', broken, *BARE, stdin=f'{BASE + 0x600000:x}\n{BASE:x}\n')
fails(r, 4, '1 address has no answer', name='translate: a table that is not in the picture')
same(r.out, f'{hex(BASE + 0x600000)} -\n{hex(BASE)} 0x5000\n', 'and the others are answered')
p = subprocess.Popen([PTKIT, 'translate', clean, *BARE], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
said = []
for a in (BASE, BASE + 0x1000):
    p.stdin.write(f'{a:x}\n'.encode())
    p.stdin.flush()
    said.append(p.stdout.readline().decode())
p.stdin.close()
p.wait()
same(said, [f'{hex(BASE)} 0x5000\n', f'{hex(BASE + 0x1000)} 0x6000\n'], 'translate: as one end of a conversation')

# ---- info ----
high = Ram(0x2000, base=0x40001000)
high.entry(0x40001000, 0, 0x40002000 | P | A)
for prefix in ('', '0x'):
    uri = high.raw('high.ram').replace('@', '@' + prefix)
    doc = json.loads(ptkit('info', uri, '--root', '40001000', '--regime', 'x86-64', '--json').out)
    same(doc['memory']['extents'], [{'first': '0x40001000', 'last': '0x40002fff'}], f'raw RAM at @{prefix}40001000')
r = ptkit('info', core, *BARE, '--json')
doc = json.loads(r.out)
same((r.code, doc['memory']['format'], doc['memory']['machine'], doc['memory']['bytes']), (0, 'elf', 62, 0x8000), 'info on memory alone')
same(doc['memory']['extents'], [{'first': '0x0', 'last': '0x7fff'}], 'info: extents')
same(doc['spaces'][0]['root'], '0x1000', 'info: the space that was asked for')
cut = os.path.join(tmp.name, 'cut.lime')
with open(cut, 'wb') as f:
    f.write(struct.pack('<IIQQQ', 0x4c694d45, 1, 0, 0x7fff, 0) + bytes(0x4000))
same(ptkit('info', cut, *BARE).err.split('\n')[0], f'ptkit: {cut} is truncated: its last range lacks 16384 bytes',
     'a truncated file is named once')
done()
