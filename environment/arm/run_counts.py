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
Run networks between marks that count.c counts at; it runs on the emulated machine.

    run_counts.py RUNS PIXELS.npy FILE ...

One line for each FILE (ONNX, .tflite, .mnn, .mnn:fp16): ``mark MARK FILE``. Then the line
``library ADDRESS`` with the place of the native library in memory, if it is loaded.
"""

from collections.abc import Callable
import ctypes
from pathlib import Path
import re
import sys

import numpy as np

WARM_UP = 3
GETPGID, MARK = 155, 0x5AFE0000
Run = Callable[[], object]


def onnx(path: Path, pixels: np.ndarray) -> Run:
    """Prepare an ONNX file as the node opens it, with the pixels in the type of its input."""
    from shufflenet_ros.inference.sessions import open_session
    from shufflenet_ros.native.library import library_path
    session = open_session(path, library=library_path() if '.native.' in path.name else None)
    entry = session.get_inputs()[0]
    if entry.type == 'tensor(float)':
        pixels = np.ascontiguousarray(pixels.transpose(0, 3, 1, 2), np.float32)
    return lambda: session.run(None, {entry.name: pixels})


def tflite(path: Path, pixels: np.ndarray) -> Run:
    """Prepare a file of LiteRT, which runs it with XNNPACK."""
    from ai_edge_litert.interpreter import Interpreter
    interpreter = Interpreter(model_path=str(path), num_threads=1)
    interpreter.allocate_tensors()
    entry, end = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    values = pixels.astype(np.float32)
    if entry['dtype'] == np.int8:
        scale, zero = entry['quantization']
        values = np.clip(np.rint(values / scale) + zero, -128, 127).astype(np.int8)

    def run() -> np.ndarray:
        interpreter.set_tensor(entry['index'], values)
        interpreter.invoke()
        return interpreter.get_tensor(end['index'])

    return run


def mnn(path: Path, pixels: np.ndarray, precision: str) -> Run:
    """Prepare a file of MNN; its precision ``low`` is fp16 where the core has it."""
    import MNN
    interpreter = MNN.Interpreter(str(path))
    session = interpreter.createSession(
        {'backend': 'CPU', 'numThread': 1, 'precision': precision})
    entry = interpreter.getSessionInput(session)
    values = np.ascontiguousarray(pixels.transpose(0, 3, 1, 2), np.float32)
    tensor = MNN.Tensor(values.shape, MNN.Halide_Type_Float, values,
                        MNN.Tensor_DimensionType_Caffe)

    def run() -> None:
        entry.copyFrom(tensor)
        interpreter.runSession(session)

    return run


def prepared(name: str, pixels: np.ndarray) -> Run:
    """Load a network by the kind of its file."""
    path, _, option = name.partition(':')
    if path.endswith('.tflite'):
        return tflite(Path(path), pixels)
    if path.endswith('.mnn'):
        return mnn(Path(path), pixels, 'low' if option == 'fp16' else 'normal')
    return onnx(Path(path), pixels)


def library_address() -> str:
    """Find where the native library starts in memory, in hexadecimal; empty where it does not."""
    found = re.search(r'^([0-9a-f]+)-.* 0+ .*libshufflenet_v1\.so$',
                      Path('/proc/self/maps').read_text(), re.MULTILINE)
    return found[1] if found else ''


def main(runs: str, pixels: str, *names: str) -> None:
    """Run every file as often as asked, after a warm-up."""
    system_call = ctypes.CDLL(None).syscall
    image = np.load(pixels)[:1]
    for mark, name in enumerate(names, start=1):
        run = prepared(name, image)
        for _ in range(WARM_UP):
            run()
        system_call(GETPGID, ctypes.c_long(MARK))
        for _ in range(int(runs)):
            run()
        system_call(GETPGID, ctypes.c_long(MARK + mark))
        print('mark', mark, name, flush=True)
    print('library', library_address())


if __name__ == '__main__':
    main(*sys.argv[1:])
