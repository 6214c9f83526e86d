# make demo         set up, fly over real images and classify them over real ROS 2
# make replay       set up and classify a recording: SOURCE=drive.mcap OUT=build/replay
# make test         set up and run all tests; ARGS="--cov" measures line coverage as well
# make test-quick   the same without the tests that are marked as slow
# make fuzz         set up and send hostile images: FRAMES=10000, and SEED=1 for others
# make test-oldest  set up the oldest versions that people have, and run the tests that they can run
# make engines      set up what only bench needs; make test then tests the other engines as well
# make bench        set up and measure this machine: our int8, other engines, AlexNet, every encoding
# make arm-check    set up and check on emulated ARM: logits, tests, instructions of an inference
# make setup        set up only           make clean   remove all that the others made
# Options: PYTHON=python3.12   VIDEO=file.mp4   ARGS="--seconds 60 --model models/mine"
#          DISTRO=jazzy: with the wheels of ROS 2 Jazzy, in .venv-jazzy (else Kilted, in .venv)

PYTHON ?= python3
VIDEO ?=
FRAMES ?= 10000
SEED ?= 1
ARGS ?=
# Never that of the environment, where the name may mean something else.
DISTRO =
export DISTRO
VENV = .venv$(if $(filter-out kilted,$(DISTRO)),-$(DISTRO))
SHELL := /bin/bash

ifdef ROS_DISTRO
# A sourced ROS 2 serves: colcon builds, and what apt lacks comes from the environment.
# The shell looks for the folder: make would before the recipe that makes it has run.
SITE = $$(echo "$(CURDIR)"/$(VENV)/lib/python3*/site-packages)
RUN = source install/local_setup.bash && PYTHONPATH="$(SITE):$$PYTHONPATH"
CLI = ros2 run shufflenet_ros shufflenet_ros
BUILD = colcon build --packages-select shufflenet_ros >$(VENV)/colcon.log 2>&1 || \
	{ cat $(VENV)/colcon.log; exit 1; }
else
RUN =
CLI = $(VENV)/bin/shufflenet_ros
BUILD = true
endif

.PHONY: help demo replay test test-quick test-oldest fuzz engines bench arm-check setup clean

help:
	@sed -n '1,12s/^# //p' Makefile

setup:
	@$(PYTHON) environment/install.py
	@$(BUILD)

demo: setup
	@$(RUN) $(CLI) demo $(if $(VIDEO),--video "$(VIDEO)") $(ARGS)

replay:
	@test -n "$(SOURCE)" || { echo 'make replay: which recording? make replay SOURCE=drive.mcap' \
		'(a bag, a video or a folder of images)' >&2; exit 2; }
	@$(PYTHON) environment/install.py replay
	@$(BUILD)
	@$(RUN) $(CLI) replay "$(SOURCE)" --out "$(or $(OUT),build/replay)" $(ARGS)

test-quick: MARKS = -m "not slow"
test test-quick:
	@$(PYTHON) environment/install.py test
	@$(BUILD)
	@$(RUN) environment/run_tests.sh $(VENV)/bin/python $(MARKS) $(ARGS)

fuzz:
	@$(PYTHON) environment/install.py test
	@$(BUILD)
	@$(RUN) FRAMES=$(FRAMES) SEED=$(SEED) $(VENV)/bin/python -m pytest -m fuzz -s $(ARGS)

test-oldest:
	@environment/test_oldest.sh $(ARGS)

engines:
	@$(PYTHON) environment/install.py bench

bench: engines
	@$(BUILD)
	@$(RUN) $(CLI) bench --suite all $(ARGS)

arm-check: engines
	@$(VENV)/bin/python environment/arm/check.py $(ARGS)

clean:
	rm -rf .venv .venv-* build install log .install.lock *.egg-info environment/vision_msgs/build \
		environment/vision_msgs/*.egg-info .coverage* .hypothesis .mypy_cache .pytest_cache .ruff_cache
