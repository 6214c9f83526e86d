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

"""Install surface_watch."""

from setuptools import find_packages, setup

NAME = 'surface_watch'

setup(
    name=NAME,
    version='0.1.0',
    packages=find_packages(exclude=['test']),
    data_files=[('share/ament_index/resource_index/packages', [f'resource/{NAME}']),
                (f'share/{NAME}', ['package.xml'])],
    install_requires=['setuptools'],
    extras_require={'test': ['pytest', 'pytest-regressions']},
    zip_safe=True,
    maintainer='shufflenet_ros maintainers',
    maintainer_email='maintainers@users.noreply.github.com',
    description='Example of a package that tests what a camera sees on its recordings',
    license='Apache-2.0',
)
