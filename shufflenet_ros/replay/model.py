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

"""The model of a replay: loaded once in each process, and checked to be the very same one."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
from shufflenet_ros.core.classifier import Classifier
from shufflenet_ros.core.encoding.compressed import EVERYTHING
from shufflenet_ros.core.errors import ConfigurationError, ModelError
from shufflenet_ros.core.parts import View
from shufflenet_ros.core.text import plain
from shufflenet_ros.inference.model_card import CARD, find_model, load_model, ModelSpec
from shufflenet_ros.inference.precision import PRECISION_CHOICES, select_engine, Selection
from shufflenet_ros.process.allocator import keep_large_blocks
from shufflenet_ros.process.files import sha256_of, shipped_models
from shufflenet_ros.replay.frames import NamedClassifier, ViewClassifier

PRECISIONS = tuple(name for name in PRECISION_CHOICES if name != 'auto')
"""What a replay may ask for: ``auto`` is measured anew each time, and results would differ."""


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """What the user asks for; small enough to be sent to other processes."""

    name: str
    """Of a shipped model, or the path of a folder."""
    precision: str = 'int8'
    """One of ``PRECISIONS``."""
    top_k: int = 5
    threshold: float | None = None
    """Score that hypotheses must reach; None for that of the card."""

    def __post_init__(self) -> None:
        if self.precision not in PRECISIONS:
            why = (': it measures which form is fastest, so two runs may differ'
                   if self.precision == 'auto' else '')
            raise ConfigurationError(f'--precision {plain(self.precision)}{why}; expected one of '
                                     f'{", ".join(PRECISIONS)}')
        if not 1 <= self.top_k <= 1000:
            raise ConfigurationError(f'--top-k {self.top_k}: expected 1 to 1000')
        if self.threshold is not None and not 0 <= self.threshold <= 1:
            raise ConfigurationError(f'--threshold {self.threshold}: expected 0 to 1')


@dataclass(frozen=True, slots=True)
class Looks:
    """What of each image is classified, and what is kept of it."""

    view: View = EVERYTHING
    keeps_scores: bool = False
    """Whether scores of all classes are kept, to be averaged over time."""


@dataclass(frozen=True, slots=True)
class ModelIdentity:
    """What results depend on: the same identity and the same image give the same result."""

    name: str
    form: str
    """What runs: ``int8_native``, ``int8_graph u8``, ``fp32``."""
    sha256: str
    """Of the ONNX file that runs."""
    card_sha256: str
    """Of ``card.yaml``, which names labels and geometry."""


class LoadedModel:
    """A model that is checked, loaded and warm."""

    def __init__(self, choice: ModelChoice) -> None:
        """Load it. Raises ModelError and ConfigurationError, as the node does."""
        # Each job has one core; OpenCV would start a thread for every core in each of them.
        cv2.setNumThreads(1)
        # Else every decoded image pays for the page faults of new memory: a third of its time.
        keep_large_blocks()
        self.choice = choice
        self.spec: ModelSpec = load_model(find_model(choice.name, shipped_models()))
        self.selection: Selection = select_engine(self.spec, choice.precision)
        threshold = choice.threshold
        self.threshold = (self.spec.threshold or 0.0) if threshold is None else threshold
        engine = self.selection.engine
        # The native form gives the same bits with every set of instructions.
        form = engine.name if engine.instruction_set else engine.full_name
        self.identity = ModelIdentity(self.spec.name, form, sha256_of(engine.path),
                                      sha256_of(self.spec.folder / CARD))

    def looking_at(self, looks: Looks) -> NamedClassifier:
        """Give the core that looks at these parts of each image."""
        core = Classifier(self.selection.engine, self.spec.geometry, self.choice.top_k,
                          self.threshold, looks.keeps_scores)
        return NamedClassifier(ViewClassifier(core, looks.view), self.spec.labels,
                               looks.keeps_scores)


@lru_cache(maxsize=2)
def loaded(choice: ModelChoice) -> LoadedModel:
    """Load a model once in this process."""
    return LoadedModel(choice)


def same_model(choice: ModelChoice, expected: ModelIdentity) -> LoadedModel:
    """Load a model in another process; ModelError where it is not the one that is expected."""
    model = loaded(choice)
    if model.identity != expected:
        why = model.selection.why_not_native
        raise ModelError(
            f'model {plain(choice.name)}: {model.identity} in this process, but {expected} where '
            'the replay was started; install the same version and the same model everywhere'
            f'{f" ({why})" if why else ""}')
    return model
