# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
"""For lab/peers, run by a Python that has drgn: CORE VMLINUX ADDRESSES. What drgn says, a JSON object a line."""
import json
import sys

import drgn
from drgn.helpers.linux import d_path, follow_phys, for_each_task, for_each_vma


def put(**words):
    print(json.dumps(words))


def physical(mm, va):
    """None: not mapped. drgn says it as a fault, as it does when it cannot read."""
    try:
        return follow_phys(mm, va).value_()
    except drgn.FaultError as e:
        if 'not mapped' not in str(e):
            raise
        return None


def main(core, vmlinux, addresses):
    prog = drgn.Program()
    prog.set_core_dump(core)
    prog.load_debug_info([vmlinux])
    mm = {0: prog['init_mm'].address_of_()}
    for t in for_each_task(prog):
        if t.pid.value_() != t.tgid.value_():
            continue
        pid = t.pid.value_()
        put(kind='task', pid=pid, name=t.comm.string_().decode(), task=t.value_(), mm=t.mm.value_(),
            threads=t.signal.nr_threads.value_())
        if t.mm:
            mm[pid] = t.mm
            for v in for_each_vma(t.mm):
                path = d_path(v.vm_file.f_path).decode() if v.vm_file else ''
                put(kind='vma', pid=pid, first=v.vm_start.value_(), last=v.vm_end.value_() - 1, flags=v.vm_flags.value_(), path=path)
    for line in open(addresses):
        pid, va = line.split()
        put(kind='at', pid=int(pid), va=int(va, 16), pa=physical(mm[int(pid)], int(va, 16)))


main(*sys.argv[1:])
