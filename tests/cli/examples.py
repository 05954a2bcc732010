# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
"""Real kernels, from the snapshots in examples/: every verb, against the kernels' own text and against each other."""
import glob
import json
import os
import re
import shutil
import subprocess

from cli import *

texts = sorted(glob.glob(os.path.join(SOURCE, 'examples', '*.txt')))
ok(len(texts) >= 4, 'there are examples', texts)


def picture(text):
    found = glob.glob(text[:-4] + '.core*')
    return found[0] if found else None


def check(name, core, want):
    r = ptkit('dump', core)
    if 'this build' in r.err:
        skip(f'{name}: {r.err.strip()}')
        return
    ok(r.code == 0 and r.err == '' and r.out == want, f'{name}: dump says what the kernel says', Ran(r.code, '', r.err))
    for v in ('table', 'json', 'csv'):
        r = ptkit('dump', core, '--format', v)
        ok(r.code == 0 and r.err == '', f'{name}: dump --format {v}', Ran(r.code, '', r.err))
    ranges = [json.loads(x) for x in ptkit('dump', core, '--format', 'jsonl').out.splitlines()]
    ranges = [x for x in ranges if x['kind'] == 'leaf']
    check_ranges(name, core, want, ranges)
    check_info(name, core)
    check_window(name, core, want)
    check_symbols(name, core)
    check_twins(name, core, want)
    check_snapshot(name, core, want)


