#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
"""The public headers are documented throughout (Doxygen, warnings are errors); what documents have of the command's own words is fresh."""
import os, pathlib, re, shutil, subprocess, sys, tempfile

top = pathlib.Path(os.environ['PTKIT_SOURCE'])
tool = sys.argv[1]
n = failed = 0


def check(good, what):
    global n, failed
    n += 1
    failed += not good
    print('ok' if good else 'not ok', n, '-', what)


if shutil.which('doxygen'):
    with tempfile.TemporaryDirectory() as tmp:
        conf = (top / 'docs/Doxyfile').read_text() + f'\nINPUT={top}/include/ptkit\nOUTPUT_DIRECTORY={tmp}\nSTRIP_FROM_PATH={top}\n'
        r = subprocess.run(['doxygen', '-'], input=conf, text=True, capture_output=True)
        bad = [line for line in r.stderr.splitlines() if 'warning' in line or 'error' in line]
        check(r.returncode == 0 and not bad, 'doxygen has nothing to complain about' + ''.join('\n# ' + b for b in bad[:12]))
else:
    n += 1
    print(f'ok {n} # SKIP doxygen is not installed')
r = subprocess.run([sys.executable, str(top / 'script/support'), '--check', tool], capture_output=True, text=True)
check(r.returncode == 0, 'the tables of regimes and sources in the README, and docs/commands.md, are what the command says' + (('\n# ' + r.stdout.strip()) if r.returncode else ''))


def anchors(md):
    """What a heading is reached by: lower case, without punctuation, "-" for a blank."""
    code = re.sub(r'^```.*?^```', '', md.read_text(), flags=re.S | re.M)
    return {re.sub(r'[^\w\- ]', '', h.lower()).replace(' ', '-') for h in re.findall(r'^#+ +(.*?) *$', code, re.M)}


broken = []
for md in [*top.glob('*.md'), *(top / 'docs').glob('*.md'), *(top / 'examples').glob('*.md'), *(top / 'lab').rglob('*.md')]:
    for link, part in re.findall(r'\]\(([^)#:]*)(?:#([^)]*))?\)', md.read_text()):
        to = md.parent / link if link else md
        if not to.exists() or (part and part not in anchors(to)):
            broken.append(f'{md.relative_to(top)} -> {link}#{part}')
check(not broken, 'links between the documents lead somewhere' + ''.join('\n#  ' + b for b in broken))
print(f'1..{n}')
raise SystemExit(failed != 0)
