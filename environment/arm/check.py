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
Check on emulated ARM what shufflenet_ros calculates there, and count its instructions.

Times of an emulator mean nothing. What holds: whether it runs, every bit of the logits, and the
number and kind of instructions of an inference. Results lie in FOLDER/results.json and
FOLDER/results.md; the exit code is 1 where logits or tests fail. The machine is made once.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
import json
import os
from pathlib import Path
import runpy
import shutil
import sys
import time
from typing import Any

from counts import Count, read_counts
from cycles import Library, model_cycles, read_library
from machine import CPUS, Failed, KEYS, Machine, make_machine, run
import numpy as np
from report import markdown

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
TOOLS = {'qemu-aarch64': 'qemu-user', 'aarch64-linux-gnu-g++': 'g++-aarch64-linux-gnu',
         'gcc': 'gcc', 'apt-get': 'apt', 'dpkg-deb': 'dpkg', 'llvm-mca-19': 'llvm-19'}
"""Program to its Debian package."""
STEPS = ('logits', 'counts', 'cycles', 'tests')
COUNTED = ('cortex-a72', 'cortex-a76')
RUNS = 3
CYCLES_OF = {'cortex-a53': ('cortex-a72', 'cortex-a53'),
             'cortex-a72': ('cortex-a72', 'cortex-a72'),
             'cortex-a76': ('cortex-a76', 'neoverse-n1')}
"""
Core to the one whose counts hold for it, and to llvm-mca's model of it. An A53 runs what an A72
runs; LLVM has no model of the A76, but one of the Neoverse N1, which is the same design.
"""
TEST_CPU = 'neoverse-n1'
NOT_EMULATED = (
    # start another Python, which qemu's user mode does not emulate
    'test_frame.py::test_the_types_load_without_opencv',
    'test_lettering.py::test_without_pillow_every_name_is_drawn_by_its_codes',
    # ask for a time
    'test_budget.py::test_the_largest_png_is_served_in_time',
)


