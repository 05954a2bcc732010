# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
"""boot: a board's file alone gives the lines that the real kernel printed; the trace is in the kernel's order."""
import json
import os
import re
import struct

from cli import *

examples = os.path.join(os.environ['PTKIT_SOURCE'], 'examples')
board = os.path.join(examples, 'arm-vexpress.yaml')
core = os.path.join(tmp.name, 't.core')

r = ptkit('boot', '--machine', board, '-o', core)
if 'cannot read YAML' in r.err:
    skip('built without libyaml')
    done()
ok(r.code == 0 and r.out == '' and r.err == '', 'boot writes the tables', r)


def section(text, names):
    """The lines of a dump under these headings."""
    out, keep = [], False
    for line in text.splitlines():
        if line.startswith('---'):
            keep = line in names
        elif keep:
            out.append(line)
    return out


r = ptkit('dump', core)
ok(r.code == 0 and r.err == '', 'dump prints the kernel\'s text of them', r)
real = open(os.path.join(examples, 'arm-vexpress-6.12.txt')).read()
heads = ['---[ Kernel Mapping ]---', '---[ FDT Area ]---', '---[ Fixmap Area ]---', '---[ Vectors ]---']
ours, theirs = section(r.out, heads), section(real, heads)
# Memory for devices is mapped alike at boot; 256K of it were given away since.
devices = [x for x in theirs if 0x8f000000 <= int(x[2:10], 16) < 0x90000000]
same(len(devices), 2, 'the real kernel has changed memory for devices')
same([x for x in ours if x.startswith('0x8f000000-0x90000000')], ['0x8f000000-0x90000000          16M' + devices[1][devices[1].index(' PTE'):]],
     'which was of one type when it booted')
same([x for x in ours if not x.startswith('0x8f000000')], [x for x in theirs if x not in devices], 'all other lines are the real kernel\'s')

# ---- the trace ----
r = ptkit('boot', '--machine', board, '--trace', '--color', 'never')
steps = [re.match(r'(\w+)', x).group(1) for x in r.out.splitlines() if re.match(r'\w', x)]
same(steps, ['__create_page_tables', 'early_fixmap_init', 'arm_memblock_init', 'adjust_lowmem_bounds', 'prepare_page_table', 'map_lowmem',
             'map_kernel', 'dma_contiguous_remap', 'early_fixmap_shutdown', 'devicemaps_init', 'kmap_init', 'fix_kernmem_perms',
             'mark_rodata_ro'], 'the trace goes by the kernel\'s order')
has(r.out, 'create_mapping  0x80b00000-0x8fffffff -> 0x60b00000  MT_MEMORY_RW', 'a mapping with its type')
has(r.out, '245 sections of 1M', 'the unit')
has(r.out, 'table 0x6effe000 from memblock', 'a table, and where it came from')
docs = open(os.path.join(os.environ['PTKIT_SOURCE'], 'docs', 'boot-arm.md')).read()
stale = [x for x in r.out.splitlines() if '    ' + x not in docs]
ok(not stale, 'docs/boot-arm.md tells all of it', '\n'.join(stale))
for stage, last in (('head', '__create_page_tables'), ('early', 'early_fixmap_init'), ('paging_init', 'kmap_init')):
    r = ptkit('boot', '--machine', board, '--trace', '--stage', stage, '--color', 'never')
    steps = [x for x in r.out.splitlines() if re.match(r'\w', x)]
    ok(r.code == 0 and steps[-1].startswith(last), f'--stage {stage} ends with {last}', r)
r = ptkit('boot', '--machine', board, '--stage', 'head', '-o', core)
r = ptkit('walk', core, '60100000')
ok(r.code == 0 and '0x60100c0e' in r.out, 'the tables of head.S have the identity map', r)

# ---- machines ----
r = ptkit('boot', '--machine', board)
ok(r.code == 0 and 'map_lowmem' in r.out and 'devicemaps_init' in r.out, 'without anything else the regions are listed', r)
copy = os.path.join(tmp.name, 'copy.yaml')
r = ptkit('boot', '--machine', board, '--write-machine', copy)
ok(r.code == 0, '--write-machine', r)
same(ptkit('boot', '--machine', copy).out, ptkit('boot', '--machine', board).out, 'what was written boots the same')
r = ptkit('boot', '--machine', '-', stdin=open(board).read().replace('0x60000000, size: 256M', '0x60000000, size: 8M'))
ok(r.code and 'does not lie in one bank' in r.err and r.err.count('\n') == 1, 'an impossible machine: one sentence', r)
r = ptkit('boot', '--machine', '-', stdin=open(board).read().replace('smp:', 'spm:'))
ok(r.code and 'line 13' in r.err and "no 'spm'" in r.err, 'a wrong key is told with its line', r)

# ---- versions ----
old = ptkit('boot', '--machine', board, '--kernel-version', '4.4')
ok(old.code == 0 and old.err == 'ptkit: how arm Linux 4.4 sets up its page tables is not known here: the rules of 5.10, the nearest '
   'version that is, are taken\n', 'an old kernel is booted as the oldest that is known, and that is said', old)
same(old.out, ptkit('boot', '--machine', board, '--kernel-version', '5.10').out, 'by just those rules')
r = ptkit('boot', '--machine', board, '--kernel-version', '99.1')
ok(r.code == 0 and 'arm Linux 99.1' in r.err and 'the rules of 7.3' in r.err, 'a new one as the newest', r)
r = ptkit('boot', '--machine', '-', stdin=open(board).read().replace('kernel: 6.12', 'kernel: 0.0'))
ok(r.code == 0 and 'version is not known' in r.err and r.err.count('\n') == 1, 'and one that nobody knows', r)
r = ptkit('boot', '--machine', board, '--kernel-version', 'new')
ok(r.code == 2 and "'new' is not a kernel version" in r.err, 'a version that is none', r)

