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

"""Known problems of Python, onnxruntime, numpy, OpenCV and the native library."""

from __future__ import annotations

from collections.abc import Iterator
import re

from shufflenet_ros.status.facts import Facts, Library
from shufflenet_ros.status.finding import error, Finding, note, warn

UPGRADE_ORT = "pip install --user 'onnxruntime>=1.23' 'numpy<2'"
BUILD = 'install g++ (sudo apt install g++) and build the package again: make, or colcon build'
LEAST_ORT, SURE_ARM_ORT = (1, 16), (1, 23)
LEAST_NUMPY = (1, 21)
APT = {'numpy': 'python3-numpy', 'cv2': 'python3-opencv', 'yaml': 'python3-yaml',
       'PIL': 'python3-pil', 'onnxruntime': ''}
NUMPY_1 = ('humble', 'iron', 'jazzy', 'kilted')
"""Distributions whose apt packages are built for numpy 1."""
OPENCV = 'opencv-'
GPU = ('CUDAExecutionProvider', 'TensorrtExecutionProvider')


def libraries_missing(facts: Facts) -> Iterator[Finding]:
    """Say that what the node needs cannot be imported."""
    for name, package in APT.items():
        found = facts.software.libraries.get(name, Library('?'))
        if found.error:
            apt = f'sudo apt install {package}' if package else UPGRADE_ORT
            make = error if name != 'PIL' else note
            yield make(f'{name}_missing', f'{name} cannot be imported: {found.error}', apt)


def library_crashes(facts: Facts) -> Iterator[Finding]:
    """Say that a library ends the process that imports it."""
    for name, found in facts.software.libraries.items():
        if found.crash:
            cure = UPGRADE_ORT if name == 'onnxruntime' else 'install another version of it'
            reason = (' (onnxruntime 1.21 does on Cortex-A72, 1.21 and 1.22 on some Jetson Orins)'
                      if name == 'onnxruntime' else '')
            yield error('library_crashes', f'importing {name} ends the process with '
                        f'{found.crash}{reason}', cure)


def onnxruntime_of_arm(facts: Facts) -> Iterator[Finding]:
    """Say that this version of onnxruntime ends its process on some ARM boards."""
    found = facts.software.libraries.get('onnxruntime', Library())
    if facts.machine.architecture == 'aarch64' and (1, 21) <= _numbers(
            found.version) < SURE_ARM_ORT and not found.crash:
        yield warn('onnxruntime_of_arm', f'onnxruntime {found.version} ends the process on some '
                   'ARM boards (1.21 on Cortex-A72, 1.21 and 1.22 on some Jetson Orins)',
                   UPGRADE_ORT)


def onnxruntime_too_old(facts: Facts) -> Iterator[Finding]:
    """Say that the package does not know so old a version."""
    found = facts.software.libraries.get('onnxruntime', Library())
    if found.version and _numbers(found.version) < LEAST_ORT:
        yield error('onnxruntime_too_old', f'onnxruntime {found.version}; 1.16 or newer is needed',
                    UPGRADE_ORT)


def two_onnxruntimes(facts: Facts) -> Iterator[Finding]:
    """Say that one onnxruntime hides the other: both packages have the same folder."""
    packages = facts.software.packages
    if {'onnxruntime', 'onnxruntime-gpu'} <= packages.keys():
        yield warn(
            'two_onnxruntimes', f'onnxruntime {packages["onnxruntime"]} is installed over '
            f'onnxruntime-gpu {packages["onnxruntime-gpu"]}: both have the same folder',
            'pip uninstall onnxruntime onnxruntime-gpu, then install the one that is meant; '
            'rosdep: --skip-keys python3-onnxruntime-pip')


def cpu_onnxruntime_on_jetson(facts: Facts) -> Iterator[Finding]:
    """Say that the onnxruntime of PyPI has the place of NVIDIA's."""
    providers = facts.software.execution_providers
    if _is_jetson(facts.machine.board) and providers and not set(GPU) & set(providers):
        yield note(
            'cpu_onnxruntime_on_jetson', 'this onnxruntime knows no GPU of this Jetson '
            f'({", ".join(providers)})',
            "where you want the GPU: pip uninstall onnxruntime, install NVIDIA's onnxruntime-gpu "
            'for your JetPack, and give rosdep --skip-keys python3-onnxruntime-pip')


def numpy_too_old(facts: Facts) -> Iterator[Finding]:
    """Say that it is older than that of Ubuntu 22.04."""
    found = facts.software.libraries.get('numpy', Library())
    if found.version and _numbers(found.version) < LEAST_NUMPY:
        yield error('numpy_too_old', f'numpy {found.version}; 1.21.5 or newer is needed',
                    "pip install --user 'numpy>=1.21.5,<2'")


