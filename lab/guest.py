# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
"""A guest under QEMU: its console, over which init answers (guest/wire.c), its monitor, its gdb stub."""
import base64
import json
import os
import pathlib
import re
import shlex
import shutil
import socket
import subprocess
import threading
import time
import xml.etree.ElementTree as ET
import zlib

import store

SEND = 96 << 10  # bytes asked for at a time
REGISTERS = re.compile(r'(TTB|TCR|MAIR|SCTLR|PRRR|NMRR|DACR|CONTEXTIDR|VTTBR|VTCR|ID_AA64MMFR|ID_MMFR|cr\d|efer|satp|'
                       r'pc|rip|eip|cpsr|mstatus)', re.I)


class Trouble(Exception):
    """The guest did something else than was asked; the sentence says what."""


class Console:
    """The serial line: what the kernel prints, and the frames that init sends."""

    def __init__(self, sock, log):
        self.sock, self.log = sock, open(log, 'wb')
        self.frames, self.tail, self.damaged = {}, b'', 0
        self.news = threading.Condition()
        self.open = True
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        rest = b''
        while True:
            try:
                data = self.sock.recv(65536)
            except OSError:
                data = b''
            if not data:
                break
            *lines, rest = (rest + data).split(b'\n')
            with self.news:
                for line in lines:
                    self.take(line.rstrip(b'\r'))
                self.tail = (self.tail + data)[-8192:]
                self.news.notify_all()
        self.log.write(rest)
        self.log.close()
        with self.news:
            self.open = False
            self.news.notify_all()

    def take(self, line):
        """A frame goes to whoever waits for its number, all else into the log."""
        m = re.match(rb'@([0-9a-f]{8}) ((\d+) .*)$', line)
        if m and int(m[1], 16) == zlib.crc32(m[2]):
            self.frames.setdefault(int(m[3]), []).append(m[2].decode().split(' ')[1:])
        else:
            self.damaged += line.startswith(b'@')
            self.log.write(line + b'\n' if line else b'')
            self.log.flush()

    def answer(self, number, seconds):
        """The frames up to the last one of a request, or None when none has come for so long: a realtime kernel's console
        is slow, and to ask again while it still answers makes it slower."""
        end, seen = time.monotonic() + seconds, 0
        with self.news:
            while True:
                frames = self.frames.get(number, [])
                if len(frames) > seen:
                    end, seen = time.monotonic() + seconds, len(frames)
                if frames and frames[-1][0] in ('ok', 'no'):
                    return self.frames.pop(number)
                if b'Kernel panic' in self.tail:
                    raise Trouble('the kernel panicked: ' + self.tail.decode(errors='replace')[-600:])
                if not self.open:
                    raise Trouble('QEMU ended: ' + self.tail.decode(errors='replace')[-600:])
                left = end - time.monotonic()
                if left <= 0:
                    return None
                self.news.wait(left)


class Qmp:
    """QEMU's monitor."""

    def __init__(self, path):
        self.sock = connect(path)
        self.file = self.sock.makefile('rw')
        self.read()
        self.do('qmp_capabilities')

    def read(self):
        while True:
            line = self.file.readline()
            if not line:
                raise Trouble('QEMU closed its monitor')
            m = json.loads(line)
            if 'event' not in m:
                return m

    def do(self, command, **arguments):
        self.file.write(json.dumps({'execute': command, 'arguments': arguments}) + '\n')
        self.file.flush()
        m = self.read()
        if 'error' in m:
            raise Trouble(f"{command}: {m['error']['desc']}")
        return m['return']

    def hmp(self, line, cpu=0):
        return self.do('human-monitor-command', **{'command-line': line, 'cpu-index': cpu}).replace('\r', '')


class Gdb:
    """As much of a client of the gdb stub as reading registers needs."""

    def __init__(self, path):
        self.sock = connect(path)
        self.file = self.sock.makefile('rb')

    def ask(self, text):
        self.sock.sendall(b'$' + text.encode() + b'#%02x' % (sum(text.encode()) & 255))
        while (body := self.packet())[:1] in (b'T', b'S'):  # that it stopped, by the way
            pass
        return body

    def packet(self):
        while self.file.read(1) not in (b'$', b''):
            pass
        body = b''
        while (c := self.file.read(1)) != b'#':
            if not c:
                raise Trouble('the gdb stub closed')
            body += c
        self.file.read(2)
        self.sock.sendall(b'+')
        return body

    def xml(self, name):
        text = b''
        while True:
            part = re.sub(rb'}(.)', lambda m: bytes([m[1][0] ^ 32]), self.ask(f'qXfer:features:read:{name}:{len(text):x},800'),
                          flags=re.S)
            text += part[1:]
            if part[:1] != b'm':
                return text.decode()

    def registers(self):
        """Name and value of each register that the target description has; large ones left out."""
        found, number = {}, 0
        for name in re.findall(r'<xi:include href="([^"]+)"', self.xml('target.xml')):
            for reg in ET.fromstring(self.xml(name)).iter('reg'):
                number = int(reg.get('regnum', number))
                if int(reg.get('bitsize')) <= 64 and REGISTERS.match(reg.get('name')):
                    raw = self.ask(f'p{number:x}')
                    if re.fullmatch(rb'([0-9a-f]{2})+', raw):
                        found[reg.get('name')] = int.from_bytes(bytes.fromhex(raw.decode()), 'little')
                number += 1
        return found

    def close(self):
        self.ask('D')
        self.sock.close()


def connect(path, seconds=20):
    """A Unix socket that may not be there yet."""
    end = time.monotonic() + seconds
    while True:
        s = socket.socket(socket.AF_UNIX)
        try:
            s.connect(str(path))
            return s
        except OSError as e:
            s.close()
            if time.monotonic() > end:
                raise Trouble(f'QEMU does not listen on {path}: {e}') from e
            time.sleep(0.05)