# ---- for programs ----
doc = json.loads(ptkit('boot', '--machine', board, '--trace', '--json').out)
same((doc['regime'], doc['kernel'], doc['doubt']), ('arm-short', '6.12', None), 'JSON: the machine')
plain = ptkit('boot', '--machine', board, '--trace', '--color', 'never').out.splitlines()
same([x['function'] for x in doc['steps'] if not x['depth']], [re.match(r'\w+', x)[0] for x in plain if re.match(r'\w', x)],
     'the steps that the text has')
lowmem = [x for x in doc['steps'] if x['function'] == 'create_mapping' and x['first'] == '0x80b00000']
same(lowmem, [{'kind': 'step', 'depth': 1, 'function': 'create_mapping', 'type': 'MT_MEMORY_RW', 'first': '0x80b00000',
               'last': '0x8fffffff', 'pa': '0x60b00000'}], 'a step, whole')
same([x['table'] for x in doc['steps'] if x.get('from') == 'memblock'][:2], ['0x6effe000', '0x6effd000'], 'tables that were taken')
same([(x['first'], x['region'], x['function']) for x in doc['regions']][:2],
     [('0x80000000', 'kernel image', 'map_kernel'), ('0x80b00000', 'lowmem', 'map_lowmem')], 'regions')
lines = [json.loads(x) for x in ptkit('boot', '--machine', board, '--trace', '--format', 'jsonl').out.splitlines()]
same([x for x in lines if x['kind'] != 'machine'], doc['steps'] + doc['regions'], 'json and jsonl say the same')
same(json.loads(ptkit('boot', '--machine', board, '--kernel-version', '4.4', '--json').out)['doubt'] + '\n', old.err[len('ptkit: '):],
     'a doubt is in it')

# Against itself, but for three entries: sections of lowmem that is read-only or gone, a page in the fixmap.
other = os.path.join(tmp.name, 'other.core')
ptkit('boot', '--machine', board, '-o', core)
image = bytearray(open(core, 'rb').read())


def poke(pa, change):
    """Change a word of the core at a physical address; what it was, and what it is."""
    phoff, = struct.unpack_from('<I', image, 28)
    for i in range(struct.unpack_from('<H', image, 44)[0]):
        kind, offset, _, first, size = struct.unpack_from('<5I', image, phoff + 32 * i)
        if kind == 1 and first <= pa < first + size:
            at = offset + pa - first
            was, = struct.unpack_from('<I', image, at)
            struct.pack_into('<I', image, at, change(was))
            return hex(was), hex(change(was))
    raise ValueError(hex(pa))


expect = [('different', '0x82000000', *poke(0x60004000 + 4 * 0x820, lambda v: v ^ 0x8000)),
          ('only ours', '0x82200000', poke(0x60004000 + 4 * 0x822, lambda v: 0)[0], None),
          ('only theirs', '0xffd00000', None, poke(0x6eff3c00, lambda v: 0x6000045e)[1])]
with open(other, 'wb') as f:
    f.write(image)
r = ptkit('boot', '--machine', board, '--compare', other, '--json')
ok(r.code == 1, 'findings are told by the exit code here too', r)
doc = json.loads(r.out)
same([(x['verdict'], x['first'], x['ours'] and x['ours']['raw'], x['theirs'] and x['theirs']['raw']) for x in doc['differences']],
     expect, 'differences')
whole = {k: sum(x[k] for x in doc['regions'] if not x['changes']) for k in ('entries', 'equal', 'different', 'only_ours', 'tables')}
ok(all(x['user'] is False and x['tables_late'] == 0 for x in doc['regions']), 'arm has no table for user code, and takes none from the page allocator', doc)
same({k: doc['static'][k] for k in whole}, whole, 'the sum of the static regions is theirs')
same(doc['static']['entries'] - doc['static']['equal'], len(expect), 'and all else is equal')
rows = [json.loads(x) for x in ptkit('boot', '--machine', board, '--compare', other, '-f', 'jsonl').out.splitlines()]
same([x for x in rows if x['kind'] == 'difference'], doc['differences'], 'the same a line each')
same([x['entries'] for x in rows if x['kind'] == 'sum'], [doc['changing']['entries'], doc['static']['entries']], 'sums too')

# ---- usage ----
for args, words in ((['boot'], 'needs a machine'), (['boot', '--like', core, '--machine', board], 'exclude each other'),
                    (['boot', '--like', core, '--dtb', core], 'go with --machine'),
                    (['boot', '--machine', board, '--stage', 'late'], 'late'),
                    (['boot', '--machine', board, '--json', '--format', 'jsonl'], 'exclude each other'),
                    (['boot', '--machine', board, '-o', '-', '--trace'], 'takes the tables alone'),
                    (['boot', '--machine', board, '--json', '--write-machine', '-'], 'standard output is taken')):
    r = ptkit(*args)
    ok(r.code == 2 and words in r.err, f'{" ".join(args[:1] + [a for a in args[1:] if a[0] == "-"])}: {words}', r)
mine = write('mine.core', open(os.path.join(examples, 'arm-2l-6.12.core'), 'rb').read())
fails(ptkit('boot', '--like', mine, '-o', mine), 2, 'that is a source', name='tables onto the picture they are like')
fails(ptkit('boot', '--machine', board, '--compare', mine, '-o', mine), 2, 'that is a source', name='tables onto the picture they are held against')
same(os.path.getsize(mine), os.path.getsize(os.path.join(examples, 'arm-2l-6.12.core')), 'which is as it was')
done()
