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
How far the fused operator's integers are from those of the int8 graph, tensor by tensor.

    .venv/bin/python benchmarks/int8_forms.py MODEL IMAGES [--json FILE]

IMAGES holds a folder of images for each class of the model. The graph is the one in the form u8;
the operator's integers come from the numpy reference.
"""

from __future__ import annotations

import argparse
from collections import Counter
import json
from pathlib import Path
import sys

import cv2
import numpy as np
import onnx
from shufflenet_ros.dataset.images import preprocessed
from shufflenet_ros.evaluation.metrics import agreement, top_k_accuracy
from shufflenet_ros.inference.model_card import find_model, load_model
from shufflenet_ros.process.files import shipped_models
from shufflenet_ros.quantization.observed_graph import ObservedGraph
from shufflenet_ros.quantization.reference import tensors
from shufflenet_ros.quantization.upgrade import GRAPH, variant_of


def main() -> int:
    """Print the figures of one model."""
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[1])
    parser.add_argument('model')
    parser.add_argument('images', type=Path)
    parser.add_argument('--json', type=Path)
    args = parser.parse_args()
    spec = load_model(find_model(args.model, shipped_models()))
    paths = [path for name in spec.labels for path in sorted((args.images / name).glob('*'))]
    if not paths:
        sys.exit(f'{args.images}: no images in folders named {", ".join(spec.labels)}')
    graph = ObservedGraph(onnx.load(spec.onnx_path('int8', GRAPH)), variant_of(spec))
    images = (cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB) for path in paths)
    counts: Counter[str] = Counter()
    theirs, ours = [], []
    for tensor in preprocessed(images, spec.geometry):
        given = graph.tensors(tensor[0])
        _count(counts, graph, given, tensors(graph.network, tensor[0], given))
        theirs.append(given['logits'])
        ours.append(tensors(graph.network, tensor[0])['logits'])
    labels = np.array([spec.labels.index(path.parent.name) for path in paths])
    figures = {'model': spec.name, 'images': len(paths), **counts,
               **_compare(np.array(theirs), np.array(ours), labels)}
    print(json.dumps(figures, indent=1))
    if args.json:
        args.json.write_text(json.dumps(figures, indent=1) + '\n')
    return 0


def _count(counts: Counter[str], graph: ObservedGraph, given: dict[str, np.ndarray],
           found: dict[str, np.ndarray]) -> None:
    """Count what single operations give of the graph's own tensors, sums and all others apart."""
    for name, expected in given.items():
        unit = name.partition('.')[0]
        is_sum = name.endswith('.output') and graph.network.units[int(unit)].addition is not None
        kind = 'sums' if is_sum else 'others'
        difference = np.abs(found[name] - expected)
        counts[kind] += expected.size
        counts[f'{kind}_that_differ'] += int(np.count_nonzero(difference))
        counts[f'{kind}_that_differ_by_more_than_1'] += int((difference > 1).sum())


def _compare(theirs: np.ndarray, ours: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    return {
        'top1_graph': round(top_k_accuracy(theirs, labels, 1), 4),
        'top1_operator': round(top_k_accuracy(ours, labels, 1), 4),
        'agreement': round(agreement(ours, theirs), 4),
        'images_with_other_logits': int((ours != theirs).any(1).sum()),
        'largest_difference_of_logits': round(float(np.abs(ours - theirs).max()), 3)}


if __name__ == '__main__':
    sys.exit(main())