def check_ranges(name, core, want, ranges):
    """dump, translate and walk agree; and the kernel's lines cover the same addresses."""
    def end(x, k):
        size = x['page'] if x.get('repeat') else x['size']
        return int(x[k], 16), int(x['pa'], 16) + (size - 1 if k == 'last' else 0)

    ends = [end(x, k) for x in ranges for k in ('first', 'last')]
    r = ptkit('translate', core, stdin=''.join(f'{va:x}\n' for va, _ in ends))
    ok(r.code == 0 and r.out == ''.join(f'{va:#x} {pa:#x}\n' for va, pa in ends), f'{name}: translate agrees at both ends of each range')
    some = ends[::max(1, len(ends) // 20)]
    walked = json.loads(ptkit('walk', core, '--json', *(hex(va) for va, _ in some)).out)
    same([int(w['pa'], 16) for w in walked], [pa for _, pa in some], f'{name}: so does walk')
    by_first = {x['first']: x for x in ranges}
    rights = [(w['granted']['kernel'], by_first[w['va']]['kernel']) for w in walked if w['va'] in by_first]
    ok(rights and all(a == b for a, b in rights), f'{name}: walk and dump grant the same', rights)
    mapped = 0
    for line in want.splitlines():
        m = re.match(r'0x([0-9a-f]+)-0x([0-9a-f]+) +(?:0x[0-9a-f]+ +)?\d+[KMGTPE] (.*)', line)
        if m and re.search(r'\b(RW|ro|R)\b', m[3]):
            mapped += (int(m[2], 16) - int(m[1], 16)) % (1 << 64)
    if 'x86' not in name and 'i386' not in name and 'arm-' not in name:
        same(sum(x['size'] for x in ranges), mapped, f'{name}: as many bytes are mapped as the kernel says')


def check_info(name, core):
    r = ptkit('info', core, '--json')
    doc = json.loads(r.out) if r.code == 0 else {}
    ok(r.code == 0 and re.match(r'\d+\.\d+', doc['linux']['release']) and doc['linux']['markers'] and
       sum(k['running'] for k in doc['linux']['kernels']) == 1 and 'kernel' in doc['linux']['tables'],
       f'{name}: info', r.err)
    ok(ptkit('info', core).code == 0, f'{name}: info as text')


def check_symbols(name, core):
    """swapper_pg_dir, where the picture tells it, is the root; and symbols that are given are used."""
    root = next(k['root'] for k in json.loads(ptkit('info', core, '--json').out)['linux']['kernels'] if k['running'])
    r = ptkit('walk', core, 'swapper_pg_dir', '--json')
    swapper = ''
    if r.code == 0:
        swapper = json.loads(r.out)[0]['va'][2:] + ' D swapper_pg_dir\n'
        same(json.loads(r.out)[0]['pa'], root, f'{name}: swapper_pg_dir is the root')
    else:
        fails(r, 2, "'swapper_pg_dir'", name=f'{name}: no symbol is known, and that is said')
    one = json.loads(ptkit('dump', core, '--format', 'jsonl').out.splitlines()[0])
    va, w = int(one['first'], 16), 8 if len(one['first']) < 12 else 16
    given = write('System.map', ''.join(f'{va + i:0{w}x} D s{i}\n' for i in range(16)).encode()
                  + f'{va + 0x10:0{w}x} D here\n{swapper}'.encode())
    r = ptkit('walk', core, '--symbols', given, 'here', 'here+20', '--json')
    same([x['va'] for x in json.loads(r.out or '[]')], [hex(va + 0x10), hex(va + 0x30)], f'{name}: a symbol of --symbols, and an offset')
    r = ptkit('dump', core, '--symbols', given, '--from', 'here', '--to', 'here', '--format', 'jsonl')
    same([json.loads(x)['first'] for x in r.out.splitlines()], [one['first']], f'{name}: --from and --to by symbol')


# arch/arm/mm/dump.c prints Linux's own entries, by these names for their memory types.
MT = {'SO/UNCACHED': 'MT_UNCACHED', 'MEM/BUFFERABLE/WC': 'MT_BUFFERABLE', 'MEM/CACHED/WT': 'MT_WRITETHROUGH',
      'MEM/CACHED/WBRA': 'MT_WRITEBACK', 'MEM/CACHED/WBWA': 'MT_WRITEALLOC', 'DEV/SHARED': 'MT_DEV_SHARED',
      'DEV/NONSHARED': 'MT_DEV_NONSHARED', 'DEV/WC': 'MT_DEV_WC', 'DEV/CACHED': 'MT_DEV_CACHED', 'MEM/MINICACHE': 'MT_MINICACHE'}


def check_twins(name, core, want):
    lines = [x for x in want.splitlines() if re.match(r'0x.* PTE ', x)]
    if json.loads(ptkit('info', core, '--json').out)['linux']['regime'] != 'arm-short':
        return
    walked = json.loads(ptkit('walk', core, '--json', *(x.split('-')[0] for x in lines)).out)
    twins = [w['steps'][-1].get('linux_entry', {'bits': ''})['bits'].split() for w in walked]
    good = [MT.get(x.split()[-1], 'MT_VECTORS') in t and ('XN' in t) == (' NX ' in x) and ('RDONLY' in t) == (' ro ' in x) and
            ('USER' in t) == (' USR ' in x) for x, t in zip(lines, twins)]
    ok(len(good) > 10 and all(good), f"{name}: walk shows Linux's own entries, of which the kernel's text speaks",
       [(x, t) for x, t, g in zip(lines, twins, good) if not g][:5])


def check_window(name, core, want):
    """Lines of a window are lines of the whole."""
    lines = [x for x in want.splitlines() if x.startswith('0x')]
    line = lines[len(lines) // 2]
    first, last = (int(x, 16) for x in re.match(r'0x(\w+)-0x(\w+)', line).groups())
    r = ptkit('dump', core, '--from', f'{first:x}', '--to', f'{last - 1:x}')
    ok(r.code == 0 and line in r.out.splitlines() and set(r.out.splitlines()) <= set(want.splitlines()),
       f'{name}: --from and --to of one line give that line', r)


def check_snapshot(name, core, want):
    out = path('snapshot.core')
    r = ptkit('snapshot', core, '-o', out)
    ok(r.code == 0 and r.out == '' and r.err == '', f'{name}: a snapshot of it', r)
    ok(os.path.getsize(out) < 4 << 20, f'{name}: under 4 MiB', os.path.getsize(out))
    ok(ptkit('dump', out).out == want, f'{name}: the snapshot says the same')
    same(ptkit('dump', out, '-f', 'csv').out, ptkit('dump', core, '-f', 'csv').out, f'{name}: as ranges too')
    ok(ptkit('snapshot', core, '-o', '-', binary=True).out == open(out, 'rb').read(), f'{name}: the same into a pipe')
    r = ptkit('snapshot', out, '-o', out)
    ok(r.code == 0 and ptkit('dump', out).out == want, f'{name}: a snapshot onto its own source', r)
    ok(not os.path.exists(out + '.part'), f'{name}: nothing is left behind')
    if shutil.which('readelf'):
        p = subprocess.run(['readelf', '-lW', out], capture_output=True, text=True)
        ok(p.returncode == 0 and 'LOAD' in p.stdout and 'CORE (Core file)' in p.stdout and not p.stderr, f'{name}: readelf reads it', p.stderr)
    data = open(out, 'rb').read()
    # Without its root a kernel is searched for, which takes its time: once, where most sizes are to be tried.
    for part in (3, 1) if '64k52' in name else (3,):
        cut = write('cut.core', data[:len(data) * part // 4])
        r = ptkit('dump', cut)
        ok(r.code in (0, 3, 4) and r.err.startswith('ptkit: ') and 'cut.core' in r.err, f'{name}: {part}/4 of it, and said so', Ran(r.code, '', r.err))


for text in texts:
    name = os.path.basename(text)[:-4]
    core = picture(text)
    if ok(core is not None, f'{name}: has its picture'):
        check(name, core, open(text).read())

# A process's own /proc/self/pagemap, from the kernel that mapped it.
for pagemap in glob.glob(os.path.join(SOURCE, 'examples', '*.pagemap')):
    name = os.path.basename(pagemap)[:-8]
    core = glob.glob(pagemap[:-8] + '.core*')[0]
    want = open(pagemap).read()
    r = ptkit('translate', core, '--table', 'current_user', stdin=''.join(x.split()[0] + '\n' for x in want.splitlines()))
    if 'this build' in r.err:
        skip(f'{name}: {r.err.strip()}')
        continue
    ok(r.code == 0 and r.out == want and want.count('\n') > 100, f'{name}: translate says what /proc/self/pagemap says', r)
    va = want.split()[0]
    w = json.loads(ptkit('walk', core, va, '--json').out)[0]
    same((w['table'], w['pa']), ('current_kernel', want.split()[1]), f'{name}: walk finds the table that maps a user address')
    ok(ptkit('dump', core).code == 0, f'{name}: dump of a kernel without ptdump')

if texts:
    core = picture(texts[0])
    if os.path.exists('/dev/full'):
        fails(ptkit('snapshot', core, '-o', '/dev/full'), 3, name='snapshot to a full disk')
    keep = write('keep', b'precious')
    os.makedirs(keep + '.part', exist_ok=True)
    fails(ptkit('snapshot', core, '-o', keep), 3, name='a snapshot that fails')
    same(open(keep, 'rb').read(), b'precious', 'leaves what was there')
    fails(ptkit('dump', core, '--kernel', '7'), 2, 'no kernel 7', name='a kernel that is not there')
    fails(ptkit('dump', core, '--kernel-version', 'six'), 2, "'six'", name='a version that is none')
    fails(ptkit('dump', core, '--symbols', path('nothing')), 3, 'nothing', name='symbols that are not there')
    fails(ptkit('walk', core, 'no_such_symbol'), 2, "'no_such_symbol'", name='a symbol that is not known')
done()
