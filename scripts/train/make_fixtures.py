#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes tests/golden/onnx: small networks as PyTorch exports them, with inputs and PyTorch's outputs, in ONNX's test
format. For the networks of the zoo only inputs and outputs (the models are in workloads/zoo).

    scripts/train/make_fixtures.py          after scripts/train/train_zoo has changed the zoo, or to add a case
"""
import pathlib

import torch
from torch import nn

import networks
import onnx_file
from onnx_weights import load_weights

ROOT = pathlib.Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "tests" / "golden" / "onnx"
PRESERVE = dict(training=torch.onnx.TrainingMode.PRESERVE, do_constant_folding=False)


class View(nn.Module):
    """x.view(x.size(0), -1): Shape, Gather, Unsqueeze, Concat and Reshape in the graph."""

    def forward(self, x):
        return x.view(x.size(0), -1)


class MatMulAdd(nn.Module):
    """Weights as a plain matrix product, bias added apart."""

    def __init__(self, inputs, outputs):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(inputs, outputs) / inputs**0.5)
        self.bias = nn.Parameter(torch.randn(outputs))

    def forward(self, x):
        return torch.matmul(x, self.weight) + self.bias


class Preactivated(nn.Module):
    """Normalisation and ReLU before each convolution (He et al., ECCV 2016); what comes in is added."""

    def __init__(self, channels):
        super().__init__()
        self.branch = nn.Sequential(nn.BatchNorm2d(channels), nn.ReLU(), nn.Conv2d(channels, channels, 3, padding=1),
                                    nn.BatchNorm2d(channels), nn.ReLU(), nn.Conv2d(channels, channels, 1))

    def forward(self, x):
        return x + self.branch(x)


class DenseStep(nn.Module):
    """What comes in and new channels from all of it (Huang et al., CVPR 2017)."""

    def __init__(self, inputs, growth):
        super().__init__()
        self.branch = nn.Sequential(nn.BatchNorm2d(inputs), nn.ReLU(), nn.Conv2d(inputs, growth, 3, padding=1, bias=False))

    def forward(self, x):
        return torch.cat([x, self.branch(x)], 1)


class InvertedResidual(nn.Module):
    """1x1, depthwise 3x3, 1x1 with ReLU6 (Sandler et al., CVPR 2018)."""

    def __init__(self, channels, factor):
        super().__init__()
        wide = channels * factor
        self.branch = nn.Sequential(nn.Conv2d(channels, wide, 1, bias=False), nn.BatchNorm2d(wide), nn.ReLU6(),
                                    nn.Conv2d(wide, wide, 3, padding=1, groups=wide, bias=False), nn.BatchNorm2d(wide),
                                    nn.ReLU6(), nn.Conv2d(wide, channels, 1, bias=False), nn.BatchNorm2d(channels))

    def forward(self, x):
        return x + self.branch(x)


class Mean(nn.Module):
    """ReduceMean over height and width."""

    def forward(self, x):
        return x.mean((2, 3))


def residual():
    return nn.Sequential(networks.ConvBn(2, 4), nn.ReLU(), networks.Residual(4, 4, 1), networks.Residual(4, 6, 2),
                         nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(6, 5))


def preactivated():
    return nn.Sequential(nn.Conv2d(2, 4, 3), Preactivated(4), Preactivated(4), nn.BatchNorm2d(4), nn.ReLU(), Mean(),
                         nn.Linear(4, 3))


def densenet():
    return nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), DenseStep(4, 3), DenseStep(7, 3), nn.BatchNorm2d(10), nn.ReLU(),
                         nn.Conv2d(10, 5, 1), nn.AvgPool2d(2), DenseStep(5, 2), Mean(), nn.BatchNorm1d(7), nn.Linear(7, 4))


def inverted():
    return nn.Sequential(nn.ZeroPad2d((0, 1, 0, 1)), nn.Conv2d(3, 4, 3, stride=2), nn.Hardsigmoid(), InvertedResidual(4, 2),
                         nn.ZeroPad2d(1), nn.MaxPool2d(2), Mean())


def conv_bn():
    return nn.Sequential(nn.Conv2d(2, 4, 3, padding=1, bias=False), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2),
                         nn.Conv2d(4, 3, 3, stride=2, padding=(1, 0)), nn.BatchNorm2d(3), nn.Tanh(), nn.Flatten(),
                         nn.Linear(6, 5))


def view():
    return nn.Sequential(nn.Conv2d(1, 3, 3), nn.ReLU(), View(), nn.Dropout(), nn.Linear(48, 4))


CASES = {  # name: (module, input shape, export options)
    "conv_bn_opset9": (conv_bn, (2, 8, 6), dict(opset=9, **PRESERVE)),
    "conv_bn_opset17": (conv_bn, (2, 8, 6), dict(opset=17, **PRESERVE)),
    "view_dynamic_opset11": (view, (1, 6, 6), dict(opset=11, do_constant_folding=False)),
    "view_dynamic_opset13": (view, (1, 6, 6), dict(opset=13)),
    "flatten_fixed_batch": (view, (1, 6, 6), dict(dynamic_batch=False)),
    "mlp_bn_sigmoid_softmax": (lambda: nn.Sequential(nn.Linear(7, 5), nn.BatchNorm1d(5), nn.Sigmoid(), nn.Linear(5, 4),
                                                     nn.Softmax(dim=1)), (7,), dict(**PRESERVE)),
    "matmul_add_tanh": (lambda: nn.Sequential(MatMulAdd(6, 5), nn.Tanh(), MatMulAdd(5, 3)), (6,), {}),
    "pools": (lambda: nn.Sequential(nn.AvgPool2d(3, 2, padding=1), nn.MaxPool2d(2, ceil_mode=True), nn.Conv2d(2, 3, 2),
                                    nn.AvgPool2d(2, 1, padding=1, count_include_pad=False), nn.AdaptiveAvgPool2d(1),
                                    nn.Flatten()), (2, 11, 9), {}),
    "relu6_same_groups": (lambda: nn.Sequential(nn.Conv2d(4, 6, (3, 5), stride=(2, 1), padding=(0, 2), groups=2),
                                                nn.ReLU6(), nn.Conv2d(6, 6, 3, groups=6), nn.Hardtanh(-0.2, 0.3)),
                          (4, 9, 7), {}),
    "residual_opset9": (residual, (2, 8, 8), dict(opset=9, **PRESERVE)),
    "residual_opset13": (residual, (2, 8, 8), {}),
    "preactivated": (preactivated, (2, 7, 7), dict(**PRESERVE)),
    "densenet": (densenet, (1, 6, 6), dict(opset=12, **PRESERVE)),
    "inverted": (inverted, (3, 8, 8), dict(opset=14, **PRESERVE)),
}


def randomise(module, generator):
    """Statistics and scales as training leaves them: away from 0 and 1."""
    for layer in module.modules():
        if isinstance(layer, (nn.BatchNorm1d, nn.BatchNorm2d)):
            layer.running_mean.uniform_(-0.5, 0.5, generator=generator)
            layer.running_var.uniform_(0.3, 2.0, generator=generator)
            with torch.no_grad():
                layer.weight.uniform_(0.5, 1.5, generator=generator)
                layer.bias.uniform_(-0.5, 0.5, generator=generator)


def write_case(folder, module, images):
    data = folder / "test_data_set_0"
    data.mkdir(parents=True, exist_ok=True)
    with torch.no_grad():
        outputs = module.eval()(images)
    (data / "input_0.pb").write_bytes(onnx_file.tensor_bytes(images.numpy()))
    (data / "output_0.pb").write_bytes(onnx_file.tensor_bytes(outputs.numpy()))


def main():
    torch.set_num_threads(1)
    generator = torch.Generator().manual_seed(7)
    for name, (build, shape, options) in CASES.items():
        torch.manual_seed(7)
        module = build().eval()
        randomise(module, generator)
        folder = GOLDEN / name
        folder.mkdir(parents=True, exist_ok=True)
        onnx_file.export(module, shape, folder / "model.onnx", **options)
        count = 1 if options.get("dynamic_batch", True) is False else 3
        write_case(folder, module, torch.rand(count, *shape, generator=generator) * 2 - 1)
    for path in sorted((ROOT / "workloads" / "zoo").glob("*.onnx")):
        builder = networks.BUILDERS.get(path.stem.split("-")[0])
        if builder is None:
            continue  # trained by train_aware.py
        module = networks.folded(builder())
        load_weights(module, path)
        images = torch.rand(3, 1, 28, 28, generator=torch.Generator().manual_seed(7))
        write_case(GOLDEN / f"zoo_{path.stem}", module, torch.round(images * 255) / 255)


if __name__ == "__main__":
    main()
