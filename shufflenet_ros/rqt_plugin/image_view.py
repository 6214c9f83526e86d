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

"""An annotated image, as large as there is room for."""

from __future__ import annotations

from typing import Any

from python_qt_binding import QtCore, QtGui, QtWidgets

Qt = QtCore.Qt
NONE = 'no image yet'
BROKEN = 'the image cannot be decoded'


class ImageView(QtWidgets.QWidget):
    """It decodes an image to the size in which it is shown, and keeps that alone."""

    def __init__(self) -> None:
        super().__init__()
        self._data = b''
        self._image: Any = None
        self._text = NONE
        self.setMinimumSize(120, 90)
        self.setSizePolicy(QtWidgets.QSizePolicy.Policy.Expanding,
                           QtWidgets.QSizePolicy.Policy.Expanding)

    @property
    def has_image(self) -> bool:
        """Whether an image is shown."""
        return self._image is not None

    def show_jpeg(self, data: bytes) -> None:
        """Show an image unless it is the one that is shown already."""
        if data is not self._data:
            self._data = data
            self._decode()

    def clear(self) -> None:
        """Show none."""
        self._data, self._image, self._text = b'', None, NONE
        self.update()

    def sizeHint(self) -> Any:
        """Ask for a small image."""
        return QtCore.QSize(320, 240)

    def resizeEvent(self, event: Any) -> None:
        """Decode it in its new size."""
        super().resizeEvent(event)
        if self._data:
            self._decode()

    def paintEvent(self, event: Any) -> None:
        """Draw the image in the middle, or say why there is none."""
        painter = QtGui.QPainter(self)
        if self._image is None:
            painter.setPen(self.palette().color(QtGui.QPalette.ColorRole.Mid))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self._text)
        else:
            area = QtCore.QRect(QtCore.QPoint(0, 0), self._size_of(self._image.size()))
            area.moveCenter(self.rect().center())
            painter.drawImage(area, self._image)
        painter.end()

    def _decode(self) -> None:
        content = QtCore.QByteArray(self._data)
        buffer = QtCore.QBuffer(content)
        buffer.open(QtCore.QIODevice.OpenModeFlag.ReadOnly)
        reader = QtGui.QImageReader(buffer, QtCore.QByteArray(b'jpeg'))
        size = reader.size()
        if size.isValid():
            # The decoder itself makes it smaller, which takes a fraction of the time.
            reader.setScaledSize(self._size_of(size) * self.devicePixelRatioF())
        image = reader.read()
        self._image, self._text = (None, BROKEN) if image.isNull() else (image, '')
        self.update()

    def _size_of(self, size: Any) -> Any:
        return size.scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
