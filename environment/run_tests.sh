#!/usr/bin/env bash
# Run the tests in two halves: first those that may share the machine, on all cores; then one by
# one those that start nodes or measure time, with the machine to themselves.
#   run_tests.sh PYTHON [options and paths of pytest]
# Both halves get the same options. "--cov" adds the lines of both up, in the second's report.
set -uo pipefail
PYTHON=$1
shift
NOTHING_TO_RUN=5

half() {
    "$PYTHON" -m pytest "$@"
    code=$?
    # Interrupted, or options that pytest does not know: the other half would end alike.
    if [ $code -ge 2 ] && [ $code -le 4 ]; then exit $code; fi
}

half --half=shared --numprocesses=auto --maxprocesses=4 --dist=loadfile --no-loadscope-reorder \
    --cov-report= "$@"
shared=$code
half --half=alone --cov-append "$@"
alone=$code
if [ $shared -eq $NOTHING_TO_RUN ]; then exit $alone; fi
if [ $alone -eq $NOTHING_TO_RUN ] || [ $shared -ne 0 ]; then exit $shared; fi
exit $alone
