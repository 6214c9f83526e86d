"""
Our fp32 ONNX network as a TFLite file, written node by node.

The maker's converter (litert-torch) wants JAX and a typing_extensions older than the one we pin.
What it does is done here as well: maps lie in NHWC, a ReLU is fused into what feeds it, a channel
shuffle is Reshape, Transpose, Reshape, and a border that SAME does not give is a Pad of its own
(XNNPACK fuses it into the convolution behind it). An average with a border is a depthwise
convolution: XNNPACK takes that in 8 bits as well, and an average it would leave to slower code.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ai_edge_litert import schema_py_generated as schema
import flatbuffers
import numpy as np
from onnx import helper, NodeProto

from shufflenet_ros.bench.engines.float_input import constants_of, groups_of, size_of, without_head
from shufflenet_ros.inference.model_card import INPUT, OUTPUT

VERSION = 3
IDENTIFIER = b'TFL3'
TYPES = {'float32': schema.TensorType.FLOAT32, 'int32': schema.TensorType.INT32}
NONE, RELU = schema.ActivationFunctionType.NONE, schema.ActivationFunctionType.RELU


def write_tflite(fp32: Path, path: Path) -> None:
    """Write the file: ``pixels`` float32 (1, height, width, 3) in, ``logits`` (1, classes) out."""
    model = without_head(fp32)
    _, channels, height, width = size_of(model.graph.input[0])
    writer = _Writer(constants_of(model))
    writer.maps(INPUT, (1, height, width, channels))
    for node in model.graph.node:
        getattr(writer, f'on_{node.op_type.lower()}')(
            node, {one.name: helper.get_attribute_value(one) for one in node.attribute})
    path.write_bytes(writer.file())


class _Writer:
    """Tensors and operators in the order they are added."""

    def __init__(self, constants: dict[str, np.ndarray]) -> None:
        self._constants = constants
        self._buffers = [schema.BufferT()]  # the first one is empty, for maps
        self._tensors: list[Any] = []
        self._operators: list[Any] = []
        self._codes: list[int] = []
        self._index: dict[str, int] = {}
        self._makers: dict[str, list[Any]] = {}
        """Name to the options of the operators that can take a ReLU over it."""

    def maps(self, name: str, shape: tuple[int, ...]) -> str:
        """Add what an operator gives, or the network gets."""
        self._index[name] = self._tensor(name, shape, 'float32', 0)
        return name

    def file(self) -> bytes:
        """Give the whole file."""
        graph = schema.SubGraphT()
        graph.name, graph.tensors, graph.operators = 'main', self._tensors, self._operators
        graph.inputs, graph.outputs = [self._index[INPUT]], [self._index[OUTPUT]]
        model = schema.ModelT()
        model.version, model.subgraphs, model.buffers = VERSION, [graph], self._buffers
        model.operatorCodes = [_code(code) for code in self._codes]
        model.signatureDefs = [self._signature()]
        builder = flatbuffers.Builder()
        builder.Finish(model.Pack(builder), IDENTIFIER)
        return bytes(builder.Output())

    def on_conv(self, node: NodeProto, attributes: dict[str, Any]) -> None:
        """Convolve, with as many groups as the weights tell, or channel by channel."""
        weight, bias = (self._constants[name] for name in node.input[1:])
        if weight.shape[1] == 1 and attributes['group'] == len(weight):
            # (C, 1, H, W) to (1, H, W, C).
            self._depthwise(node, attributes, weight.transpose(1, 2, 3, 0), bias)
            return
        x, options = self._window(node, attributes, 'Conv2D')
        # OIHW to OHWI.
        self._add('CONV_2D', options,
                  [x, self._constant(weight.transpose(0, 2, 3, 1)), self._constant(bias)],
                  node.output[0], (*self._strided(x, attributes, options), len(weight)))

    def on_maxpool(self, node: NodeProto, attributes: dict[str, Any]) -> None:
        """Take maxima; a border of zeros serves behind a ReLU, which the network has there."""
        if NONE in {options.fusedActivationFunction for options in self._makers[node.input[0]]}:
            raise ValueError(f'{node.name}: MaxPool that does not follow a ReLU')
        x, options = self._window(node, attributes, 'Pool2D')
        options.filterHeight, options.filterWidth = attributes['kernel_shape']
        self._add('MAX_POOL_2D', options, [x], node.output[0],
                  (*self._strided(x, attributes, options), self._shape(x)[3]))

    def on_averagepool(self, node: NodeProto, attributes: dict[str, Any]) -> None:
        """Average, zeros of the border included, as a convolution of each channel by itself."""
        if not attributes.get('count_include_pad'):
            raise ValueError(f'{node.name}: AveragePool without count_include_pad')
        height, width = attributes['kernel_shape']
        channels = self._shape(node.input[0])[3]
        mean = np.full((1, height, width, channels), 1 / (height * width), np.float32)
        self._depthwise(node, attributes, mean, np.zeros(channels, np.float32))

    def on_relu(self, node: NodeProto, attributes: dict[str, Any]) -> None:
        """Fuse into the operators before, whose other readers there are none of."""
        del attributes
        for options in self._makers[node.input[0]]:
            options.fusedActivationFunction = RELU
        self._index[node.output[0]] = self._index[node.input[0]]
        self._makers[node.output[0]] = self._makers[node.input[0]]

    def on_gather(self, node: NodeProto, attributes: dict[str, Any]) -> None:
        """Shuffle channels."""
        del attributes
        x, name = node.input[0], node.output[0]
        *size, channels = self._shape(x)
        groups = groups_of(self._constants[node.input[1]])
        self._reshape(x, f'{name}_apart', (*size, channels // groups, groups))
        self._add('TRANSPOSE', None, [f'{name}_apart', self._integers(0, 1, 2, 4, 3)],
                  f'{name}_mixed', (*size, groups, channels // groups))
        self._reshape(f'{name}_mixed', name, (*size, channels))

    def on_concat(self, node: NodeProto, attributes: dict[str, Any]) -> None:
        """Join channels; a ReLU behind goes into what is joined."""
        del attributes
        options = schema.ConcatenationOptionsT()
        options.axis = 3
        *size, _ = self._shape(node.input[0])
        self._add('CONCATENATION', options, list(node.input), node.output[0],
                  (*size, sum(self._shape(name)[3] for name in node.input)))
        self._makers[node.output[0]] = [
            maker for name in node.input for maker in self._makers[name]]

    def on_add(self, node: NodeProto, attributes: dict[str, Any]) -> None:
        """Add two maps."""
        del attributes
        self._add('ADD', schema.AddOptionsT(), list(node.input), node.output[0],
                  self._shape(node.input[0]))

    def on_mul(self, node: NodeProto, attributes: dict[str, Any]) -> None:
        """Scale channels by a constant (channels, 1, 1)."""
        del attributes
        factor = self._constant(self._constants[node.input[1]].ravel())
        self._add('MUL', schema.MulOptionsT(), [node.input[0], factor], node.output[0],
                  self._shape(node.input[0]))

    def on_globalaveragepool(self, node: NodeProto, attributes: dict[str, Any]) -> None:
        """Average over height and width."""
        del attributes
        options = schema.ReducerOptionsT()
        options.keepDims = False
        self._add('MEAN', options, [node.input[0], self._integers(1, 2)], node.output[0],
                  (1, self._shape(node.input[0])[3]))

    def on_flatten(self, node: NodeProto, attributes: dict[str, Any]) -> None:
        """Nothing to do behind the average."""
        del attributes
        self._index[node.output[0]] = self._index[node.input[0]]

    def on_gemm(self, node: NodeProto, attributes: dict[str, Any]) -> None:
        """Classify; the weights are (classes, features) in both formats."""
        if not attributes.get('transB'):
            raise ValueError(f'{node.name}: Gemm without transB')
        weight, bias = (self._constants[name] for name in node.input[1:])
        self._add('FULLY_CONNECTED', schema.FullyConnectedOptionsT(),
                  [node.input[0], self._constant(weight), self._constant(bias)],
                  node.output[0], (1, len(bias)))

    def _depthwise(self, node: NodeProto, attributes: dict[str, Any], weight: np.ndarray,
                   bias: np.ndarray) -> None:
        """Convolve each channel by itself; ``weight`` is (1, height, width, channels)."""
        x, options = self._window(node, attributes, 'DepthwiseConv2D')
        options.depthMultiplier = 1
        self._add('DEPTHWISE_CONV_2D', options,
                  [x, self._constant(weight), self._constant(bias)], node.output[0],
                  (*self._strided(x, attributes, options), len(bias)))

    def _window(self, node: NodeProto, attributes: dict[str, Any],
                kind: str) -> tuple[str, Any]:
        """Give the operator's input, padded where SAME and VALID do not serve, and its options."""
        options = getattr(schema, f'{kind}OptionsT')()
        options.strideH, options.strideW = strides = attributes['strides']
        kernel, pads = attributes['kernel_shape'], attributes['pads']
        wanted = list(zip(pads[:2], pads[2:]))  # before and after, rows and columns
        sizes = self._shape(node.input[0])[1:3]
        options.padding = schema.Padding.VALID
        if not any(pads):
            return node.input[0], options
        if wanted == [_same(*one) for one in zip(sizes, kernel, strides)]:
            options.padding = schema.Padding.SAME
            return node.input[0], options
        return self._pad(node, wanted), options

    def _pad(self, node: NodeProto, wanted: list[tuple[int, int]]) -> str:
        batch, height, width, channels = self._shape(node.input[0])
        borders = self._constant(np.array([(0, 0), *wanted, (0, 0)], np.int32))
        self._add('PAD', None, [node.input[0], borders], f'{node.name}_padded',
                  (batch, height + sum(wanted[0]), width + sum(wanted[1]), channels))
        return f'{node.name}_padded'

    def _strided(self, x: str, attributes: dict[str, Any], options: Any) -> tuple[int, int, int]:
        """Batch, height and width of what a window operator gives."""
        batch, *sizes = self._shape(x)[:3]
        kernel = (1, 1) if options.padding == schema.Padding.SAME else attributes['kernel_shape']
        height, width = ((size - edge) // stride + 1 for size, edge, stride in zip(
            sizes, kernel, attributes['strides']))
        return batch, height, width

    def _reshape(self, x: str, name: str, shape: tuple[int, ...]) -> None:
        options = schema.ReshapeOptionsT()
        options.newShape = list(shape)
        self._add('RESHAPE', options, [x, self._integers(*shape)], name, shape)

    def _add(self, kind: str, options: Any, inputs: list[str], name: str,
             shape: tuple[int, ...]) -> None:
        operator = schema.OperatorT()
        operator.opcodeIndex = self._opcode(getattr(schema.BuiltinOperator, kind))
        operator.inputs = [self._index[one] for one in inputs]
        operator.outputs = [self._index[self.maps(name, shape)]]
        if options is not None:
            operator.builtinOptionsType = getattr(
                schema.BuiltinOptions, type(options).__name__[:-1])
            operator.builtinOptions = options
        self._operators.append(operator)
        if hasattr(options, 'fusedActivationFunction'):
            self._makers[name] = [options]

    def _opcode(self, code: int) -> int:
        if code not in self._codes:
            self._codes.append(code)
        return self._codes.index(code)

    def _integers(self, *values: int) -> str:
        return self._constant(np.array(values, np.int32))

    def _constant(self, values: np.ndarray) -> str:
        buffer = schema.BufferT()
        buffer.data = np.frombuffer(np.ascontiguousarray(values).tobytes(), np.uint8)
        self._buffers.append(buffer)
        name = f'constant_{len(self._buffers)}'
        self._index[name] = self._tensor(
            name, values.shape, values.dtype.name, len(self._buffers) - 1)
        return name

    def _tensor(self, name: str, shape: tuple[int, ...], dtype: str, buffer: int) -> int:
        tensor = schema.TensorT()
        tensor.name, tensor.shape, tensor.buffer = name, list(shape), buffer
        tensor.type = TYPES[dtype]
        self._tensors.append(tensor)
        return len(self._tensors) - 1

    def _shape(self, name: str) -> tuple[int, ...]:
        return tuple(self._tensors[self._index[name]].shape)

    def _signature(self) -> Any:
        signature = schema.SignatureDefT()
        signature.signatureKey, signature.subgraphIndex = 'serving_default', 0
        signature.inputs, signature.outputs = [self._named(INPUT)], [self._named(OUTPUT)]
        return signature

    def _named(self, name: str) -> Any:
        found = schema.TensorMapT()
        found.name, found.tensorIndex = name, self._index[name]
        return found


def _code(code: int) -> Any:
    found = schema.OperatorCodeT()
    found.builtinCode = found.deprecatedBuiltinCode = code
    found.version = 1
    return found


def _same(size: int, edge: int, stride: int) -> tuple[int, int]:
    """Rows or columns that SAME adds before and after."""
    total = max((-(-size // stride) - 1) * stride + edge - size, 0)
    return total // 2, total - total // 2
