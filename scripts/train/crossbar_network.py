# SPDX-License-Identifier: Apache-2.0
"""Networks whose layers are memristive crossbars, for nonideality-aware training (Joksas et al., Adv. Sci. 2022).

A layer maps w to pairs of conductances, applies the nonidealities to them and decodes
    y = (I+ - I-)/(k_V k_G),   k_G = (G_on - G_off)/max|w|,   V = k_V x,   bias: a row with input 1.
"""
import math
from collections import OrderedDict
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

import device_layer
import onnx_file

PAIRINGS = ("lowest", "average", "double")


@dataclass
class Setup:
    """What the devices do: hardware file or preset, and nonidealities in the order of application."""
    device: str = "siox-high"
    law: str = "linear"         # linear | device: the hardware file's own law with its residuals
    stuck_off: float = 0.0      # probabilities
    stuck_on: float = 0.0
    d2d_sigma_on: float = 0.0   # of ln R
    d2d_sigma_off: float = 0.0
    weight_noise: float = 0.0   # plain noise injection: sd of G, of the range

    def is_ideal(self):
        return self.law == "linear" and not any((self.stuck_off, self.stuck_on, self.d2d_sigma_on, self.d2d_sigma_off,
                                                 self.weight_noise))


class Draws:
    """Random draws of devices: a seed and a counter, so that a run can be taken up where it was."""

    def __init__(self, seed):
        self.seed, self.count = seed, 0

    def next(self):
        self.count += 1

    def residual(self, array):
        return self.seed, array, self.count

    def generator(self, array):
        return torch.Generator().manual_seed((self.seed * 0x9E3779B97F4A7C15 + self.count * 64 + array) % (1 << 63))


class Crossbar(nn.Module):
    """inputs -> outputs through rows of `inputs` cells and a bias row; two cells a weight."""

    def __init__(self, inputs, outputs, setup, pairing, array, limit=None, start="published"):
        super().__init__()
        self.inputs, self.outputs, self.pairing, self.array, self.limit = inputs, outputs, pairing, array, limit
        scale = 1.0 / math.sqrt(inputs)
        weight = scale * torch.randn(inputs + 1, outputs)
        weight[-1] = 0.0
        if pairing != "double":
            self.weight = nn.Parameter(weight)
        elif start == "pairs":  # one of each pair at G_off
            self.plus = nn.Parameter(weight.clamp(min=0))
            self.minus = nn.Parameter((-weight).clamp(min=0))
        else:
            self.plus = nn.Parameter((0.5 + scale * torch.randn(inputs + 1, outputs)).clamp_(min=0))
            self.minus = nn.Parameter((0.5 + scale * torch.randn(inputs + 1, outputs)).clamp_(min=0))
        self.use(setup)

    def use(self, setup):
        """From now on the devices are these."""
        self.setup = setup
        device = device_layer.describe(setup.device)
        self.g_off, self.g_on = device["g_off"], device["g_on"]
        self.read_voltage, self.read_time = device["read_voltage"], device["read_time"]
        self.layer = None
        if setup.law != "linear":
            self.layer = device_layer.PooleFrenkelLayer(setup.device, self.inputs + 1, 2 * self.outputs)

    def parameters_of_devices(self):
        return [self.plus, self.minus] if self.pairing == "double" else [self.weight]

    def largest(self):
        """What G_on - G_off stands for: max|w| over the pairs' own parameters, or the limit that they are held to."""
        if self.limit is not None:
            return torch.tensor(self.limit)
        return torch.stack([p.abs().max() for p in self.parameters_of_devices()]).max()

    def normalised(self):
        """Conductances above G_off over the range, rows x 2 outputs (the positive ones first), and max|w|."""
        largest = self.largest()
        if self.pairing == "double":
            return torch.cat([self.plus, self.minus], 1) / largest, largest
        w = self.weight / largest
        if self.pairing == "average":
            return torch.cat([0.5 + 0.5 * w, 0.5 - 0.5 * w], 1), largest
        return torch.cat([w.clamp(min=0), (-w).clamp(min=0)], 1), largest

    def disturbed(self, g, draws):
        """What programming makes of the targets: noise, stuck cells, variability."""
        s = self.setup
        if s.weight_noise or s.stuck_off or s.stuck_on or s.d2d_sigma_on or s.d2d_sigma_off:
            generator = draws.generator(self.array)
        if s.weight_noise:
            g = (g + s.weight_noise * (self.g_on - self.g_off) * torch.randn(g.shape, generator=generator)).clamp(
                min=0.01 * self.g_off)
        if s.stuck_off or s.stuck_on:
            u = torch.rand(g.shape, generator=generator)
            g = torch.where(u < s.stuck_off, torch.tensor(self.g_off), g)
            g = torch.where((u >= s.stuck_off) & (u < s.stuck_off + s.stuck_on), torch.tensor(self.g_on), g)
        if s.d2d_sigma_on or s.d2d_sigma_off:
            sigma = torch.tensor(s.d2d_sigma_on)
            if s.d2d_sigma_on != s.d2d_sigma_off:
                r_on, r_off = 1.0 / self.g_on, 1.0 / self.g_off
                where = ((1.0 / g - r_on) / (r_off - r_on)).clamp(0, 1)
                sigma = s.d2d_sigma_on + (s.d2d_sigma_off - s.d2d_sigma_on) * where
            g = g * torch.exp(0.5 * sigma ** 2 - sigma * torch.randn(g.shape, generator=generator))
        return g

    def forward(self, x, draws=None, with_power=False):
        """x: batch x inputs -> y: batch x outputs, power of each input (W). draws: None leaves randomness out."""
        normalised, largest = self.normalised()
        span = self.g_on - self.g_off
        g = self.g_off + span * normalised
        if draws is not None:
            g = self.disturbed(g, draws)
        v = torch.cat([x, torch.ones(len(x), 1)], 1) * self.read_voltage
        if self.layer is None:
            current = v @ g
            power = (v * v) @ g.sum(1) if with_power else None
        else:
            residual = draws.residual(self.array) if draws is not None else None
            current, power = device_layer.currents(v, g, self.layer, residual, with_power)
        y = (current[:, :self.outputs] - current[:, self.outputs:]) * (largest / (self.read_voltage * span))
        return y, power

    @torch.no_grad()
    def clamp(self):
        """Parameters back to what conductances allow; after every step of training."""
        if self.pairing == "double":
            self.plus.clamp_(0, self.limit)
            self.minus.clamp_(0, self.limit)
        elif self.limit is not None:
            self.weight.clamp_(-self.limit, self.limit)

    @torch.no_grad()
    def levels(self, bits=8):
        """(levels of the positive and the negative cells, rows x outputs each; weight of one level)."""
        top = 2 ** bits - 1
        normalised, largest = self.normalised()
        if self.pairing == "average":  # the difference counts: positive + negative = top, or one off
            difference = torch.round((normalised[:, :self.outputs] - normalised[:, self.outputs:]) * top)
            plus = torch.floor((top + difference) / 2)
            return plus, plus - difference, (largest / top).item()
        level = torch.round(normalised * top)
        return level[:, :self.outputs], level[:, self.outputs:], (largest / top).item()

    @torch.no_grad()
    def snap(self, bits=8):
        """Parameters to what an array can be programmed to."""
        plus, minus, unit = self.levels(bits)
        if self.pairing == "double":
            self.plus.copy_(plus * unit)
            self.minus.copy_(minus * unit)
        else:
            self.weight.copy_((plus - minus) * unit)


