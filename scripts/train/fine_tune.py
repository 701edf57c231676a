#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Hardware-in-the-loop fine-tuning: a trained perceptron is adapted to one programmed chip. The machine (`crosstile run`, one
seed: one chip with its own cells) gives the forward pass, the model in PyTorch the gradients.

    scripts/train/fine_tune.py --network N.onnx --hardware siox-high --chip 7 --out out/tuned

Each step programs the chip with the present weights, reads --batch training images and moves the weights by
    dL/dw at the machine's logits, through the model without the chip's residuals.
--out receives network.onnx and history.json. Start networks: those of train_aware.py (pairs with one cell at G_off).
"""
import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import torch
from torch import nn

import onnx_weights
from crossbar_network import Setup, build, export
from train_aware import ROOT, load, write


def read_network(path, hardware):
    """The perceptron in an exported file, with the pairs' weights as parameters."""
    if not path.is_file():
        sys.exit(f"{path}: can't be read")
    found = onnx_weights.initialisers(path)
    layers = sorted(name.split(".")[0] for name in found if name.startswith("fc") and name.endswith(".weight"))
    if not layers or any(f"{name}.weight.g_plus" not in found for name in layers):
        sys.exit(f"{path}: has no trained conductances of layers fc1, fc2, ...: fine_tune.py takes the perceptrons of "
                 "train_aware.py")
    sizes = [found[f"{layers[0]}.weight"].shape[1]] + [found[f"{name}.weight"].shape[0] for name in layers]
    network = build("mlp", sizes, Setup(device=hardware, law="device"), "lowest")
    with torch.no_grad():
        for crossbar, name in zip(network.crossbars, layers):
            weight = np.concatenate([found[f"{name}.weight"].T, found[f"{name}.bias"][None]])
            crossbar.weight.copy_(torch.from_numpy(weight))
    return network


class Machine:
    """One chip, programmed anew for every call."""

    def __init__(self, args, folder):
        self.args, self.folder = args, folder

    def logits(self, network, images, labels):
        export(network, self.folder / "network.onnx")
        np.save(self.folder / "images.npy", (images.numpy() * 255).round().astype(np.uint8).reshape(-1, 1, 28, 28))
        np.save(self.folder / "labels.npy", labels.numpy().astype(np.int32))
        done = subprocess.run(
            [self.args.program, "--quiet", "run", "--network", self.folder / "network.onnx", "--hardware",
             self.args.hardware, "--force", "--seed", str(self.args.chip), "--images", self.folder / "images.npy",
             "--labels", self.folder / "labels.npy", "--outputs", self.folder / "logits.npy", "--out",
             self.folder / "run"], capture_output=True, text=True)
        if done.returncode:
            sys.exit(done.stderr.strip())
        return torch.from_numpy(np.load(self.folder / "logits.npy"))

    def error(self, network, images, labels):
        wrong = self.logits(network, images, labels).argmax(1) != labels
        return 100.0 * wrong.double().mean().item()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--network", type=pathlib.Path, required=True)
    parser.add_argument("--hardware", default="siox-high", help="hardware file or preset, poole_frenkel cells")
    parser.add_argument("--chip", type=int, default=1, help="seed of the chip")
    parser.add_argument("--program", default=str(ROOT / "build/release/bin/crosstile"))
    parser.add_argument("--data", type=pathlib.Path, default=ROOT / "data/mnist")
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--batch", type=int, default=1000)
    parser.add_argument("--rate", type=float, default=0.2)
    parser.add_argument("--seed", type=int, default=1, help="of the order of the images")
    parser.add_argument("--out", type=pathlib.Path, required=True)
    args = parser.parse_args()
    torch.set_num_threads(1)
    data = load(args.data)
    network = read_network(args.network, args.hardware)
    optimiser = torch.optim.SGD(network.parameters(), lr=args.rate, momentum=0.9)
    generator = torch.Generator().manual_seed(args.seed)
    args.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        machine = Machine(args, pathlib.Path(folder))
        history = {"test_error_before": machine.error(network, *data["test"]), "loss": []}
        images, labels = data["train"]
        for step in range(args.steps):
            chosen = torch.randint(len(images), (args.batch,), generator=generator)
            measured = machine.logits(network, images[chosen], labels[chosen])
            modelled, _ = network(images[chosen])
            loss = nn.functional.cross_entropy(modelled + (measured - modelled).detach(), labels[chosen])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            history["loss"].append(loss.item())
            if sys.stderr.isatty():
                print(f"\r{step + 1}/{args.steps}  loss {loss.item():.4f}\033[K", end="", file=sys.stderr, flush=True)
        network.snap()
        history["test_error_after"] = machine.error(network, *data["test"])
    export(network, args.out / "network.onnx", {"tuned_to_chip": str(args.chip)})
    write(args.out / "history.json", json.dumps(history))
    print(json.dumps({k: history[k] for k in ("test_error_before", "test_error_after")}))


if __name__ == "__main__":
    main()
