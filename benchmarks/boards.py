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

"""
Print a table of boards.

``benchmarks/boards.py FILE...``: the files are those of "make bench" that end with -board.json.
"""

import json
from pathlib import Path
import sys

from shufflenet_ros.bench.runner.board import table_of


def main() -> int:
    """Print the table of the files that are named."""
    if len(sys.argv) == 1:
        print(__doc__, file=sys.stderr)
        return 1
    print(table_of([json.loads(Path(name).read_text()) for name in sys.argv[1:]]), end='')
    return 0


if __name__ == '__main__':
    sys.exit(main())
