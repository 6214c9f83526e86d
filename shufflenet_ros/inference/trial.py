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
Try a model out in a process of its own, before it is loaded where others depend on it.

A network can run without end, need more memory than there is, or crash onnxruntime. Here it may
use so much processor time and memory and no more, and what happens to that process happens to
nothing else. The node tries models that do not come with the package.

    python3 -m shufflenet_ros.inference.trial FOLDER PARENT PRECISION...
"""

from __future__ import annotations

from collections.abc import Sequence
import ctypes
import os
from pathlib import Path
import resource
import signal
import subprocess
import sys

from shufflenet_ros.core.errors import ConfigurationError, describe, ModelError
from shufflenet_ros.core.text import plain
from shufflenet_ros.inference.engine import Engine
from shufflenet_ros.inference.model_card import load_model, ModelSpec
from shufflenet_ros.inference.precision import load_forms

CPU_S = 5
"""Processor time of loading and one inference of each file; ours take a twentieth of a second."""
WALL_S = 60.0
"""On a machine that is busy otherwise."""
MEMORY_BYTES = 2 ** 30
"""Beyond what Python and onnxruntime need themselves."""
REFUSED = 3
"""Exit code where the last line on stdout says what is wrong."""
CURE = 'export the model again, or give another one'
PR_SET_PDEATHSIG = 1
"""Constant of Linux's prctl(2)."""

_passed: set[tuple[str, ...]] = set()


def try_out(spec: ModelSpec, precisions: Sequence[str]) -> None:
    """
    Load and run the ONNX files of these precisions, on the processor; once for the same files.

    A precision is what the node's parameter may be: ``auto`` stands for every file.

    Raises ModelError for a model that fails, takes more than ``CPU_S``, needs more than
    ``MEMORY_BYTES``, or ends the process.
    """
    key = (*precisions, str(spec.geometry), *(
        f'{name} {entry["sha256"]}' for name, entry in sorted(spec.files.items())))
    if key in _passed:
        return
    _run(spec.folder, precisions)
    _passed.add(key)


def _run(folder: Path, precisions: Sequence[str]) -> None:
    # From the root, and with the paths of this process: nothing in the current folder is imported.
    paths = os.pathsep.join(os.path.abspath(path) for path in sys.path if path)
    process = subprocess.Popen(
        [sys.executable, '-m', 'shufflenet_ros.inference.trial', str(folder.absolute()),
         str(os.getpid()), *precisions],
        cwd='/', env={**os.environ, 'PYTHONPATH': paths, 'OPENBLAS_NUM_THREADS': '1'},
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        output = process.communicate(timeout=WALL_S)[0]
    except subprocess.TimeoutExpired:
        raise ModelError(f'{folder}: not loaded and run in {WALL_S:g} s; {CURE}') from None
    finally:
        process.kill()
        process.wait()
    if process.returncode:
        raise ModelError(_reason(folder, process.returncode, output))


def _reason(folder: Path, code: int, output: bytes) -> str:
    if code == REFUSED:
        return plain(output.rstrip(b'\n').rpartition(b'\n')[2], 1000)
    if code == -signal.SIGXCPU:
        return (f'{folder}: loading it and one inference take more than {CPU_S} s of processor '
                f'time: it is far too slow, or never ends; {CURE}')
    if code == -signal.SIGKILL:
        return f'{folder}: ended by the system when it ran: it needs too much memory; {CURE}'
    return f'{folder}: it ends the process that runs it (exit code {code}); {CURE}'


def main(argv: Sequence[str]) -> int:
    """Try a model out in this process, which ends with its parent."""
    folder, parent, precisions = argv[1], int(argv[2]), argv[3:]
    _end_with(parent)
    _limit()
    try:
        spec = load_model(folder)
        for precision in precisions:
            if precision == 'auto':
                load_forms(spec, runs=1)
            else:
                Engine(spec, precision=precision).warm_up(1)
    except MemoryError:
        print(f'{plain(folder)}: needs more than {MEMORY_BYTES:d} bytes of memory; {plain(CURE)}')
    except (ConfigurationError, ModelError) as error:
        print(plain(error, 1000))
    except Exception as error:  # whatever it is, the model cannot be used
        print(f'{plain(folder)}: cannot be run ({plain(describe(error), 500)}); {plain(CURE)}')
    else:
        return 0
    sys.stdout.flush()
    return REFUSED


def _end_with(parent: int) -> None:
    if sys.platform == 'linux':
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(REFUSED)


def _limit() -> None:
    """Limit what is used from now on: processor time, memory; no core dump."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    usage = resource.getrusage(resource.RUSAGE_SELF)
    seconds = int(usage.ru_utime + usage.ru_stime) + 1 + CPU_S
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    if sys.platform == 'linux':
        pages = int(Path('/proc/self/statm').read_text(encoding='ascii').split()[0])
        used = pages * os.sysconf('SC_PAGE_SIZE')
        resource.setrlimit(resource.RLIMIT_AS, (used + MEMORY_BYTES, used + MEMORY_BYTES))
        # Where memory runs short all the same, this process is the one to be ended.
        Path('/proc/self/oom_score_adj').write_text('1000', encoding='ascii')


if __name__ == '__main__':
    sys.exit(main(sys.argv))