class Check:
    """One run of the check: what it needs, and what it found."""

    def __init__(self, model: str, folder: Path) -> None:
        """Make the emulated machine, the native library for it, and the files that it runs."""
        self.folder = folder
        self.found: dict[str, Any] = {'model': model}
        self._machine = _timed('packages for arm64', make_machine, folder)
        self._source = folder / 'source'
        self.library = folder / 'libshufflenet_v1.so'
        _timed('native library for arm64', self._build)
        self.model = self._source / 'models' / model
        self.files = folder / model
        _timed('networks for the other engines', self._make_files)

    def logits(self) -> None:
        """Compare every instruction set's logits with those of the numpy reference."""
        places = {'x86': self.folder / 'x86.npz'} | {
            name: self.folder / f'{name}.npz' for name in CPUS}

        def work(name: str) -> None:
            words = [HERE / 'run_logits.py', self.model, self.files, places[name]]
            if name == 'x86':
                words[1] = ROOT / 'models' / self.model.name
                run([sys.executable, *words], os.environ | {'PYTHONPATH': str(ROOT)})
            else:
                self._emulate(name, *words)

        _side_by_side(work, places)
        arrays = {name: dict(np.load(place)) for name, place in places.items()}
        self.found['logits'] = compare(arrays, np.load(self.files / 'reference.npy'))

    def counts(self) -> None:
        """Count the instructions of an inference, for each form of ours and the other engines."""
        run(['gcc', '-shared', '-fPIC', '-O2', f'-DAPI={_plugin_api()}', HERE / 'count.c', '-o',
             self.folder / 'libcount.so'])
        done = _side_by_side(self._count, COUNTED)
        self.found['counts'] = {cpu: {name: {'total': count.total / RUNS, **{
            kind: number / RUNS for kind, number in count.kinds().items()}}
            for name, count in counts.items()} for cpu, (counts, _) in zip(COUNTED, done)}
        self._native = {cpu: (counts['native'], library)
                        for cpu, (counts, library) in zip(COUNTED, done)}

    def cycles(self) -> None:
        """Let llvm-mca say how many cycles the counted instructions of the library take."""
        if not hasattr(self, '_native'):
            self.counts()

        def work(core: str) -> list[dict[str, Any]]:
            counted, model = CYCLES_OF[core]
            count, library = self._native[counted]
            return model_cycles(count, library, model, RUNS)

        self.found['cycles'] = dict(zip(CYCLES_OF, _side_by_side(work, CYCLES_OF)))

    def tests(self) -> None:
        """Run the tests of the core, file by file."""
        left_out = [f'--deselect=test/core/{name}' for name in NOT_EMULATED]

        def work(file: Path) -> str:
            words = ['-m', 'pytest', '-p', 'no:cacheprovider', '-q', '--tb=line', '-o',
                     'addopts=', '-o', 'timeout=600', *left_out, f'test/core/{file.name}']
            try:
                return self._emulate(TEST_CPU, *words).strip().splitlines()[-1]
            except Failed as error:
                return f'FAILED: {error}'

        files = sorted((self._source / 'test' / 'core').glob('test_*.py'))
        self.found['tests'] = dict(zip((file.name for file in files), _side_by_side(work, files)))

    def failures(self) -> list[str]:
        """List what must not be."""
        logits = [f'{cpu}, {name}: logits of {entry["differ"]} of {entry["images"]} images are '
                  'not those of the numpy reference'
                  for cpu, entries in self.found.get('logits', {}).items()
                  for name, entry in entries.items() if entry['must_be_equal'] and entry['differ']]
        return logits + [f'{file}: {line}' for file, line in self.found.get('tests', {}).items()
                         if line.startswith('FAILED')]

    def _emulate(self, cpu: str, *words: str | Path, plugin: str = '') -> str:
        machine: Machine = self._machine
        folders = self._source, self._source / 'test'
        command = machine.command(CPUS[cpu], list(map(str, words)), plugin)
        return run(['env', '-C', self._source, *command], machine.environment(*folders))

    def _build(self) -> None:
        """Compile as setup.py does on ARM, and copy the package with this library in it."""
        native = runpy.run_path(str(ROOT / 'shufflenet_ros' / 'native' / 'build_library.py'))
        newest = max(path.stat().st_mtime for path in native['inputs']())
        if not self.library.exists() or self.library.stat().st_mtime <= newest:
            os.environ['CXX'] = 'aarch64-linux-gnu-g++'
            try:
                native['build'](self.library)
            except native['BuildError'] as error:
                raise Failed(str(error)) from error
            finally:
                del os.environ['CXX']
        shutil.rmtree(self._source, ignore_errors=True)
        for name in ('shufflenet_ros', 'models', 'test'):
            shutil.copytree(ROOT / name, self._source / name, symlinks=True,
                            ignore=shutil.ignore_patterns('__pycache__', '*.so'))
        shutil.copy(ROOT / 'pyproject.toml', self._source)
        shutil.copy(self.library, self._source / 'shufflenet_ros' / 'native')

    def _make_files(self) -> None:
        shutil.rmtree(self.files, ignore_errors=True)
        run([sys.executable, HERE / 'make_files.py', ROOT / 'models' / self.model.name,
             self.files], os.environ | {'PYTHONPATH': str(ROOT)})

    def _count(self, cpu: str) -> tuple[dict[str, Count], Library]:
        files = {
            'native': self.model / 'model.int8.native.onnx',
            'fp32': self.model / 'model.fp32.onnx',
            'graph s8': self.model / 'model.int8.s8.onnx',
            'graph u8': self.model / 'model.int8.u8.onnx',
            **{path.stem.replace('_', ' '): path for path in sorted(self.files.glob('qdq_*.onnx'))
               if path.stem.removesuffix('_gather') in ('qdq_s8s8', 'qdq_u8s8')},
            'LiteRT fp32': self.files / 'litert_fp32.tflite',
            'LiteRT int8': self.files / 'litert_int8.tflite',
            'MNN fp32': self.files / 'network.mnn',
            **({'MNN fp16': f'{self.files / "network.mnn"}:fp16'}
               if 'asimdhp' in CPUS[cpu].features else {})}
        log = self.folder / f'{cpu}.counts'
        printed = self._emulate(cpu, HERE / 'run_counts.py', str(RUNS), self.files / 'pixels.npy',
                                *files.values(),
                                plugin=f'{self.folder / "libcount.so"},log={log}')
        address = int(printed.rpartition('library ')[2].split()[0], 16)
        return (dict(zip(files, read_counts(log).values())),
                read_library(self.library, address))


