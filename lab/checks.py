# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
"""The checks: each holds ptkit against another word on the same page tables."""


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

    def skip(self, name, why):
        self.count += 1
        print(f'ok {self.count} - {name} # SKIP {why}', flush=True)

    def done(self):
        print(f'1..{self.count}')
        return self.bad != 0
