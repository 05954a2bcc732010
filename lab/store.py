# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
"""What the lab fetches and makes, kept under one folder and keyed by what it was made from; packages by apt."""
import fcntl
import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(os.environ.get('PTKIT_LAB') or
                    pathlib.Path(os.environ.get('XDG_CACHE_HOME') or pathlib.Path.home() / '.cache') / 'ptkit-lab')


class Missing(Exception):
    """Something that this machine or its package archive cannot give; the sentence says what. A reason to skip."""


class Failed(Exception):
    """A command that should have worked. No reason to skip."""


def say(text):
    print(f'lab: {text}', file=sys.stderr, flush=True)


def run(*words, **kw):
    """Run a command quietly; its last lines are the error."""
    r = subprocess.run([str(w) for w in words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **kw)
    if r.returncode:
        lines = [line.strip() for line in r.stdout.decode(errors='replace').splitlines()]
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
    """apt for any architecture with its own lists, so that dpkg's foreign architectures stay as they are."""

    def __init__(self, debian):
        self.state = ROOT / 'apt' / debian
        for folder in ('lists/partial', 'cache/archives/partial', 'download'):
            (self.state / folder).mkdir(parents=True, exist_ok=True)
        self.options = [f'-oAPT::Architecture={debian}', f'-oAPT::Architectures={debian}', f'-oDir::State={self.state}',
                        f'-oDir::Cache={self.state}/cache', '-oDir::State::status=/dev/null', '-oDebug::NoLocking=1',
                        '-oAPT::Sandbox::User=root', '-oAcquire::Languages=none', '-oAcquire::Retries=3']
        if not shutil.which('apt-get'):
            raise Missing('there is no apt-get here')
        with open(self.state / '.lock', 'w') as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not any((self.state / 'lists').glob('*_Packages*')):
                say(f'reading the package lists of {debian}')
                self.update()

    def update(self):
        """Read the lists. One that a mirror has not in full (it happens while it is renewed) does not spoil the others."""
        try:
            run('apt-get', *self.options, 'update')
        except Failed as e:
            if not any((self.state / 'lists').glob('*_Packages*')):
                raise Missing(str(e)) from e

    def depends(self, package, pattern):
        """The package that a meta-package stands for."""
        text = output('apt-cache', *self.options, 'depends', package)
        found = re.findall(rf'Depends: ({pattern}\S*)', text)
        if not found:
            raise Missing(f'apt knows no {package}')
        return found[0]

    def version(self, package):
        found = re.search(r'Candidate: (\S+)', output('apt-cache', *self.options, 'policy', package))
        if not found:
            raise Missing(f'apt knows no {package}')
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
