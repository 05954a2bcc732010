# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
"""The checks: each holds ptkit against another word on the same page tables."""
import bisect
import difflib
import json
import random
import re
import subprocess

import capture
import guest

SAMPLES = 96
PHYSICAL = (1 << 52) - 1  # with PAE, `info tlb` leaves NX in the address
USER_END = {'arm': 0xc0000000, 'i386': 0xc0000000, 'arm64': 1 << 52, 'x86_64': 1 << 56, 'riscv64': 1 << 56}


class Tap:
    """Results as they come; the plan is printed last."""

    def __init__(self):
        self.count = self.bad = 0

    def ok(self, good, name, why=''):
        self.count += 1
        self.bad += not good
        print(f'{"ok" if good else "not ok"} {self.count} - {name}', flush=True)
        for line in str(why).splitlines()[:40] if not good else []:
            print(f'# {line}', flush=True)
        return good

    def skip(self, name, why):
        self.count += 1
        print(f'ok {self.count} - {name} # SKIP {why}', flush=True)

    def same(self, got, want, name):
        """Two texts, byte for byte; the first differences are the reason."""
        lines = [t.decode(errors='replace').splitlines() for t in (want, got)]
        diff = difflib.unified_diff(*lines, 'wanted', 'ptkit', n=1, lineterm='') if got != want else ()
        return self.ok(got == want, name, '\n'.join(diff) or 'they differ in the line ends only')

    def done(self):
        print(f'1..{self.count}')
        return self.bad != 0


class Row:
    """What a check is given: a running guest, and how to call ptkit on it."""

    def __init__(self, g, name, row, spec, options, folder, tap, inside):
        self.g, self.name, self.arch, self.stock = g, name, spec['arch'], 'package' in spec
        self.options, self.folder, self.tap, self.inside = options, folder, tap, inside
        self.shared = row.get('shared', False)
        self.vmcore = folder / 'vmcore'
        self.page, self.cpus = g.page, g.cpus

    def title(self, text):
        return f'{self.name}: {text}'

    def ptkit(self, *words, given=None):
        """Output of the command: (exit status, standard output, standard error)."""
        r = subprocess.run([self.options.ptkit, *map(str, words)], input=given, stdout=subprocess.PIPE,
                           stderr=subprocess.PIPE, timeout=300)
        return r.returncode, r.stdout, r.stderr.decode(errors='replace')

    def dump(self, source, *words):
        """A dump as text; raises the command's own sentence."""
        status, out, err = self.ptkit('dump', source, *words)
        if status:
            raise guest.Trouble(f'ptkit dump {source} {" ".join(words)}: exit status {status}: {err.strip()}')
        return out

    def ranges(self, source, *words):
        return [json.loads(line) for line in self.dump(source, '--format', 'jsonl', *words).splitlines()]


class Image:
    """The guest standing still: its image, its registers, what the monitor says; all of one moment."""

    def __init__(self, row):
        self.texts, self.pagemaps, got = capture.steady(row.g, lambda: self.take(row), pids=True)
        self.registers, self.monitor, self.asked = got

    def take(self, row):
        row.g.qmp.do('stop')
        try:
            registers, monitor = capture.image(row.g, row.vmcore)
            asked = ask_monitor(row)
        finally:
            row.g.qmp.do('cont')
        return registers, monitor, asked


def number(text):
    return int(text, 16)


def leaves(ranges):
    return [r for r in ranges if r['kind'] == 'leaf']


def kernel_side(ranges, arch):
    """Of the ranges, those that every process has."""
    top = 0x8000000000000000 if arch in ('arm64', 'x86_64', 'riscv64') else 0x80000000
    return [r for r in ranges if number(r['first']) >= top]


