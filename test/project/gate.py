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
Import modules of the package while it may import nothing but what is allowed.

    python gate.py '{"modules": [...], "rooms": [...], "libraries": [...]}'

What a library imports is that library's own business.
"""

from importlib import import_module
import json
import sys

PACKAGE = 'shufflenet_ros'


class Gate:
    """The first finder of modules, which refuses some to the modules of the package."""

    def __init__(self, rooms, libraries):
        self._rooms = rooms
        self._libraries = {*libraries, *sys.stdlib_module_names}

    def find_spec(self, name, path=None, target=None):
        """Leave the module to the other finders, or raise ModuleNotFoundError."""
        top, importer = name.partition('.')[0], self._importer()
        if importer.partition('.')[0] not in (PACKAGE, '__main__') or top in self._libraries:
            return None
        # The folders above an allowed module are imported with it.
        if top == PACKAGE and any(f'{name}.'.startswith(f'{room}.') or room.startswith(f'{name}.')
                                  for room in self._rooms):
            return None
        raise ModuleNotFoundError(f'{importer} imports {name}')

    @staticmethod
    def _importer():
        frame = sys._getframe(2)
        while frame.f_code.co_filename.startswith('<frozen importlib') or (
                frame.f_globals['__name__'].partition('.')[0] == 'importlib'):
            frame = frame.f_back
        return frame.f_globals['__name__']


def main(modules, rooms, libraries):
    """Import all modules; ModuleNotFoundError of one says who imports what."""
    sys.meta_path.insert(0, Gate(rooms, libraries))
    for module in modules:
        try:
            import_module(module)
        except ModuleNotFoundError as error:
            # One of the libraries that it may import is not installed here.
            if error.name not in libraries:
                raise


if __name__ == '__main__':
    main(**json.loads(sys.argv[1]))
