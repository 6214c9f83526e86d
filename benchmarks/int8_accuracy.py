#!/usr/bin/env python3

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
What int8 costs an official checkpoint in accuracy, on images whose class is in their name.

    .venv/bin/python benchmarks/int8_accuracy.py CHECKPOINT IMAGES [--json FILE]

IMAGES holds files named INDEX_anything.jpg, INDEX being the class of the checkpoint. Two-fold:
each half is measured with the network calibrated on the other, so no image serves for both.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
import sys
import tempfile

import cv2
import numpy as np
from shufflenet_ros.core.geometry import Geometry
from shufflenet_ros.dataset.images import preprocessed
from shufflenet_ros.evaluation.metrics import agreement, sqnr_db, top_k_accuracy
from shufflenet_ros.inference.forms import int8_form
from shufflenet_ros.inference.sessions import logits_of, open_session
from shufflenet_ros.quantization.folded_network import FoldedNetwork
from shufflenet_ros.quantization.fp32_graph import write_fp32
from shufflenet_ros.quantization.int8_graph import write_int8
from shufflenet_ros.quantization.quantize import calibration_pixels, quantize
from shufflenet_ros.training.fold import fold
from shufflenet_ros.training.weights.published_checkpoints import load_official

GEOMETRY = Geometry(224, 224)
CALIBRATION_IMAGES = 200


def main() -> int:
    """Print the figures of both folds together."""
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[1])
    parser.add_argument('checkpoint', type=Path)
    parser.add_argument('images', type=Path)
    parser.add_argument('--json', type=Path)
    args = parser.parse_args()
    paths = sorted(args.images.glob('*_*.jpg'))
    if len(paths) < 2 * CALIBRATION_IMAGES:
        sys.exit(f'{args.images}: {len(paths)} files named INDEX_*.jpg, expected at least '
                 f'{2 * CALIBRATION_IMAGES}')
    images = [cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB) for path in paths]
    labels = np.array([int(path.name.split('_')[0]) for path in paths])
    fp32, int8 = _two_fold(fold(load_official(args.checkpoint)), images, len(labels))
    figures = {
        'checkpoint': args.checkpoint.name, 'images': len(images),
        **{f'top{k}_{name}': top_k_accuracy(logits, labels, k)
           for k in (1, 5) for name, logits in (('fp32', fp32), ('int8', int8))},
        'agreement': agreement(int8, fp32), 'sqnr_db': sqnr_db(int8, fp32)}
    print(json.dumps(figures, indent=1))
    if args.json:
        args.json.write_text(json.dumps(figures, indent=1) + '\n')
    return 0


def _two_fold(network: FoldedNetwork, images: list, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Logits in fp32 and in int8, each image by the network that was not calibrated on it."""
    order = np.random.default_rng(0).permutation(count)
    halves = order[:count // 2], order[count // 2:]
    logits: dict[str, dict[int, np.ndarray]] = {'fp32': {}, 'int8': {}}
    with tempfile.TemporaryDirectory() as folder:
        fp32, int8 = Path(folder) / 'fp32.onnx', Path(folder) / 'int8.onnx'
        write_fp32(network, GEOMETRY, fp32)
        for mine, other in (halves, halves[::-1]):
            chosen = [images[index] for index in other[:CALIBRATION_IMAGES]]
            made = quantize(network, calibration_pixels(chosen, GEOMETRY))
            write_int8(made.network, made.grids, GEOMETRY, int8, int8_form())
            for name, path in (('fp32', fp32), ('int8', int8)):
                session = open_session(path)
                tensors = preprocessed((images[index] for index in mine), GEOMETRY)
                for index, tensor in zip(mine, tensors):
                    logits[name][index] = logits_of(session, tensor)
    return tuple(np.stack([found[index] for index in range(count)]) for found in logits.values())


if __name__ == '__main__':
    sys.exit(main())
