# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
"""What a guest says of itself, and its image at that moment, as files in a folder."""
import gzip
import json
import os
import pathlib

import guest

DEBUG = '/sys/kernel/debug'
FIRST_PAGEMAP = 5
# The kernel's own page-table files: path in the guest, name here, `ptkit dump --table`.
TABLES = [
    (f'{DEBUG}/kernel_page_tables', 'kernel_page_tables', 'kernel'),
    (f'{DEBUG}/page_tables/kernel', 'page_tables_kernel', 'kernel'),
    (f'{DEBUG}/page_tables/current_kernel', 'page_tables_current_kernel', 'current_kernel'),
    (f'{DEBUG}/page_tables/current_user', 'page_tables_current_user', 'current_user'),
    (f'{DEBUG}/page_tables/efi', 'page_tables_efi', 'efi'),
    (f'{DEBUG}/efi_page_tables', 'efi_page_tables', 'efi'),
]
ABOUT = ['/proc/iomem', '/proc/meminfo', '/proc/vmallocinfo', '/proc/modules', '/proc/cmdline', '/proc/version',
         '/proc/cpuinfo', '/sys/kernel/vmcoreinfo', '/proc/self/maps']
MONITOR = ['info registers', 'info mem', 'info tlb', 'info mtree -f']


def has(g, path):
    """Whether a file is there and not empty."""
    try:
        return g.keep(0, path)[0] > 0
    except FileNotFoundError:
        return False


def tables(g):
    """Which of the kernel's files this guest has, read into slots 1 on: [(name, table, size, crc)]."""
    found = []
    for path, name, table in TABLES:
        if any(table == f[1] for f in found):
            continue  # older and newer kernels have it in different places
        try:
            found.append((name, table, *g.keep(len(found) + 1, path)))
        except FileNotFoundError:
            pass
    return [t for t in found if t[2]]


def processes(g):
    """The pagemaps of init and of the processes it made, in the last slots: [(pid, slot, size, crc)]."""
    return [(pid, FIRST_PAGEMAP + i, *g.keep_pagemap(FIRST_PAGEMAP + i, pid)) for i, pid in enumerate([1, *g.others])]


def steady(g, act, pids=False, tries=5):
    """Run act() between two readings of the page-table files, and of the pagemaps if these are wanted too, that are
    equal: ({file: (table, text)}, {pid: pagemap}, what act() returned)."""
    for _ in range(tries):
        before = processes(g) if pids else [], tables(g)
        result = act()
        if (processes(g) if pids else [], tables(g)) == before:
            texts = {n: (t, g.fetch(i + 1, size, crc)) for i, (n, t, size, crc) in enumerate(before[1])}
            return texts, {pid: g.fetch(*kept) for pid, *kept in before[0]}, result
    raise guest.Trouble(f'the kernel changed its page tables during each of {tries} tries')


def image(g, path):
    """The guest's memory as QEMU's own ELF core, and the registers of that moment."""
    path = pathlib.Path(path)
    gdb = guest.Gdb(g.gdb_path)  # the guest stands while a debugger is attached
    try:
        registers = gdb.registers()
        monitor = {line: g.qmp.hmp(line) for line in MONITOR}
        path.unlink(missing_ok=True)
        g.qmp.do('dump-guest-memory', paging=False, protocol=f'file:{path}')
    finally:
        gdb.close()
    return registers, monitor


def about(g, folder):
    """The files that tell of the guest, and init's pagemap."""
    for path in ABOUT:
        try:
            (folder / f'{path[1:].replace("/", "_")}.txt').write_bytes(g.read(path))
        except FileNotFoundError:
            pass
    (folder / 'pagemap.txt').write_bytes(g.pagemap('self'))


def keep(g, folder, row):
    """All of it, in a folder."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / 'proc_kallsyms.txt.gz').write_bytes(gzip.compress(g.read_long('/proc/kallsyms'), 6))
    about(g, folder)
    texts, _, (registers, monitor) = steady(g, lambda: image(g, folder / 'vmcore'))
    for name, (_, text) in texts.items():
        (folder / f'{name}.txt').write_bytes(text)
    (folder / 'mmu-registers.txt').write_text(''.join(f'{n} {v:#x}\n' for n, v in registers.items()))
    for line, text in monitor.items():
        (folder / f'monitor-{line.replace(" ", "-")}.txt').write_text(text)
    words = [os.path.basename(str(w)) if '/' in str(w) else str(w) for w in g.command]
    (folder / 'capture.json').write_text(json.dumps({'name': row, 'qemu': words}, indent=1) + '\n')
    return texts