def numpy_2_with_ros(facts: Facts) -> Iterator[Finding]:
    """Say that numpy 2 stands where cv_bridge and apt packages are built for numpy 1."""
    libraries = facts.software.libraries
    numpy, bridge = libraries.get('numpy', Library()), libraries.get('cv_bridge', Library())
    is_from_apt = facts.ros.distribution in NUMPY_1 and not facts.ros.is_from_wheels
    if _numbers(numpy.version) >= (2,) and (is_from_apt or 'numpy' in bridge.error.lower()):
        yield warn(
            'numpy_2_with_ros', f'numpy {numpy.version}, but cv_bridge and the apt packages of '
            f'ROS 2 {facts.ros.distribution} are built for numpy 1: nodes that use cv_bridge '
            'crash', "pip install --user 'numpy<2' (or pip uninstall numpy, for that of apt)")


def several_opencvs(facts: Facts) -> Iterator[Finding]:
    """Say that packages of OpenCV overwrite each other: all have the same folder."""
    found = [f'{name} {version}' for name, version in facts.software.packages.items()
             if name.startswith(OPENCV)]
    if len(found) > 1:
        yield warn('several_opencvs', f'{", ".join(found)}: they overwrite the files of one '
                   'another', 'pip uninstall all of them, then install one '
                   '(opencv-python-headless on a robot)')


def opencv_5_with_cv_bridge(facts: Facts) -> Iterator[Finding]:
    """Say that conversions of cv_bridge need OpenCV 4."""
    libraries = facts.software.libraries
    found, bridge = libraries.get('cv2', Library()), libraries.get('cv_bridge', Library('', '-'))
    if _numbers(found.version) >= (5,) and not bridge.error:
        yield note('opencv_5_with_cv_bridge', f'OpenCV {found.version}: cv_bridge converts with '
                   'OpenCV 4 only', "where you use cv_bridge: pip install --user 'opencv-python-"
                   "headless<5'")


def two_larks(facts: Facts) -> Iterator[Finding]:
    """Say that PyPI's lark hides lark-parser, which ROS 2 uses."""
    if {'lark', 'lark-parser'} <= facts.software.packages.keys() and facts.ros.is_from_wheels:
        yield warn('two_larks', 'lark is installed over lark-parser, which the pip wheels of '
                   'ROS 2 use', 'pip uninstall lark lark-parser, then pip install lark-parser')


def python_of_32_bits(facts: Facts) -> Iterator[Finding]:
    """Say that there is no onnxruntime for this Python."""
    if facts.software.bits < 64:
        yield error('python_of_32_bits', f'Python has {facts.software.bits} bits here, for which '
                    'there is no onnxruntime', 'install a 64-bit system (Raspberry Pi OS 64-bit, '
                    'Ubuntu)')


def two_versions(facts: Facts) -> Iterator[Finding]:
    """Say that this command finds models and profiles of another installation."""
    ours, shares = facts.software.package, facts.software.package_of_share
    if ours and shares and ours != shares:
        yield warn('two_versions', f'this command has version {ours}, but the share folder in '
                   f'AMENT_PREFIX_PATH has {shares}', 'source the setup.bash of the installation '
                   'that you mean, or remove the other one (pip uninstall shufflenet_ros)')


def native_library_missing(facts: Facts) -> Iterator[Finding]:
    """Say that int8 runs as a graph, which is slower."""
    why = facts.native.error
    if not why:
        return
    what = ('was not built' if 'was not built' in why else
            'is of another machine or system, or damaged' if 'cannot be loaded' in why else
            'does not work')
    yield warn('native_library_missing', f'the native library {what}, so int8 runs as a graph '
               f'({why})', BUILD)


def instruction_set_unknown(facts: Facts) -> Iterator[Finding]:
    """Say that the variable names one that the library or the processor lacks."""
    asked, sets = facts.native.asked_for, facts.native.instruction_sets
    if asked and sets and asked not in sets:
        yield error('instruction_set_unknown', f'SHUFFLENET_INSTRUCTION_SET={asked}, but this '
                    f'processor runs {", ".join(sets)}', 'unset it')


def instruction_set_slow(facts: Facts) -> Iterator[Finding]:
    """Say that the variable names another one than the best."""
    asked, sets = facts.native.asked_for, facts.native.instruction_sets
    if asked in sets[1:]:
        yield note('instruction_set_slow', f'SHUFFLENET_INSTRUCTION_SET={asked}, though '
                   f'{sets[0]} is the best here', 'unset it, unless you compare')


def native_library_old(facts: Facts) -> Iterator[Finding]:
    """Say that the sources beside it are newer."""
    if facts.native.is_older_than_sources and not facts.native.error:
        yield note('native_library_old', 'the native library is older than its sources',
                   'build the package again: make, or colcon build')


RULES = (library_crashes, libraries_missing, python_of_32_bits, onnxruntime_of_arm,
         onnxruntime_too_old, two_onnxruntimes, cpu_onnxruntime_on_jetson, numpy_too_old,
         numpy_2_with_ros, several_opencvs, opencv_5_with_cv_bridge, two_larks, two_versions,
         native_library_missing, instruction_set_unknown, instruction_set_slow,
         native_library_old)


def _numbers(version: str) -> tuple[int, ...]:
    """Give the first numbers of a version; empty where there is none."""
    found = re.match(r'\d+(\.\d+)*', version)
    return tuple(map(int, found[0].split('.'))) if found else ()


def _is_jetson(board: str) -> bool:
    return any(word in board.lower() for word in ('jetson', 'orin', 'xavier', 'nvidia'))
