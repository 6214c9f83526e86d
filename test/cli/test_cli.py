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

"""The command line: help that explains, exit codes that scripts can rely on."""

import json
import os
from pathlib import Path
import shutil
import subprocess
import sys

import cv2
import numpy as np
import pytest
from shufflenet_ros.cli.main import VERBS

SURFACES = Path(__file__).resolve().parents[2] / 'models' / 'surfaces'


def run(*arguments):
    """Exit code, standard output and standard error of one command."""
    done = subprocess.run([sys.executable, '-m', 'shufflenet_ros.cli.main', *map(str, arguments)],
                          capture_output=True, text=True, timeout=120)
    return done.returncode, done.stdout, done.stderr


def skip_without_packages(verb):
    """Skip where a verb names the packages that it needs, before all else."""
    for package in {'train': ('torch', 'onnx', 'matplotlib'), 'import': ('torch', 'onnx')}.get(
            verb, ()):
        pytest.importorskip(package)


def test_help_lists_every_verb_with_a_summary():
    """A newcomer sees what there is."""
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
    (('inspect', 'nowhere'), 'nor a variant like "0.5x g=3"'),
    (('inspect', '0.5x', 'g=5'), 'groups=5'),
    (('inspect', '--width', '0.3'), 'width=0.3'),
    (('inspect', 'surfaces', '--groups', '3'), "model 'surfaces' has its own"),
    (('inspect', '0.5x', 'surfaces'), "'0.5x surfaces': neither"),
    (('inspect', '1x', '--size', '224'), "--size '224'"),
    (('inspect', '1x', '--classes', '0'), '--classes 0'),
    (('inspect', '1x', '--budget', '38MB'), "--budget '38MB'"),
    (('inspect', '1x', '--budget', '1M'), 'budget of 1 M'),
    (('inspect', '1x', '--unit', '24x24'), "--unit '24x24'"),
    (('train', 'nowhere', '--out', 'OUT', '--checkpoint', 'none'), 'no such folder'),
    (('train', '.', '--out', '/proc/x/y', '--checkpoint', 'none'), '/proc/x: cannot be made'),
    (('train', '.', '--out', 'OUT', '--checkpoint', 'none', '--size', '20'), '20x20'),
    (('train', '.', '--out', 'OUT', '--checkpoint', 'none', '--epochs', '0'), '--epochs 0'),
    (('import', 'none', '--out', 'OUT', '--calibration', '.'), 'none: cannot be read'),
    (('import', 'none', '--out', 'OUT', '--calibration', '.', '--size', '20'), '20x20'),
    (('import', 'none', '--out', 'OUT'), 'none: cannot be read'),
    (('train', '.', '--out', 'OUT', '--mixup', '-1'), '--mixup -1'),
    (('train', '.', '--out', 'OUT', '--sizes', '0.5,nan'), '--sizes 0.5,nan: expected'),
    (('train', '.', '--out', 'OUT', '--grey', '2'), '--grey 2.0: expected 0 to 1'),
    (('train', '.', '--out', 'OUT', '--reject', '1.5'), '--reject 1.5'),
    (('train', '.', '--out', 'OUT', '--strangers', '.'), 'only measures --reject'),
    (('train', '.', '--out', '.'), 'is no model folder, so it is not replaced'),
    (('train', '.', '--out', 'models/NEW'), 'lie in one another'),
    (('train', 'models/surfaces/report', '--out', 'models/surfaces'), 'lie in one another'),
    (('train', 'nowhere', '--out', 'OUT', '--save-every', 'nan'), '--save-every nan'),
    (('train', 'nowhere', '--out', '~nobody_of_that_name/x'), 'cannot be a folder'),
    (('import', 'none', '--out', 'models/waste', '--calibration', 'models'), 'lie in one another'),
    (('import', '~nobody_of_that_name', '--out', 'OUT'), 'cannot be the name of a file'),
    (('evaluate', '.', '--model', ''), "model ''"),
    (('evaluate', '.', '--model', '~nobody_of_that_name'), "model '~nobody_of_that_name'"),
    (('inspect', ''), "model ''"),
    (('inspect', '1x', '--json', '/dev/full'), '/dev/full: cannot be written (No space left'),
])
def test_a_mistake_is_one_line_and_exit_code_1(arguments, word, tmp_path):
    """No traceback, and the value is named."""
    skip_without_packages(arguments[0])
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
            image = rng.integers(0, 256, (60, 80, 3), np.uint8)
            cv2.imwrite(str(tmp_path / 'data' / name / f'{number}.png'), image)
    code, output, errors = run('evaluate', tmp_path / 'data', '--json', tmp_path / 'found.json')
    assert (code, errors) == (0, '')
    assert 'agreement' in output and 'cobblestone' in output
    assert 'int8_native' in output and 'int8_graph' in output
    found = json.loads((tmp_path / 'found.json').read_text())
    assert found['images'] == 6 and 0 <= found['int8']['top1'] <= found['int8']['top5'] <= 1
    assert found['int8']['recall']['sett'] is None
    assert found['form'] == 'int8_native' and 0 <= found['agreement_of_forms'] <= 1


