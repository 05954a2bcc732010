# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
"""build: what it writes can be read back, what is wrong is said with its line, and nothing is written then."""
import os
import shutil
import subprocess

from cli import *

SPEC = '''regime: x86-64
tables: {at: 0x100000, size: 1M}
entries:
  - {name: text, va: 0xffffffff80000000, pa: 0x1000000, size: 4M, rights: r-x}
  - {name: data, va: 0xffffffff80400000, pa: 0x1400000, size: 12K, rights: rw-}
'''
here = tmp.name


def write(name, text):
    path = os.path.join(here, name)
    with open(path, 'w' if isinstance(text, str) else 'wb') as f:
        f.write(text)
    return path


spec = write('board.yaml', SPEC)
core = os.path.join(here, 'tables.core')
r = ptkit('build', spec, '-o', core)
if 'without libyaml' in r.err:
    skip('built without libyaml')
    done()
ok(r.code == 0 and r.err == '', 'build writes a core', r)
has(r.out, '4 tables, 16K', 'it says how many tables there are')
has(r.out, 'CR3        0x0000000000100000', 'and which registers go with them')
r = ptkit('walk', core, 'ffffffff80401234')
ok(r.code == 0 and '0x1401234' in r.out, 'walk reads the core without being told root and regime', r)
r = ptkit('dump', core, '-f', 'csv')
ok(r.code == 0 and r.out.count('\n') == 3, 'dump lists the two ranges', r)
r = ptkit('translate', core, stdin='ffffffff80000000\nffffffff80403000\n')
same(r.out, '0xffffffff80000000 0x1000000\n0xffffffff80403000 -\n', 'translate too')
r = ptkit('info', core)
ok(r.code == 0 and 'root 0x100000' in r.out, 'info names root and regime', r)

before = sorted(os.listdir(here))
r = ptkit('build', spec, '--plan')
ok(r.code == 0 and 'root at 0x100000' in r.out and '2 x 2M' in r.out, '--plan shows the tree', r)
same(sorted(os.listdir(here)), before, 'and writes nothing')

for fmt in ('bin', 'c', 'asm'):
    out = os.path.join(here, 'out.' + fmt)
    r = ptkit('build', spec, '--emit', fmt, '-o', out, '--symbol', 'tables')
    ok(r.code == 0 and os.path.getsize(out) > 1000, f'--emit {fmt}', r)
r = ptkit('build', spec, '--emit', 'c', '-o', '/dev/stdout')
ok(r.code == 0 and r.out.startswith('/*\n * Page tables: x86-64') and r.out.rstrip().endswith('};'), 'C on standard output alone', r)
r = ptkit('build', spec, '--at', '200000', '-o', core)
has(r.out, 'CR3        0x0000000000200000', '--at moves the tables')
r = ptkit('build', '-', '-o', core, stdin=SPEC)
ok(r.code == 0, 'a specification on standard input', r)

# ---- what is wrong ----
clash = write('clash.yaml', SPEC + '  - {name: rogue, va: 0xffffffff80200000, pa: 0, size: 4K}\n')
gone = os.path.join(here, 'gone')
r = ptkit('build', clash, '-o', gone)
ok(r.code == 1 and not os.path.exists(gone), 'entries that overlap: exit 1, nothing written', r)
ok('line 6' in r.err and 'rogue' in r.err and 'text' in r.err, 'both are named, with the line', r)
r = ptkit('build', write('bad.yaml', 'regime: x86-46\n'), '-o', gone)
ok(r.code == 3 and 'line 1, column 9' in r.err and 'x86-64' in r.err, 'a wrong word: line, column, near names', r)
r = ptkit('build', write('bad.yaml', 'regime: [\n'), '-o', gone)
ok(r.code == 3 and 'line 2' in r.err, 'no YAML', r)
r = ptkit('build', write('bad.yaml', 'regime: x86-64\nentries: []\n'), '-o', gone)
ok(r.code == 2 and '--at' in r.err, 'no room for tables is said', r)
small = SPEC.replace('size: 1M', 'size: 8K')
r = ptkit('build', write('bad.yaml', small), '-o', gone)
ok(r.code == 3 and not os.path.exists(gone), 'too little room', r)
r = ptkit('build', os.path.join(here, 'absent.yaml'), '-o', gone)
ok(r.code == 3 and 'absent.yaml' in r.err, 'no such file', r)
r = ptkit('build', spec)
ok(r.code == 2 and '-o FILE' in r.err, 'no output named', r)
r = ptkit('build', '-o', gone)
ok(r.code == 2, 'neither a specification nor a device tree', r)
r = ptkit('build', spec, '-o', gone, '--emit', 'elff')
ok(r.code == 2 and 'elf' in r.err, 'an unknown format: near ones', r)
r = ptkit('build', spec, '-o', '/nonexistent/x')
ok(r.code == 3 and '/nonexistent/x' in r.err, 'a folder that is not there', r)
r = ptkit('build', spec, '--emit', 'c', '--symbol', 'a b', '-o', gone)
ok(r.code != 0 and 'a b' in r.err, 'a symbol that is no identifier', r)