def sample(ranges, seed):
    """Addresses inside the ranges and between them."""
    rng = random.Random(seed)
    spans = [(number(r['first']), number(r['last'])) for r in ranges]
    inside = [rng.randint(*rng.choice(spans)) for _ in range(SAMPLES // 2)] if spans else []
    edges = [va for s in rng.sample(spans, min(len(spans), SAMPLES // 4)) for va in s]
    beyond = [last + 1 for _, last in rng.sample(spans, min(len(spans), SAMPLES // 4)) if last + 1 < 1 << 64]
    return sorted(set(inside + edges + beyond) - ({1 << 32} if spans and spans[-1][1] < 1 << 32 else set()))


def where(ranges, va):
    """The physical address that the ranges give for one address, or None."""
    firsts = [number(r['first']) for r in ranges]
    i = bisect.bisect_right(firsts, va) - 1
    if i < 0 or va > number(ranges[i]['last']):
        return None
    r = ranges[i]
    offset = va - firsts[i]
    return number(r['pa']) + (offset % r['page'] if r.get('repeat') else offset)


def ask_monitor(row):
    """QEMU's own walk for some addresses of the kernel half: [(va, its answer, ptkit's)]."""
    ranges = leaves(row.ranges(row.vmcore))
    asked = []
    for va in sample(kernel_side(ranges, row.arch), row.name):
        m = re.search(r'gpa: ([0-9a-fx]+)', row.g.qmp.hmp(f'gva2gpa {va:#x}'))
        asked.append((va, int(m[1], 16) if m else None, where(ranges, va)))
    return asked


def symbols(row):
    """The guest's own /proc/kallsyms, as a file."""
    path = row.folder / 'kallsyms'
    if not path.exists():
        path.write_bytes(row.g.read_long('/proc/kallsyms'))
    return path


def check_image(row, image):
    """ptkit dump of the image is the text of the guest's own files."""
    if not image.texts:
        row.tap.skip(row.title('image: the kernel\'s own text'), 'a kernel without page-table files in debugfs')
    for name, (table, text) in image.texts.items():
        words = ['--table', table]
        if table.startswith('current') and row.cpus > 1:
            row.tap.skip(row.title(f'image: {name}'), 'with several CPUs the process on the first may be another')
            continue
        if table == 'efi':
            words += ['--symbols', symbols(row)]
        status, out, err = row.ptkit('dump', row.vmcore, *words)
        if status == 3 and table.startswith('current') and 'no note in the picture' in err:
            row.tap.skip(row.title(f'image: {name}'), 'no note in the image carries the register')
        elif status:
            row.tap.ok(False, row.title(f'image: {name}'), f'exit status {status}: {err}')
        else:
            row.tap.same(out, text, row.title(f'image: {name}'))


def check_monitor(row, image):
    """The kernel half against QEMU's own walk."""
    bad = [f'{va:#x}: QEMU {qemu and hex(qemu)}, ptkit {mine and hex(mine)}' for va, qemu, mine in image.asked if qemu != mine]
    hits = sum(qemu is not None for _, qemu, _ in image.asked)
    row.tap.ok(not bad and hits > 8, row.title(f'monitor: gva2gpa of {len(image.asked)} addresses, {hits} mapped'), '\n'.join(bad) or 'too few')


def pages_of(ranges):
    """One line a page as `info tlb` has it: address, frame, size class and the bits that are the leaf's own."""
    found = {}
    for r in leaves(ranges):
        flags = set(r['flags'])
        bits = ('G' if 'global' in flags else '-') + ('P' if r['level'] else '-') + ('D' if 'dirty' in flags else '-') + \
            ('A' if 'accessed' in flags else '-') + ('C' if r['index'] & 2 else '-') + ('T' if r['index'] & 1 else '-')
        for offset in range(0, r['size'], r['page']):
            found[number(r['first']) + offset] = (number(r['pa']) + (0 if r.get('repeat') else offset), bits)
    return found


def differences(mine, theirs):
    """What two tables of addresses do not agree on."""
    return [f'{va:#x}: QEMU {theirs.get(va)}, ptkit {mine.get(va)}' for va in sorted(mine.keys() | theirs.keys())
            if mine.get(va) != theirs.get(va)]


def one_sided(mine, theirs):
    """Ranges that only one of the two lists, in QEMU's order and then in ptkit's."""
    ours, others = set(mine), set(theirs)
    return [('only QEMU', x) for x in theirs if x not in ours] + [('only ptkit', x) for x in mine if x not in others]


def check_tlb(row, image):
    """x86: every page that QEMU's `info tlb` lists, none more; every range of `info mem` with its rights."""
    if row.arch not in ('i386', 'x86_64'):
        return
    ranges = row.ranges(row.vmcore, '--table', 'current_kernel')
    lines = re.findall(r'^([0-9a-f]+): ([0-9a-f]+) .(.)(.)(.)(.)(.)(.)..$', image.monitor['info tlb'], re.M)
    theirs = {number(va): (number(pa) & PHYSICAL, ''.join(bits)) for va, pa, *bits in lines}
    bad = differences(pages_of(ranges), theirs)
    row.tap.ok(not bad and theirs, row.title(f'info tlb: {len(theirs)} pages'), '\n'.join(bad))
    theirs = re.findall(r'^([0-9a-f]+)-([0-9a-f]+) [0-9a-f]+ ([u-])r([w-])', image.monitor['info mem'], re.M)
    theirs = [(number(a), number(b), u + w) for a, b, u, w in theirs]
    mine = user_write(ranges)
    bad = [f'{who}: {a:#x}-{b:#x} {bits}' for who, (a, b, bits) in one_sided(mine, theirs)]
    if not theirs:
        row.tap.skip(row.title('info mem'), 'QEMU lists nothing for this paging mode')
    else:
        row.tap.ok(not bad, row.title(f'info mem: {len(theirs)} ranges'), '\n'.join(bad))


def user_write(ranges):
    """Ranges merged as `info mem` has them: whether user code may reach them, whether anyone may write."""
    out = []
    for r in leaves(ranges):
        first, end = number(r['first']), number(r['last']) + 1
        word = ('u' if r['user'] != '---' else '-') + ('w' if 'w' in r['kernel'] + r['user'] else '-')
        if out and out[-1][1] == first and out[-1][2] == word:
            first = out.pop()[0]
        out.append((first, end, word))
    return out


def check_riscv(row, image):
    """riscv: the ranges of QEMU's `info mem`, address by address, with their bits."""
    if row.arch != 'riscv64':
        return
    satp = image.registers['satp']
    regime = {8: 'riscv-sv39', 9: 'riscv-sv48', 10: 'riscv-sv57'}[satp >> 60]
    table = ['--root', f'{(satp & (1 << 44) - 1) << 12:x}', '--regime', regime]
    ranges = leaves(row.ranges(row.vmcore, *table))
    entries = entries_of(row, table, [r for r in ranges if 'accessed' not in r['flags']])
    lines = re.findall(r'^([0-9a-f]{16}) ([0-9a-f]{16}) ([0-9a-f]{16}) (\S+)$', image.monitor['info mem'], re.M)
    theirs = riscv_runs((number(va), number(pa), number(size), bits) for va, pa, size, bits in lines)
    mine = riscv_runs((number(r['first']) + o, number(r['pa']), size, riscv_bits(r, entries.get(r['first']))) for r in ranges
                      for size in [r['page'] if r.get('repeat') else r['size']] for o in range(0, r['size'], size))
    bad = [f'{who}: {x}' for who, x in one_sided(mine, theirs)]
    row.tap.ok(not bad and theirs, row.title(f'info mem: {len(theirs)} ranges'), '\n'.join(bad))


def entries_of(row, table, ranges):
    """The entries themselves of some ranges: {first: raw}. Without A they grant nothing, and QEMU lists what they would."""
    if not ranges:
        return {}
    out = row.ptkit('walk', row.vmcore, *table, '--json', *(r['first'] for r in ranges))[1]
    return {r['first']: number(walk['steps'][-1]['raw']) for r, walk in zip(ranges, json.loads(out or '[]'))}


def riscv_runs(rows):
    """Ranges merged where address, memory and bits go on."""
    out = []
    for va, pa, size, bits in rows:
        if out and out[-1][0] + out[-1][2] == va and out[-1][1] + out[-1][2] == pa and out[-1][3] == bits:
            va, pa, size = out[-1][0], out[-1][1], out.pop()[2] + size
        out.append((va, pa, size, bits))
    return out


def riscv_bits(r, entry=None):
    """rwxugad as `info mem` prints them."""
    if entry is not None:
        return ''.join(c if entry >> bit & 1 else '-' for bit, c in enumerate('rwxugad', 1))
    user = r['user'] != '---'
    return (r['user'] if user else r['kernel']) + ('u' if user else '-') + \
        ''.join(c if w in r['flags'] else '-' for c, w in (('g', 'global'), ('a', 'accessed'), ('d', 'dirty')))


def no_pages(row, pid):
    """Mappings that pagemap passes over, as they have no struct page: [(first, end)]."""
    lines = re.findall(r'^([0-9a-f]+)-([0-9a-f]+) .*(?:/dev/mem|\[vvar\w*\])$', row.g.read(f'/proc/{pid}/maps').decode(), re.M)
    return [(number(a), number(b)) for a, b in lines]


def kept_by_linux(row, pid, addresses):
    """32-bit arm: pages that Linux has and hardware does not, as they are old or may not be touched; {va: pa}. Linux's own
    entry, beside the hardware's, must say so."""
    if row.arch != 'arm' or not addresses:
        return {}
    out = row.ptkit('walk', row.vmcore, '--pid', str(pid), '--json', *map(hex, addresses))[1]
    found = {}
    for walk in json.loads(out or '[]'):
        entry = walk['steps'][-1].get('linux_entry', {'bits': 'YOUNG', 'raw': '0'})
        if 'NONE' in entry['bits'].split() or 'YOUNG' not in entry['bits'].split():
            found[number(walk['va'])] = number(entry['raw']) & -row.page
    return found


def check_pagemap(row, image):
    """Each process's own pagemap against the tables that ptkit finds for it in the image."""
    if b'--pid' not in row.ptkit('dump', '--help')[1]:
        row.tap.skip(row.title('pagemap'), 'this ptkit knows no processes')
        return
    for pid, text in image.pagemaps.items():
        theirs = dict(line.split() for line in text.decode().splitlines())
        theirs = {number(va): number(e) for va, e in theirs.items()}
        frames = {va: (e & (1 << 55) - 1) * row.page for va, e in theirs.items() if e >> 63}
        got = [r for r in row.ranges(row.vmcore, '--pid', str(pid)) if number(r['first']) < USER_END[row.arch]]
        mine = {number(r['first']) + o: number(r['pa']) + (o % r['page'] if r.get('repeat') else o)
                for r in leaves(got) for o in range(0, r['size'], row.page)}
        absent = [(number(r['first']), number(r['last'])) for r in got if r['kind'] == 'not present']
        passed = no_pages(row, pid)
        mine.update(kept_by_linux(row, pid, [va for va in frames if va not in mine]))
        mine = {va: pa for va, pa in mine.items() if va in frames or not any(a <= va < b for a, b in passed)}
        bad = [f'{va:#x}: pagemap {frames.get(va, -1):#x}, ptkit {mine.get(va, -1):#x}' for va in sorted(frames.keys() | mine.keys())
               if frames.get(va) != mine.get(va) and not any(a <= va <= b for a, b in absent)]
        row.tap.ok(not bad and frames, row.title(f'pagemap of process {pid}: {len(frames)} pages'), '\n'.join(bad))


def live(row, source, what):
    """ptkit dump of the running guest is the text that the guest itself has before and after. A stock kernel has none: there
    it is what the image says, taken while the guest stands; and it must still stand afterwards."""
    if not row.stock:
        texts, _, got = capture.steady(row.g, lambda: row.dump(source))
        table = next(text for table, text in texts.values() if table == 'kernel')
        row.tap.same(got, table, row.title(f"{what}: the kernel's own text"))
        return
    row.g.qmp.do('stop')
    try:
        row.vmcore.unlink(missing_ok=True)
        row.g.qmp.do('dump-guest-memory', paging=False, protocol=f'file:{row.vmcore}')
        got, want = row.dump(source), row.dump(row.vmcore)
        still = row.g.qmp.do('query-status')
    finally:
        row.g.qmp.do('cont')
    row.tap.same(got, want, row.title(f'{what}: the same as the image'))
    row.tap.ok(not still['running'], row.title(f'{what}: a guest that stood still stands'), still)


def check_gdb(row):
    """Through QEMU's gdb stub, while init sleeps."""
    live(row, f'qemu-gdb:{row.g.gdb_path}', f'gdb, {row.cpus} CPU')


def check_busy(row):
    """The same while a process on each CPU works in user mode; the guest must go on after it."""
    if not row.g.spinning:
        row.g.ask('spin', row.cpus)
        row.g.spinning = True
    live(row, f'qemu-gdb:{row.g.gdb_path}', f'gdb, {row.cpus} CPU in user mode')
    status = row.g.qmp.do('query-status')
    row.tap.ok(status['running'], row.title('gdb: the guest runs on'), status)


def check_inside(row):
    """ptkit in the guest itself, through /proc/kcore or, where there is none, /dev/mem."""
    if not row.inside:
        row.tap.skip(row.title('inside'), 'no static ptkit: script/static is missing')
        return

    file = next((path for path, _, table in capture.TABLES if table == 'kernel' and capture.has(row.g, path)), '/dev/null')
    for _ in range(5):
        status, got, text = row.g.run(file, '/ptkit', 'dump')
        if text is not None:
            break
    if status == 3 and row.stock and row.arch == 'arm':
        row.tap.skip(row.title('inside'), 'no kcore on arm, and this kernel keeps /dev/mem from RAM')
    elif status:
        row.tap.ok(False, row.title('inside'), f'exit status {status}: {got.decode(errors="replace")}')
    elif row.stock:
        row.tap.ok(got.count(b'\n') > 8, row.title('inside: a stock kernel is read'), got.decode(errors='replace'))
    else:
        row.tap.same(got, text or b'the kernel changed its page tables each time', row.title("inside: the kernel's own text"))


def check_qmp(row):
    """Through QEMU's monitor."""
    if b'qmp:' not in row.ptkit('help', 'dump')[1] + row.ptkit('--help')[1]:
        row.tap.skip(row.title('qmp'), 'this ptkit does not speak QMP')
        return
    live(row, f'qmp:{row.g.qmp_second}', f'qmp, {"shared memory" if row.shared else "memory not shared"}')


def check_snapshot(row, image):
    """What a snapshot says is what the image says: the text, the processes, init's tables."""
    small = row.folder / 'snapshot'
    status, _, err = row.ptkit('snapshot', row.vmcore, '--processes', '-o', small)
    if not row.tap.ok(status == 0, row.title('snapshot: is written'), err):
        return
    for words in (['dump'], ['dump', '--format', 'jsonl', '--pid', '1'], ['ps']):
        said = [row.ptkit(words[0], source, *words[1:]) for source in (row.vmcore, small)]
        row.tap.ok(said[0][0] == said[1][0], row.title(f'snapshot: {" ".join(words)} ends as on the image'), said[1][2])
        row.tap.same(said[1][1], said[0][1], row.title(f'snapshot: {" ".join(words)}'))


def check_build(row, image):
    """Tables made of the kernel's own text print as that text."""
    text = next((t for table, t in image.texts.values() if table == 'kernel'), None)
    if not text:
        row.tap.skip(row.title('build: from the kernel\'s own text'), 'a kernel without page-table files in debugfs')
        return
    file, core = row.folder / 'text', row.folder / 'built'
    file.write_bytes(text)
    status, _, err = row.ptkit('build', '--like', file, '-o', core)
    if status == 3 and 'left' in err:
        row.tap.skip(row.title('build: from the kernel\'s own text'), err.strip())
    elif row.tap.ok(status == 0, row.title('build: from the kernel\'s own text'), err):
        row.tap.same(row.dump(core), text, row.title('build: prints as that text'))


def check_boot(row, image):
    """The tables that a replayed boot ends with are the kernel's, or what differs has a name. A stock kernel's modules and
    BPF programs change the linear aliases of their pages, so that fewer are equal."""
    status, out, err = row.ptkit('boot', '--like', row.vmcore, '--compare', row.vmcore)
    odd = re.findall(r'^ *(?:different|only (?:ours|theirs)) .*$', out.decode(), re.M)
    sums = re.findall(r'^static regions: .*\n +([0-9.]+) % equal', out.decode(), re.M)
    row.tap.ok(status == 0, row.title(f'boot: ends with the kernel\'s tables, {sums[-1] if sums else "?"} % equal'),
               '\n'.join([err, *odd]))
    row.tap.ok(sums and float(sums[-1]) >= (80 if row.stock else 97), row.title('boot: few entries have changed since'), out.decode())


IMAGE = {'image': check_image, 'monitor': check_monitor, 'tlb': check_tlb, 'mem': check_riscv,
         'pagemap': check_pagemap, 'snapshot': check_snapshot, 'build': check_build, 'boot': check_boot}
LIVE = {'inside': check_inside, 'gdb': check_gdb, 'qmp': check_qmp, 'busy': check_busy}
CHECKS = [*IMAGE, *LIVE]


def attempt(row, name, check, *more):
    """A check that cannot come to an end has failed."""
    try:
        check(row, *more)
    except (guest.Trouble, FileNotFoundError, subprocess.TimeoutExpired) as e:
        row.tap.ok(False, row.title(name), str(e))


def run(row, only):
    """Every check that was asked for."""
    def from_image(row):
        image = Image(row)
        for name, check in IMAGE.items():
            if not only or name in only:
                attempt(row, name, check, image)

    if not only or set(only) & set(IMAGE):
        attempt(row, 'image', from_image)
    for name, check in LIVE.items():
        if not only or name in only:
            attempt(row, name, check)
