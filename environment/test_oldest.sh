#!/usr/bin/env bash
# Run the tests of core, inference, cli, recordings and replay with the oldest versions that people
# have (environment/requirements/oldest.txt), in an environment of its own below build/. It needs
# Python 3.10: python3.10, one of pyenv, or PYTHON310=...
set -euo pipefail
cd "$(dirname "$0")/.."
ROOMS=(test/core test/inference test/cli test/recordings test/replay)
VENV=build/oldest
PINS=environment/requirements/oldest.txt

python=
for one in "${PYTHON310:-}" python3.10 "$HOME"/.pyenv/versions/3.10.*/bin/python; do
    # pyenv has names that do not start.
    if [ -n "$one" ] && "$one" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 10))' \
            2>/dev/null; then
        python=$one
        break
    fi
done
if [ -z "$python" ]; then
    echo "test-oldest: no Python 3.10 here, so the oldest versions cannot be tested:" \
        "install it (pyenv install 3.10), or give PYTHON310=/path/to/python3.10" >&2
    exit 1
fi

key="$("$python" --version) $(sha256sum "$PINS")"
if [ "$(cat "$VENV/.stamp" 2>/dev/null)" != "$key" ]; then
    rm -rf "$VENV"
    "$python" -m venv "$VENV"
    "$VENV/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps -r "$PINS"
    echo "$key" >"$VENV/.stamp"
fi
# As "make" builds it; where that is not possible, the tests of it say so.
"$python" shufflenet_ros/native/build_library.py || true
PYTHONPATH="$PWD" exec "$VENV/bin/python" -m pytest -p no:cacheprovider "${@:-${ROOMS[@]}}"
