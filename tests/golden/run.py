#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
"""Golden tests. A case is a text file: comments, then commands and what they print.

    # what this case is about
    $ ptkit dump examples/arm-2l-6.12.core --from bf000000 --to bf002000
    ---[ Modules ]---
    ...
    [exit 2]

Commands run at the root of the source tree, "ptkit" being the one just built; standard error follows standard output.
The exit status is named unless it is 0. --update writes what was printed into the files."""
import os, re, shlex, subprocess, sys

root = os.environ.get('PTKIT_SOURCE', '.')
tool = os.environ.get('PTKIT', 'ptkit')
folder = os.path.join(root, 'tests', 'golden', 'cases')


def run(command):
    words = shlex.split(command)
    if words[0] != 'ptkit':
        return f'not a ptkit command: {command}\n'
    env = dict(os.environ, NO_COLOR='1', LC_ALL='C')
    p = subprocess.run([tool] + words[1:], cwd=root, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    out = p.stdout + p.stderr
    if out and not out.endswith('\n'):
        out += '\n'
    return out + (f'[exit {p.returncode}]\n' if p.returncode else '')


def parse(text):
    """The head of a case, and its (command, output) pairs."""
    parts = re.split(r'^\$ (.*)\n', text, flags=re.M)
    return parts[0], list(zip(parts[1::2], parts[2::2]))


def main():
    update = '--update' in sys.argv[1:]
    n = failed = 0
    for name in sorted(os.listdir(folder)):
        path = os.path.join(folder, name)
        with open(path) as f:
            head, pairs = parse(f.read())
        fresh = head
        for command, want in pairs:
            got = run(command)
            # A blank line between cases is not part of the output.
            gap = '\n' if want.endswith('\n\n') or want == '\n' else ''
            fresh += f'$ {command}\n{got}{gap}'
            n += 1
            same = got + gap == want
            failed += not same
            print(f'{"ok" if same else "not ok"} {n} - {name}: {command}')
            if not same and not update:
                print(''.join(f'#  got {line}\n' for line in got.splitlines()), end='')
                print(''.join(f'# want {line}\n' for line in want.splitlines()), end='')
        if update:
            with open(path, 'w') as f:
                f.write(fresh)
    print(f'1..{n}')
    sys.exit(0 if update else failed > 0)


main()
