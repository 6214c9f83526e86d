"""The Python files of the repository, without what builds leave between them."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ('shufflenet_ros', 'launch', 'test', 'environment', 'benchmarks', 'docs')


def python_files():
    """List them all, ``setup.py`` included."""
    return [*ROOT.glob('*.py'), *(
        path for folder in FOLDERS for path in sorted((ROOT / folder).rglob('*.py'))
        if 'build' not in path.relative_to(ROOT).parts)]
