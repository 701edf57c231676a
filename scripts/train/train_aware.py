#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Trains a network that expects its devices (nonideality-aware training, Joksas et al., Adv. Sci. 2022).

    scripts/train/train_aware.py --recipe aware-high --seed 1 --out out/aware/aware-high-1
    scripts/train/train_aware.py --law device --device my-chip.toml --pairing double --l1 1e-4 --out out/mine

A recipe is a table of scripts/train/recipes.toml; options given beside it count. New devices are drawn for every batch.
Every --validate-every steps the network is programmed --repeats times with new devices and read on the 12,000 validation
images; the weights with the best median error stay (memristive validation). --out receives checkpoint.pt, from which a
killed run goes on, history.json, and at the end network.onnx (conductances and mapping included) and result.json.
Images: MNIST (scripts/fetch_data mnist) or whatever IDX files lie in --data; one thread.
"""
import argparse
import json
import math
import os
import pathlib
import statistics
import sys
import time
import tomllib
from copy import deepcopy

import torch
from torch import nn

import idx
from crossbar_network import PAIRINGS, Draws, Setup, build, evaluate, export

ROOT = pathlib.Path(__file__).resolve().parents[2]
RECIPES = pathlib.Path(__file__).with_name("recipes.toml")
TRAINING_IMAGES = 48000
VALIDATION_SEED = 1 << 32  # draws of validation and test are never those of training
TEST_SEED = 2 << 32


def load(data):
    """Pixels 0 to 1 of 48,000 training, 12,000 validation and 10,000 test images, with labels."""
    images, labels = idx.load(data, "train")
    test_images, test_labels = idx.load(data, "t10k")

    def tensors(x, y):
        return torch.from_numpy(x.reshape(len(x), -1).astype("f4") / 255), torch.from_numpy(y.astype("i8"))

    n = TRAINING_IMAGES
    return {"train": tensors(images[:n], labels[:n]), "validation": tensors(images[n:], labels[n:]),
            "test": tensors(test_images, test_labels)}


def parse(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--recipe", help="a table of recipes.toml")
    add("--out", type=pathlib.Path, required=True)
    add("--data", type=pathlib.Path, default=ROOT / "data/mnist")
    add("--seed", type=int, default=1)
    add("--network", choices=["mlp", "lenet5"], default="mlp")
    add("--from", dest="start_from", type=pathlib.Path, metavar="RUN",
        help="begin with the weights of this run's folder")
    add("--sizes", type=int, nargs="+", default=[784, 25, 10])
    devices = parser.add_argument_group("devices")
    for name, default in vars(Setup()).items():
        devices.add_argument(f"--{name.replace('_', '-')}", type=type(default), default=default)
    add("--pairing", choices=PAIRINGS, default="lowest")
    add("--start", choices=["published", "pairs"], default="published",
        help="double weights begin around 0.5, or with one of each pair at G_off")
    add("--limits", type=float, nargs="+", help="largest weight of each layer; default: whatever the largest is")
    learning = parser.add_argument_group("learning")
    learning.add_argument("--steps", type=int, default=750000)
    learning.add_argument("--batch", type=int, default=64)
    learning.add_argument("--rate", type=float, default=0.01)
    learning.add_argument("--schedule", choices=["constant", "cosine"], default="constant")
    learning.add_argument("--optimiser", choices=["sgd", "adam"], default="sgd")
    learning.add_argument("--momentum", type=float, default=0.0)
    learning.add_argument("--l1", type=float, default=0.0, help="times the sum of |w|")
    learning.add_argument("--power", type=float, default=0.0, help="loss for a milliwatt of device power")
    learning.add_argument("--smoothing", type=float, default=0.0, help="of labels")
    learning.add_argument("--shift", action="store_true", help="shift a batch by up to a pixel")
    learning.add_argument("--average", type=float, default=0.0, help="keep a moving average of the weights; decay a step")
    validation = parser.add_argument_group("memristive validation")
    validation.add_argument("--validate-every", type=int, default=15000)
    validation.add_argument("--repeats", type=int, default=20)
    validation.add_argument("--test-repeats", type=int, default=25, help="of the result, on the test images")
    validation.add_argument("--fresh-batch", type=int, default=100, help="new devices every so many images; 0: one programming")
    validation.add_argument("--watch", action="append", default=[], metavar="DEVICE",
                            help="also report the error on this preset's devices")
    add("--quiet", action="store_true")
    first = parser.parse_args(arguments)
    if first.recipe:
        recipes = tomllib.loads(RECIPES.read_text())
        if first.recipe not in recipes:
            sys.exit(f"{RECIPES}: no recipe {first.recipe!r}; there are {', '.join(recipes)}")
        recipe = {k: v for k, v in recipes[first.recipe].items() if k != "about"}
        unknown = set(recipe) - set(vars(first))
        if unknown:
            sys.exit(f"{RECIPES}: recipe {first.recipe}: unknown key {sorted(unknown)[0]!r}")
        parser.set_defaults(**recipe)
    return parser.parse_args(arguments)


class Training:
    """One run: what a checkpoint holds."""

    def __init__(self, args, setup):
        torch.manual_seed(args.seed)
        self.args = args
        self.network = build(args.network, args.sizes, setup, args.pairing, args.limits, args.start)
        if args.start_from:
            self.network.load_state_dict(torch.load(args.start_from / "weights.pt"))
        if args.optimiser == "adam":
            self.optimiser = torch.optim.Adam(self.network.parameters(), lr=args.rate)
        else:
            self.optimiser = torch.optim.SGD(self.network.parameters(), lr=args.rate, momentum=args.momentum)
        self.average = deepcopy(self.network.state_dict()) if args.average else None
        self.generator = torch.Generator().manual_seed(args.seed)
        self.order, self.step = None, 0
        self.best, self.best_error, self.history = None, math.inf, []

    def state(self):
        return {"network": self.network.state_dict(), "optimiser": self.optimiser.state_dict(), "average": self.average,
                "generator": self.generator.get_state(), "order": self.order, "step": self.step, "best": self.best,
                "best_error": self.best_error, "history": self.history}

    def restore(self, state):
        self.network.load_state_dict(state["network"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.generator.set_state(state["generator"])
        for name in ("average", "order", "step", "best", "best_error", "history"):
            setattr(self, name, state[name])

    def rate(self):
        if self.args.schedule == "constant":
            return self.args.rate
        return self.args.rate * 0.5 * (1 + math.cos(math.pi * self.step / self.args.steps))

    def batch(self, images):
        """The next batch of the epoch's order: (indices)."""
        per_epoch = len(images) // self.args.batch
        at = self.step % per_epoch
        if at == 0 or self.order is None:
            self.order = torch.randperm(len(images), generator=self.generator)
        return self.order[at * self.args.batch:(at + 1) * self.args.batch]

    def train_step(self, images, labels):
        args, network = self.args, self.network
        chosen = self.batch(images)
        x, y = images[chosen], labels[chosen]
        if args.shift:
            dy, dx = (int(v) for v in torch.randint(-1, 2, (2,), generator=self.generator))
            x = torch.roll(x.view(-1, 28, 28), (dy, dx), (1, 2)).reshape(len(x), -1)
        draws = Draws(args.seed)
        draws.count = self.step + 1
        logits, power = network(x, draws, with_power=args.power > 0)
        loss = nn.functional.cross_entropy(logits, y, label_smoothing=args.smoothing)
        if args.power:
            loss = loss + args.power * 1e3 * power.mean()
        if args.l1:
            loss = loss + args.l1 * sum(p.abs().sum() for p in network.parameters())
        for group in self.optimiser.param_groups:
            group["lr"] = self.rate()
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        self.optimiser.step()
        network.clamp()
        self.step += 1
        if self.average is not None:
            decay = min(args.average, (1 + self.step) / (10 + self.step))
            for name, value in network.state_dict().items():
                self.average[name].lerp_(value, 1 - decay)
        return loss.detach()

    def kept(self):
        """A copy of the network whose weights count: the average's where one is kept, on the grid of the levels."""
        args = self.args
        network = build(args.network, args.sizes, self.network.crossbars[0].setup, args.pairing, args.limits)
        network.load_state_dict(self.average if self.average is not None else self.network.state_dict())
        network.snap()
        return network

    def validate(self, data, loss):
        args = self.args
        network = self.kept()
        errors, powers = evaluate(network, *data["validation"], args.repeats, VALIDATION_SEED + args.seed, args.fresh_batch)
        entry = {"step": self.step, "loss": loss, "validation_error": statistics.median(errors),
                 "power": statistics.mean(powers)}
        if entry["validation_error"] < self.best_error:
            self.best_error = entry["validation_error"]
            self.best = deepcopy(network.state_dict())
        if args.watch:
            entry["test_error"], entry["test_power"] = {}, {}
            for device in [None, *args.watch]:  # None: as trained
                if device is not None:
                    network.use(Setup(device=device, law="device"))
                found, watts = evaluate(network, *data["test"], 5, TEST_SEED + args.seed, args.fresh_batch)
                entry["test_error"][device or "own"] = statistics.mean(found)
                entry["test_power"][device or "own"] = statistics.mean(watts)
        self.history.append(entry)
        return entry