# ---- device trees ----
if shutil.which('dtc'):
    dts = '''/dts-v1/;
/ { #address-cells = <1>; #size-cells = <1>;
  memory@80000000 { device_type = "memory"; reg = <0x80000000 0x10000000>; };
  uart@10000000 { compatible = "ns16550a"; reg = <0x10000000 0x100>; }; };'''
    dtb = os.path.join(here, 'board.dtb')
    subprocess.run(['dtc', '-q', '-o', dtb, write('board.dts', dts)], check=True)
    r = ptkit('build', '--dtb', dtb, '--regime', 'riscv-sv39', '--at', '80000000', '-o', core)
    if 'without libfdt' in r.err:
        skip('built without libfdt')
    else:
        ok(r.code == 0, 'a device tree alone', r)
        same(ptkit('translate', core, stdin='10000010\n8fffffff\n90000000\n').out,
             '0x10000010 0x10000010\n0x8fffffff 0x8fffffff\n0x90000000 -\n', 'memory and device at their own addresses')
        r = ptkit('build', '--dtb', dtb, '--at', '80000000', '-o', gone)
        ok(r.code == 3 and 'regime' in r.err, 'which needs a regime', r)
else:
    skip('no dtc')
r = ptkit('build', '--dtb', spec, '--regime', 'x86-64', '--at', '0', '-o', gone)
ok(r.code == 3 and 'device tree' in r.err, 'what is no device tree', r)

# ---- like a text ----
examples = os.path.join(os.environ['PTKIT_SOURCE'], 'examples')
for name in ('arm-vexpress-6.12', 'riscv64-6.12-sv39', 'x86_64-6.12'):
    path_ = os.path.join(examples, name + '.txt')
    with open(path_) as f:
        want = f.read()
    r = ptkit('build', '--like', path_, '-o', core)
    ok(r.code == 0 and 'prints like Linux' in r.out, f'--like {name}', r)
    same(ptkit('dump', core).out, want, f'{name}: comes back')
    snap = os.path.join(here, 'snap.core')
    ok(ptkit('snapshot', core, '-o', snap).code == 0 and ptkit('dump', snap).out == want, f'{name}: through a snapshot too')
r = ptkit('info', core)
ok(r.code == 0 and "ptkit's note" in r.out and 'x86-64-la57' in r.out, 'info says where it is from', r)
out = ptkit('dump', core, '--format', 'table').out
has(out, 'Low Kernel Mapping', 'ranges have their regions')
plain = write('plain.txt', 'root# cat kernel_page_tables\n---[ Modules ]---\n0xc0000000-0xc0200000 2M RW NX SHD\n')
r = ptkit('build', '--like', plain, '-o', core, '--pa', '60000000', '--at', '10000000')
ok(r.code == 4 and 'line 1' in r.err and 'root at 0x10000000' in r.out, 'a line that is none of it: said, exit 4', r)
same(ptkit('translate', core, stdin='c0100000\n').out, '0xc0100000 0x60100000\n', '--pa')
has(ptkit('build', '--like', plain, '--plan').out, '[3072..3073] 0xc0000000 -> 0  2 x 1M', '--plan shows them')
gap = ('---[ User Space ]---\n'
       '0x0000000000000000-0xffffff0000000000    16777215T                               pgd\n'
       '---[ ESPfix Area ]---\n'
       '0xffffff0000000000-0xffffff0000001000           4K     ro                 GLB NX pte\n'
       '... %s entries skipped ... \n'
       '---[ High Kernel Mapping ]---\n'
       '0xffffffff80000000-0x0000000000000000           2G                               pud\n')
r = ptkit('build', '--like', write('gap.txt', gap % 131072), '-o', core)
ok(r.code == 4 and 'gap.txt: line 5: ' in r.err and '0xffffff0000001000-0xffffffff7fffffff (131072 ranges' in r.err,
   'what the kernel counted only: the addresses, exit 4', r)
same(ptkit('dump', core).out, gap % 3, 'all else comes back')
r = ptkit('build', '--like', write('bad.txt', '---[ Modules ]---\n0xc0000000-0xc0100000 1M RW NX SHD\n'), '-o', gone)
ok(r.code == 3 and 'bad.txt: line 2' in r.err and not os.path.exists(gone), 'what no tables print: the line, nothing written', r)
fails(ptkit('build', spec, '--like', plain, '-o', gone), 2, '--like goes with neither', name='a SPEC and a text')
fails(ptkit('build', spec, '--pa', '0', '-o', gone), 2, '--pa goes with --like', name='--pa without')
fails(ptkit('build', '--like', spec, '-o', gone), 3, 'no line of a page-table text', name='no text')
r = ptkit('build', '--like', plain, '-o', core, '--kernel-version', 'soon')
ok(r.code == 3 and "'soon' is not a kernel version" in r.err, 'a version that is none', r)
done()
