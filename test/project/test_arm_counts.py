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


"""How the check on emulated ARM tells instructions apart, and reads what its plugin wrote."""

import importlib.util

from project.sources import ROOT
import pytest

SPEC = importlib.util.spec_from_file_location('counts', ROOT / 'environment/arm/counts.py')
counts = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(counts)


# Words as aarch64-linux-gnu-as writes them.
@pytest.mark.parametrize('word, kind', [
    (0x4f8ce003, 'dot'),  # sdot v3.4s, v0.16b, v12.4b[0]
    (0x4e8c9403, 'dot'),  # sdot v3.4s, v0.16b, v12.16b
    (0x4e22cc20, 'fused'),  # fmla v0.4s, v1.4s, v2.4s
    (0x4fa21020, 'fused'),  # fmla v0.4s, v1.4s, v2.s[1]
    (0x0e22c020, 'multiply'),  # smull v0.8h, v1.8b, v2.8b
    (0x4e228020, 'multiply'),  # smlal2 v0.8h, v1.16b, v2.16b
    (0x4ea29c20, 'multiply'),  # mul v0.4s, v1.4s, v2.4s
    (0x0f722020, 'multiply'),  # smlal v0.4s, v1.4h, v2.h[3]
    (0x4e606820, 'vector'),  # sadalp v0.4s, v1.8h
    (0x4e21a820, 'vector'),  # fcvtns v0.4s, v1.4s
    (0x1e220820, 'vector'),  # fmul s0, s1, s2
    (0x3dc00000, 'vector_load'),  # ldr q0, [x0]
    (0xad400400, 'vector_load'),  # ldp q0, q1, [x0]
    (0x4c407000, 'vector_load'),  # ld1 {v0.16b}, [x0]
    (0x3d800000, 'vector_store'),  # str q0, [x0]
    (0xad000400, 'vector_store'),  # stp q0, q1, [x0]
    (0xf9400020, 'load'),  # ldr x0, [x1]
    (0xb9800020, 'load'),  # ldrsw x0, [x1]
    (0xa94007e0, 'load'),  # ldp x0, x1, [sp]
    (0xb9000020, 'store'),  # str w0, [x1]
    (0xa9bf07e0, 'store'),  # stp x0, x1, [sp, #-16]!
    (0x8b020020, 'integer'),  # add x0, x1, x2
    (0xd503201f, 'branch'),  # nop
    (0x54000041, 'branch'),  # b.ne .+8
    (0xb4000040, 'branch'),  # cbz x0, .+8
    (0xd65f03c0, 'branch'),  # ret
    (0xa400a000, 'sve'),  # ld1b {z0.b}, p0/z, [x0]
    (0x04a20020, 'sve'),  # add z0.s, z1.s, z2.s
])
def test_an_instruction_has_the_kind_of_its_name(word, kind):
    """The encodings of the Arm Architecture Reference Manual."""
    assert counts.kind(word) == kind


def test_a_log_gives_runs_and_words_of_each_mark(tmp_path):
    """Blocks that share instructions add up; marks stay apart."""
    log = tmp_path / 'log'
    log.write_text('mark 1\n1000 3 4f8ce003 8b020020\n1004 2 8b020020\nmark 2\n1000 1 4f8ce003\n')
    first, second = counts.read_counts(log).values()
    assert first.runs == {0x1000: 3, 0x1004: 5} and first.total == 8
    assert first.kinds() == {'dot': 3, 'integer': 5}
    assert second.total == 1
