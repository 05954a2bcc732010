# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
"""boot: a board's file alone gives the lines that the real kernel printed; the trace is in the kernel's order."""
import os
import re

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
docs = open(os.path.join(os.environ['PTKIT_SOURCE'], 'docs', 'boot.md')).read()
stale = [x for x in r.out.splitlines() if '    ' + x not in docs]
ok(not stale, 'docs/boot.md tells it as it is', '\n'.join(stale))
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

# ---- usage ----
for args, words in ((['boot'], 'needs a machine'), (['boot', '--like', core, '--machine', board], 'exclude each other'),
                    (['boot', '--like', core, '--dtb', core], 'go with --machine'),
                    (['boot', '--machine', board, '--stage', 'late'], 'late')):
    r = ptkit(*args)
    ok(r.code == 2 and words in r.err, f'{" ".join(args[:1] + [a for a in args[1:] if a[0] == "-"])}: {words}', r)
mine = write('mine.core', open(os.path.join(examples, 'arm-2l-6.12.core'), 'rb').read())
fails(ptkit('boot', '--like', mine, '-o', mine), 2, 'that is a source', name='tables onto the picture they are like')
fails(ptkit('boot', '--machine', board, '--compare', mine, '-o', mine), 2, 'that is a source', name='tables onto the picture they are held against')
same(os.path.getsize(mine), os.path.getsize(os.path.join(examples, 'arm-2l-6.12.core')), 'which is as it was')
r = ptkit('boot', '--like', os.path.join(examples, 'arm-2l-6.12.core'))
ok(r.code == 3 and 'memblock' in r.err, 'a snapshot of the tables alone has no memblock', r)
done()
