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
Logits of every form and every instruction set of a model; it runs on both machines.

    run_logits.py MODEL FILES OUT.npz

FILES is what make_files.py wrote. Arrays in OUT, float32 (images, classes): ``fp32``, ``s8``,
``u8``; for each instruction set of the native library, ``operator SET`` through onnxruntime and
``run SET`` through its C function.
"""

import ctypes
import os
from pathlib import Path
import sys

import numpy as np
from shufflenet_ros.inference.engine import Engine
from shufflenet_ros.inference.model_card import load_model, ModelSpec
from shufflenet_ros.native.library import instruction_sets, load, VARIABLE


def through_onnxruntime(spec: ModelSpec, form: str, pixels: np.ndarray) -> np.ndarray:
    """Run a form of the model on all images."""
    engine = Engine(spec, precision='int8' if form else 'fp32', form=form)
    return np.stack([engine.run(image[np.newaxis]) for image in pixels])


def through_operator(spec: ModelSpec, name: str, pixels: np.ndarray) -> np.ndarray:
    """Run the native form with an instruction set."""
    os.environ[VARIABLE] = name
    return through_onnxruntime(spec, 'native', pixels)


def through_library(packed: bytes, classes: int, name: str, pixels: np.ndarray) -> np.ndarray:
    """Run a packed network with an instruction set, without onnxruntime."""
    library, error = load(), ctypes.create_string_buffer(256)
    logits = np.zeros((len(pixels), classes), np.float32)
    for image, row in zip(pixels, logits):
        failed = library.shufflenet_run(
            packed, ctypes.c_size_t(len(packed)), name.encode(), image.tobytes(),
            ctypes.c_size_t(image.size), row.ctypes.data_as(ctypes.c_void_p),
            ctypes.c_size_t(classes), error, ctypes.c_size_t(len(error)))
        if failed:
            raise SystemExit(f'shufflenet_run, {name}: {error.value.decode()}')
    return logits


def main(model: str, files: str, out: str) -> None:
    """Write what the docstring of this file says."""
    spec = load_model(model)
    pixels = np.load(Path(files) / 'pixels.npy')
    packed = (Path(files) / 'network.packed').read_bytes()
    found = {form or 'fp32': through_onnxruntime(spec, form, pixels) for form in ('', 's8', 'u8')}
    for name in instruction_sets():
        found[f'operator {name}'] = through_operator(spec, name, pixels)
        found[f'run {name}'] = through_library(packed, len(spec.labels), name, pixels)
    np.savez(out, **found)


if __name__ == '__main__':
    main(*sys.argv[1:])
