# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
"""ptkit snapshot --pid: of a process it answers as the whole picture does, for real kernels and each of the formats."""
import os

from cli import *

CAPTURES = os.environ.get('PTKIT_CAPTURES') or os.path.join(SOURCE, '..', 'shared', 'captures')


def answer(source, *args):
    """What is said of it, but for its name."""
    r = ptkit(args[0], source, *args[1:])
    return r.code, r.out.replace(os.path.basename(source), 'SOURCE'), r.err.replace(source, 'SOURCE')


def processes(name):
    core, plain, one, every = os.path.join(CAPTURES, name, 'vmcore.zst'), path('plain.core'), path('one.core'), path('every.core')
    r = ptkit('snapshot', core, '--pid', '1', '-o', one)
    if 'this build' in r.err:
        skip(f'{name}: {r.err.strip()}')
        return
    ok(r.code == 0 and r.out == r.err == '', f'{name}: snapshot --pid', r)
    ok(os.path.getsize(one) < 2 << 20, f'{name}: it is small', os.path.getsize(one))
    size = len(ptkit('dump', core, '--pid', '1', '--format', 'jsonl').out.splitlines())
    ok(size > 5, f'{name}: init has mappings', size)
    for f in 'kernel', 'table', 'json':
        same(answer(one, 'dump', '--pid', '1', '--format', f), answer(core, 'dump', '--pid', '1', '--format', f), f'{name}: dump --pid as {f}')
    same(answer(one, 'dump', '--pid', '1', '--from', '0', '--to', 'ffffffffffffffff')[1:], answer(core, 'dump', '--pid', '1', '--from', '0', '--to', 'ffffffffffffffff')[1:],
         f'{name}: the kernel\'s half too')
    same(answer(one, 'ps', '--json'), answer(core, 'ps', '--json'), f'{name}: ps')
    va = ptkit('dump', core, '--pid', '1', '--format', 'csv').out.splitlines()[1].split(',')[0]
    same(answer(one, 'walk', '--pid', '1', va), answer(core, 'walk', '--pid', '1', va), f'{name}: walk --pid')
    fails(ptkit('dump', one, '--pid', '77777'), 3, '77777', name=f'{name}: no such process in it')
    fails(ptkit('snapshot', core, '--pid', '2', '-o', plain), 3, 'thread of the kernel', name=f'{name}: a thread of the kernel')
    ok(not os.path.exists(plain), f'{name}: then there is no file')

    ok(ptkit('snapshot', one, '--processes', '-o', every).code == 0, f'{name}: a snapshot of the snapshot, with all of them')
    same(open(every, 'rb').read() == open(one, 'rb').read(), True, f'{name}: init was the only one, so it is the same')
    ok(ptkit('snapshot', one, '-o', plain).code == 0, f'{name}: and with none')
    fails(ptkit('ps', plain), 3, 'processes cannot be listed', name=f'{name}: that lists none')
    same(answer(plain, 'dump'), answer(one, 'dump'), f'{name}: the kernel\'s own table is the same in both')
    os.unlink(plain)


bare = path('bare.ram')
write('bare.ram', b'\0' * 4096)
fails(ptkit('snapshot', 'raw:' + bare, '-o', path('x'), '--pid', '1', '--processes'), 2, 'exclude', name='one, or all')
fails(ptkit('snapshot', 'raw:' + bare, '-o', path('x'), '--pid', '0'), 2, '--pid', name='no pid of a process')
names = sorted(n for n in (os.listdir(CAPTURES) if os.path.isdir(CAPTURES) else [])
               if os.path.exists(os.path.join(CAPTURES, n, 'pagemap.txt')))
for name in names[1::4]:
    processes(name)
if not names:
    skip('no captures')
done()
