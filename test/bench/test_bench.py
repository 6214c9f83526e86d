"""The bench verb on the shipped model: figures, raw values, environment, plot."""

import json

import cv2
from shufflenet_ros.tools.cli import main


def test_the_int8_suite_records_what_it_measured(tmp_path, capsys, monkeypatch):
    """Every engine has its figures, and the fidelity of ours is well above QDQ's."""
    monkeypatch.setattr('os.sched_setaffinity', lambda process, cores: None)
    assert main(['bench', '--rounds', '6', '--warm-up', '1', '--out', str(tmp_path)]) == 0
    record = json.loads((tmp_path / 'int8.json').read_text())
    found = {result['engine']: result for result in record['results']}
    assert set(found) == {'ours_int8', 'ort_fp32', 'ort_qdq_s8s8', 'ort_qdq_u8s8'}
    for name, result in found.items():
        assert result['suite'] == 'int8' and result['model'] == 'surfaces'
        assert 0 < result['min_ms'] <= result['median_ms'] <= result['p99_ms']
        assert len(record['raw_ns'][name]) == 6
    assert found['ort_fp32']['agreement'] == 1.0 and found['ort_fp32']['sqnr_db'] is None
    assert found['ours_int8']['sqnr_db'] > found['ort_qdq_s8s8']['sqnr_db'] + 3
    assert record['environment']['cpu'] and record['environment']['packages']['onnxruntime']
    assert len(record['data_sha256']) == 64
    output = capsys.readouterr().out
    assert 'ours_int8' in output and 'int8.json' in output


def test_the_plot_shows_every_engine(tmp_path):
    """A picture with bars, where matplotlib is installed (the tests install it)."""
    from shufflenet_ros.bench.report import plot
    results = [{'engine': name, 'model': 'surfaces', 'min_ms': ms, 'median_ms': ms * 1.1}
               for name, ms in (('ours_int8', 1.0), ('ort_fp32', 1.6))]
    assert plot({'results': results, 'environment': {'cpu': 'a core'}}, tmp_path / 'plot.png')
    picture = cv2.imread(str(tmp_path / 'plot.png'))
    # The bars have different lengths: their rows hold different amounts of colour.
    coloured = (picture.std(2) > 5).sum(1)
    assert picture.shape[1] > 800 and len(set(coloured[coloured > 50])) >= 2
