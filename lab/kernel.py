# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
"""Kernels for the lab's guests: small ones built from Debian's sources, stock ones from Debian's packages. Both are kept."""
import os
import pathlib
import re
import shutil
import subprocess

import store

HERE = pathlib.Path(__file__).resolve().parent
# kernel's name of the architecture, compiler prefix, image, Debian's name
ARCH = {
    'arm': ('arm', 'arm-linux-gnueabihf-', 'zImage', 'armhf'),
    'arm64': ('arm64', 'aarch64-linux-gnu-', 'Image', 'arm64'),
    'i386': ('i386', 'i686-linux-gnu-', 'bzImage', 'i386'),
    'x86_64': ('x86_64', '', 'bzImage', 'amd64'),
    'riscv64': ('riscv', 'riscv64-linux-gnu-', 'Image', 'riscv64'),
}
PRODUCTS = ['System.map', '.config', 'vmlinux']
# Large, and nothing that is built here includes it.
LEFT_OUT = ['*/drivers/gpu/drm/amd/include/*', '*/Documentation/devicetree/bindings/*', '*/tools/testing/*', '*/arch/*/boot/dts/*/*.dts']


def sources(package):
    """The unpacked kernel source of an installed Debian package."""
    archive = pathlib.Path('/usr/src') / f'{package}.tar.xz'
    if not archive.exists():
        store.apt_install(package)
    version = store.output('dpkg-query', '-W', '-f${Version}', package)

    def unpack(folder):
        store.say(f'unpacking {package} {version}')
        dts = [x for x in LEFT_OUT if 'dts' not in x]
        store.run('tar', 'xf', archive, '-C', folder, '--strip-components=1', *(f'--exclude={x}' for x in dts))

    return store.keep('source', package, version, unpack), version


def make(source, folder, arch, *words):
    """One run of the kernel's make."""
    name, prefix, _, _ = ARCH[arch]
    cc, host = f'{prefix}gcc', 'gcc'
    if shutil.which('ccache'):
        cc, host = f'ccache {cc}', f'ccache {host}'
    env = dict(os.environ, KBUILD_BUILD_TIMESTAMP='@0', KBUILD_BUILD_USER='lab', KBUILD_BUILD_HOST='lab', KCONFIG_NOTIMESTAMP='1')
    jobs = os.environ.get('LAB_JOBS') or os.cpu_count()
    store.run('nice', '-n19', 'make', '-C', source, f'O={folder}', f'ARCH={name}', f'CROSS_COMPILE={prefix}', f'CC={cc}',
              f'HOSTCC={host}', f'-j{jobs}', '-s', *words, env=env)


def wanted(fragments):
    """The fragments as one text."""
    return ''.join((HERE / 'config' / f'{f}.config').read_text() for f in fragments)


def missing(config, folder):
    """Symbols that were asked for and that this kernel did not take."""
    got = set((folder / '.config').read_text().splitlines())
    return [line for line in config.splitlines() if line.startswith('CONFIG_') and line not in got]


def built(name, spec):
    """The folder of a kernel made from fragments."""
    source, version = sources(spec['source'])
    config = wanted(spec['config'])
    arch = spec['arch']
    compiler = store.output(f'{ARCH[arch][1]}gcc', '--version').splitlines()[0]
    key = store.digest(version, arch, compiler, config, *spec.get('dtb', []))

    def build(out):
        store.say(f'building {name} (a few minutes)')
        work = out / 'work'
        work.mkdir()
        (work / 'all.config').write_text(config)
        make(source, work, arch, f'KCONFIG_ALLCONFIG={work}/all.config', 'allnoconfig')
        make(source, work, arch, ARCH[arch][2], 'modules', *spec.get('dtb', []))
        image = next(p for p in (work / 'arch').rglob(ARCH[arch][2]) if p.is_file() and 'compressed' not in p.parts)
        shutil.copy(image, out / 'image')
        for product in PRODUCTS:
            shutil.copy(work / product, out / product.lstrip('.'))
        (out / 'modules').mkdir()
        for module in sorted(work.rglob('*.ko')):
            shutil.copy(module, out / 'modules')
        for dtb in spec.get('dtb', []):
            shutil.copy(next((work / 'arch').rglob(pathlib.Path(dtb).name)), out)
        (out / 'not-taken').write_text('\n'.join(missing(config, work)) + '\n')
        shutil.rmtree(work)

    return store.keep('kernel', name, key, build)


def stock_package(spec):
    """Where a stock Debian kernel is from, and what it is called there."""
    apt = store.Apt(ARCH[spec['arch']][3], spec.get('suite'))
    package = apt.newest(spec['package'])
    return apt, next(iter(apt.depends(package, r'linux-image-\d')), package)  # a meta-package stands for another


def debug(spec):
    """The vmlinux of a stock Debian kernel with its debugging information, which is in a package of its own."""
    apt, image = stock_package(spec)
    package = f'{image}-dbg'

    def fetch(out):
        store.say(f'fetching {package} (hundreds of megabytes)')
        apt.unpack(package, out / 'all')
        found = next((p for p in (out / 'all').rglob('vmlinux*') if not p.is_symlink()), None)
        if not found:
            raise store.Missing(f'{package} has no vmlinux')
        shutil.move(found, out / 'vmlinux')
        shutil.rmtree(out / 'all')

    return store.keep('debug', package, apt.version(package), fetch) / 'vmlinux'


def stock(name, spec):
    """The folder of a stock Debian kernel."""
    debian = ARCH[spec['arch']][3]
    apt, package = stock_package(spec)
    version = apt.version(package)

    def fetch(out):
        store.say(f'fetching {package} {version} ({debian})')
        # or for several, which have its files
        kinds = 'binary|base|modules' if spec.get('modules') else 'binary|base'
        for part in [package, *apt.depends(package, rf'linux-(?:{kinds})-\d')]:
            apt.unpack(part, out)
        for name, there in (('image', 'vmlinu[xz]'), ('config', 'config')):
            for found in [*out.glob(f'boot/{there}-*'), *out.glob(f'usr/lib/modules/*/{there}')]:
                shutil.copy(found, out / name)
        if not (out / 'image').exists():
            raise store.Missing(f'{package} has no kernel where one is looked for')
        (out / 'modules').mkdir()
        for want in spec.get('modules', []):
            for module in out.rglob(f'{want}.ko*'):
                shutil.copy(module, out / 'modules')
        for folder in ('lib', 'usr', 'boot'):
            shutil.rmtree(out / folder, ignore_errors=True)

    return store.keep('kernel', name, f'{package}-{version}', fetch)


def get(name, spec):
    """The folder with `image`, `config` (if the archive still has that), `modules/` and, for built ones, `System.map` and `vmlinux`."""
    return stock(name, spec) if 'package' in spec else built(name, spec)