def compare(arrays: dict[str, dict[str, np.ndarray]],
            reference: np.ndarray) -> dict[str, dict[str, dict[str, Any]]]:
    """
    Compare logits of each CPU, by what gave them.

    Those of the native library must be the reference's bit for bit; those of onnxruntime's
    graphs are compared with the same form on x86, for information.
    """
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for cpu, forms in arrays.items():
        for name, logits in forms.items():
            is_native = name.startswith(('operator ', 'run '))
            expected = reference if is_native else arrays['x86'][name]
            found.setdefault(cpu, {})[name] = {
                'must_be_equal': is_native, 'images': len(logits),
                'differ': int((logits != expected).any(1).sum()),
                'largest': float(np.abs(logits - expected).max()),
                'same_class': bool((logits.argmax(1) == expected.argmax(1)).all())}
    return found


def _side_by_side(work: Callable[[Any], Any], names: Iterable[Any]) -> list[Any]:
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(work, names))


def _timed(what: str, work: Callable[..., Any], *words: Any) -> Any:
    print(f'arm-check: {what} ...', end=' ', flush=True)
    start = time.monotonic()
    result = work(*words)
    print(f'{time.monotonic() - start:.0f} s', flush=True)
    return result


def _plugin_api() -> int:
    version = run(['qemu-aarch64', '--version']).split()[2].split('.')
    return 1 if (int(version[0]), int(version[1])) < (9, 1) else 3


def _parse(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.strip().splitlines()[0])
    parser.add_argument('steps', nargs='*', metavar='STEP', default=STEPS,
                        help=f'some of: {", ".join(STEPS)} (default: all)')
    parser.add_argument('--model', default='surfaces', help='one of the shipped models')
    parser.add_argument('--folder', type=Path, default=ROOT / 'build' / 'arm')
    args = parser.parse_args(words)
    if unknown := set(args.steps) - set(STEPS):
        parser.error(f'no such step: {", ".join(sorted(unknown))}; known: {", ".join(STEPS)}')
    return args


def main(words: list[str]) -> int:
    """Exit code 0 when all is well, 1 where something is missing or not as it must be."""
    args = _parse(words)
    missing = [package for program, package in TOOLS.items() if not shutil.which(program)]
    if not Path(KEYS).exists():
        missing.append('debian-archive-keyring')
    if missing:
        print(f'arm-check: missing: sudo apt install {" ".join(missing)}', file=sys.stderr)
        return 1
    args.folder.mkdir(parents=True, exist_ok=True)
    try:
        check = Check(args.model, args.folder.resolve())
        for step in args.steps:
            _timed(step, getattr(check, step))
    except Failed as error:
        print(f'\narm-check: {error}', file=sys.stderr)
        return 1
    (args.folder / 'results.json').write_text(json.dumps(check.found, indent=1) + '\n')
    (args.folder / 'results.md').write_text(markdown(check.found))
    print(markdown(check.found))
    for line in check.failures():
        print(f'arm-check: {line}', file=sys.stderr)
    return 1 if check.failures() else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
