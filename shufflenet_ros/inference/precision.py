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

"""Which form of a model runs: the one that is asked for, or the fastest one here, measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import inf

from shufflenet_ros.core.errors import ConfigurationError, ModelError
from shufflenet_ros.inference.engine import Engine
from shufflenet_ros.inference.forms import entry_of, FORMS
from shufflenet_ros.inference.model_card import ModelSpec
from shufflenet_ros.inference.sessions import CPU, SessionSettings

PRECISIONS = ('int8', 'fp32')
PRECISION_CHOICES = ('auto', 'int8', *FORMS)
"""What a user may ask for: see :func:`select_engine`."""
DEFAULTS = SessionSettings(
    intra_op_num_threads=1, allow_spinning=False, execution_providers=(CPU,))
FP32_SHARE = 0.9
"""fp32 must take less than this share of the time of int8 to be preferred to it."""


@dataclass(frozen=True, slots=True)
class Selection:
    """The form of a model that runs, warm, and why it is this one."""

    engine: Engine
    asked: str
    """One of ``PRECISION_CHOICES``."""
    times_ms: Mapping[str, float] = field(default_factory=dict)
    """Shortest time of each form that was measured."""
    why_not_native: str = ''
    """Why the native form does not run here although int8 may; empty where it does."""

    @property
    def reason(self) -> str:
        """Say why this form runs, in a few words."""
        if not self.times_ms:
            return f'precision {self.asked}'
        times = ', '.join(f'{name} {ms:.2f} ms' for name, ms in self.times_ms.items())
        return f'precision {self.asked}: {times} here'

    @property
    def form(self) -> str:
        """Say what runs: ``int8_native avx2``, ``int8_graph u8``, ``fp32``."""
        return self.engine.full_name


def select_engine(spec: ModelSpec, precision: str = 'auto', *, intra_op_num_threads: int = 1,
                  allow_spinning: bool = False, execution_providers: Sequence[str] = (CPU,),
                  ) -> Selection:
    """
    Load and warm up the form that is asked for.

    ``auto`` loads every form, keeps the fastest, and gives the time of each: which one that is
    depends on the instructions of the core. ``int8`` is the native form where that loads, else
    the graph; any other name is that form alone. Settings and errors are those of
    :class:`Engine`; a native form that does not load is an error only where nothing else is left.
    """
    settings = SessionSettings(
        intra_op_num_threads=intra_op_num_threads, allow_spinning=allow_spinning,
        execution_providers=execution_providers)
    if precision == 'auto':
        return _fastest(spec, settings)
    engine = Engine(spec, precision=precision, **settings)
    engine.warm_up()
    return Selection(engine, precision, {}, engine.why_graph)


def load_forms(spec: ModelSpec, settings: SessionSettings = DEFAULTS,
               runs: int = 3) -> tuple[dict[str, Engine], str]:
    """
    Load and warm up every form of a model: engines by name, and why none of them is native.

    Raises as :class:`Engine`, for the native form only where it is the only one.
    """
    names = [name for name in FORMS if spec.has_form(*entry_of(name))]
    if not names:
        spec.onnx_path(*entry_of('int8_graph'))  # raises the error that says what is missing
    engines, why_not_native = {}, ''
    for name in FORMS:
        if name not in names and name != 'int8_native':
            continue
        try:
            engines[name] = Engine(spec, precision=name, **settings)
            engines[name].warm_up(runs)
        except (ConfigurationError, ModelError) as error:
            if name != 'int8_native' or names == [name]:
                raise
            engines.pop(name, None)
            why_not_native = str(error)
    return engines, why_not_native


def _fastest(spec: ModelSpec, settings: SessionSettings) -> Selection:
    engines, why_not_native = load_forms(spec, settings)
    times_ms = {name: engine.fastest_ms() for name, engine in engines.items()}
    return Selection(engines[_winner(times_ms)], 'auto', times_ms, why_not_native)


def _winner(times_ms: Mapping[str, float]) -> str:
    int8 = min((name for name in times_ms if name != 'fp32'),
               key=times_ms.__getitem__, default='')
    prefers_fp32 = times_ms.get('fp32', inf) < FP32_SHARE * times_ms.get(int8, inf)
    return 'fp32' if prefers_fp32 else int8