def write(path, text):
    partial = path.with_name(path.name + ".part")
    partial.write_text(text)
    os.replace(partial, path)


def save(training, out):
    partial = out / "checkpoint.pt.part"
    torch.save(training.state(), partial)
    os.replace(partial, out / "checkpoint.pt")
    write(out / "history.json", json.dumps(training.history, indent=1))


def progress(training, begin, first, loss, entry):
    done, steps = training.step, training.args.steps
    rate = (done - first) / max(time.time() - begin, 1e-9)
    text = f"{done}/{steps}  {rate:.0f} steps/s, {(steps - done) / max(rate, 1e-9):.0f} s left  loss {loss:.4f}"
    if entry:
        text += f"  validation {entry['validation_error']:.2f} %"
    print(f"\r{text}\033[K", end="\n" if entry else "", file=sys.stderr, flush=True)


def main():
    args = parse()
    torch.set_num_threads(1)
    setup = Setup(**{name: getattr(args, name) for name in vars(Setup())})
    data = load(args.data)
    training = Training(args, setup)
    args.out.mkdir(parents=True, exist_ok=True)
    checkpoint = args.out / "checkpoint.pt"
    if checkpoint.exists():
        training.restore(torch.load(checkpoint))
    begin, first, loss, cpu = time.time(), training.step, torch.tensor(0.0), time.process_time()
    while training.step < args.steps:
        loss = training.train_step(*data["train"])
        entry = None
        if training.step % args.validate_every == 0 or training.step == args.steps:
            entry = training.validate(data, loss.item())
            save(training, args.out)
        if not args.quiet and (entry or (training.step % 500 == 0 and sys.stderr.isatty())):
            progress(training, begin, first, loss.item(), entry)
    network = training.kept()
    network.load_state_dict(training.best)
    errors, powers = evaluate(network, *data["test"], args.test_repeats, TEST_SEED + args.seed, args.fresh_batch)
    watts = statistics.mean(powers)
    result = {"recipe": args.recipe, "seed": args.seed, "steps": training.step, "cpu_s": time.process_time() - cpu,
              "validation_error": training.best_error, "test_error_mean": statistics.mean(errors),
              "test_error_median": statistics.median(errors), "power": watts, "tops_per_w": network.efficiency(watts)}
    torch.save(network.state_dict(), args.out / "weights.pt")
    export(network, args.out / "network.onnx", {
        "recipe": args.recipe or "", "seed": str(args.seed), "steps": str(training.step),
        "validation_error": f"{training.best_error:.3f} %"})
    write(args.out / "result.json", json.dumps(result, indent=1))
    print(json.dumps(result))


if __name__ == "__main__":
    main()
