# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
"""What Linux keeps in entries that are not present: walk says it of one, dump of ranges, against what pagemap said."""
import json
import os

from cli import *

for name, poisoned in (('debian-swap-6.1', False), ('debian-swap-6.12', True)):
    core = os.path.join(SOURCE, 'examples', name + '.core.zst')
    pages = [line.split() for line in open(os.path.join(SOURCE, 'examples', name + '.absent')) if line[0] != '#']
    absent = [(label, int(va, 16), int(entry, 16)) for label, va, entry in pages if int(entry, 16) >> 62 == 1]
    r = ptkit('walk', core, '--json', *(f'{va:x}' for _, va, _ in absent))
    if 'this build' in r.err:
        skip(f'{name}: {r.err.strip()}')
        continue
    got = [(w['outcome'], w['absent']['type'], int(w['absent']['offset'], 16)) for w in json.loads(r.out)]
    want = [('absent', e & 31, e % (1 << 55) >> 5) for _, _, e in absent]
    ok(len(want) > 40 and got == want, f'{name}: walk tells type and offset of {len(want)} pages, as pagemap does',
       next((x for x in zip(absent, got, want) if x[1] != x[2]), r.err))
    va = next(va for label, va, _ in absent if label == 'swap')
    has(ptkit('walk', core, hex(va)).out, 'Linux keeps there: in swap: area 0, page 0x', f'{name}: in words')
    ranges = [json.loads(x) for x in ptkit('dump', core, '--table', 'current_user', '--format', 'jsonl').out.splitlines()]
    why = {}
    for label, va, _ in absent:
        held = [x for x in ranges if int(x['first'], 16) <= va <= int(x['last'], 16)]
        why.setdefault(label, set()).update(x['why'] for x in held if x['kind'] == 'not present')
    same((why['swap'], why['swap-uffd-wp']), ({'in swap, area 0'},) * 2, f'{name}: dump tells swap')
    if poisoned:
        same(why['poison-marker'], {'a marker: poisoned, an access raises SIGBUS'}, f'{name}: dump tells a marker')
    none = {x['why'] for label, va, e in ((p[0], int(p[1], 16), p[2]) for p in pages) if label == 'prot-none'
            for x in ranges if int(x['first'], 16) <= va <= int(x['last'], 16)}
    ok(len(none) == 1 and 'PROT_NONE' in none.pop(), f'{name}: dump tells what has no access', none)
# the kernel's half is not for such readings
r = ptkit('walk', core, 'ffff800000000000')
ok(r.code == 0 and 'Linux keeps' not in r.out, 'nothing is said of kernel addresses', r)
done()
