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

"""Which packages of the benchmark are installed: tests that need another one are skipped."""

from importlib.util import find_spec

import pytest

PACKAGES = {'openvino': ('openvino', 'nncf'), 'ncnn': ('ncnn', 'pnnx'),
            'litert': ('ai_edge_litert', 'ai_edge_quantizer'), 'mnn': ('MNN',), 'opencv': ()}
"""Modules that each file of bench/engines needs."""


def needs(*modules):
    """Skip the test, with the command that installs it, where a module is missing."""
    missing = [module for module in modules if find_spec(module) is None]
    return pytest.mark.skipif(bool(missing), reason=(
        f'{", ".join(missing)} not installed: "make bench" and "make engines" install the other '
        'engines'))


ENGINES = [pytest.param(engine, marks=needs(*modules)) for engine, modules in PACKAGES.items()]
"""Parameters of a test of each engine."""
