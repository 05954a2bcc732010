# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
"""The frame: help, options, names that are not known, exit codes, pipes that close, colours."""
import os
import pty
import re
import shutil
import subprocess

from cli import *

# ---- help ----
r = ptkit('--help')
ok(r.code == 0 and r.err == '', '--help: exit 0, nothing on standard error', r)
has(r.out, 'Exit status', '--help tells the exit codes')
same(ptkit('-h').out, r.out, '-h is --help')
same(ptkit('help').out, r.out, 'help is --help')
all_verbs = verbs()
ok({'dump', 'walk', 'translate', 'info', 'snapshot', 'regimes', 'help'} <= set(all_verbs), '--help lists the commands', all_verbs)
r = ptkit('--version')
ok(r.code == 0 and re.fullmatch(r'ptkit \d+\.\d+\.\d+\n', r.out), '--version', r)
for v in all_verbs:
    r = ptkit(v, '--help')
    ok(r.code == 0 and r.out.startswith(f'ptkit {v}: ') and r.err == '', f'{v} --help', r)
    same(ptkit('help', v).out, r.out, f'help {v} says the same')
    ok(max(map(len, r.out.splitlines())) <= 100, f'{v} --help fits 100 columns', max(r.out.splitlines(), key=len))
    man = ptkit('help', '--man', v).out
    ok(man.count('.SH NAME') == 1 and '.SH OPTIONS' in man, f'{v}: a man page', man)
    plain = man.replace('\\-', '-')
    for letter, name in re.findall(r'^  (?:-(\w), |    )(--[\w-]+)', r.out, re.M):
        has(plain, name, f'{v} {name}: in the man page')
        for word in [name] + (['-' + letter] if letter else []):
            used = ptkit(v, word)
            ok('unknown option' not in used.err, f'{v} {word}: an option that help names is understood', used)
    # and what is understood is in help: everything comes from the same table, but names in examples are typed by hand
    for word in set(re.findall(r'(?<![\w-])--[a-z][\w-]*', r.out)):
        ok(re.search(r'^ +(-\w, )?' + word + r'\b', r.out, re.M) or 'unknown option' not in ptkit(v, word).err or
           word in ('--root', '--regime', '--table', '--symbols'), f'{v} --help speaks only of options that exist: {word}')
    for command in re.findall(r'^  .*?ptkit (.*)\n      ', r.out.split('Examples:\n')[-1], re.M):
        verb = command.split()[0]
        text = ptkit('help', verb).out
        for word in re.findall(r'(?<= )--[a-z][\w-]*', command.split('|')[0]):
            has(text, word, f'example "{command}": {word} exists')
if shutil.which('groff'):
    for v in all_verbs:
        g = subprocess.run(['groff', '-man', '-Tutf8', '-ww', '-z'], input=ptkit('help', '--man', v).out.encode(), capture_output=True)
        same(g.stderr, b'', f'{v}: groff has nothing to say about the man page')
else:
    skip('no groff to read the man pages with')

# ---- completion ----
def complete(*words):
    script = ptkit('help', '--completion').out + 'COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _ptkit; printf "%s\\n" "${COMPREPLY[@]}"'
    p = subprocess.run(['bash', '-uc', script, 'bash', *words], capture_output=True, text=True, cwd=tmp.name)
    return p.stdout.split() if p.returncode == 0 and not p.stderr else p.stderr


if shutil.which('bash'):
    same(sorted(complete('ptkit', '')), sorted(all_verbs + ['--help', '--version']), 'completion: commands')
    same(complete('ptkit', 'tr'), ['translate'], 'completion: one command')
    same(complete('ptkit', 'dump', 'x', '--for'), ['--format'], 'completion: options')
    same(complete('ptkit', 'dump', '-f', 'js'), ['json', 'jsonl'], 'completion: words of an option')
    same(complete('ptkit', 'walk', '--table', ''), ['kernel', 'current_kernel', 'current_user', 'efi'], 'completion: tables')
    same(complete('ptkit', 'walk', '--regime', 'riscv-sv3'), ['riscv-sv32', 'riscv-sv39'], 'completion: regimes')
    write('a-picture', b'')
    same(complete('ptkit', 'dump', 'a-pic'), ['a-picture'], 'completion: files')
    same(complete('ptkit', 'dump', '--symbols', 'a-pic'), ['a-picture'], 'completion: files for an option')
else:
    skip('no bash to complete with')

