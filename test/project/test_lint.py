"""The two style checks of ament that have packages, with ament's own settings."""

from pathlib import Path
import subprocess
import sys

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ('shufflenet_ros', 'launch', 'test', 'environment', 'benchmarks', 'docs')
PEP257 = 'D100,D101,D102,D103,D104,D105,D106,D107,D203,D212,D404'


@pytest.mark.parametrize('command', [
    ('flake8',), ('pydocstyle', f'--ignore={PEP257}', '--match=.*\\.py')], ids=lambda c: c[0])
def test_style(command):
    """No finding anywhere."""
    sources = [ROOT / 'setup.py'] + [
        path for folder in FOLDERS for path in (ROOT / folder).rglob('*.py')
        if 'build' not in path.relative_to(ROOT).parts]
    assert len(sources) > 40
    done = subprocess.run([sys.executable, '-m', *command, *sources], capture_output=True,
                          text=True, cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
