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

"""Install shufflenet_ros: by colcon on a robot, by pip on a machine without ROS."""

from glob import glob
import os
from pathlib import Path
import runpy
import sys

from setuptools import Extension, find_packages, setup
from setuptools.command.build_ext import build_ext

NAME = 'shufflenet_ros'
HERE = os.path.dirname(os.path.realpath(__file__))


def share(folder: str) -> list[tuple[str, list[str]]]:
    """All files below ``folder``, to be installed under the package's share directory."""
    return [(os.path.join('share', NAME, parent), [os.path.join(parent, file) for file in files])
            for parent, _, files in os.walk(folder) if files]


def pins(name: str) -> list[str]:
    """Give the pinned packages of a requirements file, the one place for versions."""
    with open(os.path.join(HERE, 'environment', 'requirements', f'{name}.txt')) as file:
        return [line.strip() for line in file if line.strip() and not line.startswith('#')]


class BuildNative(build_ext):
    """Build the native library; without it the package works as well, with slower int8."""

    def get_ext_filename(self, fullname: str) -> str:
        """Give a name without the version of Python, which the library knows nothing of."""
        return os.path.join(*fullname.split('.')) + '.so'

    def build_extension(self, ext: Extension) -> None:
        """Compile as ``shufflenet_ros/native/build_library.py`` does; say in one line if not."""
        native = runpy.run_path(os.path.join(HERE, NAME, 'native', 'build_library.py'))
        target = Path(self.get_ext_fullpath(ext.name)).absolute()
        try:
            native['provide'](target)
        except (native['BuildError'], OSError) as error:
            print(f'{NAME}: the native library is not built ({error}), so int8 runs as a graph; '
                  'install g++ and build again to have it', file=sys.stderr)

    def copy_extensions_to_source(self) -> None:
        """Leave no old library beside the sources of a new one that could not be built."""
        for ext in self.extensions:
            Path(*ext.name.split('.')).with_suffix('.so').unlink(missing_ok=True)
        super().copy_extensions_to_source()

    def get_outputs(self) -> list[str]:
        """List what was built indeed."""
        return [path for path in super().get_outputs() if os.path.exists(path)]


TRAIN = ['torch', 'onnx', 'matplotlib', 'lz4', 'zstandard', *(
    pin.replace('==', '>=') for pin in pins('replay') if pin.startswith(('rosbags', 'mcap')))]
"""The extra ``train``: a PyTorch that is there stays, such as that of a Jetson."""
REPLAY = ['lz4', 'zstandard', 'matplotlib', *(
    pin.replace('==', '>=') for pin in pins('replay')
    if pin.startswith(('rosbags', 'mcap', 'isal', 'pyarrow', 'plotly')))]
"""The extra ``replay``; ``cluster`` adds Dask to it."""
CLUSTER = REPLAY + [pin.replace('==', '>=') for pin in pins('replay') if 'distributed' in pin]
BENCH = pins('train') + pins('replay') + pins('engines')
"""The extra ``bench``; ``peers`` is an older name of it."""

setup(
    name=NAME,
    version='0.1.0',
    packages=find_packages(include=[NAME, f'{NAME}.*']),
    package_data={NAME: ['py.typed']},
    ext_modules=[Extension(
        f'{NAME}.native.libshufflenet_v1', sorted(glob(f'{NAME}/native/*.cpp')),
        depends=sorted(glob(f'{NAME}/native/*.hpp')), optional=True)],
    cmdclass={'build_ext': BuildNative},
    python_requires='>=3.10',
    data_files=[
        ('share/ament_index/resource_index/packages', [f'resource/{NAME}']),
        (f'share/{NAME}', ['package.xml', 'plugin.xml']),
        (f'share/{NAME}/launch', glob('launch/*.launch.py')),
        (f'share/{NAME}/benchmarks', ['benchmarks/baseline_node.py']),
        *share('config'),
        *share('models'),
    ],
    install_requires=['setuptools'],
    extras_require={'test': ['pytest', 'pytest-regressions'], 'train': TRAIN, 'replay': REPLAY,
                    'cluster': CLUSTER, 'bench': BENCH, 'peers': BENCH},
    zip_safe=False,
    maintainer='shufflenet_ros maintainers',
    maintainer_email='maintainers@users.noreply.github.com',
    description='Quantized ShuffleNet classification of camera topics, with the latency of '
                'every frame',
    license='Apache-2.0',
    entry_points={'console_scripts': [
        'shufflenet_ros = shufflenet_ros.cli.main:main',
        'classifier_node = shufflenet_ros.process.entry_points:classifier_node',
        'camera_node = shufflenet_ros.demo.entry_points:camera_node',
        'rqt_classifier = shufflenet_ros.rqt_plugin.main:main',
    ], 'pytest11': [
        # Named as its module, so that "-p" with that name never loads it twice.
        'shufflenet_ros.testing.plugin = shufflenet_ros.testing.plugin',
    ]},
)
