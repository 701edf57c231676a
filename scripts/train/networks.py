# SPDX-License-Identifier: Apache-2.0
"""The networks of the zoo, as PyTorch modules that take images of 1x28x28 with values 0 to 1."""
from collections import OrderedDict

from torch import nn


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


BUILDERS = {"mlp": mlp, "lenet5": lenet5}
