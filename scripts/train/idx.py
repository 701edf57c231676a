# SPDX-License-Identifier: Apache-2.0
"""Reads the gzipped IDX files that scripts/fetch_data leaves in data/."""
import gzip
import pathlib

import numpy as np


def read_idx(path):
    """The array of unsigned bytes in an IDX file (magic 0x0000 08 ndim, big-endian sizes, data)."""
    raw = gzip.open(path, "rb").read()
    if raw[:3] != b"\x00\x00\x08":
        raise SystemExit(f"{path}: not an IDX file of unsigned bytes")
    ndim = raw[3]
    shape = np.frombuffer(raw, ">u4", ndim, 4)
    return np.frombuffer(raw, np.uint8, int(np.prod(shape)), 4 + 4 * ndim).reshape(shape)


def load(folder, part):
    """Images (count, 28, 28) and labels of part "train" or "t10k"."""
    folder = pathlib.Path(folder)
    images = read_idx(folder / f"{part}-images-idx3-ubyte.gz")
    labels = read_idx(folder / f"{part}-labels-idx1-ubyte.gz")
    return images, labels
