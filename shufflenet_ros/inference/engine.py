"""
The onnxruntime session behind one model: providers, threads, warm-up, check against the card.

It knows nothing of cameras. Settings carry onnxruntime's own names.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
import re
from time import perf_counter_ns

import numpy as np
import onnxruntime as ort

from shufflenet_ros.core.errors import ConfigurationError, ModelError, one_line
from shufflenet_ros.inference.model_card import INPUT, ModelSpec, OUTPUT

PRECISIONS = ('int8', 'fp32')
CPU = 'CPUExecutionProvider'
SHORT_NAMES = {
    'TensorRT': 'TensorrtExecutionProvider', 'CUDA': 'CUDAExecutionProvider',
    'OpenVINO': 'OpenVINOExecutionProvider', 'XNNPACK': 'XnnpackExecutionProvider',
    'ACL': 'ACLExecutionProvider', 'CPU': CPU}
"""Execution providers as people call them, and as onnxruntime does."""
FASTER = 0.9
"""fp32 must take less than this share of the time of int8 to be preferred to it."""


class Engine:
    """
    One model, ready to run.

    One intra-op thread and no spinning by default: the network is so small that a second thread
    gains little, and a pool that spins slows the robot's other nodes.
    """

    def __init__(self, spec: ModelSpec, *, precision: str = 'int8', form: str = '',
                 intra_op_num_threads: int = 1, allow_spinning: bool = False,
                 execution_providers: Sequence[str] = (CPU,)) -> None:
        """
        Load the ONNX file of ``precision`` and check it against the card.

        ``form`` of int8 is that of this machine unless given. Raises ModelError where the file
        cannot be loaded or contradicts the card, and ConfigurationError for an execution provider
        that this onnxruntime lacks, or that does not run and has no CPUExecutionProvider after it.
        """
        self.spec = spec
        self.precision = precision
        self.form = (form or int8_form()) if precision == 'int8' else ''
        path = spec.onnx_path(precision, self.form)
        self.requested_providers = full_names(execution_providers)
        self._session = open_session(
            path, intra_op_num_threads, allow_spinning, self.requested_providers)
        self._check_signature(str(path))
        self._check_providers()

    @property
    def providers(self) -> tuple[str, ...]:
        """The execution providers that really run, in order."""
        return tuple(self._session.get_providers())

    @property
    def missing_providers(self) -> tuple[str, ...]:
        """Those that were asked for and do not run: onnxruntime falls back without an error."""
        return tuple(name for name in self.requested_providers if name not in self.providers)

    def run(self, tensor: np.ndarray) -> np.ndarray:
        """Logits, float32 (classes,), of a uint8 tensor (1, height, width, 3) in RGB."""
        return logits_of(self._session, tensor)

    def warm_up(self, runs: int = 3) -> None:
        """Run on grey pixels, so that no frame pays for first-run allocations."""
        grey = self._grey()
        for _ in range(runs):
            self.run(grey)
        self._check_providers()

    def fastest_ms(self, runs: int = 15) -> float:
        """Shortest time of an inference (ms) among some runs on grey pixels, after a warm-up."""
        self.warm_up()
        grey = self._grey()
        times_ns = []
        for _ in range(runs):
            start = perf_counter_ns()
            self.run(grey)
            times_ns.append(perf_counter_ns() - start)
        return min(times_ns) / 1e6

    def _grey(self) -> np.ndarray:
        geometry = self.spec.geometry
        return np.full((1, geometry.height, geometry.width, 3), 128, np.uint8)

    def _check_providers(self) -> None:
        for name in self.missing_providers:
            if CPU not in self.requested_providers[self.requested_providers.index(name):]:
                raise ConfigurationError(
                    f'execution provider {name!r} does not run: onnxruntime fell back to '
                    f'{", ".join(self.providers)}; install what it needs (its log says what), or '
                    f'list {CPU} after it to allow the fallback')

    def _check_signature(self, path: str) -> None:
        geometry = self.spec.geometry
        expected = (
            (INPUT, 'tensor(uint8)', [1, geometry.height, geometry.width, 3]),
            (OUTPUT, 'tensor(float)', [1, len(self.spec.labels)]))
        ends = self._session.get_inputs() + self._session.get_outputs()
        found = tuple((end.name, end.type, list(end.shape)) for end in ends)
        if found != expected:
            raise ModelError(
                f'{path}: inputs and outputs {found} contradict the card, which says {expected}; '
                'export the model again')


def open_session(path: Path, intra_op_num_threads: int = 1, allow_spinning: bool = False,
                 execution_providers: Sequence[str] = (CPU,)) -> ort.InferenceSession:
    """Load an ONNX file on providers of this onnxruntime; ModelError where that cannot be."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = intra_op_num_threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.add_session_config_entry(
        'session.intra_op.allow_spinning', '1' if allow_spinning else '0')
    try:
        return ort.InferenceSession(str(path), options, providers=list(execution_providers))
    except Exception as error:  # onnxruntime's errors share no base class of their own
        reason = one_line(error)
        raise ModelError(f'{path}: onnxruntime cannot load it ({reason})') from error


def full_names(execution_providers: Sequence[str]) -> tuple[str, ...]:
    """
    Spell short names out as onnxruntime does.

    Raises ConfigurationError for an empty list and for a provider that this onnxruntime lacks.
    """
    available = ort.get_available_providers()
    if not execution_providers:
        raise ConfigurationError(
            f'no execution provider: name at least one of {", ".join(available)}')
    names = tuple(SHORT_NAMES.get(name, name) for name in execution_providers)
    for given, name in zip(execution_providers, names):
        if name not in available:
            raise ConfigurationError(
                f'execution provider {given!r} is not in this onnxruntime: available are '
                f'{", ".join(available)}')
    return names


def logits_of(session: ort.InferenceSession, tensor: np.ndarray) -> np.ndarray:
    """Run a network of ours: uint8 (1, height, width, 3) to float32 logits (classes,)."""
    return session.run((OUTPUT,), {INPUT: tensor})[0][0]


def int8_form() -> str:
    """
    Choose the int8 form for this machine: ``u8`` on x86 with VNNI, ``s8`` anywhere else.

    x86 cores without VNNI would run ``u8`` too, but their kernels add pairs of products in 16
    bits, which overflow: the logits would be wrong.
    """
    try:
        flags = Path('/proc/cpuinfo').read_text(encoding='ascii', errors='replace')
    except OSError:
        return 's8'
    return 'u8' if re.search(r'\b(avx512_vnni|avx_vnni)\b', flags) else 's8'


def fastest_engine(spec: ModelSpec, **settings) -> tuple[Engine, dict[str, float]]:
    """
    Load the faster of the model's int8 and fp32 forms on this machine, and the time of each (ms).

    Which one that is depends on the instructions of the core: int8 needs dot products of bytes
    (VNNI on x86, dotprod on ARM) to win. ``settings`` are those of :class:`Engine`, which raises
    the same errors.
    """
    if not any(spec.has(precision) for precision in PRECISIONS):
        spec.onnx_path('int8', int8_form())  # says what is missing
    engines = {precision: Engine(spec, precision=precision, **settings)
               for precision in PRECISIONS if spec.has(precision)}
    times_ms = {precision: engine.fastest_ms() for precision, engine in engines.items()}
    wins = 'fp32' in times_ms and times_ms['fp32'] < FASTER * times_ms.get('int8', float('inf'))
    return engines['fp32' if wins else 'int8'], times_ms
