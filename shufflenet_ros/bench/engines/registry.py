"""All peers that can run here, and why the others cannot."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
import hashlib
from importlib import import_module
from io import StringIO
from pathlib import Path

from shufflenet_ros.bench.engines.maker import Calibration, Maker
from shufflenet_ros.bench.runner.candidate import Candidate

ENGINES = ('openvino', 'ncnn', 'litert', 'mnn', 'opencv')
INSTALL = 'pip install -r environment/requirements/peers.txt'


def peers(fp32: Path, folder: Path,
          calibration: Calibration) -> tuple[dict[str, Candidate], dict[str, str]]:
    """
    Make every peer of an fp32 ONNX file, and say in one line why one is absent.

    Converted files go below ``folder``, apart for each network, as an engine may read its file
    while it runs. Whatever happens to one peer, the others are made.
    """
    scratch = folder / f'peers-{hashlib.sha256(fp32.read_bytes()).hexdigest()[:12]}'
    scratch.mkdir(parents=True, exist_ok=True)
    found: dict[str, Candidate] = {}
    absent: dict[str, str] = {}
    for name, make in _makers().items():
        try:
            with _quiet():
                found[name] = make(fp32, scratch, calibration)
        except ImportError as error:
            absent[name] = f'{_line(error)}; {INSTALL}'
        except Exception as error:
            # Engines raise what they like, and none may keep the others from running.
            absent[name] = _line(error)
    return found, absent


@contextmanager
def _quiet() -> Iterator[None]:
    """Swallow the progress bars and hints of converters, as far as they come from Python."""
    with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
        yield


def _makers() -> dict[str, Maker]:
    return {name: make for engine in ENGINES for name, make in
            import_module(f'shufflenet_ros.bench.engines.{engine}').MAKERS.items()}


def _line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[-1] if lines else type(error).__name__
