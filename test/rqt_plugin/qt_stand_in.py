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

"""Qt under the names of ROS's import hook, where that is not installed: it has no wheel."""

from importlib import import_module
from importlib.util import find_spec
import sys
from types import ModuleType

BINDINGS = {'PyQt5': 'pyqt', 'PySide6': 'pyside'}
"""Package of a binding to the name that python_qt_binding has for it."""
MODULES = ('QtCore', 'QtGui', 'QtWidgets')


def provide(binding):
    """
    Have ``python_qt_binding`` give this binding, and ``rqt_gui_py`` a class for plugins.

    Gives QtCore and QtWidgets as the hook has them.
    """
    if find_spec('python_qt_binding') is None:
        _stand_in('python_qt_binding', QT_BINDING=BINDINGS[binding], **{
            name: import_module(f'{binding}.{name}') for name in MODULES})
    else:
        sys.SELECT_QT_BINDING = BINDINGS[binding]
    if find_spec('rqt_gui_py') is None:
        class Plugin(import_module(f'{binding}.QtCore').QObject):
            def __init__(self, context):
                super().__init__()

        _stand_in('rqt_gui_py', plugin=_stand_in('rqt_gui_py.plugin', Plugin=Plugin))
    return tuple(import_module(f'python_qt_binding.{name}') for name in ('QtCore', 'QtWidgets'))


def _stand_in(name, **content):
    module = ModuleType(name)
    sys.modules[name] = module
    for key, value in content.items():
        setattr(module, key, value)
        if isinstance(value, ModuleType):
            sys.modules[f'{name}.{key}'] = value
    return module
