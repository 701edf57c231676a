# SPDX-License-Identifier: Apache-2.0
"""Protobuf's wire format, as far as ONNX files need it to be written."""


def varint(value):
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def field(number, data):
    """A length-delimited field: a message, bytes or text."""
    data = data.encode() if isinstance(data, str) else data
    return varint(number << 3 | 2) + varint(len(data)) + data


def integer(number, value):
    """An integer field, not below 0."""
    return varint(number << 3) + varint(value)
