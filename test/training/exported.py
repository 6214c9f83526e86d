"""Costs of a network of PyTorch, counted in the ONNX file that is written of it."""

from pathlib import Path
from tempfile import TemporaryDirectory

from shufflenet_ros.bench.networks.multiply_adds import multiply_adds
from shufflenet_ros.core.geometry import Geometry
from shufflenet_ros.quantization.fp32_graph import write_fp32
from shufflenet_ros.training.fold import fold


def exported_multiply_adds(network, height=224, width=224):
    """Multiply-adds for one image (1, 3, height, width)."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / 'fp32.onnx'
        write_fp32(fold(network), Geometry(height, width), path)
        return multiply_adds(path)


def trainable_parameters(network):
    """Count the values that training changes."""
    return sum(parameter.numel() for parameter in network.parameters())
