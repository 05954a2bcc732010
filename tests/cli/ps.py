# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
"""ptkit ps and --pid: processes of real kernels, against what these kernels said of their init."""
import csv
import io
import json
import os

from cli import *

CAPTURES = os.environ.get('PTKIT_CAPTURES') or os.path.join(SOURCE, '..', 'shared', 'captures')
PAGE = {'arm64-64k52-6.12': 65536}


def maps(name):
    """[(first, last)] of init's /proc/self/maps."""
    with open(os.path.join(CAPTURES, name, 'proc_self_maps.txt')) as f:
        spans = [line.split()[0].split('-') for line in f if '-' in line.split(' ')[0]]
    return [(int(a, 16), int(b, 16) - 1) for a, b in spans if int(a, 16) < 1 << 63]


def pages(name):
    """{va: pfn} of the pages that init's pagemap says are present."""
    with open(os.path.join(CAPTURES, name, 'pagemap.txt')) as f:
        rows = [[int(w, 16) for w in line.split()] for line in f if len(line.split()) == 2]
    return {va: entry & (1 << 55) - 1 for va, entry in rows if entry >> 63}


def kernel(name):
    core = os.path.join(CAPTURES, name, 'vmcore.zst')
    size = PAGE.get(name, 4096)
    r = ptkit('ps', core, '--json')
    if 'this build' in r.err:
        skip(f'{name}: {r.err.strip()}')
        return
    ok(r.code == 0 and r.err == '', f'{name}: ps', r)
    all_ = json.loads(r.out)
    by_pid = {p['pid']: p for p in all_}
    ok(len(by_pid) == len(all_) > 20, f'{name}: {len(all_)} processes, each once')
    same([by_pid[0]['is'], by_pid[2]['name'], by_pid[2]['is'], by_pid[1]['name'], by_pid[1]['is']],
         ['kernel', 'kthreadd', 'kernel', 'init', 'user'], f'{name}: the first three')
    here = pages(name)
    resident = by_pid[1]['resident'] // size
    table = ptkit('ps', core)
    rows = list(csv.DictReader(io.StringIO(ptkit('ps', core, '--format', 'csv').out)))
    same([int(x['pid']) for x in rows], [p['pid'] for p in all_], f'{name}: csv has the same')
    same(len(table.out.splitlines()), len(all_) + 1, f'{name}: so has the table')
    same(sum(int(v) for k, v in rows[1].items() if k.startswith('tables_')), int(rows[1]['tables']), f'{name}: tables by level')
    users = [json.loads(line)['pid'] for line in ptkit('ps', core, '--user', '--format', 'jsonl').out.splitlines()]
    same(users, [1], f'{name}: --user')

    r = ptkit('dump', core, '--pid', '1', '--format', 'jsonl')
    leaves = [x for x in map(json.loads, r.out.splitlines()) if x['kind'] == 'leaf']
    mapped = {va: (int(x['pa'], 16) + (0 if x.get('repeat') else va - int(x['first'], 16))) // size
              for x in leaves for va in range(int(x['first'], 16), int(x['last'], 16), size)}
    wrong = [hex(va) for va in here if mapped.get(va) != here[va]]
    ok(r.code == 0 and len(wrong) <= 1, f'{name}: dump --pid 1 has the pages that pagemap has', wrong)
    same(len(mapped), resident, f'{name}: as many pages as ps says are resident')
    areas = maps(name)
    beyond = [hex(va) for va in mapped if not any(a <= va <= b for a, b in areas)]
    ok(not beyond, f'{name}: all of them lie in areas of maps', beyond)
    va = next(iter(here))
    same(ptkit('translate', core, '--pid', '1', stdin=f'{va + 5:x}\n').out.split()[-1], hex(here[va] * size + 5), f'{name}: translate --pid')
    has(ptkit('walk', core, '--pid', '1', f'{va:x}').out, 'process 1 (init)', f'{name}: walk --pid')
    fails(ptkit('dump', core, '--pid', '2'), 3, 'kthreadd', 'thread of the kernel', name=f'{name}: a thread of the kernel')
    fails(ptkit('walk', core, '--pid', '77777', '0'), 3, '77777', name=f'{name}: no such process')


bare = path('ps.ram')
write('ps.ram', b'\0' * 4096)
for args, words in ((['--pid', '1', '--table', 'kernel'], 'exclude'), (['--pid', 'x'], 'x'), (['--pid', '0'], '0'),
                    (['--pid', '1', '--root', '0', '--regime', 'x86-64'], '--pid')):
    fails(ptkit('dump', 'raw:' + bare, *args), 2, words, name=' '.join(args))
fails(ptkit('ps', 'raw:' + bare), 3, 'no Linux kernel', name='no kernel, no processes')
fails(ptkit('ps', 'raw:' + bare, '--json', '--format', 'csv'), 2, 'exclude', name='two formats')
core = os.path.join(SOURCE, 'examples')
names = sorted(n for n in (os.listdir(CAPTURES) if os.path.isdir(CAPTURES) else [])
               if os.path.exists(os.path.join(CAPTURES, n, 'pagemap.txt')))
for name in names[::3]:
    kernel(name)
if not names:
    skip('no captures')
done()
