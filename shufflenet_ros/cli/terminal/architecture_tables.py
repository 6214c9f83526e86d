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

"""Tables of the verb ``inspect`` for a terminal of 80 columns."""

from __future__ import annotations

from rich import box
from rich.console import Console
from rich.table import Table
from shufflenet_ros.architecture.budgets import NetworkRow, Shape, UnitRow
from shufflenet_ros.architecture.layers import Layer, Totals
from shufflenet_ros.architecture.paper import CLOSE, PaperRow, REASONS

WEIGHTLESS_WITH_KERNEL = ('max pool', 'average pool')


def show_layers(console: Console, title: str, layers: tuple[Layer, ...], total: Totals) -> None:
    """Print a row for each layer, then the totals."""
    table = _table(title, 'layer', 'output', 'kernel', 'groups', 'multiply-adds', 'parameters',
                   'KiB')
    for layer in layers:
        grouped = layer.multiply_adds or layer.kind == 'shuffle'
        table.add_row(
            layer.name.removeprefix('units.'), f'{layer.channels}x{layer.height}x{layer.width}',
            _kernel(layer), str(layer.groups) if grouped else '', _count(layer.multiply_adds),
            _count(layer.parameters), f'{layer.values / 1024:.1f}',
            end_section=layer.kind in ('add', 'concatenate', 'max pool'))
    table.add_row('total', '', '', '', _count(total.multiply_adds), _count(total.parameters), '')
    console.print(table)
    kib = total.peak_values / 1024
    console.print(f'{total.multiply_adds / 1e6:.2f} M multiply-adds, {total.parameters / 1e6:.3f} '
                  'M parameters; KiB: output in int8, a quarter of fp32', soft_wrap=True)
    console.print(f'activations at their peak: {kib:.0f} KiB in int8, {4 * kib:.0f} KiB in fp32',
                  soft_wrap=True)


def show_units(console: Console, shape: Shape, units: list[UnitRow]) -> None:
    """Print what each kind of unit costs, and how wide it may be for the budget."""
    c, h, w = shape
    table = _table(f'One unit, c = {c}, h x w = {h}x{w}, g = {units[0].groups}, for '
                   f'{units[0].budget / 1e6:.3f} M multiply-adds',
                   'unit', 'costs', 'm = c/4', f'widest m, c = {c}', 'widest c, m = c/4')
    for unit in units:
        table.add_row(unit.structure, unit.formula, f'{unit.multiply_adds / 1e6:.3f} M',
                      str(unit.widest_m or 'none'), str(unit.widest_c or 'none'))
    console.print(table)


def show_networks(console: Console, networks: list[NetworkRow]) -> None:
    """Print how wide a whole network of each kind of unit may be."""
    table = _table(f'Widest network of such units for {networks[0].budget / 1e6:.2f} M '
                   'multiply-adds', 'unit', 'channels of stages 2, 3, 4')
    for network in networks:
        table.add_row(network.structure, ', '.join(map(str, network.stages)))
    console.print(table)


def show_forms(console: Console, title: str, rows: list[tuple[str, str]], chosen: str) -> None:
    """Print the time of each form of a model, and which one runs."""
    table = _table(title, 'form', 'shortest')
    for row in rows:
        table.add_row(*row)
    console.print(table)
    console.print(f'precision auto runs {chosen}')


def show_paper(console: Console, rows: list[PaperRow]) -> None:
    """Print the paper's totals beside ours, with the reasons of what differs by over 1 %."""
    letters = dict(zip(REASONS, 'abcdefgh'))
    table = _table('Millions of multiply-adds at 224x224, 1000 classes',
                   'variant', 'paper', 'ours', 'difference', 'why', "by the paper's choices",
                   'left')
    for row in rows:
        reasons = row.reasons if abs(row.difference) > CLOSE else ()
        table.add_row(
            str(row.variant), f'{row.paper / 1e6:.0f}', f'{row.ours / 1e6:.2f}',
            f'{row.difference:+.2%}', ''.join(sorted(letters[name] for name in reasons)),
            f'{row.by_its_choices / 1e6:.2f}', f'{row.remaining:+.2%}')
    console.print(table)
    for name, text in REASONS.items():
        console.print(f'{letters[name]}  {text}', soft_wrap=True)


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, box=box.SIMPLE, padding=(0, 1, 0, 0))
    for index, name in enumerate(columns):
        table.add_column(name, justify='right' if index else 'left', no_wrap=index == 0)
    return table


def _kernel(layer: Layer) -> str:
    if not layer.multiply_adds and layer.kind not in WEIGHTLESS_WITH_KERNEL or layer.height == 1:
        return ''
    return f'{layer.kernel}x{layer.kernel}' + (f'/{layer.stride}' if layer.stride > 1 else '')


def _count(number: int) -> str:
    return f'{number:,}' if number else ''
