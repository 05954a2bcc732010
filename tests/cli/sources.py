# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
"""Sources that cannot be opened or understood: one clear sentence, the right exit code, nothing left behind."""
import os
import random
import resource
import shutil
import signal
import subprocess
import time

from cli import *

VERBS = (('dump',), ('walk', '0'), ('translate',), ('info',))


def all_verbs(source, code, *words, name):
    for v, *args in VERBS:
        fails(ptkit(v, source, *args), code, *words, name=f'{v}: {name}')
    fails(ptkit('snapshot', source, '-o', path('out')), code, *words, name=f'snapshot: {name}')
    ok(not os.path.exists(path('out')) and not os.path.exists(path('out.part')), f'{name}: no snapshot is left behind')


all_verbs(path('nothing'), 3, 'nothing', 'No such file', name='a file that is not there')
all_verbs(tmp.name, 3, name='a folder')
all_verbs(write('empty', b''), 3, 'empty', name='an empty file')
all_verbs(write('text', b'hello, world\n' * 1000), 3, 'text', name='not a dump')
all_verbs(write('head', b'\x7fELF\x02\x01\x01'), 3, 'head', name='an ELF header cut short')
lines = b'0xc0100000-0xc0700000           6M     ro x  SHD\n' * 4
all_verbs(write('lines', b'\x7fELF\x02\x01\x01' + bytes(0x200) + b'\n' + lines), 3, 'lines', name='a broken dump in whose memory a kernel printed its tables')
for magic, words in ((b'LibvirtQemudSave', '--memory-only'), (b'QEVM\0\0\0\3', 'dump-guest-memory'), (b'QFI\xfb', 'qcow2'),
                     (b'PAGEDU64', 'Windows')):
    all_verbs(write('foreign', magic + bytes(range(256)) * 40), 3, 'foreign', words, name=f'{magic!r}: it is said what it is')
all_verbs(write('exe', open(PTKIT, 'rb').read(1 << 20)), 3, 'exe', name='an ELF file that is no core')
if os.geteuid() != 0:
    os.chmod(write('secret', b'x'), 0)
    all_verbs(path('secret'), 3, 'Permission denied', name='a file that may not be read')
all_verbs('raw:', 2, name='a URI without a file')
all_verbs('raw:' + path('text') + '@xyz', 2, 'xyz', name='a URI with a bad address')

for port in '65536', '4294968530', '-1', '12x':
    all_verbs('qemu-gdb:localhost:' + port, 2, 'HOST:PORT', name=f'a port that cannot be: {port}')

core = x86_tables().core('no-linux.core')
for v, *args in VERBS[:3]:
    fails(ptkit(v, core, *args), 3, 'no Linux kernel found', '--root', name=f'{v}: memory without Linux')
r = ptkit('info', core)
fails(r, 3, 'no Linux kernel found', name='info: memory without Linux')
has(r.out, '32K of memory in 1 extent', 'and yet the memory is described')
random.seed(1)
noise = write('noise', bytes(random.getrandbits(8) for _ in range(1 << 18)))
fails(ptkit('dump', f'raw:{noise}@0'), 3, 'no Linux kernel found', name='random bytes')

data = open(core, 'rb').read()
cut = write('cut.core', data[:0x1000 + 0x5800])
r = ptkit('dump', cut, *BARE, '-f', 'csv')
ok(r.code in (0, 4) and 'cut.core' in r.err and r.err.startswith('ptkit: '), 'a core cut short: the rest is used, and it is said', r)
ok('0xffff800000000000' in r.out, 'and what is there is listed', r)

hostile = write('a\x1b[31mb\nc', b'junk' * 1000)
r = ptkit('dump', hostile)
ok(r.code == 3 and '\x1b' not in r.err and r.err.count('\n') == 1, 'a file name does not reach the terminal raw', r)

for tool, suffix in (('zstd', '.zst'), ('gzip', '.gz'), ('xz', '.xz')):
    if not shutil.which(tool):
        skip(f'no {tool}')
        continue
    subprocess.run([tool, '-qkf', core], check=True)
    r = ptkit('dump', core + suffix, *BARE, '-f', 'csv')
    if 'this build' in r.err:
        skip(f'this build reads no {suffix}')
        continue
    same((r.code, r.out), (0, ptkit('dump', core, *BARE, '-f', 'csv').out), f'a core compressed with {tool}')
    bad = bytearray(open(core + suffix, 'rb').read())
    short = write('short' + suffix, bytes(bad[:len(bad) // 2]))
    ok(ptkit('dump', short, *BARE).code == 3, f'{tool}: cut short', ptkit('dump', short, *BARE))
fails(ptkit('snapshot', core, '-o', '/nonexistent/x'), 3, name='snapshot of no Linux, to nowhere')
small = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
p = subprocess.run([PTKIT, 'edit', core, 'unmap', 'ffff800000000000', '4K', *BARE, '-o', path('big.core')], capture_output=True, text=True, preexec_fn=small)
fails(Ran(p.returncode, '', p.stderr), 3, 'big.core', 'File too large', name='a file that may not grow that far')

# A pipe: read to its end, and who waits for one that never ends may give up.
same(ptkit('dump', '-', *BARE, stdin=data).out.splitlines()[1:], ptkit('dump', core, *BARE).out.splitlines()[1:], 'a core on standard input, as -')
os.mkfifo(path('pipe'))
for held, name in ((False, 'that nobody writes'), (True, 'that does not end')):
    p = subprocess.Popen([PTKIT, 'info', path('pipe')], stderr=subprocess.PIPE)
    end = os.open(path('pipe'), os.O_WRONLY) if held else -1
    time.sleep(0.3)
    p.send_signal(signal.SIGTERM)
    try:
        same(p.wait(20), -signal.SIGTERM, f'a pipe {name}: a signal ends the wait')
    except subprocess.TimeoutExpired:
        p.kill()
        ok(False, f'a pipe {name}: a signal ends the wait', 'it went on waiting')
    p.communicate()
    if held:
        os.close(end)
done()
