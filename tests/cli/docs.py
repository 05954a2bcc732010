# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
"""What the documents print is what the command prints; and they list all values of machine files.

A block of output is held to the command in its first line ("$ ptkit ..."), or, in pages that follow one trace from end to end, to the
last comment <!-- output of: ptkit ... --> before it. "..." stands for lines that are left out. Commands run if they name nothing but
files of examples/.
"""
import glob
import os
import re
import shlex
import subprocess

from cli import *

pages = [os.path.join(SOURCE, 'README.md'), *sorted(glob.glob(os.path.join(SOURCE, 'docs', '*.md'))), os.path.join(SOURCE, 'examples', 'README.md')]
room = os.path.join(tmp.name, 'docs')
os.mkdir(room)
os.symlink(os.path.realpath(PTKIT), os.path.join(room, 'ptkit'))
os.symlink(os.path.join(SOURCE, 'examples'), os.path.join(room, 'examples'))


def blocks(text):
    """Each block of code, with the line it starts in and the command that the last comment before it names."""
    of, fence, block, start = None, False, [], 0
    for i, line in enumerate(text.splitlines() + ['']):
        if line.startswith('```'):
            fence = not fence
        elif m := not fence and re.match(r'<!-- output of: (.*) -->', line):
            of = m[1] if m[1].startswith('ptkit') else None
        elif fence or line.startswith('    '):
            start = start if block else i + 1
            block.append(line if fence else line[4:])
            continue
        elif line == '' and block:
            block.append('')
            continue
        while block and block[-1] == '':
            block.pop()
        if block:
            yield start, of, block
        block = []


def commands(of, block):
    """Pairs of a command and its lines: the block may have several."""
    if not block[0].startswith('$ '):
        return [(of, block)] if of and not block[0].startswith('ptkit ') else []
    found = []
    for line in block:
        if line.startswith('$ '):
            found.append((re.sub(r' {2,}#.*', '', line[2:]), []))
        else:
            found[-1][1].append(line)
    return [x for x in found if x[1]]


def can_run(command):
    words = shlex.split(command)
    files = [w for w in words if re.search(r'[./]', w) and not re.fullmatch(r'[\d.]+|s/.*', w)]
    made = {words[i + 1] for i, w in enumerate(words) if w in ('-o', '--output')}
    return 'ptkit' in words and 'vmcore' not in words and all(
        w in made or os.path.exists(os.path.join(room, w)) for w in files) and (files or words[1] in ('regimes', 'explain'))


ran = {}


def output(command):
    if command not in ran:
        r = subprocess.run(['sh', '-c', command], cwd=room, capture_output=True, text=True, timeout=100,
                           env={**os.environ, 'PATH': room + ':' + os.environ['PATH'], 'NO_COLOR': '1'})
        ran[command] = r.stderr + r.stdout
    return ran[command]


def missing(lines, out):
    """The first line of a block that the output lacks: pieces between "..." stand in it in one piece each, in their order."""
    have, at, want = [x.rstrip() for x in out.splitlines()], 0, [x.rstrip() for x in lines]
    pieces = [[]]
    for line in want:
        if line.strip() == '...':
            pieces.append([])
        else:
            pieces[-1].append(line)
    for piece in (p for p in pieces if p):
        for i in range(at, len(have) - len(piece) + 1):
            if have[i:i + len(piece)] == piece:
                at = i + len(piece)
                break
        else:
            known = next((x for x in piece if x not in have), None)
            return known or 'in another order: ' + piece[0]
    return None


checked = left = 0
for page in pages:
    name = os.path.relpath(page, SOURCE)
    for start, of, block in blocks(open(page).read()):
        for command, lines in commands(of, block):
            gone = [w for w in re.findall(r'examples/[\w.-]+', command) if not os.path.exists(os.path.join(room, w))]
            ok(not gone, f'{name}:{start}: {command}: its files are there', gone) if gone else None
            if not can_run(command):
                left += 1
                continue
            out = output(command)
            if 'this build' in out or 'cannot read YAML' in out:
                skip(out.strip())
                continue
            checked += 1
            line = missing(lines, out)
            ok(line is None, f'{name}:{start}: {command}', f'not what it prints now: {line}')
ok(checked >= 15, 'there is output to check', checked)
print(f'# blocks of commands that need other files: {left}')

# ---- values of machine files ----
for arch, regime, page in (('arm', 'arm-short', 'arm'), ('arm64', '"arm64-4k-48,high"', 'arm64'), ('riscv', 'riscv-sv39', 'riscv'), ('x86', 'x86-64', 'x86-64')):
    r = ptkit('boot', '--machine', '-', stdin=f'regime: {regime}\nkernel: "6.12"\nmemory:\n  - {{at: 0, size: 1G}}\nvalues:\n  x: 1\n')
    if 'cannot read YAML' in r.err:
        skip('built without libyaml')
        continue
    keys = r.err.partition('they have ')[2].strip().split(', ')
    listed = set(re.findall(r'`(\w+)`', ''.join(
        x.split('|')[1] for x in open(os.path.join(SOURCE, 'docs', f'boot-{page}.md')).read().partition('## Values')[2].splitlines() if x.startswith('| `'))))
    ok(len(keys) > 5, f'the keys of {arch}', r)
    same(sorted(listed ^ set(keys)), [], f'boot-{page}.md lists the values of {arch}, and no others')
done()
