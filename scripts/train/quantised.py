# SPDX-License-Identifier: Apache-2.0
"""What a plain 8-bit quantisation of weights and activations, one scale a tensor, costs in accuracy."""
import copy

import torch
from torch import nn


def _rounded(x, low, high, scale):
    return torch.clamp(torch.round(x / scale), low, high) * scale


def quantised_accuracy(module, calibration, images, labels, bits=8):
    """Fraction right with symmetric signed weights and unsigned activations (ranges: maximum over `calibration`)."""
    module = copy.deepcopy(module).eval()
    top, bottom = 2**bits - 1, -(2 ** (bits - 1))
    with torch.no_grad():
        for parameter in module.parameters():
            if parameter.dim() > 1:
                parameter.copy_(_rounded(parameter, bottom, -bottom - 1, parameter.abs().max() / (-bottom - 1)))
        x = calibration
        ranges = []
        for layer in module:
            x = layer(x)
            ranges.append(x.max() / top if isinstance(layer, nn.ReLU) else None)
        x = images
        for layer, scale in zip(module, ranges):
            x = layer(x)
            if scale is not None:
                x = _rounded(x, 0, top, scale)
    return (x.argmax(1) == labels).double().mean().item()
