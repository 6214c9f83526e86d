"""What the user of ``shufflenet_ros train`` asked for. No torch here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
import os
from pathlib import Path
from typing import Any

from shufflenet_ros.core.geometry import Geometry
from shufflenet_ros.dataset.split import VAL_SHARE
from shufflenet_ros.training.recipe import option_name, Settings


@dataclass(frozen=True, slots=True)
class Request:
    """One run."""

    data: Path
    """Folder or CSV file, see :mod:`shufflenet_ros.dataset.sources`."""
    out: Path
    start: str
    """Official checkpoint, model folder, or name of a model in ``shipped``."""
    geometry: Geometry
    settings: Settings = Settings()
    shipped: Path = Path('models')
    threads: int = 0
    """Threads that make images and learn, shared between two halves; 0 for one on each core."""
    device: str = 'cpu'
    """PyTorch's name of what trains, such as ``cuda``."""
    val_share: float = VAL_SHARE
    keep_duplicates: bool = False
    reject: float | None = None
    """Share of right answers to give up for a threshold; None for no threshold."""
    strangers: Path | None = None
    """Folder of images of other things, to measure the threshold."""
    examples: bool = True
    """Whether the report shows photographs of the data."""
    origin: str = ''
    licence: str = ''
    command: Sequence[str] = ()
    save_every_s: float = 30.0

    def learning_threads(self) -> int:
        """Count the threads that make images and learn on a CPU."""
        return self.threads or len(os.sched_getaffinity(0))

    def decides(self) -> dict[str, Any]:
        """Name and value of each choice that the trained weights depend on."""
        values = asdict(self.settings)
        values |= values.pop('augmentation')
        return {option_name(name): value for name, value in values.items()} | {
            '--size': self.geometry.height, '--crop': self.geometry.crop_fraction,
            '--device': self.device}
