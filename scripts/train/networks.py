# SPDX-License-Identifier: Apache-2.0
"""The networks of the zoo, as PyTorch modules that take images of 1x28x28 with values 0 to 1."""
import copy
from collections import OrderedDict

from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval


def mlp():
    """784-100-10."""
    return nn.Sequential(OrderedDict(
        flatten=nn.Flatten(), fc1=nn.Linear(784, 100), relu1=nn.ReLU(), fc2=nn.Linear(100, 10)))


def lenet5():
    """LeNet-5 with ReLU and maximum pooling."""
    return nn.Sequential(OrderedDict(
        conv1=nn.Conv2d(1, 6, 5, padding=2), relu1=nn.ReLU(), pool1=nn.MaxPool2d(2),
        conv2=nn.Conv2d(6, 16, 5), relu2=nn.ReLU(), pool2=nn.MaxPool2d(2),
        flatten=nn.Flatten(),
        fc1=nn.Linear(400, 120), relu3=nn.ReLU(),
        fc2=nn.Linear(120, 84), relu4=nn.ReLU(),
        fc3=nn.Linear(84, 10)))


class ConvBn(nn.Sequential):
    """A convolution without bias that keeps the size at stride 1, and its batch normalisation."""

    def __init__(self, inputs, outputs, kernel=3, stride=1):
        super().__init__(nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False), nn.BatchNorm2d(outputs))


class Residual(nn.Module):
    """Two 3x3 convolutions beside the identity or, where the shape changes, a 1x1 convolution."""

    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1, self.relu1 = ConvBn(inputs, outputs, stride=stride), nn.ReLU()
        self.conv2, self.relu2 = ConvBn(outputs, outputs), nn.ReLU()
        same = stride == 1 and inputs == outputs
        self.shortcut = nn.Identity() if same else nn.Conv2d(inputs, outputs, 1, stride)

    def forward(self, x):
        return self.relu2(self.conv2(self.relu1(self.conv1(x))) + self.shortcut(x))


def resnet8():
    """ResNet-8 as in MLPerf Tiny: a stem and three stages of one block, 16, 32 and 64 channels."""
    return nn.Sequential(OrderedDict(
        stem=ConvBn(1, 16), relu=nn.ReLU(),
        stage1=Residual(16, 16, 1), stage2=Residual(16, 32, 2), stage3=Residual(32, 64, 2),
        pool=nn.AdaptiveAvgPool2d(1), flatten=nn.Flatten(), fc=nn.Linear(64, 10)))


def vgg8():
    """VGG-8: pairs of 3x3 convolutions with 16, 32 and 64 channels, a maximum pool behind each, two dense layers."""
    layers = OrderedDict()
    inputs = 1
    for stage, channels in enumerate((16, 32, 64), 1):
        for step in (1, 2):
            layers[f"conv{stage}{step}"] = ConvBn(inputs, channels)
            layers[f"relu{stage}{step}"] = nn.ReLU()
            inputs = channels
        layers[f"pool{stage}"] = nn.MaxPool2d(2)
    layers.update(flatten=nn.Flatten(), fc1=nn.Linear(64 * 3 * 3, 128), relu4=nn.ReLU(), fc2=nn.Linear(128, 10))
    return nn.Sequential(layers)


def folded(module):
    """A copy for inference, batch normalisation folded into the convolutions: what is exported."""
    module = copy.deepcopy(module).eval()
    for parent in list(module.modules()):
        for name, child in list(parent.named_children()):
            if isinstance(child, ConvBn):
                setattr(parent, name, fuse_conv_bn_eval(*child))
    return module


BUILDERS = {"mlp": mlp, "lenet5": lenet5, "resnet8": resnet8, "vgg8": vgg8}
