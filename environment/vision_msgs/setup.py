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
Compile the vision_msgs interfaces that the node uses, with the ROS wheels' own generators.

vision_msgs has no wheel. The ``msg/*.msg`` files have the fields of vision_msgs 4, so the
type hashes are the ones every other ROS 2 node knows. Run by ``environment/install.py`` inside
the environment that holds the wheels.
"""

import os
from pathlib import Path
import shutil
import sys
import sysconfig

import numpy
from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

NAME = 'vision_msgs'
DEPENDENCIES = ('geometry_msgs', 'std_msgs', 'builtin_interfaces')
HERE = Path(__file__).resolve().parent
PREFIX = Path(sys.prefix)
# Fast DDS serializes with the first, and describes the types to its peers with the second.
TYPESUPPORTS = ('rosidl_typesupport_fastrtps_c', 'rosidl_typesupport_introspection_c')
LIBRARIES = (*TYPESUPPORTS, 'rosidl_typesupport_fastrtps_cpp', 'rosidl_typesupport_c',
             'rosidl_runtime_c', 'rcutils', 'fastcdr', 'rmw')
PER_PACKAGE = ('rosidl_generator_c', 'rosidl_generator_py', *TYPESUPPORTS, 'rosidl_typesupport_c')


def generate(folder):
    """Write C, type support and Python sources of all messages; return the two folders."""
    os.environ['AMENT_PREFIX_PATH'] = str(PREFIX)
    from rosidl_adapter.cli import TranslateMsgToIDL
    from rosidl_generator_c.cli import GenerateC
    from rosidl_generator_py.cli import GeneratePython
    from rosidl_generator_type_description.cli import HashTypeDescription
    from rosidl_typesupport_c.cli import GenerateCTypesupport
    from rosidl_typesupport_fastrtps_c.cli import GenerateFastRTPSCTypesupport
    from rosidl_typesupport_introspection_c.cli import GenerateIntrospectionCTypesupport

    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    include = [str(PREFIX / 'share')]
    messages = [f'{HERE}:msg/{path.name}' for path in sorted((HERE / 'msg').glob('*.msg'))]
    idl = [str(path) for path in TranslateMsgToIDL('msg2idl').translate(
        NAME, messages, include, folder / 'idl')]
    hashes = [str(path) for path in HashTypeDescription('hash').generate_type_hashes(
        NAME, idl, include, output_path=folder / 'types')]
    native, python = folder / NAME, folder / 'python' / NAME
    GenerateC('c').generate(NAME, idl, include, native, type_description_files=hashes)
    GenerateFastRTPSCTypesupport('fastrtps').generate(NAME, idl, include, native)
    GenerateIntrospectionCTypesupport('introspection').generate(NAME, idl, include, native)
    GenerateCTypesupport('c', typesupport_implementations=list(TYPESUPPORTS)).generate(
        NAME, idl, include, native)
    GeneratePython('python', typesupport_implementations=['rosidl_typesupport_c']).generate(
        NAME, idl, include, python)
    return native, python


class BuildInterfaces(build_ext):
    """Generate, compile everything into one extension, and add the Python files."""

    def run(self):
        """Fill in the extension's sources and flags, which exist only once generated."""
        folder = Path(self.build_temp).resolve() / 'generated'
        native, python = generate(folder)
        extension, = self.extensions
        extension.sources = [str(path) for tree in (native, python)
                             for path in sorted(tree.rglob('*')) if path.suffix in ('.c', '.cpp')]
        extension.include_dirs = [str(folder), str(native), numpy.get_include(),
                                  *map(str, (PREFIX / 'include').iterdir())]
        extension.library_dirs = [str(PREFIX / 'lib')]
        extension.libraries = [f'{package}__{kind}' for package in DEPENDENCIES
                               for kind in PER_PACKAGE] + list(LIBRARIES)
        # Conversion code runs once a message: short compile time matters more here.
        extension.extra_compile_args = ['-O1', '-g0', '-w']
        super().run()
        self._add_libraries()
        target = Path(self.build_lib) / NAME
        for path in python.rglob('*.py'):
            destination = target / path.relative_to(python)
            destination.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, destination)
        (target / '__init__.py').touch()

    def _add_libraries(self):
        """Install the extension under the names by which type support is looked up as well."""
        folder = Path(self.build_temp).resolve() / 'libraries'
        folder.mkdir(parents=True, exist_ok=True)
        built = Path(self.build_lib) / self.get_ext_filename(self.extensions[0].name)
        copies = [folder / f'lib{NAME}__{typesupport}.so' for typesupport in TYPESUPPORTS]
        for copy in copies:
            shutil.copy(built, copy)
        self.distribution.data_files.append(('lib', [os.path.relpath(copy) for copy in copies]))

    def get_ext_filename(self, fullname):
        """Keep the name that the generated Python code imports."""
        return fullname.replace('.', '/') + sysconfig.get_config_var('EXT_SUFFIX')


marker = Path('build') / NAME
marker.parent.mkdir(exist_ok=True)
marker.touch()
setup(
    name='vision-msgs-interfaces',
    version='4.1.1',
    packages=[],
    ext_modules=[Extension(f'{NAME}.{NAME}_s__rosidl_typesupport_c', [], language='c++')],
    cmdclass={'build_ext': BuildInterfaces},
    data_files=[
        (f'share/{NAME}/msg', [str(path.relative_to(HERE)) for path in (HERE / 'msg').glob('*')]),
        ('share/ament_index/resource_index/packages', [str(marker)])])
