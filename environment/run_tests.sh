#!/usr/bin/env bash
# Run the tests in three parts (test/conftest.py says which is where): first those that take all
# that a core has, one a core; then those that start nodes and mostly wait, three at once; then one
# by one those that measure time, with the machine to themselves.
#   run_tests.sh PYTHON [options and paths of pytest]
# All parts get the same options. "--cov" adds the lines of all up, in the last one's report.
set -uo pipefail
PYTHON=$1
shift
NOTHING_TO_RUN=5
result=$NOTHING_TO_RUN

part() {
    "$PYTHON" -m pytest --part="$@"
    code=$?
    # Interrupted, or options that pytest does not know: the other parts would end alike.
    if [ $code -ge 2 ] && [ $code -le 4 ]; then exit $code; fi
    # The first failure counts; what has nothing to run is no failure while another part has.
    if [ $result -eq 0 ] && [ $code -ne $NOTHING_TO_RUN ] || [ $result -eq $NOTHING_TO_RUN ]; then
        result=$code
    fi
}

SPREAD='--dist=loadfile --no-loadscope-reorder'
part shared --numprocesses=auto --maxprocesses=4 $SPREAD --cov-report= "$@"
part waiting --numprocesses=3 $SPREAD --cov-append --cov-report= "$@"
part alone --cov-append "$@"
exit $result
