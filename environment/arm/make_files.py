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
Write what the emulated machine runs: images, and a model for other engines; it runs on x86.

    make_files.py MODEL OUT

``pixels.npy`` uint8 (images, height, width, 3) and ``reference.npy`` float32 (images, classes),
the logits of the numpy reference; ``network.packed``; QDQ files of onnxruntime's quantizer, LiteRT
in fp32 and int8, and MNN. Images are those of scikit-image, noise and the extremes.
"""

from pathlib import Path
import shutil
import sys

import cv2
import numpy as np
import onnx
from shufflenet_ros.bench.engines import litert, mnn, onnxruntime_qdq
from shufflenet_ros.core.encoding.decode import Pixels
from shufflenet_ros.core.geometry import Geometry
from shufflenet_ros.core.preprocess import preprocess
from shufflenet_ros.dataset.sample_images import samples_folder
from shufflenet_ros.inference.model_card import load_model, ModelSpec
from shufflenet_ros.quantization import packed, reference

IMAGES = ('brick.png', 'chelsea.png', 'coffee.png', 'grass.png', 'gravel.png', 'rocket.jpg')


def images(geometry: Geometry) -> np.ndarray:
    """Give what the network sees of some images, of noise, of black and of white."""
    folder = samples_folder('run this on a machine that has it')
    colour = [cv2.imread(str(folder / name))[:, :, ::-1] for name in IMAGES]
    tensors = [preprocess(Pixels(np.ascontiguousarray(image), None), geometry)
               for image in colour]
    noise = np.random.default_rng(0).integers(0, 256, tensors[0].shape, np.uint8)
    return np.concatenate([*tensors, noise, np.zeros_like(noise), np.full_like(noise, 255)])


def write_native(spec: ModelSpec, pixels: np.ndarray, out: Path) -> None:
    """Write the packed network alone, and what the numpy reference makes of the images."""
    model = onnx.load(spec.onnx_path('int8', 'native'))
    content = onnx.numpy_helper.to_array(model.graph.initializer[0]).tobytes()
    (out / 'network.packed').write_bytes(content)
    network = packed.unpack(content)
    np.save(out / 'reference.npy',
            np.stack([reference.logits(network, image) for image in pixels]))


def write_others(fp32: Path, tensors: list[np.ndarray], out: Path) -> None:
    """Write the model for onnxruntime's QDQ, LiteRT and MNN, calibrated on ``tensors``."""
    for types in onnxruntime_qdq.TYPES:
        exported = onnxruntime_qdq.exported_file(fp32, types, tensors, out)
        exported.rename(out / f'qdq_{types}.onnx')
        onnxruntime_qdq.own_file(fp32, types, tensors, out).rename(
            out / f'qdq_{types}_gather.onnx')
    shutil.copy(litert.convert_fp32(fp32, out), out / 'litert_fp32.tflite')
    (out / 'litert_int8.tflite').write_bytes(litert.convert_int8(fp32, out, tensors))
    mnn.convert_fp32(fp32, out)


def main(model: str, folder: str) -> None:
    """Write what the docstring of this file says."""
    spec, out = load_model(model), Path(folder)
    out.mkdir(parents=True, exist_ok=True)
    pixels = images(spec.geometry)
    np.save(out / 'pixels.npy', pixels)
    write_native(spec, pixels, out)
    write_others(spec.onnx_path('fp32'), [image[np.newaxis] for image in pixels[:len(IMAGES)]],
                 out)


if __name__ == '__main__':
    main(*sys.argv[1:])