class CrossbarNetwork(nn.Module):
    """A chain of crossbars; activations lie between 0 and 1, as a bias row's input and the DACs' full scale ask for."""

    def __init__(self, shapes, setup, pairing, limits=None, start="published"):
        super().__init__()
        self.pairing = pairing
        limits = limits or [None] * len(shapes)
        self.crossbars = nn.ModuleList(Crossbar(a, b, setup, pairing, i, limit, start)
                                       for i, ((a, b), limit) in enumerate(zip(shapes, limits)))

    def use(self, setup):
        for crossbar in self.crossbars:
            crossbar.use(setup)

    def forward(self, x, draws=None, with_power=False):
        """x: batch x pixels -> logits, and the power of each input, summed over layers (W)."""
        self.total = torch.zeros(len(x))
        return self.logits(x, lambda i, y: self.layer(i, y, draws, with_power)), self.total

    def layer(self, i, x, draws, with_power):
        y, power = self.crossbars[i](x, draws, with_power)
        if with_power:  # of a convolution: the mean over its positions
            self.total = self.total + power.view(len(self.total), -1).mean(1)
        return y

    def snap(self, bits=8):
        for crossbar in self.crossbars:
            crossbar.snap(bits)

    def clamp(self):
        for crossbar in self.crossbars:
            crossbar.clamp()

    def synapses(self):
        return sum((c.inputs + 1) * c.outputs for c in self.crossbars)

    def efficiency(self, watts):
        """TOPS/W of the devices alone: 2 N_syn/(t_read P)."""
        return 2e-12 * self.synapses() / (self.crossbars[0].read_time * watts)


class Perceptron(CrossbarNetwork):
    """784-25-10 and the like, with sigmoids between the layers."""

    def __init__(self, sizes, *arguments):
        super().__init__(list(zip(sizes, sizes[1:])), *arguments)

    def logits(self, x, layer):
        for i in range(len(self.crossbars)):
            x = layer(i, torch.sigmoid(x) if i > 0 else x)
        return x

    def plain(self, linears):
        """The same as a plain module, of these linear layers."""
        modules = OrderedDict(flatten=nn.Flatten())
        for i, linear in enumerate(linears):
            modules[f"fc{i + 1}"] = linear
            if i + 1 < len(linears):
                modules[f"sigmoid{i + 1}"] = nn.Sigmoid()
        return nn.Sequential(modules)