def initramfs(path, files):
    """A compressed newc archive of {name: file or None for a folder}."""
    out, inode = b'', 0
    for name, source in [*files.items(), ('TRAILER!!!', None)]:
        data = pathlib.Path(source).read_bytes() if source else b''
        mode = 0o100755 if source else 0o40755
        inode += 1
        head = [inode, 0 if name == 'TRAILER!!!' else mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name) + 1, 0]
        out += b'070701' + b''.join(b'%08X' % n for n in head) + name.encode() + b'\0'
        out += bytes(-len(out) % 4) + data
        out += bytes(-len(out) % 4)
    z = zlib.compressobj(1, wbits=31)
    path.write_bytes(z.compress(out) + z.flush())


class Guest:
    """A running guest. `with Guest(...) as g:` ends it, whatever happens."""

    def __init__(self, command, folder):
        self.folder = pathlib.Path(folder)
        self.number, self.spinning = 0, False
        self.console = self.process = None
        sockets = {n: self.folder / n for n in ('console', 'qmp', 'second', 'gdb')}
        self.gdb_path, self.qmp_second = sockets['gdb'], sockets['second']  # the monitors serve one client each
        self.command = [*command, '-display', 'none', '-no-reboot', '-nic', 'none', '-monitor', 'none',
                        '-chardev', f'socket,id=lab,path={sockets["console"]},server=on,wait=on', '-serial', 'chardev:lab',
                        '-qmp', f'unix:{sockets["qmp"]},server=on,wait=off',
                        '-qmp', f'unix:{sockets["second"]},server=on,wait=off', '-gdb', f'unix:{sockets["gdb"]},server=on,wait=off']

    def __enter__(self):
        self.errors = open(self.folder / 'qemu.err', 'w+')
        self.process = subprocess.Popen([str(w) for w in self.command], stdin=subprocess.DEVNULL, stdout=self.errors,
                                        stderr=self.errors)
        try:
            self.console = Console(self.connect('console'), self.folder / 'console.txt')
            self.qmp = Qmp(self.folder / 'qmp')
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.errors.close()

    def connect(self, name):
        end = time.monotonic() + 30
        while self.process.poll() is None and time.monotonic() < end:
            try:
                return connect(self.folder / name, 0)
            except Trouble:
                time.sleep(0.05)
        self.errors.seek(0)
        raise Trouble(f'QEMU did not start: {self.errors.read()[-400:].strip()}')

    def ask(self, *words, seconds=60):
        """Ask init something: the words of its `ok`, and the data frames before it."""
        for _ in range(4):
            self.number += 1
            self.console.sock.sendall(f'\n{self.number} {" ".join(map(str, words))}\n'.encode())
            frames = self.console.answer(self.number, seconds)
            if frames and frames[-1][0] == 'no':
                raise FileNotFoundError(f'{" ".join(map(str, words))}: {" ".join(frames[-1][2:])}')
            if frames:
                return frames[-1][1:], frames[:-1]
        raise Trouble(f'no answer to {" ".join(map(str, words))}')

    def ready(self, seconds):
        """Wait until init says that it is there."""
        if not self.console.answer(0, seconds):
            raise Trouble(f'not up after {seconds} s: ' + self.console.tail.decode(errors='replace')[-600:])
        page, cpus, *others = map(int, self.ask('hello')[0])
        self.page, self.cpus, self.others = page, cpus, others

    def fetch(self, slot, size, crc):
        """What a slot holds, piece by piece, each asked for until it is whole."""
        out = bytearray()
        while len(out) < size:
            n = min(SEND, size - len(out))
            for _ in range(8):
                piece = {int(f[1]): base64.b64decode(f[2]) for f in self.ask('send', slot, len(out), n)[1]}
                got = b''.join(piece[k] for k in sorted(piece))
                if len(got) == n:
                    break
            else:
                raise Trouble(f'slot {slot} does not come through at {len(out)}')
            out += got
        if zlib.crc32(out) != crc:
            raise Trouble(f'slot {slot} came through wrong')
        return bytes(out)

    def keep(self, slot, path):
        """Have init read a file into a slot now: (size, crc)."""
        words = self.ask('keep', slot, path)[0]
        return int(words[0]), int(words[1], 16)

    def read(self, path):
        """A file of the guest."""
        return self.fetch(0, *self.keep(0, path))

    def read_long(self, path):
        """A file larger than a slot."""
        self.ask('open', path)
        out = b''
        while True:
            words = self.ask('next', 0, len(out))[0]
            if not int(words[0]):
                return out
            out += self.fetch(0, int(words[0]), int(words[1], 16))

    def keep_pagemap(self, slot, pid):
        """Have init write the pagemap of a process into a slot now: (size, crc)."""
        words = self.ask('pagemap', slot, pid, seconds=120)[0]
        return int(words[0]), int(words[1], 16)

    def pagemap(self, pid):
        return self.fetch(0, *self.keep_pagemap(0, pid))

    def run(self, file, *words, seconds=300):
        """Run a program: its exit status, its output, and what a file holds while its process is there, None if that changed."""
        *kept, status = self.ask('run', 0, 1, 2, file, *words, seconds=seconds)[0]
        out, before, after = [(int(kept[i]), int(kept[i + 1], 16)) for i in (0, 2, 4)]
        return int(status) >> 8, self.fetch(0, *out), self.fetch(1, *before) if before == after else None

    def registers(self):
        gdb = Gdb(self.gdb_path)
        try:
            return gdb.registers()
        finally:
            gdb.close()
