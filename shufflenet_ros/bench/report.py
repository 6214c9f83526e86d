"""Results as a table for the terminal and a plot."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table


def show(record: dict[str, Any]) -> None:
    """Print the table, what was absent, and why the figures may not hold."""
    console = Console()
    machine = record['environment']
    results = record['results']
    fastest = min(result['min_ms'] for result in results)
    table = Table(title=f'{results[0]["model"]} {results[0]["width"]}x{results[0]["height"]}, one '
                        f'thread on {machine["cpu"]}')
    table.add_column('engine')
    for column in ('min ms', 'median', 'p99', 'min / fastest', 'agreement', 'SQNR dB'):
        table.add_column(column, justify='right')
    for result in sorted(results, key=lambda result: result['min_ms']):
        table.add_row(
            result['engine'], f'{result["min_ms"]:.3f}', f'{result["median_ms"]:.3f}',
            f'{result["p99_ms"]:.3f}', f'{result["min_ms"] / fastest:.2f}',
            f'{result["agreement"]:.3f}',
            '' if result['sqnr_db'] is None else f'{result["sqnr_db"]:.1f}')
    console.print(table)
    for name, reason in record['absent'].items():
        console.print(f'absent: {name} ({reason})')
    for name, reason in record['unstable'].items():
        console.print(f'[yellow]unstable:[/] {name}: {reason}')


def plot(record: dict[str, Any], path: Path) -> bool:
    """Write a bar chart as PNG; False where matplotlib is not installed."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        return False
    results = sorted(record['results'], key=lambda result: -result['min_ms'])
    figure = Figure(figsize=(8, 0.6 * len(results) + 1.6), layout='constrained')
    axes = figure.add_subplot()
    names = [result['engine'] for result in results]
    minima = [result['min_ms'] for result in results]
    medians = [result['median_ms'] for result in results]
    axes.barh(names, minima, color=['#2a9d8f' if name.startswith('ours') else '#8d99ae'
                                    for name in names])
    axes.plot(medians, names, 'k|', markersize=12, label='median')
    for name, value, median in zip(names, minima, medians):
        axes.annotate(f'{value:.2f}', (max(value, median), name), va='center', xytext=(8, 0),
                      textcoords='offset points')
    axes.set_xlabel('ms for one image (bar: minimum)')
    axes.set_xlim(right=max(medians + minima) * 1.15)
    axes.set_title(f'{results[0]["model"]}, one thread, {record["environment"]["cpu"]}',
                   fontsize=10)
    axes.spines[['top', 'right']].set_visible(False)
    axes.legend(frameon=False, loc='lower right')
    figure.savefig(path, dpi=120)
    return True
