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
Write garden.mcap: a drive over grass, gravel and bricks, as jpeg at 4 Hz.

The images of the ground are those of the scikit-image package, which are in the public domain
(CC0): python3 make_garden.py
"""

from pathlib import Path

import cv2
from rosbags.rosbag2 import StoragePlugin, Writer
from rosbags.typesys import get_typestore, Stores
from shufflenet_ros.dataset.sample_images import samples_folder

BAG = Path(__file__).with_name('garden.mcap')
TOPIC, KIND = '/camera/image_raw/compressed', 'sensor_msgs/msg/CompressedImage'
GROUND = {'grass': 400, 'gravel': 400, 'brick': 500}
"""Image to the width (pixels) that the camera sees of it."""
SIZE = 160, 120
IMAGES, PERIOD_NS = 8, 250_000_000
"""Of each ground."""
START_NS = 1_700_000_000_000_000_000
STORE = get_typestore(Stores.ROS2_HUMBLE)


def views():
    """Drive over one ground after the other, from its left edge to the right one."""
    for name, width in GROUND.items():
        ground = cv2.imread(str(samples_folder('') / f'{name}.png'), cv2.IMREAD_GRAYSCALE)
        for number in range(IMAGES):
            left = (ground.shape[1] - width) * number // (IMAGES - 1)
            seen = ground[60:60 + width * 3 // 4, left:left + width]
            yield cv2.resize(seen, SIZE, interpolation=cv2.INTER_AREA)


def message(image, stamp_ns):
    """Give a jpeg of an image as a message in CDR."""
    types = STORE.types
    stamp = types['builtin_interfaces/msg/Time'](*divmod(stamp_ns, 1_000_000_000))
    header = types['std_msgs/msg/Header'](stamp=stamp, frame_id='camera')
    jpeg = cv2.imencode('.jpg', image, [cv2.IMWRITE_JPEG_QUALITY, 60])[1].reshape(-1)
    return STORE.serialize_cdr(types[KIND](header=header, format='jpeg', data=jpeg), KIND)


def main(folder):
    """Record the drive into a folder of rosbag2; keep the file of it alone."""
    with Writer(folder, version=9, storage_plugin=StoragePlugin.MCAP) as writer:
        connection = writer.add_connection(TOPIC, KIND, typestore=STORE)
        for number, image in enumerate(views()):
            stamp_ns = START_NS + number * PERIOD_NS
            writer.write(connection, stamp_ns + 2_000_000, message(image, stamp_ns))
    next(folder.glob('*.mcap')).replace(BAG)
    (folder / 'metadata.yaml').unlink()
    folder.rmdir()


if __name__ == '__main__':
    main(BAG.with_name('recorded'))
