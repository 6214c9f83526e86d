# Copyright 2026 shufflenet_ros maintainers
#
# Licensed under the Apache License, Version 2.0 (the "License");
# you may not use this file except in compliance with the License.
# You may obtain a copy of the License at
#
#     http://www.apache.org/licenses/LICENSE-2.0
#
# Unless required by applicable law or agreed to in writing, software
# distributed under the License is distributed on an "AS IS" BASIS,
# WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
# See the License for the specific language governing permissions and
# limitations under the License.

"""
An emulated ARM machine: a folder with Debian's and pip's packages for arm64, and qemu's user mode.

Nothing is mounted, registered or installed: packages are taken apart into the folder, and qemu
looks there first for whatever path the program asks for. So no program there can start another.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
import hashlib
import os
from pathlib import Path
import shutil
import subprocess
import sys

REQUIREMENTS = Path(__file__).resolve().parents[1] / 'requirements'
DEBIAN, MIRROR = 'bookworm', 'http://deb.debian.org/debian'
KEYS = '/usr/share/keyrings/debian-archive-keyring.gpg'
PACKAGES = ('python3.11', 'libstdc++6')
PYTHON_VERSION = '3.11'
WHEELS = {
    'run': ('numpy', 'opencv-python-headless', 'onnxruntime', 'flatbuffers', 'protobuf',
            'packaging', 'PyYAML', 'pillow', 'rich', 'markdown-it-py', 'mdurl', 'Pygments',
            'scikit-image', 'psutil', 'typing_extensions'),
    'test': ('pytest', 'iniconfig', 'pluggy', 'pytest-timeout', 'hypothesis', 'sortedcontainers'),
    'engines': ('ai-edge-litert', 'backports.strenum', 'tqdm', 'MNN')}
"""Requirements file to what the programs there import: no ROS and no PyTorch."""
GLIBC = ('2_34', '2_28', '2_27', '2_17')
ARMV8 = 'fp asimd evtstrm aes pmull sha1 sha2 crc32 cpuid'
ARMV8_2 = f'{ARMV8} atomics fphp asimdhp asimdrdm lrcpc dcpop asimddp ssbs'


class Failed(Exception):
    """A step that cannot go on; one line says why."""


@dataclass(frozen=True)
class Cpu:
    """A core as Linux shows it: onnxruntime believes /proc/cpuinfo more than the kernel."""

    name: str
    part: int
    variant: int
    revision: int
    features: str
    options: str = ''
    """What ``-cpu`` of qemu gets after the name."""

    def cpuinfo(self) -> str:
        """Text of /proc/cpuinfo for four such cores."""
        return ''.join(
            f'processor\t: {index}\nBogoMIPS\t: 108.00\nFeatures\t: {self.features}\n'
            f'CPU implementer\t: 0x41\nCPU architecture: 8\nCPU variant\t: {self.variant:#x}\n'
            f'CPU part\t: {self.part:#x}\nCPU revision\t: {self.revision}\n\n'
            for index in range(4))


CPUS = {cpu.name: cpu for cpu in (
    Cpu('cortex-a53', 0xd03, 0, 4, ARMV8),
    Cpu('cortex-a72', 0xd08, 0, 3, ARMV8),
    Cpu('cortex-a76', 0xd0b, 4, 1, ARMV8_2),
    Cpu('neoverse-n1', 0xd0c, 3, 1, ARMV8_2),
    Cpu('max', 0xd40, 1, 1, f'{ARMV8_2} sve i8mm svei8mm bf16', ',sme=off,sve-max-vq=1'))}


@dataclass(frozen=True)
class Machine:
    """The folder, ready to run its Python on any of ``CPUS``."""

    root: Path

    @property
    def python(self) -> Path:
        """Its interpreter, as a path here."""
        return self.root / 'usr' / 'bin' / f'python{PYTHON_VERSION}'

    def command(self, cpu: Cpu, words: Sequence[str], plugin: str = '') -> list[str]:
        """Build the command line that runs its Python on a CPU; see :meth:`environment`."""
        return ['nice', 'qemu-aarch64', '-L', str(self._view(cpu)), '-cpu', cpu.name + cpu.options,
                *(['-plugin', plugin] if plugin else []), str(self.python), *words]

    def environment(self, *folders: Path) -> dict[str, str]:
        """Build the environment of :meth:`command`; Python imports from ``folders`` as well."""
        return os.environ | {
            'PYTHONHOME': '/usr', 'PYTHONDONTWRITEBYTECODE': '1',
            'PYTHONPATH': ':'.join([*map(str, folders), '/site'])}

    def _view(self, cpu: Cpu) -> Path:
        """Make a folder with all that is in the root, and with the /proc/cpuinfo of a CPU."""
        view = self.root.parent / cpu.name
        (view / 'proc').mkdir(parents=True, exist_ok=True)
        (view / 'proc' / 'cpuinfo').write_text(cpu.cpuinfo())
        for name in os.listdir(self.root):
            if not (view / name).is_symlink():
                (view / name).symlink_to(self.root / name)
        return view


def make_machine(folder: Path) -> Machine:
    """Make the machine in a folder, or take the one there if it has the same packages."""
    root, stamp = folder / 'root', folder / 'root.stamp'
    wheels = pins(WHEELS)
    key = hashlib.sha256(repr((DEBIAN, PACKAGES, wheels)).encode()).hexdigest()
    if not stamp.exists() or stamp.read_text() != key:
        shutil.rmtree(root, ignore_errors=True)
        root.mkdir(parents=True)
        _unpack_debian(folder / 'apt', root)
        _install_wheels(wheels, root / 'site')
        stamp.write_text(key)
    return Machine(root)


def pins(wanted: dict[str, tuple[str, ...]]) -> list[str]:
    """Give the pinned versions of some packages, as they are for Python 3.11."""
    found = []
    for file, names in wanted.items():
        for line in (REQUIREMENTS / f'{file}.txt').read_text().splitlines():
            pin, _, marker = line.partition(';')
            if pin.partition('==')[0] in names and '<' not in marker:
                found.append(pin.strip())
    return found


def run(words: Sequence[str | Path], env: dict[str, str] | None = None) -> str:
    """Run a command and give what it printed. Raises Failed with its last line."""
    try:
        done = subprocess.run(list(map(str, words)), env=env, text=True, errors='replace',
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    except OSError as error:
        raise Failed(f'{words[0]}: {error.strerror}') from error
    if done.returncode:
        lines = done.stdout.strip().splitlines() or ['no output']
        raise Failed(f'{" ".join(map(str, words[:6]))} ...: exit code {done.returncode}: '
                     f'{lines[-1]}')
    return done.stdout


def _unpack_debian(work: Path, root: Path) -> None:
    """Take Debian packages for arm64 apart, by an apt that knows of nothing installed."""
    for name in ('state/lists/partial', 'cache/archives/partial'):
        (work / name).mkdir(parents=True, exist_ok=True)
    (work / 'status').touch()
    (work / 'sources.list').write_text(f'deb [signed-by={KEYS}] {MIRROR} {DEBIAN} main\n')
    (work / 'apt.conf').write_text(
        'APT::Architecture "arm64";\nAPT::Architectures { "arm64"; };\n'
        f'Dir::State "{work}/state";\nDir::State::status "{work}/status";\n'
        f'Dir::Cache "{work}/cache";\nDir::Etc::sourcelist "{work}/sources.list";\n'
        'Dir::Etc::sourceparts "-";\nAcquire::Languages "none";\n')
    env = os.environ | {'APT_CONFIG': str(work / 'apt.conf')}
    run(['apt-get', '-qq', 'update'], env)
    run(['apt-get', '-qq', '-y', '--no-install-recommends', '--download-only', 'install',
         *PACKAGES], env)
    for package in sorted((work / 'cache' / 'archives').glob('*.deb')):
        run(['dpkg-deb', '-x', package, root])


def _install_wheels(wheels: list[str], site: Path) -> None:
    platforms = [word for version in GLIBC
                 for word in ('--platform', f'manylinux_{version}_aarch64')]
    run([sys.executable, '-m', 'pip', 'install', '--quiet', '--disable-pip-version-check',
         '--no-deps', '--only-binary=:all:', '--implementation', 'cp', '--python-version',
         PYTHON_VERSION, *platforms, '--platform', 'manylinux2014_aarch64', '--target', site,
         *wheels])
