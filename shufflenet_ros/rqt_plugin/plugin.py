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

"""The plugin as rqt loads it: one widget, its arguments, and what is kept of it."""

from __future__ import annotations

import argparse
from dataclasses import replace
from typing import Any

from rqt_gui_py.plugin import Plugin
from shufflenet_ros.rqt_plugin.arguments import add_arguments, node_of
from shufflenet_ros.rqt_plugin.choices import Choices, restored
from shufflenet_ros.rqt_plugin.classifier_widget import ClassifierWidget
from shufflenet_ros.rqt_plugin.docks import arrange_docks


class ClassifierPlugin(Plugin):
    """See ``rqt_gui_py::Plugin``; the context brings the node that rqt spins."""

    def __init__(self, context: Any) -> None:
        """Add the widget to the window of rqt."""
        super().__init__(context)
        self.setObjectName('ClassifierPlugin')
        self._asked_for = node_of(context.argv())
        self._widget = ClassifierWidget(context.node, Choices(node=self._asked_for))
        if context.serial_number() > 1:
            self._widget.setWindowTitle(
                f'{self._widget.windowTitle()} ({context.serial_number()})')
        context.add_widget(self._widget)

    @staticmethod
    def add_arguments(parser: argparse.ArgumentParser) -> None:
        """Describe the arguments of the plugin to rqt."""
        add_arguments(parser)

    def shutdown_plugin(self) -> None:
        """Stop the timer; destroy the subscriptions and clients."""
        self._widget.shut_down()
        # rqt keeps each plugin that it has unloaded; what it showed must not stay with it.
        del self._widget

    def save_settings(self, plugin_settings: Any, instance_settings: Any) -> None:
        """Keep what was chosen, with the perspective."""
        self._widget.choices.save(instance_settings.set_value)

    def restore_settings(self, plugin_settings: Any, instance_settings: Any) -> None:
        """Choose what was kept; a node that the arguments name comes first."""
        choices = restored(instance_settings.value)
        self._widget.choose(replace(choices, node=self._asked_for or choices.node))
        arrange_docks(self._widget, instance_settings)