def test_evaluate_says_what_the_threshold_of_the_card_does(tmp_path):
    """On screen and in the file, of int8; a model without one has no such line."""
    rng, model = np.random.default_rng(0), tmp_path / 'model'
    for name in ('grass', 'gravel'):
        (tmp_path / 'data' / name).mkdir(parents=True)
        image = rng.integers(0, 256, (60, 80, 3), np.uint8)
        cv2.imwrite(str(tmp_path / 'data' / name / '0.png'), image)
    assert 'threshold' not in run('evaluate', tmp_path / 'data')[1]
    shutil.copytree(SURFACES, model)
    card = model / 'card.yaml'
    card.write_text(card.read_text() + 'threshold: 1.0\n')
    code, output, errors = run('evaluate', tmp_path / 'data', '--model', model, '--json',
                               tmp_path / 'found.json')
    assert (code, errors) == (0, '') and 'threshold 1 of the card (int8): ' in output
    found = json.loads((tmp_path / 'found.json').read_text())
    assert found['threshold']['value'] == 1.0 == found['threshold']['wrong_avoided']


def test_inspect_counts_a_model_and_a_variant(tmp_path):
    """Layers, totals, units and networks, on screen and in the file; from the card alone."""
    found = {}
    for name, words in (('model', ['surfaces']), ('variant', ['0.5x', 'g=3']),
                        ('options', ['--groups', '3', '--width', '0.5'])):
        code, output, errors = run('inspect', *words, '--json', tmp_path / f'{name}.json')
        assert (code, errors) == (0, '') and '15.compress' in output and 'ResNeXt' in output
        found[name] = json.loads((tmp_path / f'{name}.json').read_text())
    assert found['variant'] == found['options']
    assert found['variant']['totals']['multiply_adds'] == 37_589_856
    assert found['variant']['totals']['parameters'] == 717_324
    assert found['model']['classes'] == 10 and found['model']['input']['height'] == 160
    assert found['variant']['networks'][2]['stages'] == [120, 240, 480]
    rows = found['variant']['layers']
    assert sum(row['multiply_adds'] for row in rows) == 37_589_856


def test_inspect_takes_size_classes_budget_and_unit(tmp_path):
    """Each changes what it names."""
    path = tmp_path / 'found.json'
    assert run('inspect', '1x g=8', '--size', '320x160', '--classes', '6', '--budget', '3M',
               '--unit', '240x28x28', '--json', path)[0] == 0
    found = json.loads(path.read_text())
    assert found['layers'][0]['height'] == 80 and found['layers'][-1]['channels'] == 6
    assert found['unit'] == {'c': 240, 'h': 28, 'w': 28} and found['networks'] == []
    assert [unit['budget'] for unit in found['units']] == [3_000_000] * 3
    assert found['units'][2]['widest_m'] == 48


def test_inspect_compares_with_the_paper(tmp_path):
    """Every group at 1x within 1.1 %, and each further difference with its reasons."""
    code, output, _ = run('inspect', '--paper', '--json', tmp_path / 'found.json')
    assert code == 0 and '143.08' in output and 'leaves the classifier out' in output
    rows = json.loads((tmp_path / 'found.json').read_text())['paper']
    assert len(rows) == 15 and all(abs(row['difference']) < 0.011 for row in rows[:5])


def test_inspect_times_every_form_of_a_model(tmp_path):
    """The node's own choice, on screen and in the file; only a model has forms."""
    code, output, errors = run('inspect', '--forms', '--json', tmp_path / 'found.json')
    assert (code, errors) == (0, '') and 'precision auto runs' in output
    found = json.loads((tmp_path / 'found.json').read_text())
    assert set(found['times_ms']) == {'int8_native', 'int8_graph', 'fp32'}
    assert found['runs'] in found['times_ms'] and found['form'] in output
    code, _, errors = run('inspect', '0.5x', 'g=3', '--forms')
    assert code == 1 and 'expected one model' in errors


def test_inspect_needs_no_more_than_yaml_and_rich():
    """It runs on a robot where nothing of the kind is installed."""
    code = ('import sys\n'
            'for name in ("torch", "onnx", "onnxruntime", "cv2", "numpy"):\n'
            '    sys.modules[name] = None\n'
            'from shufflenet_ros.cli.main import main\n'
            'sys.exit(main(["inspect", "surfaces"]))')
    done = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, '')


def test_a_folder_called_like_a_model_hides_no_model(tmp_path):
    """Verbs that take a model find the shipped one where a folder of images has its name."""
    (tmp_path / 'surfaces' / 'grass').mkdir(parents=True)
    environment = {**os.environ, 'PYTHONPATH': str(SURFACES.parents[1])}
    done = subprocess.run([sys.executable, '-m', 'shufflenet_ros.cli.main', 'inspect', 'surfaces'],
                          capture_output=True, text=True, cwd=tmp_path, env=environment)
    assert (done.returncode, done.stderr) == (0, '') and 'surfaces ShuffleNet v1' in done.stdout


@pytest.mark.parametrize('name', ['found.png', 'found-overload.png', 'found-node.png'])
def test_plots_of_the_bench_replace_no_image_of_the_user(tmp_path, name):
    """They lie beside the results: an image of that name is ours only beside ours."""
    (tmp_path / name).write_text('mine')
    code, _, errors = run('bench', '--json', tmp_path / 'found.json')
    assert code == 1 and len(errors.strip().splitlines()) == 1 and 'move it elsewhere' in errors
    assert (tmp_path / name).read_text() == 'mine' and len(list(tmp_path.iterdir())) == 1


def test_results_that_do_not_fit_on_the_disk_leave_the_old_ones(tmp_path, small_files):
    """One line, and what was measured before is whole."""
    path = tmp_path / 'found.json'
    assert run('inspect', 'surfaces', '--json', path)[0] == 0
    before = path.read_text()
    with small_files(5000):
        code, _, errors = run('inspect', 'surfaces', '--json', path)
    assert code == 1 and len(errors.strip().splitlines()) == 1 and 'cannot be written' in errors
    assert path.read_text() == before and list(tmp_path.iterdir()) == [path]
