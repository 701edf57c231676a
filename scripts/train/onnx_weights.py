# SPDX-License-Identifier: Apache-2.0
"""Weights of a network of the zoo back from its ONNX file; needs no onnx package."""
import numpy as np
import torch


TYPES = {1: "<f4", 11: "<f8"}  # TensorProto.DataType


def _read_varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at


def _fields(data):
    """(number, value) of each field of a protobuf message; value is an integer or the bytes."""
    at = 0
    while at < len(data):
        key, at = _read_varint(data, at)
        wire = key & 7
        if wire == 0:
            value, at = _read_varint(data, at)
        elif wire == 2:
            size, at = _read_varint(data, at)
            value, at = data[at:at + size], at + size
        else:
            size = {1: 8, 5: 4}[wire]
            value, at = data[at:at + size], at + size
        yield key >> 3, value


def initialisers(path):
    """{name: array} of the initialisers of floats and doubles: ModelProto.graph (7) . initializer (5) with dims (1),
    data_type (2), name (8) and raw_data (9)."""
    found = {}
    for number, graph in _fields(path.read_bytes()):
        if number != 7:
            continue
        for inner, tensor in _fields(graph):
            if inner == 5:
                parts = list(_fields(tensor))
                dims = [value for key, value in parts if key == 1]
                kind, name, raw = (next(value for key, value in parts if key == wanted) for wanted in (2, 8, 9))
                if kind in TYPES:
                    found[name.decode()] = np.frombuffer(raw, TYPES[kind]).reshape(dims)
    return found


def load_weights(module, path):
    module.load_state_dict({name: torch.from_numpy(values.copy()) for name, values in initialisers(path).items()})
