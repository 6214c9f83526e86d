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

"""All other engines that can run here, and why the others cannot."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
import hashlib
from importlib import import_module
from io import StringIO
from pathlib import Path

from shufflenet_ros.bench.engines.interface import Calibration, Factory
from shufflenet_ros.bench.runner.comparison import Candidate

ENGINES = ('openvino', 'ncnn', 'litert', 'mnn', 'opencv')
"""Files of this folder."""
INSTALL = 'pip install -r environment/requirements/engines.txt'


def other_engines(fp32: Path, folder: Path,
                  calibration: Calibration) -> tuple[dict[str, Candidate], dict[str, str]]:
    """
    Make a candidate of every engine for an fp32 ONNX file; for an absent one, one line says why.

    Converted files go below ``folder``, apart for each network, as an engine may read its file
    while it runs. An engine that fails does not keep the others from being made.
    """
    scratch = folder / f'engines-{hashlib.sha256(fp32.read_bytes()).hexdigest()[:12]}'
    scratch.mkdir(parents=True, exist_ok=True)
    found: dict[str, Candidate] = {}
    absent: dict[str, str] = {}
    for name, make in _factories().items():
        try:
            with _without_output():
                found[name] = make(fp32, scratch, calibration)
        except ImportError as error:
            absent[name] = f'{_last_line(error)}; {INSTALL}'
        except Exception as error:  # the engines' errors share no base class
            absent[name] = _last_line(error)
    return found, absent


@contextmanager
def _without_output() -> Iterator[None]:
    """Hide the progress bars and hints of converters, as far as they come from Python."""
    with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
        yield


def _factories() -> dict[str, Factory]:
    return {name: make for engine in ENGINES for name, make in
            import_module(f'shufflenet_ros.bench.engines.{engine}').FACTORIES.items()}


def _last_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[-1] if lines else type(error).__name__