# ---- usage ----
ram = x86_tables().raw('frame.ram')
fails(ptkit(), 2, 'command is missing', name='no command')
fails(ptkit('dmp'), 2, "unknown command 'dmp'", 'did you mean dump?', name='unknown command, with the near one')
fails(ptkit('xyzzy'), 2, "unknown command 'xyzzy'", name='unknown command, none near')
fails(ptkit('help', 'trnslate'), 2, 'did you mean translate?', name='help on an unknown command')
fails(ptkit('--tabel'), 2, 'options follow the command', name='an option in place of a command')
fails(ptkit('walk'), 2, 'needs a SOURCE and an address', 'ptkit walk [SOURCE] VA...', name='walk without anything')
fails(ptkit('dump', 'a', 'b'), 2, "what to do with 'b'", name='too many operands')
fails(ptkit('dump', ram, '--formt', 'csv'), 2, "unknown option '--formt'", 'did you mean --format', name='unknown option')
fails(ptkit('dump', ram, '-x'), 2, "unknown option '-x'", name='unknown letter')
fails(ptkit('dump', ram, '--format'), 2, '--format needs a value', name='option without its value')
fails(ptkit('dump', ram, '--format='), 2, 'not an empty word', name='option with an empty value')
fails(ptkit('dump', ram, '--json=1'), 2, 'takes no value', name='flag with a value')
fails(ptkit('dump', ram, *BARE, '--format', 'tabel'), 2, "unknown format 'tabel'", 'did you mean table?', name='unknown format')
fails(ptkit('dump', ram, *BARE, '--format', 'qqq'), 2, 'there are kernel, table, json', name='unknown format, none near')
fails(ptkit('dump', ram, '--table', 'curent_user'), 2, "unknown table 'curent_user'", 'current_user', name='unknown table')
fails(ptkit('dump', ram, '--root', '1000', '--regime', 'x68-64'), 2, "unknown regime 'x68-64'", 'x86-64', name='unknown regime')
fails(ptkit('dump', ram, '--root', '1000'), 2, '--root needs --regime', name='--root alone')
fails(ptkit('dump', ram, '--regime', 'x86-64'), 2, '--regime needs --root', name='--regime alone')
fails(ptkit('dump', ram, *BARE, '--table', 'efi'), 2, '--table has no meaning', name='--root and --table')
fails(ptkit('dump', ram, *BARE, '--json', '--format', 'csv'), 2, 'exclude each other', name='--json and --format')
fails(ptkit('dump', ram, '--root', '10g0', '--regime', 'x86-64'), 2, "not '10g0'", name='an address that is none')
fails(ptkit('dump', ram, '--root', '10000000000000000', '--regime', 'x86-64'), 2, 'at most 64 bits', name='an address too long')
fails(ptkit('dump', ram, '--kernel', '0'), 2, 'a number from 1', name='--kernel 0')
fails(ptkit('snapshot', ram), 2, 'needs -o FILE', name='snapshot without -o')

# ---- a SOURCE that is left out ----
gone = {'PTKIT_PICTURE': path('gone')}
for v in ('dump', 'translate', 'info', 'snapshot'):
    output = ['-o', path('x')] if v == 'snapshot' else []
    fails(ptkit(v, *output, env=gone), 3, 'PTKIT_PICTURE', path('gone'), 'No such file', name=f'{v} without a SOURCE: what PTKIT_PICTURE names')
    if not os.path.exists('/proc/kcore'):
        fails(ptkit(v, *output), 3, 'this machine', '/proc/kcore', name=f'{v} without a SOURCE: this machine')
    fails(ptkit(v, *output, env={'PTKIT_PICTURE': ''}), 3, 'this machine', '/proc/kcore', name=f'{v}: an empty PTKIT_PICTURE names nothing') \
        if not os.path.exists('/proc/kcore') else skip('there is a /proc/kcore')
there = {'PTKIT_PICTURE': ram}
same(ptkit('dump', *BARE, env=there).out, ptkit('dump', ram, *BARE).out, 'dump of PTKIT_PICTURE')
same(ptkit('walk', 'ffff800000000000', '0', *BARE, env=there).out, ptkit('walk', ram, 'ffff800000000000', '0', *BARE).out, 'walk: the first operand is an address')
same(ptkit('translate', *BARE, env=there, stdin='ffff800000000000\n').out, ptkit('translate', ram, *BARE, stdin='ffff800000000000\n').out, 'translate')
write('beef', b'no picture')
r = subprocess.run([PTKIT, 'walk', 'beef', '0', *BARE], capture_output=True, text=True, cwd=tmp.name)
fails(Ran(r.returncode, r.stdout, r.stderr), 3, 'beef', name='walk: a file is a SOURCE, whatever its name')
fails(ptkit('walk', 'start_kernel', env=there), 2, 'a SOURCE and an address', name='walk: a symbol alone might be a file that is missing')

