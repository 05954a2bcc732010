# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
"""regimes: the list, and the geometry of each against the kernel's own constants."""
import json

from cli import *

r = ptkit('regimes', '--json')
names = [x['name'] for x in json.loads(r.out)]
ok(r.code == 0 and {'arm-short', 'arm-lpae', 'arm64-4k-48', 'x86-32', 'x86-pae', 'x86-64', 'x86-64-la57', 'riscv-sv32',
                    'riscv-sv39', 'riscv-sv48', 'riscv-sv57'} <= set(names), 'every regime is listed', names)
same([x.split()[0] for x in ptkit('regimes').out.splitlines()[1:]], names, 'the same list as text')

# (PGDIR, P4D, PUD, PMD, PAGE)_SHIFT and PTRS_PER_ the same, from the kernel's headers: arch/x86/include/asm/pgtable-*_types.h,
# arch/arm64/include/asm/pgtable-hwdef.h, arch/arm/include/asm/pgtable-{2,3}level.h, arch/riscv/include/asm/pgtable-{32,64}.h
LINUX = {
    'x86-64-la57': ([48, 39, 30, 21, 12], [512, 512, 512, 512, 512]),
    'x86-64': ([39, 39, 30, 21, 12], [512, 1, 512, 512, 512]),
    'x86-pae': ([30, 30, 30, 21, 12], [4, 1, 1, 512, 512]),
    'x86-32': ([22, 22, 22, 22, 12], [1024, 1, 1, 1, 1024]),
    'arm-short': ([21, 21, 21, 21, 12], [2048, 1, 1, 1, 512]),
    'arm-lpae': ([30, 30, 30, 21, 12], [4, 1, 1, 512, 512]),
    'arm64-4k-48': ([39, 39, 30, 21, 12], [512, 1, 512, 512, 512]),
    'arm64-4k-39': ([30, 30, 30, 21, 12], [512, 1, 1, 512, 512]),
    'arm64-64k-42': ([29, 29, 29, 29, 16], [8192, 1, 1, 1, 8192]),
    'arm64-64k-48': ([42, 42, 42, 29, 16], [64, 1, 1, 8192, 8192]),
    'arm64-16k-47': ([36, 36, 36, 25, 14], [2048, 1, 1, 2048, 2048]),
    'riscv-sv39': ([30, 30, 30, 21, 12], [512, 1, 1, 512, 512]),
    'riscv-sv48': ([39, 39, 30, 21, 12], [512, 1, 512, 512, 512]),
    'riscv-sv57': ([48, 39, 30, 21, 12], [512, 512, 512, 512, 512]),
}
for name, (shifts, entries) in LINUX.items():
    r = ptkit('regimes', name, '--json')
    if not ok(r.code == 0, f'{name}: known', r):
        continue
    doc = json.loads(r.out)
    same([x['shift'] for x in doc['linux']], shifts, f'{name}: _SHIFT of pgd, p4d, pud, pmd, page')
    same([x['entries'] for x in doc['linux']], entries, f'{name}: PTRS_PER_')
    width = 2 ** doc['va_width']
    same([int(x['mask'], 16) for x in doc['linux']], [width - 2 ** s for s in shifts], f'{name}: _MASK')
    same([x['folded'] for x in doc['linux']], [e == 1 for e in entries], f'{name}: what is folded')
    text = ptkit('regimes', name).out
    for macro, shift, n in zip(('PGDIR', 'P4D', 'PUD', 'PMD', 'PAGE'), shifts, entries):
        line = next(x for x in text.split('\nLinux')[1].splitlines() if x.startswith(macro + ' '))
        ok(line.split()[1] == str(shift) and f' {n}' in line, f'{name}: {macro} as text', line)

for name in names:
    doc = json.loads(ptkit('regimes', name, '--json').out)
    levels = doc['levels']
    low = levels[-1]
    same(2 ** low['shift'], doc['page_size'], f'{name}: the lowest level maps pages')
    ok(all(a['shift'] == b['shift'] + b['bits'] for a, b in zip(levels, levels[1:])), f'{name}: levels follow on each other', levels)
    ok(all(x['table_bytes'] == x['entries'] * doc['entry_bytes'] for x in levels), f'{name}: table sizes', levels)
    ok(low['leaf'] and not low['table'] and all(x['table'] for x in levels[:-1]), f'{name}: tables above, pages below', levels)

doc = json.loads(ptkit('regimes', 'x86-64', '--json').out)
same(doc['translates'], [{'first': '0x0', 'last': '0x7fffffffffff'}, {'first': '0xffff800000000000', 'last': '0xffffffffffffffff'}],
     'x86-64: canonical addresses')
doc = json.loads(ptkit('regimes', 'arm64-4k-39,high', '--json').out)
same(doc['translates'], [{'first': '0xffffff8000000000', 'last': '0xffffffffffffffff'}], 'arm64-4k-39,high: the half of TTBR1')
fails(ptkit('regimes', 'arm64-4k-47,wnx'), 2, "'wnx'", 'wxn', name='an unknown switch, with the near one')
fails(ptkit('regimes', 'mips'), 2, "unknown regime 'mips'", name='an unknown regime')
fails(ptkit('regimes', 'x86-64,pa=99'), 2, '99', name='a parameter that makes no sense')
done()
