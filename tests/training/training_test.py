#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The training scripts: mapping against the published examples, the C++ device law behind autograd, a run taken up again,
and an exported network on the simulated chip. Exits with 77 (skipped) without PyTorch or MNIST.

    tests/training/training_test.py PROGRAM LIBRARY
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = pathlib.Path(sys.argv[1]).resolve() if len(sys.argv) > 2 else ROOT / "build/release/bin/crosstile"
os.environ["CROSSTILE_TRAINING_LIBRARY"] = sys.argv[2] if len(sys.argv) > 2 else str(
    ROOT / "build/release/lib/libcrosstile_training.so")
DATA = ROOT / "data/mnist"
sys.path.insert(0, str(ROOT / "scripts/train"))
try:
    import torch
except ImportError:
    print("skipped: PyTorch is not there (Debian: python3-torch)")
    sys.exit(77)
if not (DATA / "train-images-idx3-ubyte.gz").exists():
    print("skipped: data/mnist is not there (scripts/fetch_data mnist)")
    sys.exit(77)

import device_layer  # noqa: E402
from crossbar_network import Crossbar, Draws, Setup  # noqa: E402

torch.set_num_threads(1)


def crossbar(pairing, rows, outputs):
    layer = Crossbar(rows - 1, outputs, Setup(), pairing, 0)
    layer.g_off, layer.g_on = 2.0, 10.0
    return layer


class Mapping(unittest.TestCase):
    """The examples of Joksas et al. 2022: G_off 2, G_on 10."""

    def conductances(self, layer):
        normalised, _ = layer.normalised()
        return (layer.g_off + (layer.g_on - layer.g_off) * normalised).tolist()

    def test_pairs(self):
        layer = crossbar("lowest", 2, 3)
        with torch.no_grad():
            layer.weight.copy_(torch.tensor([[3.75, 2.5, -5.0], [-2.5, 0.0, 1.25]]))
        # published column by column, + and - in turn; here all + first
        self.assertEqual(self.conductances(layer), [[8, 6, 2, 2, 2, 10], [2, 2, 4, 6, 2, 2]])

    def test_double_weights(self):
        layer = crossbar("double", 2, 2)
        with torch.no_grad():
            layer.plus.copy_(torch.tensor([[3.75, 5.0], [2.5, 0.0]]))
            layer.minus.copy_(torch.tensor([[2.5, 2.5], [0.0, 1.25]]))
        self.assertEqual(self.conductances(layer), [[8, 10, 6, 6], [6, 2, 2, 4]])

    def test_average(self):
        layer = crossbar("average", 2, 1)
        with torch.no_grad():
            layer.weight.copy_(torch.tensor([[4.0], [-2.0]]))
        self.assertEqual(self.conductances(layer), [[10, 2], [4, 8]])


class DeviceLaw(unittest.TestCase):
    def test_gradients_are_those_of_the_currents(self):
        torch.manual_seed(1)
        layer = device_layer.PooleFrenkelLayer("siox-high", 5, 4)
        volt = (0.5 * torch.rand(3, 5)).requires_grad_()
        siemens = (5e-7 + 2e-6 * torch.rand(5, 4)).requires_grad_()
        weights, watts = torch.rand(3, 4), torch.rand(3)

        def loss(v, g):
            current, power = device_layer.currents(v, g, layer, None, True)
            return ((weights * current).sum() + (watts * power).sum()) * 1e6

        loss(volt, siemens).backward()
        for tensor, gradient in ((volt, volt.grad), (siemens, siemens.grad)):
            for at in ((0, 1), (2, 3)):
                step = 2e-3 * tensor[at].item()
                up, down = tensor.detach().clone(), tensor.detach().clone()
                up[at] += step
                down[at] -= step
                pair = [(x, siemens.detach()) if tensor is volt else (volt.detach(), x) for x in (up, down)]
                slope = (loss(*pair[0]) - loss(*pair[1])).item() / (2 * step)
                self.assertAlmostEqual(slope / gradient[at].item(), 1.0, places=2)

    def test_draws_depend_on_their_number_alone(self):
        layer = Crossbar(4, 2, Setup(law="device"), "lowest", 0)
        x, draws = torch.rand(3, 4), Draws(7)
        draws.next()
        first = layer(x, draws)[0]
        draws.next()
        self.assertFalse(torch.equal(first, layer(x, draws)[0]))
        draws.count = 1
        self.assertTrue(torch.equal(first, layer(x, draws)[0]))


class Training(unittest.TestCase):
    def train(self, out, *more):
        done = subprocess.run([sys.executable, ROOT / "scripts/train/train_aware.py", "--quiet", "--recipe", "power-aware",
                               "--steps", "60", "--schedule", "constant", "--validate-every", "30", "--repeats", "1",
                               "--test-repeats", "2", "--out", out, *more], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads((out / "result.json").read_text())

    def test_a_run_goes_on_where_it_was_and_its_network_does_on_the_chip_what_it_did_in_training(self):
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            whole = self.train(folder / "whole")
            self.train(folder / "parts", "--steps", "30")
            (folder / "parts/result.json").unlink()
            parts = self.train(folder / "parts")
            for figure in ("test_error_mean", "power", "validation_error"):
                self.assertEqual(parts[figure], whole[figure], figure)
            report = self.run_on_chip(folder / "whole/network.onnx", folder / "run")
            self.assertAlmostEqual(report["efficiency"]["devices"]["power_w"] / whole["power"], 1.0, places=2)
            error = 100 * (1 - report["accuracy"]["top1"])
            self.assertLess(abs(error - whole["test_error_mean"]), 2.0)

    def test_the_machine_in_the_loop_adapts_a_network_to_its_chip(self):
        network = ROOT / "workloads/zoo/mlp25-mnist-standard.onnx"
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run([sys.executable, ROOT / "scripts/train/fine_tune.py", "--program", PROGRAM, "--network",
                                   network, "--chip", "2", "--steps", "20", "--out", folder], capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, done.stderr)
            found = json.loads((pathlib.Path(folder) / "history.json").read_text())
            self.assertLess(found["test_error_after"], found["test_error_before"] - 2.0)

    def run_on_chip(self, network, out):
        done = subprocess.run([PROGRAM, "--quiet", "run", "--network", network, "--hardware", "siox-high", "--set",
                               "nonideality.draw=batch", "--set", "adc.bits=12", "--images",
                               DATA / "t10k-images-idx3-ubyte.gz", "--labels", DATA / "t10k-labels-idx1-ubyte.gz",
                               "--out", out], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads((out / "report.json").read_text())

    def test_mistakes_are_one_line(self):
        with tempfile.TemporaryDirectory() as folder:
            for words, what in ((["--recipe", "nothing"], "no recipe 'nothing'"),
                                (["--law", "device", "--device", "no-such-chip", "--steps", "1"], "no-such-chip")):
                done = subprocess.run([sys.executable, ROOT / "scripts/train/train_aware.py", "--out", f"{folder}/x",
                                       *words], capture_output=True, text=True)
                self.assertNotEqual(done.returncode, 0)
                self.assertIn(what, done.stderr)
                self.assertEqual(len(done.stderr.strip().splitlines()), 1, done.stderr)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
