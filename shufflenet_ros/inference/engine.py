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
One model ready to run: its session checked against the card, warmed up, asked for logits.

An engine knows nothing of cameras. Settings carry onnxruntime's own names.
"""

from __future__ import annotations

from collections.abc import Sequence
from time import perf_counter_ns

import numpy as np
from shufflenet_ros.core.errors import ConfigurationError, ModelError, one_line
from shufflenet_ros.core.text import plain
from shufflenet_ros.inference.forms import entry_of, name_of, NATIVE
from shufflenet_ros.inference.model_card import INPUT, ModelSpec, OUTPUT
from shufflenet_ros.inference.sessions import CPU, full_provider_names, logits_of, open_session
from shufflenet_ros.native.library import instruction_set, library_path


class Engine:
    """
    A model with its onnxruntime session.

    One intra-op thread and no spinning by default: the network is so small that a second thread
    gains little, and a pool that spins slows the robot's other nodes.
    """

    def __init__(self, spec: ModelSpec, *, precision: str = 'int8', form: str = '',
                 intra_op_num_threads: int = 1, allow_spinning: bool = False,
                 execution_providers: Sequence[str] = (CPU,)) -> None:
        """
        Load an ONNX file and check it against the card.

        ``precision`` names one of :data:`shufflenet_ros.inference.forms.FORMS`; ``int8`` is the
        native form where that loads, else the graph, and ``why_graph`` says why. ``form`` of the
        int8 file is that of this machine unless given. Raises ModelError where the file cannot be
        loaded or contradicts the card, and ConfigurationError for an execution provider that this
        onnxruntime lacks, or that does not run and has no CPUExecutionProvider after it, and
        where the native form has no library.
        """
        self.spec = spec
        self.why_graph = ''
        """Why ``int8`` is not the native form; empty where it is, or was not asked for."""
        self._threads = intra_op_num_threads, allow_spinning
        self._asked = full_provider_names(execution_providers)
        if form or precision != 'int8':
            self._open(*((precision, form) if form else entry_of(precision)))
        else:
            self._open_int8()

    @property
    def name(self) -> str:
        """Name of what runs, one of ``FORMS``."""
        return name_of(self.precision, self.form)

    @property
    def full_name(self) -> str:
        """That name with what only its kind has: ``int8_native avx2``, ``int8_graph u8``."""
        return f'{self.name} {self.instruction_set or self.form}'.rstrip()

    @property
    def instruction_set(self) -> str:
        """What the native form calculates with; empty for any other, which is onnxruntime's."""
        return instruction_set() if self.form == NATIVE else ''

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
        """
        Run on grey pixels, so that no frame pays for first-run allocations.

        Raises ModelError where the network fails when it runs, or its logits are no numbers.
        """
        grey = self._grey()
        try:
            logits = [self.run(grey) for _ in range(runs)]
        except Exception as error:  # onnxruntime's errors share no base class of their own
            raise ModelError(f'{self.path}: cannot be run ({plain(one_line(error))}); export the '
                             'model again') from error
        if not np.isfinite(logits).all():
            raise ModelError(f'{self.path}: its logits are NaN or infinite for a grey image: its '
                             'weights overflow; export the model again')
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

    def _open_int8(self) -> None:
        try:
            if self._asked[0] != CPU:
                raise ConfigurationError(
                    f'the native form runs on {CPU}, but {self._asked[0]} is to be tried first')
            self._open(*entry_of('int8_native'))
        except (ConfigurationError, ModelError) as error:
            if not self.spec.has_form(*entry_of('int8_graph')):
                raise
            self._open(*entry_of('int8_graph'))
            self.why_graph = str(error)

    def _open(self, precision: str, form: str) -> None:
        self.precision, self.form = precision, form
        self.path = self.spec.onnx_path(precision, form)
        is_native = form == NATIVE
        if is_native and CPU not in self._asked:
            raise ConfigurationError(f'the native form runs on {CPU} alone, which '
                                     'execution_providers does not name; add it, or leave '
                                     'precision at auto')
        self.requested_providers = (CPU,) if is_native else self._asked
        self._session = open_session(
            self.path, *self._threads, self.requested_providers,
            library_path() if is_native else None)
        self._check_signature(str(self.path))
        self._check_providers()

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
