# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
"""ptkit find: tables made by hand, every format, mistakes; and real kernels against what dump lists."""
import csv
import glob
import io
import json
import os
import random

from cli import *

ram = x86_tables().raw('find.ram')


def rows(*args, stdin=''):
    r = ptkit('find', ram, *BARE, *args, '--format', 'jsonl', stdin=stdin)
    return [json.loads(line) for line in r.out.splitlines()] if r.code == 0 and r.err == '' else r


def brief(got):
    return [(x['pa'], x['va'], x['size']) if x['mapped'] else (x['asked'], None, 0) for x in got] if isinstance(got, list) else got


# ---- by hand ----
same(brief(rows('5000')), [('0x5000', '0xffff800000000000', 1)], 'one byte')
same(brief(rows('0x5abc')), [('0x5abc', '0xffff800000000abc', 1)], 'in the middle of a page')
same(brief(rows('8000')), [('0x8000', None, 0)], 'nothing maps it')
same(brief(rows('3000', '200000', '7fff')), [('0x3000', '0xffff800000003000', 1), ('0x200000', '0xffff800000200000', 1),
                                             ('0x7fff', '0xffff800000002fff', 1)], 'answers come in the order of the questions')
same(brief(rows('5000-6fff')), [('0x5000', '0xffff800000000000', 0x2000)], 'a range is cut out of what is mapped in one piece')
same(brief(rows('5800+0x1000')), [('0x5800', '0xffff800000000800', 0x1000)], 'PA+SIZE')
same(brief(rows('0+2G')), [('0x5000', '0xffff800000000000', 0x2000), ('0x7000', '0xffff800000002000', 0x1000),
                           ('0x3000', '0xffff800000003000', 0x1000), ('0x200000', '0xffff800000200000', 0x200000)], 'everything')
same(brief(rows('0-ffffffffffffffff')), brief(rows('0+2G')), 'all there can be')
same(brief(rows(stdin='5000\n 6000\t7000\r\n\n')), brief(rows('5000', '6000', '7000')), 'questions on standard input')
same(brief(rows(stdin='')), [], 'no question, no answer')
one = rows('3000')[0]
same((one['kernel'], one['user'], one['level'], one['page'], one['where'], one['root']), ('r-x', '---', 0, 4096, 'root', '0x1000'),
     'rights are the effective ones')
doc = json.loads(ptkit('find', ram, *BARE, '5000', '8000', '--json').out)
same(doc, rows('5000', '8000'), 'json and jsonl say the same')
table = list(csv.DictReader(io.StringIO(ptkit('find', ram, *BARE, '5000', '8000', '--format', 'csv').out)))
same([(x['asked'], x['va'], x['kernel'], x['flags']) for x in table],
     [('0x5000', '0xffff800000000000', 'rw-', 'global accessed dirty'), ('0x8000', '', '', '')], 'csv')
text = ptkit('find', ram, *BARE, '5000', '8000').out.splitlines()
ok(len(text) == 3 and '0xffff800000000000' in text[1] and 'rw- ---' in text[1] and 'no virtual address' in text[2], 'table', text)

# one page many times over is one line
loop = Ram(0x8000)
loop.entry(0x1000, 0, 0x2000 | P | W | U | A)
loop.entry(0x2000, 0, 0x3000 | P | W | U | A)
loop.entry(0x3000, 0, 0x4000 | P | W | U | A)
for i in range(512):
    loop.entry(0x4000, i, 0x5000 | P | A | NX)
r = ptkit('find', loop.raw('loop.ram'), *BARE, '5123', '--json')
same([(x['va'], x['times'], x['every']) for x in json.loads(r.out)], [('0x123', 512, 4096)], 'a page that repeats')
has(ptkit('find', path('loop.ram') and loop.raw('loop.ram'), *BARE, '5123').out, 'and 511 more, up to 0x00000000001ff123', 'in words')

# ---- mistakes ----
for bad, words in (('xyz', 'no physical address'), ('5000-', 'no physical address'), ('5000-4000', 'below its start'), ('5000+0', 'not a size'),
                   ('ffffffffffffffff+2', 'above the highest'), ('5000+1x', 'not a size'), ('11112222333344445', 'no physical address'),
                   ('1' * 80, 'at most 64 bits')):
    fails(ptkit('find', ram, *BARE, bad), 2, words, name=f'{bad[:24]}')
fails(ptkit('find', ram, *BARE, stdin='5000\nnonsense\n'), 2, 'nonsense', name='nonsense on standard input')
fails(ptkit('find', ram, *BARE, stdin=b'5000\0'), 2, 'no text', name='bytes on standard input')
fails(ptkit('find', ram, *BARE, '5000', '--json', '--format', 'csv'), 2, 'exclude', name='two formats')
r = ptkit('find', x86_tables(broken=True).raw('broken.ram'), *BARE, '5000')
ok(r.code == 4 and '0xffff800000000000' in r.out and 'could not be read' in r.err, 'a table that is missing: the rest, and exit 4', r)

# ---- real kernels: dump lists what find finds ----
random.seed(1)


def kernel(core):
    name = os.path.basename(core).split('.core')[0]
    r = ptkit('dump', core, '--format', 'jsonl')
    if 'this build' in r.err:
        skip(f'{name}: {r.err.strip()}')
        return
    ranges = [x for x in map(json.loads, r.out.splitlines()) if x['kind'] == 'leaf']
    for x in ranges:
        x['bytes'] = x['page'] if x.get('repeat') else x['size']
    picks = random.choices(ranges, k=150)
    asked = sorted({int(x['pa'], 16) + random.randrange(x['bytes']) for x in picks} | {random.randrange(1 << 32) for _ in range(50)})
    want = []
    for pa in asked:
        hits = [(hex(pa), hex(int(x['first'], 16) + pa - int(x['pa'], 16)), x['kernel'], x['user'], x['memory'], x['region'])
                for x in ranges if 0 <= pa - int(x['pa'], 16) < x['bytes']]
        want += hits or [(hex(pa),)]
    r = ptkit('find', core, '--table', 'kernel', '--format', 'jsonl', stdin=''.join(f'{pa:x}\n' for pa in asked))
    got = [(x['asked'], x['va'], x['kernel'], x['user'], x['memory'], x['region']) if x['mapped'] else (x['asked'],)
           for x in map(json.loads, r.out.splitlines())]
    # a large range may begin in another region than the address found in it
    ok(r.code == 0 and [g[:5] for g in got] == [w[:5] for w in want], f'{name}: {len(asked)} addresses, as dump lists them',
       next(((g, w) for g, w in zip(got, want) if g[:5] != w[:5]), r.err))


for core in sorted(glob.glob(os.path.join(SOURCE, 'examples', '*.core*'))):
    kernel(core)
done()
