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

"""The imports of every module of the package, read from its source."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
import sys

ROOT = Path(__file__).resolve().parents[2]
NAME = 'shufflenet_ros'


@dataclass(frozen=True)
class Import:
    """What one import statement brings in."""

    target: str
    """A module of the package (``core.frame``), or the top-level name of a library."""
    late: bool
    """Whether it stands inside a function, or for the type checker alone: not run on import."""


def read_package() -> dict[str, list[Import]]:
    """Read all modules: dotted name without the package's own, and what each imports."""
    files = {_name(path): path for path in sorted((ROOT / NAME).rglob('*.py'))}
    return {name: list(_imports(ast.parse(path.read_text()), files))
            for name, path in files.items()}


def reach(package: dict[str, list[Import]], start: list[str], late: bool) -> set[str]:
    """
    Give the modules and libraries that importing some modules brings in, directly or not.

    With ``late`` also those that are imported when functions run. Modules of the package are
    told from libraries by being keys of ``package``.
    """
    found, waiting = set(), list(start)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += [one.target for one in package.get(name, []) if late or not one.late]
    return found - set(start)


def _name(path: Path) -> str:
    parts = path.relative_to(ROOT / NAME).with_suffix('').parts
    return '.'.join(parts[:-1] if parts[-1] == '__init__' else parts)


def _imports(tree: ast.AST, files: dict[str, Path], late: bool = False) -> Iterator[Import]:
    for node in ast.iter_child_nodes(tree):
        for target in _targets(node, files):
            if target.partition('.')[0] not in sys.stdlib_module_names:
                yield Import(target, late)
        in_function = isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
        yield from _imports(node, files, late or in_function or _is_for_types(node))


def _is_for_types(node: ast.AST) -> bool:
    """Whether it is ``if TYPE_CHECKING``, whose imports never run."""
    return isinstance(node, ast.If) and ast.unparse(node.test) == 'TYPE_CHECKING'


def _targets(node: ast.AST, files: dict[str, Path]) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (_target(alias.name, files) for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        assert node.level == 0 and node.module, 'imports are absolute'
        for alias in node.names:
            whole = f'{node.module}.{alias.name}'
            yield _target(whole if whole.removeprefix(f'{NAME}.') in files else node.module, files)


def _target(name: str, files: dict[str, Path]) -> str:
    top, _, rest = name.partition('.')
    if top != NAME:
        return top
    assert rest in files, f'{name} is no module of the package'
    return rest
