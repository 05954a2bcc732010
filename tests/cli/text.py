# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
"""The kernel's own text as a source: explain, dump and info."""
import json
import os
import subprocess

from cli import *

SAMPLE = '''---[ Modules ]---
0xbfe01000-0xbfe1e000 116K RW NX SHD MEM/CACHED/WBWA
---[ Kernel Mapping ]---
0xc0100000-0xc0700000 6M ro x SHD
---[ Vectors ]---
0xffff0000-0xffff1000 4K USR ro x SHD MEM/CACHED/WBWA
'''
text = write('sample.txt', SAMPLE.encode())
examples = os.path.join(os.environ['PTKIT_SOURCE'], 'examples')


def piped(data, *args):
    p = subprocess.run([PTKIT, *args], input=data.encode(), capture_output=True)
    return p.returncode, p.stdout.decode(), p.stderr.decode()


# ---- explain ----
r = ptkit('explain', '0xc0100000-0xc0700000 6M ro x SHD')
same((r.code, r.err), (0, ''), 'explain: a line')
for words in ('0xc0100000-0xc0700000 6M ro x SHD  (arm)', '6291456 bytes', 'read-only', 'may be executed', 'shareable',
              'no USR: only the kernel', 'the kernel may read, execute; user code may do nothing'):
    has(r.out, words, f'explain: {words}')
same(ptkit('explain', '0xc0100000-0xc0700000', '6M', 'ro', 'x', 'SHD').out, r.out, 'a line without quotes is the same')
code, out, err = piped(SAMPLE, 'explain')
same((code, out.count('\n0x') + out.startswith('0x')), (0, 3), 'explain: standard input')
has(out, '(arm, Vectors)', 'explain: with the marker')
for line, words in (
        ('0xffff000000200000-0xffff000000400000 2M PMD ro NX SHD AF NG BLK UXN MEM/NORMAL',
         ('PXN', 'inner shareable', 'block', 'write-back', 'not global', 'without privilege may not execute')),
        ('0xffffffc4fec00000-0xffffffc4ff000000 0x0000000085e00000 4M PMD . .. .. D A G . . W R V',
         ('0x85e00000, of the first page', 'for the kernel only', 'may not be executed', 'global: mapped alike', 'valid')),
        ('0xff11000000000000-0xff11000000099000 612K RW GLB NX pte', ('CR3', 'nobody may execute', '(x86)')),
        ('0xffff000006000000-0xffff000040000000 928M PMD', ('nothing is mapped',)),
        ('0xc0000000-0xc0100000 1M PGD KERNEL RW NX SHD', ('domain 0', 'sections of 1M'))):
    out = ptkit('explain', line).out
    for w in words:
        has(out, w, f'explain {line[:21]}: {w}')
j = json.loads(ptkit('explain', '--json', '0xffff0000-0xffff1000 4K USR ro x SHD MEM/CACHED/WBWA').out)
same((j['arch'], j['lines'][0]['kernel'], j['lines'][0]['user'], j['lines'][0]['size']), ('arm', 'r-x', 'r-x', 4096),
     'explain --json: the line')
same([c['word'] for c in j['lines'][0]['columns']], ['USR', 'ro', 'x', 'SHD', 'MEM/CACHED/WBWA'], 'and its columns')
fails(ptkit('explain', 'hello'), 3, 'no line of a page-table text', name='explain: something else')
code, out, err = piped(SAMPLE + 'oops\n', 'explain')
ok(code == 4 and 'line 7' in err and '0xffff0000' in out, 'explain: a bad line is named, the rest explained', (code, err))

# ---- dump and info ----
r = ptkit('dump', text, '--json')
same((r.code, r.err), (0, ''), 'dump of a text')
j = json.loads(r.out)
same((j['regime'], [x['first'] for x in j['ranges']], [x['kernel'] for x in j['ranges']], [x['region'] for x in j['ranges']]),
     ('arm-short', ['0xbfe01000', '0xc0100000', '0xffff0000'], ['rw-', 'r-x', 'r-x'], ['Modules', 'Kernel Mapping', 'Vectors']),
     'as JSON')
ok(all(x['pa'] is None and x['level'] is None for x in j['ranges']), 'what it does not say is null', j)
out = ptkit('dump', text).out
has(out, '0xbfe01000-0xbfe1dfff     116K     -  -', 'the default is a table, with dashes')
has(out, '3 ranges, 6.1M mapped', 'and a sum')
same(ptkit('dump', '-', '-f', 'csv', stdin=open(text, 'rb').read()).out, ptkit('dump', text, '-f', 'csv').out, 'a text on standard input')
fails(ptkit('dump', '-', stdin='hello\n' * 1000), 3, 'neither a picture of memory nor a page-table text', name='some other text there')
fails(ptkit('dump', '-'), 3, 'is empty', name='nothing there')
rows = [l.count(',') for l in ptkit('dump', text, '-f', 'csv').out.splitlines()]
same(rows, [rows[0]] * 4, 'as CSV: as many fields as names')
same(len([json.loads(l) for l in ptkit('dump', text, '-f', 'jsonl').out.splitlines() if '"first"' in l]), 3, 'as JSON lines')
same(ptkit('dump', text, '-f', 'csv', '--from', 'c0100000', '--to', 'c0200000').out.count('\n'), 2, 'a window of it')
fails(ptkit('dump', text, '-f', 'kernel'), 2, 'already', name='as the kernel prints it')
fails(ptkit('dump', text, '--table', 'efi'), 2, 'nothing to choose', name='another table')
fails(ptkit('walk', text, 'c0100000'), 3, 'holds no memory', name='walk: there is nothing to walk')
out = ptkit('info', text).out
for words in ('page-table text of arm', '3 lines, 3 of them mapped; 3 markers', 'Vectors'):
    has(out, words, f'info: {words}')
same(json.loads(ptkit('info', text, '--json').out)['text']['lines'], 3, 'info --json')
for name in ('arm-2l-6.12', 'arm64-4k48-6.12', 'riscv64-6.12', 'x86_64-6.12'):
    path_ = os.path.join(examples, name + '.txt')
    r = ptkit('dump', path_, '--json')
    ok(r.code == 0 and len(json.loads(r.out)['ranges']) > 20, f'{name}.txt as JSON', r)
done()
