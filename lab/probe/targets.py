# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
"""The machines that prove runs tables on: how to boot the probe there, and how to read its answers."""
import os
import pathlib
import shutil
import struct
import subprocess

HERE = pathlib.Path(__file__).resolve().parent
K, M, G = 1 << 10, 1 << 20, 1 << 30
OPS = ['kr', 'kw', 'kx', 'ur', 'uw', 'ux']
PAGE = 4 * K
COMMON = ['-O2', '-Wall', '-Wextra', '-Werror', '-ffreestanding', '-fno-stack-protector', '-fno-pic', '-nostdlib', '-static',
          '-fno-asynchronous-unwind-tables', '-Wl,--build-id=none', '-Wl,-no-pie', '-Wl,-z,noexecstack',
          '-Wl,--no-warn-rwx-segments']


def memory_image(pages):
    """An ELF file that puts a page of bytes at each physical address."""
    offset = (64 + 56 * len(pages) + PAGE - 1) & ~(PAGE - 1)
    head = b'\x7fELF\2\1\1' + bytes(9) + struct.pack('<2HI3QI6H', 2, 0, 1, 0, 64, 0, 0, 64, 56, len(pages), 0, 0, 0)
    rows = b''.join(struct.pack('<2I6Q', 1, 7, offset + i * PAGE, pa, pa, PAGE, PAGE, PAGE) for i, pa in enumerate(pages))
    return (head + rows).ljust(offset, b'\0') + b''.join(pages.values())


class Target:
    """What all have alike. Subclasses say where memory is and how answers read."""
    any_pa = False

    def __init__(self, regime, cpu):
        self.regime, self.cpu = regime, cpu or self.default_cpu

    def missing(self):
        return next((c for c in (self.qemu, self.cc) if not shutil.which(c)), None)

    def usable(self, pa, reserved):
        """Whether a page may hold our words: memory, and not the tables or the probe."""
        page = pa & ~(PAGE - 1)
        inside = any(low <= page and page + PAGE <= high for low, high in self.ram(64))
        return inside and not any(page < high and low < page + PAGE for low, high in reserved)

    def can_ask(self, _):
        return True

    def fixed(self, _):
        return []

    def load(self, path, pa=None):
        return ['-device', f'loader,file={path}' + (f',addr={pa:#x},force-raw=on' if pa is not None else '')]