# ---- options in every form ----
want = ptkit('dump', ram, *BARE, '--format', 'csv').out
for name, args in {'--name=value': ('dump', '--root=1000', '--regime=x86-64', '--format=csv', ram),
                   'letter and value': ('dump', '-fcsv', *BARE, ram),
                   'letter, value apart': ('dump', *BARE, '-f', 'csv', ram),
                   'after --': ('dump', *BARE, '-f', 'csv', '--', ram),
                   '0x before an address': ('dump', '--root', '0x1000', '--regime', 'x86-64', '-f', 'csv', ram),
                   'the last of two counts': ('dump', *BARE, '-f', 'json', '-f', 'csv', ram)}.items():
    r = ptkit(*args)
    ok(r.code == 0 and r.out == want, f'options: {name}', r)

# ---- output that cannot be written ----
def run_with_stdout(fd, *args):
    p = subprocess.run([PTKIT, *args], stdout=fd, stderr=subprocess.PIPE)
    return Ran(p.returncode, '', p.stderr.decode())


big = ('regimes', '--json', 'x86-64')
for args in (big, ('--help',), ('dump', ram, *BARE)):
    rfd, wfd = os.pipe()
    os.close(rfd)
    r = run_with_stdout(wfd, *args)
    os.close(wfd)
    ok(r.code == 0 and r.err == '', f'{args[0]}: a reader that has gone is no failure', r)
if os.path.exists('/dev/full'):
    with open('/dev/full', 'w') as f:
        for args in (big, ('dump', ram, *BARE)):
            fails(run_with_stdout(f, *args), 3, 'cannot write standard output', 'No space left', name=f'{args[0]}: a full disk is one')
p = subprocess.run(['sh', '-c', '"$0" regimes >&-', PTKIT], capture_output=True)
fails(Ran(p.returncode, '', p.stderr.decode()), 3, 'cannot write standard output', name='standard output is closed')


# ---- colours ----
def on_terminal(*args, env):
    """Run with standard output on a terminal; what it shows."""
    master, slave = pty.openpty()
    e = {k: v for k, v in os.environ.items() if k not in ('NO_COLOR', 'TERM')}
    e.update(env)
    p = subprocess.Popen([PTKIT, *args], stdout=slave, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL, env=e)
    os.close(slave)
    text = b''
    while True:
        try:
            part = os.read(master, 65536)
        except OSError:
            break
        if not part:
            break
        text += part
    p.wait()
    os.close(master)
    return text.decode().replace('\r\n', '\n')


def plain(text):
    return re.sub(r'\033\[[0-9;]*m', '', text)


for args in (('dump', ram, *BARE), ('walk', ram, 'ffff800000003000', *BARE), ('regimes',), ('info', ram, *BARE)):
    piped = ptkit(*args).out
    ok('\033' not in piped, f'{args[0]}: no colours in a pipe', piped)
    shown = on_terminal(*args, env={'TERM': 'xterm'})
    ok('\033[' in shown, f'{args[0]}: colours on a terminal', shown)
    same(plain(shown), piped, f'{args[0]}: colours change nothing else')
    same(on_terminal(*args, env={'TERM': 'xterm', 'NO_COLOR': '1'}), piped, f'{args[0]}: NO_COLOR')
    same(on_terminal(*args, env={'TERM': 'dumb'}), piped, f'{args[0]}: TERM=dumb')
same(ptkit('dump', ram, *BARE, '--color', 'always').out, on_terminal('dump', ram, *BARE, env={'TERM': 'xterm'}), '--color always')
ok('\033' not in on_terminal('dump', ram, *BARE, '--color=never', env={'TERM': 'xterm'}), '--color never')
fails(ptkit('dump', ram, *BARE, '--color=nver'), 2, "unknown color 'nver'", 'never', name='--color of an unknown kind')
ok('\033' not in on_terminal('dump', ram, *BARE, '--json', env={'TERM': 'xterm'}), 'JSON is never coloured')
done()
