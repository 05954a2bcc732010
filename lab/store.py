# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
"""What the lab fetches and makes, kept under one folder and keyed by what it was made from; packages by apt."""
import fcntl
import fnmatch
import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

ROOT = pathlib.Path(os.environ.get('PTKIT_LAB') or
                    pathlib.Path(os.environ.get('XDG_CACHE_HOME') or pathlib.Path.home() / '.cache') / 'ptkit-lab')

DAY = 86400


class Missing(Exception):
    """Something that this machine or its package archive cannot give; the sentence says what. A reason to skip."""


class Failed(Exception):
    """A command that should have worked. No reason to skip."""


def say(text):
    print(f'lab: {text}', file=sys.stderr, flush=True)


# Which archive a machine uses is its owner's business, and a log is for others.
ARCHIVE = re.compile(r"(?<=://)[^/\s']+|(?:(?<=resolve )|(?<=connect to )|(?<=connecting to )|(?<=IP: ))\S+|\(\d+(?:\.\d+){3}\)")


def run(*words, **kw):
    """Run a command quietly; its last lines are the error, without the names of servers."""
    r = subprocess.run([str(w) for w in words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **kw)
    if r.returncode:
        lines = [ARCHIVE.sub('...', line.strip()) for line in r.stdout.decode(errors='replace').splitlines()]
        why = next((line for line in lines if line.startswith(('E:', 'error:'))), lines[-1] if lines else '')
        raise Failed('\n'.join([f'{pathlib.Path(words[0]).name}: exit status {r.returncode}: {why}', *lines[-15:]]))
    return r.stdout.decode(errors='replace')


def output(*words):
    """What a command prints, or a Missing that names the command."""
    try:
        return subprocess.run(words, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout.decode().strip()
    except (OSError, subprocess.CalledProcessError) as e:
        raise Missing(f'{words[0]}: {e}') from e


def digest(*parts):
    """A short name for what something is made from."""
    return hashlib.sha256('\n'.join(parts).encode()).hexdigest()[:16]


def keep(kind, name, key, make):
    """The folder ROOT/kind/name-key, made by `make(folder)` if it is not there. Half-made ones are never seen."""
    safe = re.sub(r'[^\w.+-]', '_', f'{name}-{key}')
    done = ROOT / kind / safe
    if done.is_dir():
        return done
    done.parent.mkdir(parents=True, exist_ok=True)
    with open(done.parent / f'.{safe}.lock', 'w') as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.is_dir():
            half = done.parent / f'.{safe}.half'
            shutil.rmtree(half, ignore_errors=True)
            half.mkdir()
            make(half)
            half.rename(done)
    return done


def apt_install(*packages):
    """Install packages of this machine's own architecture."""
    say(f'installing {" ".join(packages)}')
    root = [] if os.getuid() == 0 else ['sudo', '-n']
    env = [*root, 'env', 'DEBIAN_FRONTEND=noninteractive']
    try:
        run(*env, 'apt-get', 'install', '-y', '--no-install-recommends', *packages)
    except (Failed, OSError):
        try:
            run(*env, 'apt-get', 'update')
            run(*env, 'apt-get', 'install', '-y', '--no-install-recommends', *packages)
        except (Failed, OSError) as e:
            raise Missing(f'apt cannot install {" ".join(packages)}: {str(e).splitlines()[0]}') from e


def file_of(package, path):
    """A file of a package, which is installed if need be."""
    if not os.path.exists(path):
        apt_install(package)
    if not os.path.exists(path):
        raise Missing(f'{package} has no {path}')
    return path


class Apt:
    """apt for any architecture with its own lists, so that dpkg's foreign architectures stay as they are. A suite is another one
    than this machine is set up for, from the same archive."""

    def __init__(self, debian, suite=None):
        self.state = ROOT / 'apt' / (f'{debian}-{suite}' if suite else debian)
        self.name = f'{suite} for {debian}' if suite else debian
        for folder in ('lists/partial', 'cache/archives/partial', 'download'):
            (self.state / folder).mkdir(parents=True, exist_ok=True)
        self.options = [f'-oAPT::Architecture={debian}', f'-oAPT::Architectures={debian}', f'-oDir::State={self.state}',
                        f'-oDir::Cache={self.state}/cache', '-oDir::State::status=/dev/null', '-oDebug::NoLocking=1',
                        '-oAPT::Sandbox::User=root', '-oAcquire::Languages=none', '-oAcquire::Retries=3']
        if not shutil.which('apt-get'):
            raise Missing('there is no apt-get here')
        with open(self.state / '.lock', 'w') as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if suite:
                (self.state / 'sources.list').write_text(Apt(output('dpkg', '--print-architecture')).source(suite))
                self.options += [f'-oDir::Etc::sourcelist={self.state}/sources.list', '-oDir::Etc::sourceparts=/dev/null']
            read = self.state / 'read'
            if not read.exists() or not self.lists() or time.time() - read.stat().st_mtime > DAY:
                say(f'reading the package lists of {self.name}')
                self.update()
                read.touch()

    def lists(self):
        return list((self.state / 'lists').glob('*_Packages*'))

    def source(self, suite):
        """The line of a sources.list for another suite: those for security are in an archive of their own."""
        text = output('apt-get', *self.options, 'indextargets', '--format', '$(REPO_URI) $(RELEASE) $(ORIGIN) $(SIGNED_BY)',
                      'Created-By: Packages')
        for uri, release, origin, *keys in map(str.split, text.splitlines()):
            if origin == 'Debian' and release.endswith('-security') == suite.endswith('-security'):
                signed = f'signed-by={keys[0]} ' if keys and keys[0].startswith('/') else ''
                return f'deb [{signed}check-valid-until=no] {uri} {suite} main\n'  # what a suite at its end says is old
        raise Missing(f'this machine has no archive of Debian\'s to take {suite} from')

    def update(self):
        """Read the lists. One that a mirror has not in full (it happens while it is renewed) does not spoil the others."""
        try:
            run('apt-get', *self.options, 'update')
        except Failed as e:
            if not self.lists():
                raise Missing(f'apt can read no package lists of {self.name}') from e

    def newest(self, pattern):
        """Of the packages whose name is of a pattern the one with the newest version; a name is its own pattern."""
        names = output('apt-cache', *self.options, 'pkgnames', re.split(r'[*?[]', pattern)[0]).split()
        text = output('apt-cache', *self.options, 'policy', *fnmatch.filter(names, pattern), pattern)
        found = re.findall(r'^(\S+):\n +Installed: .*\n +Candidate: (\d\S*)', text, re.M)
        if not found:
            raise Missing(f'apt knows no {pattern} of {self.name}')
        return max(found, key=lambda row: [int(n) for n in re.findall(r'\d+', row[1])])[0]

    def depends(self, package, pattern):
        """Names of packages of a pattern that a package needs."""
        return re.findall(rf'Depends: ({pattern}\S*)', output('apt-cache', *self.options, 'depends', package))

    def version(self, package):
        found = re.search(r'Candidate: (\S+)', output('apt-cache', *self.options, 'policy', package))
        if not found:
            raise Missing(f'apt knows no {package} of {self.name}')
        return found[1]

    def unpack(self, package, folder):
        """Download a package and unpack its files into a folder."""
        place = self.state / 'download'
        try:
            run('apt-get', *self.options, 'download', package, cwd=place)
        except Failed as e:
            raise Missing(str(e)) from e
        deb = next(place.glob(f'{package}_*.deb'))
        run('dpkg', '-x', deb, folder)
        deb.unlink()
