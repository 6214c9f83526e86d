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


"""Parse the YAML of a card that others wrote; what no card needs is refused."""

from __future__ import annotations

from typing import Any

from shufflenet_ros.core.errors import one_line
from shufflenet_ros.core.text import plain
from shufflenet_ros.inference.bounded_yaml import BoundedLoader
import yaml

MAX_CARD_BYTES = 2 ** 18
"""Cards have 2 kB; YAML of this length takes a second or two."""


class CardSyntaxError(Exception):
    """A text that is no YAML, or YAML that no card needs; one line says what and where."""


def parse_card(content: bytes) -> Any:
    """Parse the YAML of a card; raises CardSyntaxError."""
    try:
        return yaml.load(content.decode('utf-8'), BoundedLoader)
    except yaml.YAMLError as error:
        raise CardSyntaxError(plain(one_line(error))) from error
    # Values that PyYAML takes for dates, numbers or texts and that are none.
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError,
            ValueError) as error:
        raise CardSyntaxError(plain(f'{type(error).__name__}: {one_line(error)}')) from error
