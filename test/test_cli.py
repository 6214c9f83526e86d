"""The command line: help that explains, exit codes that scripts can rely on."""

import json
import subprocess
import sys

import cv2
import numpy as np
import pytest
from shufflenet_ros.tools.cli import VERBS


def run(*arguments):
    """Exit code, standard output and standard error of one command."""
    done = subprocess.run([sys.executable, '-m', 'shufflenet_ros.tools.cli', *map(str, arguments)],
                          capture_output=True, text=True, timeout=120)
    return done.returncode, done.stdout, done.stderr


def test_help_lists_every_verb_with_a_summary():
    """A stranger sees what there is."""
    code, output, _ = run('--help')
    assert code == 0
    for verb in VERBS:
        assert f'    {verb}' in output
        assert run(verb, '--help')[0] == 0


@pytest.mark.parametrize('arguments', [(), ('dance',), ('demo', '--nonsense')])
def test_wrong_usage_has_exit_code_2(arguments):
    """With the usage on standard error and nothing else."""
    code, output, errors = run(*arguments)
    assert code == 2 and not output and errors.startswith('usage: ')


@pytest.mark.parametrize('arguments, word', [
    (('evaluate', 'nowhere'), 'nowhere: no such folder'),
    (('evaluate', '.', '--model', 'nowhere'), "model 'nowhere'"),
    (('evaluate', '.', '--json', '.'), '.: is a folder'),
    (('bench', '--json', '/proc/x/y.json'), '/proc/x: cannot be made'),
    (('bench', '--rounds', '1'), '--rounds 1'),
    (('train', 'nowhere', '--out', 'OUT', '--checkpoint', 'none'), 'no such folder'),
    (('train', '.', '--out', '/proc/x/y', '--checkpoint', 'none'), '/proc/x: cannot be made'),
    (('train', '.', '--out', 'OUT', '--checkpoint', 'none', '--size', '20'), '20x20'),
    (('train', '.', '--out', 'OUT', '--checkpoint', 'none', '--epochs', '0'), '--epochs 0'),
    (('train', '.', '--out', 'OUT', '--mixup', '-1'), '--mixup -1'),
    (('train', '.', '--out', 'OUT', '--sizes', '0.5,nan'), '--sizes 0.5,nan: expected'),
    (('train', '.', '--out', 'OUT', '--grey', '2'), '--grey 2.0: expected 0 to 1'),
    (('train', '.', '--out', 'OUT', '--reject', '1.5'), '--reject 1.5'),
    (('train', '.', '--out', 'OUT', '--strangers', '.'), 'only measures --reject'),
    (('train', '.', '--out', '.'), 'is no model folder, so it is not replaced'),
])
def test_a_mistake_is_one_line_and_exit_code_1(arguments, word, tmp_path):
    """No traceback, and the value is named."""
    arguments = [str(tmp_path / 'model') if part == 'OUT' else part for part in arguments]
    code, _, errors = run(*arguments)
    assert code == 1 and len(errors.strip().splitlines()) == 1 and word in errors
    assert not list(tmp_path.iterdir())


def test_evaluate_measures_both_forms(tmp_path):
    """Figures on screen and in the file, for some of the model's classes."""
    rng = np.random.default_rng(0)
    for name in ('grass', 'gravel'):
        (tmp_path / 'data' / name).mkdir(parents=True)
        for number in range(3):
            picture = rng.integers(0, 256, (60, 80, 3), np.uint8)
            cv2.imwrite(str(tmp_path / 'data' / name / f'{number}.png'), picture)
    code, output, errors = run('evaluate', tmp_path / 'data', '--json', tmp_path / 'found.json')
    assert (code, errors) == (0, '')
    assert 'agreement' in output and 'cobblestone' in output
    found = json.loads((tmp_path / 'found.json').read_text())
    assert found['images'] == 6 and 0 <= found['int8']['top1'] <= found['int8']['top5'] <= 1
    assert found['int8']['recall']['sett'] is None