class LeNet5(CrossbarNetwork):
    """LeNet-5 with activations clipped to 0..1 and maximum pooling."""

    def __init__(self, *arguments):
        super().__init__([(25, 6), (150, 16), (400, 120), (120, 84), (84, 10)], *arguments)

    def logits(self, x, layer):
        x = x.view(-1, 1, 28, 28)
        for i, padding in ((0, 2), (1, 0)):
            rows = nn.functional.unfold(x, 5, padding=padding)  # (channel, ky, kx), as ONNX has its weights
            batch, inputs, positions = rows.shape
            y = layer(i, rows.transpose(1, 2).reshape(-1, inputs))
            size = math.isqrt(positions)
            y = y.view(batch, positions, -1).transpose(1, 2).reshape(batch, -1, size, size)
            x = nn.functional.max_pool2d(y.clamp(0, 1), 2)
        x = x.flatten(1)
        x = layer(2, x).clamp(0, 1)
        x = layer(3, x).clamp(0, 1)
        return layer(4, x)

    def plain(self, linears):
        def convolution(linear, channels, padding):
            conv = nn.Conv2d(channels, linear.out_features, 5, padding=padding)
            conv.weight.copy_(linear.weight.view(conv.weight.shape))
            conv.bias.copy_(linear.bias)
            return conv

        clip = [nn.Hardtanh(0.0, 1.0) for _ in range(4)]
        return nn.Sequential(OrderedDict(
            conv1=convolution(linears[0], 1, 2), clip1=clip[0], pool1=nn.MaxPool2d(2),
            conv2=convolution(linears[1], 6, 0), clip2=clip[1], pool2=nn.MaxPool2d(2), flatten=nn.Flatten(),
            fc1=linears[2], clip3=clip[2], fc2=linears[3], clip4=clip[3], fc3=linears[4]))


def build(name, sizes, setup, pairing, limits=None, start="published"):
    """The network called `name`: mlp (of these sizes) or lenet5."""
    return LeNet5(setup, pairing, limits, start) if name == "lenet5" else Perceptron(sizes, setup, pairing, limits, start)


@torch.no_grad()
def export(network, path, properties=None):
    """Writes a network to ONNX with what its arrays are to be programmed with: initialisers W.g_plus and W.g_minus
    (rows with the bias row last x outputs, S), W.k_g (S a unit of weight). See docs/zoo.md."""
    linears, cells = [], []
    for crossbar in network.crossbars:
        plus, minus, unit = crossbar.levels()
        plus, minus = plus.double(), minus.double()
        linear = nn.Linear(crossbar.inputs, crossbar.outputs)
        weight = (plus - minus) * unit
        linear.weight.copy_(weight[:-1].T)
        linear.bias.copy_(weight[-1])
        linears.append(linear)
        step = (crossbar.g_on - crossbar.g_off) / 255
        cells.append(((crossbar.g_off + step * plus).numpy(), (crossbar.g_off + step * minus).numpy(),
                      np.array(step / unit)))
    plain = network.plain(linears)
    names = [name for name, module in plain.named_children() if isinstance(module, (nn.Linear, nn.Conv2d))]
    arrays = {}
    for name, (plus, minus, scale) in zip(names, cells):
        arrays |= {f"{name}.weight.g_plus": plus, f"{name}.weight.g_minus": minus, f"{name}.weight.k_g": scale}
    first = network.crossbars[0]
    onnx_file.export(plain, (1, 28, 28), path, {
        "input_scale": repr(1.0 / 255.0), "crosstile.device": first.setup.device, "crosstile.pairing": network.pairing,
        "crosstile.g_off": repr(first.g_off), "crosstile.g_on": repr(first.g_on),
        "crosstile.read_voltage": repr(first.read_voltage), **(properties or {})}, arrays)


@torch.no_grad()
def evaluate(network, images, labels, repeats, seed, batch=100):
    """Error (%) and mean power (W) of each of `repeats` passes over the images. New devices every `batch` images;
    0: one programming a pass."""
    errors, powers = [], []
    draws = Draws(seed)
    for _ in range(repeats):
        wrong, watts = 0, 0.0
        if not batch:
            draws.next()
        for x, y in zip(images.split(batch or 1000), labels.split(batch or 1000)):
            if batch:
                draws.next()
            logits, power = network(x, draws, with_power=True)
            wrong += (logits.argmax(1) != y).sum().item()
            watts += power.sum().item()
        errors.append(100.0 * wrong / len(labels))
        powers.append(watts / len(labels))
    return errors, powers