class Trying(Target):
    """Loads, stores and fetches, with a fault handler: x86, riscv. A page's words tell which page it is."""

    def run(self, qemu, tmp, base, regs, expected, reserved):
        pages, tags = {}, {}
        for e in expected:
            page = e.pa and e.pa & ~(PAGE - 1)
            if e.mapped and page not in tags and self.usable(e.pa, reserved):
                tags[page] = self.tag(len(tags) + 1)
                pages[page] = struct.pack('<I', tags[page]) * (PAGE // 4)
        rows = [(e, [op for op in OPS if not e.rights[op] or e.pa & ~(PAGE - 1) in tags]) for e in expected]
        values = [regs.get(r, 0) for r in self.registers]
        ask = b'ptkprove' + struct.pack('<7Q', len(rows), *values, *[0] * (6 - len(values)))
        ask += b''.join(struct.pack('<2Q', e.va, sum(1 << OPS.index(o) for o in ops)) for e, ops in rows)
        (tmp / 'ask').write_bytes(ask)
        (tmp / 'pages').write_bytes(memory_image(pages))
        unknown = regs.keys() - set(self.registers)
        if unknown:
            return 0, [f'a register that the probe does not know: {unknown}']
        loads = self.load(tmp / 'tables.bin', base) + self.load(tmp / 'ask', self.ask) + self.load(tmp / 'pages')
        r = subprocess.run([qemu, *self.machine(tmp), '-display', 'none', '-monitor', 'none', '-serial', 'stdio', '-no-reboot',
                            *loads], stdin=subprocess.DEVNULL, capture_output=True, timeout=120)
        lines = r.stdout.decode('latin1').replace('\r', '').splitlines()
        if not lines or lines[-1] != 'done' or len(lines) != len(rows) + 2:
            return 0, [f'the probe did not finish: {lines[-1:]} after {len(lines)} lines of {len(rows)}, {r.stderr[-300:]}']
        diffs = [d for (e, ops), line in zip(rows, lines[1:]) for d in self.compare(e, ops, tags, line)]
        return sum(len(ops) for _, ops in rows), diffs

    def compare(self, e, ops, tags, line):
        words = dict(w.split('=') for w in line.split()[1:])
        if int(line.split()[0], 16) != e.va or list(words) != ops:
            return [f'{line} is no answer to {e.va:#x} {ops}']
        out = []
        for op in ops:
            value = int(words[op][1:], 16)
            if not e.rights[op]:
                ok = words[op][0] == '-' and self.right_fault(e, op, value)
                want = f'a page fault ({"no right" if e.mapped else "not mapped"})'
            else:
                ok = words[op][0] == '+' and (op[1] != 'r' or value == tags[e.pa & ~(PAGE - 1)])
                want = f'+ at {e.pa:#x}, which holds {tags[e.pa & ~(PAGE - 1)]:#x}'
            if not ok:
                out.append(f'{e.va:#x} {op}: ptkit says {want}, the CPU {words[op]}')
        return out

    def compile(self, tmp, name, flags):
        """The probe, as an ELF file."""
        out = tmp / 'probe.elf'
        subprocess.run([self.cc, *COMMON, *flags, '-T', HERE / f'{name}.ld', '-o', out, HERE / f'{name}.S', HERE / f'{name}.c'],
                       check=True)
        return out


class X86(Trying):
    qemu, cc, default_cpu = 'qemu-system-x86_64', 'x86_64-linux-gnu-gcc', 'max'
    registers = ['IA32_PAT', 'CR4', 'CR3', 'IA32_EFER', 'CR0']
    ask = 0x200000
    tables = (0x1000000, 0x40000000)

    def ram(self, pa_bits):
        return [(0x1000000, 0xb0000000)] + ([(4 * G, 7 * G)] if pa_bits > 32 else [])

    def fixed(self, _):
        x = 'x' if self.regime.startswith('x86-32') or 'nonx' in self.regime else '-'
        user = '--- r-x' if 'smap' in self.regime else 'rwx rwx' if 'nowp' in self.regime else 'r-x r-x'
        rows = (0x100000, 0x80000, 'rwx ---'), (0x180000, 0x1000, user), (0x181000, 0x27f000, f'rw{x} ---')
        return [{'va': pa, 'pa': pa, 'size': size, 'rights': rights} for pa, size, rights in rows]

    def tag(self, n):
        return 0xcc | n << 8  # int3

    def machine(self, tmp):
        bits = '-m64' if self.regime.startswith('x86-64') else '-m32'
        elf = self.compile(tmp, 'x86', [bits, '-mgeneral-regs-only', '-mno-red-zone', '-fcf-protection=none'])
        subprocess.run(['x86_64-linux-gnu-objcopy', '-O', 'binary', elf, tmp / 'probe.bin'], check=True)
        return ['-M', 'pc', '-cpu', self.cpu, '-m', '6G', '-net', 'none', '-kernel', tmp / 'probe.bin',
                '-device', 'isa-debug-exit,iobase=0xf4,iosize=1']

    def right_fault(self, e, _, code):
        """A page fault of that access at that address, with P telling whether it is mapped."""
        return code >> 16 == 0 and (code & 1) == e.mapped and not code & 8


class Riscv(Trying):
    cc, default_cpu = 'riscv64-linux-gnu-gcc', None
    registers = ['menvcfg', 'sstatus', 'satp']
    ask = 0x80200000
    tables = (0x80400000, 0xb0000000)

    def __init__(self, regime, cpu):
        super().__init__(regime, cpu)
        self.bits = 32 if regime.startswith('riscv-sv32') else 64
        self.qemu = f'qemu-system-riscv{self.bits}'
        self.cpu = cpu or ('rv32' if self.bits == 32 else 'rv64,svnapot=on,svpbmt=on')

    def ram(self, _):
        return [(0x80400000, 0x80000000 + (G if self.bits == 32 else 3 * G))]

    def tag(self, n):
        return 0x9002 | n << 16  # c.ebreak

    def machine(self, tmp):
        abi = 'ilp32' if self.bits == 32 else 'lp64'
        elf = self.compile(tmp, 'riscv', [f'-march=rv{self.bits}ima_zicsr_zifencei', f'-mabi={abi}', '-mcmodel=medany'])
        return ['-M', 'virt', '-cpu', self.cpu, '-m', '1G' if self.bits == 32 else '3G', '-bios', 'none', *self.load(elf)]

    def can_ask(self, e):
        # QEMU 7.2 keeps the untranslated pages that the probe itself runs on for its accesses with MPRV too.
        return not 0x80000000 <= e.va < 0x80400000

    def right_fault(self, _, op, code):
        return code == {'r': 13, 'w': 15, 'x': 12}[op[1]]


def attribute_name(attr):
    """A byte of MAIR in ptkit's words (Arm ARM DDI 0487, MAIR_EL1)."""
    if attr >> 4 == 0:
        return {0: 'device nGnRnE', 4: 'device nGnRE', 8: 'device nGRE', 12: 'device GRE'}[attr & 15]
    return {4: 'non-cacheable', 8: 'write-through', 12: 'write-back'}[attr >> 4 & (15 if attr >> 4 == 4 else 12)]


class Arm(Target):
    """AT and PAR; fetches by going there. The vectors lie in the tables under test."""
    qemu, any_pa, default_cpu = 'qemu-system-aarch64', True, ''
    tables = (0x48000000, 0x80000000)
    vectors = 0x41000000

    def __init__(self, regime, cpu):
        super().__init__(regime, cpu)
        self.kind = regime.split('-')[0]
        self.short = regime.startswith('arm-short')
        self.cc = 'aarch64-linux-gnu-gcc' if self.kind == 'arm64' else 'arm-linux-gnueabihf-gcc'

    def ram(self, _):
        return [(0x42000000, 0xc0000000)]

    def vbar(self, space):
        return space.parts()[0][0] + 16 * M

    def fixed(self, space):
        self.vbar_va = self.vbar(space)
        return [{'va': self.vbar_va, 'pa': self.vectors, 'size': 64 * K, 'rights': 'r-x ---'}]

    def can_ask(self, e):
        return e.mapped or e.level != 'L-1'  # QEMU 7.2 stops with an assertion

    def ask_text(self, regs, rows):
        words = {'vbar': self.vbar_va, 'vbar_pa': self.vectors}
        names = {'MAIR_EL1': 'mair', 'TCR_EL1': 'tcr', 'TTBR0_EL1': 'ttbr0', 'TTBR1_EL1': 'ttbr1', 'SCTLR_EL1': 'sctlr',
                 'DACR': 'dacr', 'TTBCR': 'tcr', 'TTBR0': 'ttbr0', 'TTBR1': 'ttbr1', 'SCTLR': 'sctlr'}
        halves = {'MAIR0': 0, 'MAIR1': 32, 'PRRR': 0, 'NMRR': 32}
        for name, value in regs.items():
            if name in halves:
                words['mair'] = words.get('mair', 0) | value << halves[name]
            else:
                words[names[name]] = value
        return ''.join(f'{k} {v:#x}\n' for k, v in words.items()) + ''.join(
            f'va {e.va:#x} {" ".join(ops)}\n' for e, ops in rows)

    def run(self, _, tmp, base, regs, expected, reserved):
        word = struct.pack('<I', 0xd4000022 if self.kind == 'arm64' else 0xe1400071)  # hvc #1
        pages = {e.pa & ~(PAGE - 1): word * (PAGE // 4) for e in expected if e.mapped and self.usable(e.pa, reserved)}
        rows = []
        for e in expected:
            e.va &= ~3
            e.pa = e.pa and e.pa & ~3
            here = e.mapped and e.pa & ~(PAGE - 1) in pages and 'device' not in e.memory
            rows.append((e, [op for op in OPS if op[1] != 'x' or not e.rights[op] or here]))
        (tmp / 'ask').write_text(self.ask_text(regs, rows))
        (tmp / 'pages').write_bytes(memory_image(pages))
        cpu = ['--cpu', self.cpu] if self.cpu else []
        env = dict(os.environ, XDG_CACHE_HOME=str(tmp))  # others build the probe at the same time
        r = subprocess.run([HERE / 'run', *cpu, self.kind, tmp / 'ask', '--mem', '2G', '--load',
                            f'{tmp}/tables.bin@{base:#x}', '--load-elf', tmp / 'pages'], capture_output=True, text=True, env=env)
        lines = r.stdout.splitlines()
        if r.returncode or len(lines) != len(rows) + 2:
            return 0, [f'the probe did not finish: {lines[-1:]} after {len(lines)} lines of {len(rows)}: {r.stderr[-300:]}']
        diffs = [d for (e, ops), line in zip(rows, lines[1:]) for d in self.compare(e, ops, line)]
        return sum(len(ops) for _, ops in rows), diffs

    def compare(self, e, ops, line):
        words = {k: int(v, 0) for k, v in (w.split('=') for w in line.split()[1:])}
        if int(line.split()[0], 0) != e.va or set(words) != set(ops):
            return [f'{line} is no answer to {e.va:#x} {ops}']
        return [f'{e.va:#x} {op}: ptkit says {why}, the CPU {words[op]:#x}' for op in ops
                for why in [self.differs(e, op, words[op])] if why]

    def differs(self, e, op, word):
        """What ptkit says, if the answer is another."""
        faults = word != 0 if op[1] == 'x' else word & 1
        if faults != (not e.rights[op]):
            return f'granted at {e.pa:#x}' if e.rights[op] else 'a fault'
        if faults:
            return None if self.short or self.right_fault(e, op, word) else f'{"no right" if e.mapped else "unmapped"}, {e.level}'
        if op[1] == 'x':
            return None
        if word & 0xffffffffff000 != e.pa & ~0xfff:
            return f'at {e.pa:#x}'
        if not self.short and attribute_name(word >> 56) != e.memory:
            return e.memory
        return None

    def right_fault(self, e, op, word):
        """Translation fault, or permission (or access flag) fault, at the level where ptkit says so."""
        status = (word & 63) if op[1] == 'x' else word >> 1 & 63
        level = int(e.level[1:])
        return status in (((0xc | level), (8 | level)) if e.mapped else (4 | level,))


def find(regime, cpu):
    for prefix, cls in (('x86', X86), ('riscv', Riscv), ('arm', Arm)):
        if regime.startswith(prefix):
            return cls(regime, cpu)
    raise KeyError(regime)
