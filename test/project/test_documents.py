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

"""What the documents name is there: files, links, make targets, verbs; templates can be read."""

import re

from catkin_pkg.changelog import get_changelog_from_path
from catkin_pkg.package import parse_package
from project.sources import ROOT
import pytest
from shufflenet_ros.cli.main import VERBS
import yaml

DOCUMENTS = sorted(path for pattern in ('*.md', 'docs/*.md', 'benchmarks/*.md', '.github/*.md')
                   for path in ROOT.glob(pattern))
GUIDES = [ROOT / name for name in ('CONTRIBUTING.md', 'README.md', 'SECURITY.md')]
PATH = re.compile(r'(?<![\w/.~-])(?:benchmarks|config|docs|environment|launch|models|'
                  r'shufflenet_ros|test)/[\w./-]*\w')
MODELS_OF_USERS = {'models/NAME', 'models/mine'}


def name_of(path):
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize('document', DOCUMENTS, ids=name_of)
def test_every_link_leads_to_a_file(document):
    """Links inside the repository; those to the web are left alone."""
    for target in re.findall(r'\]\(([^)#\s]+)', document.read_text()):
        assert '://' in target or (document.parent / target).exists(), target


@pytest.mark.parametrize('document', GUIDES, ids=name_of)
def test_every_path_of_a_guide_exists(document):
    """Files and folders of the repository, in sentences and in commands."""
    paths = {path for path in PATH.findall(document.read_text()) if not (ROOT / path).exists()}
    assert paths <= MODELS_OF_USERS


@pytest.mark.parametrize('document', GUIDES, ids=name_of)
def test_every_command_of_a_guide_exists(document):
    """Targets of make, and verbs of the command line."""
    text = document.read_text()
    makefile = (ROOT / 'Makefile').read_text()
    targets = re.search(r'^\.PHONY: (.*)', makefile, re.MULTILINE)[1].split()
    assert set(re.findall(r'(?:`|^)make ([a-z][\w-]*)', text, re.MULTILINE)) <= set(targets)
    assert set(re.findall(r'(?:`|^|bin/)shufflenet_ros ([a-z]\w*)', text, re.MULTILINE)) <= (
        VERBS.keys())


def test_the_changelog_has_the_version_of_the_manifest():
    """As the release tools of ROS read it."""
    package = parse_package(str(ROOT / 'package.xml'))
    changelog = get_changelog_from_path(str(ROOT), package.name)
    assert package.version in [version for version, *_ in changelog.foreach_version()]


def test_the_hooks_before_a_commit_use_the_linter_of_the_tests():
    """The version stands in two files, which must agree."""
    hooks = yaml.safe_load((ROOT / '.pre-commit-config.yaml').read_text())['repos']
    pins = (ROOT / 'environment' / 'requirements' / 'test.txt').read_text()
    rev, = (repo['rev'] for repo in hooks if repo['repo'].endswith('/ruff-pre-commit'))
    assert f'ruff=={rev.removeprefix("v")}\n' in pins


@pytest.mark.parametrize('path', sorted((ROOT / '.github').rglob('*.yml')), ids=name_of)
def test_a_template_for_issues_can_be_read(path):
    """Fields that GitHub asks for; each question has a name of its own."""
    form = yaml.safe_load(path.read_text())
    assert form['name'] and form['description']
    names = [field['id'] for field in form['body'] if field['type'] != 'markdown']
    assert names and len(names) == len(set(names))
    for field in form['body']:
        assert field['attributes'].get('label') or field['type'] == 'markdown'
