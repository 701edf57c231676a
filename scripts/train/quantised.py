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
        relus = [layer for layer in module.modules() if isinstance(layer, nn.ReLU)]
        largest = {}
        hooks = [relu.register_forward_hook(lambda layer, _, out: largest.update({layer: out.max()})) for relu in relus]
        module(calibration)
        for hook in hooks:
            hook.remove()
        for relu in relus:
            relu.register_forward_hook(lambda layer, _, out: _rounded(out, 0, top, largest[layer] / top))
        right = [(module(x).argmax(1) == y) for x, y in zip(images.split(1000), labels.split(1000))]
    return torch.cat(right).double().mean().item()
