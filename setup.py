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

from setuptools import find_packages, setup

NAME = 'shufflenet_ros'


def share(folder: str) -> list[tuple[str, list[str]]]:
    """All files below ``folder``, to be installed under the package's share directory."""
    return [(os.path.join('share', NAME, parent), [os.path.join(parent, file) for file in files])
            for parent, _, files in os.walk(folder) if files]


def pins(name: str) -> list[str]:
    """Give the pinned packages of a requirements file, the one place for versions."""
    folder = os.path.join(os.path.dirname(os.path.realpath(__file__)), 'environment')
    with open(os.path.join(folder, 'requirements', f'{name}.txt')) as file:
        return [line.strip() for line in file if line.strip() and not line.startswith('#')]


TRAIN = ['torch', 'onnx', 'matplotlib', 'zstandard', *(
    pin.replace('==', '>=') for pin in pins('train') if pin.startswith(('rosbags', 'mcap')))]
"""The extra ``train``: a PyTorch that is there stays, such as that of a Jetson."""
BENCH = pins('train') + pins('engines')
"""The extra ``bench``; ``peers`` is an older name of it."""

setup(
    name=NAME,
    version='0.1.0',
    packages=find_packages(include=[NAME, f'{NAME}.*']),
    package_data={NAME: ['py.typed']},
    python_requires='>=3.10',
    data_files=[
        ('share/ament_index/resource_index/packages', [f'resource/{NAME}']),
        (f'share/{NAME}', ['package.xml']),
        (f'share/{NAME}/launch', glob('launch/*.launch.py')),
        (f'share/{NAME}/benchmarks', ['benchmarks/baseline_node.py']),
        *share('config'),
        *share('models'),
    ],
    install_requires=['setuptools'],
    extras_require={'test': ['pytest'], 'train': TRAIN, 'bench': BENCH, 'peers': BENCH},
    zip_safe=True,
    maintainer='shufflenet_ros maintainers',
    maintainer_email='maintainers@users.noreply.github.com',
    description='Quantized ShuffleNet classification of camera topics, with the latency of '
                'every frame',
    license='Apache-2.0',
    entry_points={'console_scripts': [
        'shufflenet_ros = shufflenet_ros.cli.main:main',
        'classifier_node = shufflenet_ros.process.entry_points:classifier_node',
        'camera_node = shufflenet_ros.demo.entry_points:camera_node',
    ]},
)
