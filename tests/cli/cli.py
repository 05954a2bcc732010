# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
"""What the command's tests share: running ptkit, TAP, and pictures made by hand."""
import os
import struct
import subprocess
import sys
import tempfile

PTKIT = os.environ['PTKIT']
SOURCE = os.environ['PTKIT_SOURCE']
tmp = tempfile.TemporaryDirectory(prefix='ptkit-cli-')
count = failed = 0


def ok(good, name, detail=''):
    global count, failed
    count += 1
    print(f'{"ok" if good else "not ok"} {count} - {name}')
    if not good:
        failed += 1
        for line in str(detail).splitlines()[:40]:
            print('#  ' + line)
    return good


def same(got, want, name):
    return ok(got == want, name, f' got {got!r}\nwant {want!r}')


def has(text, part, name):
    return ok(part in text, name, f'  in {text!r}\n not {part!r}')


def skip(why):
    global count
    count += 1
    print(f'ok {count} # SKIP {why}')


def done():
    print(f'1..{count}')
    sys.exit(failed != 0)


class Ran:
    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    def __repr__(self):
        return f'exit {self.code}\nout: {self.out}\nerr: {self.err}'


def ptkit(*args, stdin='', env=None, binary=False):
    """Run the command; text in and out."""
    e = {k: v for k, v in os.environ.items() if k not in ('NO_COLOR', 'TERM')}
    e.update(env or {})
    data = stdin if isinstance(stdin, bytes) else stdin.encode()
    p = subprocess.run([PTKIT, *map(str, args)], input=data, capture_output=True, env=e, timeout=100)
    out = p.stdout if binary else p.stdout.decode('utf-8', 'replace')
    return Ran(p.returncode, out, p.stderr.decode('utf-8', 'replace'))


def fails(ran, code, *parts, name):
    """One sentence on standard error, `ptkit: ` before it, with these words; and this exit code."""
    lines = ran.err.splitlines()
    good = ran.code == code and len(lines) == 1 and lines[0].startswith('ptkit: ') and all(p in ran.err for p in parts)
    return ok(good, name, f'want exit {code} and one line with {parts}\n{ran}')


def verbs():
    """The commands that --help lists."""
    text = ptkit('--help').out
    block = text.split('Commands:\n')[1].split('\n\n')[0]
    return [line.split()[0] for line in block.splitlines()]


# ---- pictures ----

def path(name):
    return os.path.join(tmp.name, name)


def write(name, data):
    with open(path(name), 'wb') as f:
        f.write(data)
    return path(name)


class Ram:
    """A little flat memory that starts at a physical address."""

    def __init__(self, size, base=0):
        self.base, self.bytes = base, bytearray(size)

    def entry(self, table, index, value, size=8):
        struct.pack_into('<Q' if size == 8 else '<I', self.bytes, table - self.base + index * size, value)

    def raw(self, name):
        return f'raw:{write(name, self.bytes)}@{self.base:x}'

    def core(self, name, machine=62):
        """An ELF core, as QEMU's dump-guest-memory writes it, with one PT_LOAD and no note."""
        head = struct.pack('<16sHHIQQQIHHHHHH', b'\x7fELF\x02\x01\x01', 4, machine, 1, 0, 64, 0, 0, 64, 56, 1, 0, 0, 0)
        load = struct.pack('<IIQQQQQQ', 1, 7, 0x1000, 0, self.base, len(self.bytes), len(self.bytes), 0)
        return write(name, (head + load).ljust(0x1000, b'\0') + self.bytes)


P, W, U, G, PS, NX = 1, 2, 4, 0x100, 0x80, 1 << 63
A, D = 0x20, 0x40


def x86_tables(broken=False):
    """
    Four levels by hand (Intel SDM vol 3, 4.5): root 0x1000, and from 0xffff800000000000 on
      +0x0000  4K at 0x5000, kernel rw-, global        +0x200000  2M at 0x200000, kernel r-x
      +0x1000  4K at 0x6000, the same                  +0x400000  not present, not empty
      +0x2000  4K at 0x7000, kernel r--                +0x600000  broken: a table outside the memory
      +0x3000  4K at 0x3000, user r-x beneath a supervisor directory
    """
    ram = Ram(0x8000)
    ram.entry(0x1000, 256, 0x2000 | P | W | U | A)
    ram.entry(0x2000, 0, 0x3000 | P | W | A)
    ram.entry(0x3000, 0, 0x4000 | P | W | U | A)
    ram.entry(0x3000, 1, 0x200000 | P | PS | A | D | G)
    ram.entry(0x3000, 2, 0x1234000)
    if broken:
        ram.entry(0x3000, 3, 0x900000 | P | W | A)
    ram.entry(0x4000, 0, 0x5000 | P | W | A | D | G | NX)
    ram.entry(0x4000, 1, 0x6000 | P | W | A | D | G | NX)
    ram.entry(0x4000, 2, 0x7000 | P | A | G | NX)
    ram.entry(0x4000, 3, 0x3000 | P | U | A)
    return ram


BARE = ('--root', '1000', '--regime', 'x86-64')
