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
The plugin in a window of its own process, asked by JSON lines on standard input.

    python probe.py PySide6 /bench/classifier

It stands in a dock beside another one, as in rqt; an executor on a thread of its own spins the
node. Each line ``{"do": NAME, ...}`` is answered by one line of JSON.
"""

import gc
import json
import os
import queue
import sys
import threading
import traceback

from rqt_plugin.qt_stand_in import provide

QtCore, QtWidgets = provide(sys.argv[1])

import rclpy  # noqa: E402
from rclpy.executors import MultiThreadedExecutor  # noqa: E402
from shufflenet_ros.process.middleware import prepare_middleware  # noqa: E402
from shufflenet_ros.rqt_plugin.plugin import ClassifierPlugin  # noqa: E402

SIZE = (1200, 800)


class Context:
    """What rqt hands to a plugin."""

    def __init__(self, node, dock, arguments):
        self.node, self._dock, self._arguments = node, dock, arguments

    def argv(self):
        """Give the arguments of the plugin."""
        return self._arguments

    def serial_number(self):
        """Give the number of the instance."""
        return 1

    def add_widget(self, widget):
        """Show the widget in the dock."""
        self._dock.setWidget(widget)


class Store(dict):
    """Settings of an instance, as those of rqt."""

    set_value = dict.__setitem__

    def value(self, key, default=None):
        """Give a value."""
        return self.get(key, default)


class Probe:
    """One window with the plugin in it; each method is a command."""

    def __init__(self, node, name):
        self.node, self.name = node, name
        self.window = QtWidgets.QMainWindow()
        self.window.resize(*SIZE)
        self.docks = [QtWidgets.QDockWidget(title, self.window) for title in ('ours', 'other')]
        for dock in self.docks:
            self.window.addDockWidget(QtCore.Qt.DockWidgetArea.LeftDockWidgetArea, dock)
        self.docks[1].setWidget(QtWidgets.QLabel('another plugin'))
        self.window.tabifyDockWidget(*self.docks)
        self.docks[0].raise_()
        self.plugin = None
        self.load([name], {})
        self.window.show()

    def load(self, arguments, settings):
        """Make a plugin, as rqt does."""
        self.plugin = ClassifierPlugin(Context(self.node, self.docks[0], arguments))
        self.plugin.restore_settings(Store(), Store(settings))

    def unload(self):
        """Take it away, as rqt does."""
        widget = self.widget
        self.plugin.shutdown_plugin()
        self.plugin = None
        self.docks[0].setWidget(None)
        widget.setParent(None)
        widget.deleteLater()

    @property
    def widget(self):
        """The widget of the plugin."""
        return self.plugin._widget

    def state(self):
        """Give what is seen."""
        widget = self.widget
        return {
            'binding': QtCore.__name__, 'is_awake': widget.is_awake,
            'banner': widget.banner.whole if not widget.banner.isHidden() else '',
            'model': widget.head.model.whole, 'findings': widget.findings.toPlainText(),
            'nodes': [widget.head.nodes.itemText(row) for row in range(widget.head.nodes.count())],
            'node': widget.watched, 'message': widget.form.message.whole,
            'form': {name: widget.form.value(name) for name in widget.form.editors},
            'topics': sorted(sub.topic_name for sub in self.node.subscriptions
                             if sub.topic_name.startswith(self.name)),
            'panels': {panel.title.text(): {
                'label': panel.label.whole, 'bars': panel.bars.texts(),
                'rates': panel.rates.whole, 'latency': panel.latency.whole,
                'drops': panel.drops.whole, 'has_image': panel.image.has_image}
                for panel in widget.panels.values()}}

    def series(self):
        """Give the frames of each camera, and those that are drawn."""
        widget, found = self.widget, {}
        widget._ticks = 0
        widget._tick()
        for name, panel in widget.panels.items():
            stamps, table = widget.watch.observed.cameras[name].series.frames()
            seconds, tops = panel.chart.drawn()
            found[name] = {'stamps': stamps.tolist(), 'table': table.tolist(),
                           'seconds': seconds.tolist(), 'tops': [top.tolist() for top in tops]}
        return found

    def clear(self):
        """Forget the frames that came until now."""
        self.widget.watch.update()
        for camera in self.widget.watch.observed.cameras.values():
            camera.series.clear()

    def raise_dock(self, number):
        """Bring the tab of ours (0) or of the other dock (1) to the top."""
        self.docks[number].raise_()

    def minimise(self):
        """Minimise the window."""
        self.window.showMinimized()

    def restore(self):
        """Show the window again."""
        self.window.showNormal()

    def change(self, name, value):
        """Change a parameter in its editor."""
        editor = self.widget.form.editors[name]
        if name == 'model':
            editor.lineEdit().setText(value)
            editor.lineEdit().returnPressed.emit()
        else:
            editor.setValue(value)

    def choose_node(self, name):
        """Choose a node in the box."""
        nodes = self.widget.head.nodes
        nodes.setCurrentText(name)
        nodes.activated.emit(nodes.currentIndex())

    def hide_camera(self, title):
        """Take a camera off in the menu."""
        for action in self.widget.head.cameras.menu().actions():
            if action.text() == title:
                action.setChecked(False)

    def save(self):
        """Give what the plugin keeps."""
        store = Store()
        self.plugin.save_settings(Store(), store)
        return store

    def reload(self, times, settings):
        """Load and unload the plugin; counts before and after."""
        counts = []
        for _ in range(times):
            self.unload()
            settle()
            counts.append(self.counts())
            self.load([], settings)
            settle()
        return [counts[0], counts[-1]]

    def counts(self):
        """Count what a plugin may leave behind."""
        gc.collect()
        return {'subscriptions': len(list(self.node.subscriptions)),
                'clients': len(list(self.node.clients)), 'threads': threading.active_count(),
                'timers': len(self.window.findChildren(QtCore.QTimer)),
                'widgets': len(QtWidgets.QApplication.allWidgets())}

    def grab(self, path):
        """Save what is seen as a file."""
        self.window.grab().save(path)


def settle():
    """Let Qt do what waits, such as deleting."""
    for _ in range(3):
        QtWidgets.QApplication.processEvents()
        QtWidgets.QApplication.sendPostedEvents(None, QtCore.QEvent.Type.DeferredDelete)


def fail(*error):
    """End with the traceback: PySide6 goes on after what a slot raises."""
    traceback.print_exception(*error)
    sys.stderr.flush()
    os._exit(1)


def main(binding, name):
    """Answer until standard input ends."""
    sys.excepthook = fail
    prepare_middleware()
    rclpy.init()
    node = rclpy.create_node(f'probe_{binding}'.lower())
    executor = MultiThreadedExecutor()
    executor.add_node(node)
    spinner = threading.Thread(target=spin, args=(executor,))
    spinner.start()
    application = QtWidgets.QApplication([])
    probe, lines = Probe(node, name), queue.Queue()
    threading.Thread(target=lambda: [*map(lines.put, sys.stdin), lines.put('')],
                     daemon=True).start()

    def answer():
        while not lines.empty():
            line = lines.get()
            if not line:
                application.quit()
                return
            words = json.loads(line)
            print(json.dumps(getattr(probe, words.pop('do'))(**words)), flush=True)

    timer = QtCore.QTimer()
    timer.timeout.connect(answer)
    timer.start(10)
    application.exec()
    timer.stop()
    probe.unload()
    settle()
    rclpy.shutdown()
    spinner.join()


def spin(executor):
    """Serve the node, as rqt does."""
    while rclpy.ok():
        try:
            executor.spin_once(timeout_sec=0.2)
        except rclpy.executors.ExternalShutdownException:
            return


if __name__ == '__main__':
    main(*sys.argv[1:])
