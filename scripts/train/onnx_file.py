# SPDX-License-Identifier: Apache-2.0
"""Export to ONNX with the preprocessing as metadata; needs no onnx package."""
import os

import torch

from protobuf import field, integer


def metadata_bytes(properties):
    """ModelProto.metadata_props (field 14: {key = 1, value = 2}). Appending a repeated field to a serialised message
    adds to it."""
    return b"".join(field(14, field(1, k.encode()) + field(2, v.encode())) for k, v in properties.items())


def tensor_bytes(array):
    """TensorProto of floats: dims (1), data_type (2) FLOAT, raw_data (9)."""
    dims = b"".join(integer(1, d) for d in array.shape)
    return dims + integer(2, 1) + field(9, array.astype("<f4").tobytes())


def named_tensor_bytes(name, array):
    """TensorProto of doubles: dims (1), data_type (2) DOUBLE, name (8), raw_data (9)."""
    dims = b"".join(integer(1, d) for d in array.shape)
    return dims + integer(2, 11) + field(8, name.encode()) + field(9, array.astype("<f8").tobytes())


def initialiser_bytes(arrays):
    """More initialisers (GraphProto field 5) for a serialised ModelProto: a second graph (field 7) is merged into the
    first."""
    return field(7, b"".join(field(5, named_tensor_bytes(name, array)) for name, array in arrays.items()))


def export(module, shape, path, properties=None, arrays=None, opset=13, dynamic_batch=True, do_constant_folding=True, **options):
    """Writes `module` for inputs of `shape` (without the batch), with metadata and further initialisers (double)."""
    partial = f"{path}.part"
    axes = {"image": {0: "batch"}, "logits": {0: "batch"}} if dynamic_batch else None
    torch.onnx.export(module.eval(), torch.zeros(1, *shape), partial, opset_version=opset, do_constant_folding=do_constant_folding,
                      input_names=["image"], output_names=["logits"], dynamic_axes=axes, **options)
    with open(partial, "ab") as file:
        file.write(metadata_bytes(properties or {}))
        if arrays:
            file.write(initialiser_bytes(arrays))
    os.replace(partial, path)
