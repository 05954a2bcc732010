# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
"""boot --like and --compare on snapshots: the boot of each kernel in examples/, held against that kernel's own tables."""
import glob
import json
import os

from cli import *

examples = os.path.join(SOURCE, 'examples')
arm = os.path.join(examples, 'arm-2l-6.12.core')
if 'cannot read YAML' in ptkit('boot', '--like', arm).err:
    skip('built without libyaml')
    done()


def replay(core):
    name = os.path.basename(core).split('.core')[0]
    r = ptkit('boot', '--like', core, '--compare', core, '--format', 'jsonl')
    if 'this build' in r.err:
        skip(f'{name}: {r.err.strip()}')
        return
    rows = [json.loads(x) for x in r.out.splitlines()]
    ok(r.code == 0 and r.err == '', f'{name}: each difference from the kernel\'s tables has a name', r)
    same([x for x in rows if x['kind'] == 'difference' and (x['verdict'] != 'named' or not x['why'])], [], f'{name}: and is told with it')
    total = [x for x in rows if x['kind'] == 'sum' and x['of'] == 'static']
    # A stock kernel has dozens of modules and BPF programs, and the linear alias of each of their pages is named.
    least = 90 if 'debian' in name else 99
    ok(len(total) == 1 and total[0]['entries'] > 50 and total[0]['equal'] * 100 >= total[0]['entries'] * least, f'{name}: most entries are equal', total)

    mine, again, machine = path('mine.core'), path('again.core'), path('machine.yaml')
    r = ptkit('boot', '--like', core, '--write-machine', machine, '-o', mine)
    ok(r.code == 0 and r.out == r.err == '', f'{name}: its tables are built', r)
    ok(ptkit('boot', '--machine', machine, '-o', again).code == 0 and open(mine, 'rb').read() == open(again, 'rb').read(),
       f'{name}: the same from its machine file')
    r = ptkit('info', core, '--json')
    facts = {x['key']: x['value'] for x in json.loads(r.out)['linux'].get('facts', [])} if r.code == 0 else {}
    same(facts.get('boot'), 'known', f'{name}: info says that it can be')


def changed(name, core, a, b):
    data = open(core, 'rb').read()
    ok(a in data, f'{name}: there is something to change')
    return write(name.replace(' ', '-') + '.core', data.replace(a, b))


cores = sorted(glob.glob(os.path.join(examples, '*.core*')))
for core in cores:
    if 'swap' not in core:
        replay(core)

# ---- the note ----
# of a type that is not known: as in a snapshot from before there was one
old = changed('no note', arm, b'\x05KTP', b'\xffKTP')
fails(ptkit('boot', '--like', old), 3, 'image is not in the picture', name='a snapshot without a note has no memblock')
ok('boot' not in ptkit('info', old).out, 'and info does not speak of it')
ok(ptkit('boot', '--like', arm, '--compare', old).code == 0, 'its tables can be compared with')
fails(ptkit('boot', '--like', changed('damage', arm, b'machine=\nregime:', b'machine=\nregime?')), 3, "ptkit's note of the boot", name='a note that is no YAML')
fails(ptkit('boot', '--like', changed('bad fact', arm, b'\nfact=0x', b'\nfact=ox')), 3, 'makes no sense', name='evidence that is none')
r = ptkit('boot', '--like', arm, '--kernel-version', '4.4')
ok(r.code == 0 and 'Linux 4.4' in r.err, 'the rules of another version', r)
twice = path('twice.core')
ok(ptkit('snapshot', arm, '-o', twice).code == 0 and open(twice, 'rb').read() == open(arm, 'rb').read(), 'a snapshot of a snapshot has the same note')
ok(ptkit('snapshot', old, '-o', twice).code == 0 and ptkit('dump', twice).out == ptkit('dump', arm).out, 'a snapshot of one without a note')
fails(ptkit('boot', '--like', twice), 3, 'was not in the picture', 'image', name='says that there was no machine to keep')
has(ptkit('info', twice).out, 'not known', 'and so does info')

# ---- evidence: pages that the CMA area's bitmap has as taken ----
vexpress = os.path.join(examples, 'arm-vexpress-6.12.core.zst')
plain = path('vexpress.core')
r = ptkit('snapshot', vexpress, '-o', plain)
if 'this build' in r.err:
    skip(r.err.strip())
    done()
r = ptkit('boot', '--like', plain, '--compare', plain)
ok(r.code == 0 and '__dma_remap' in r.out, 'pages that devices were given have a name', r)
other = changed('no evidence', plain, b'\nfact=', b'\nfakt=')
r = ptkit('boot', '--like', plain, '--compare', other)
ok(r.code == 1 and '__dma_remap' not in r.out and '64 different' in r.out, 'without evidence they have none', r)

# Snapshots from before there was a note.
for core in [x for x in cores if 'swap' in x]:
    fails(ptkit('boot', '--like', core), 3, 'image is not in the picture', name=f'{os.path.basename(core)}: no note')
done()
