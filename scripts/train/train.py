#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Trains a network of the zoo and exports it to ONNX.

    scripts/train/train.py --network lenet5 --dataset mnist --out workloads/zoo/lenet5-mnist.onnx

AdamW with a one-cycle learning rate; weights are clipped to a few standard deviations of their layer after every epoch,
so that one scale a layer wastes no bits on outliers. Data: scripts/fetch_data. One thread, one seed: repeatable.
"""
import argparse
import json
import pathlib
import time

import numpy as np
import torch
from torch import nn

import idx
import networks
import onnx_file
import quantised

ROOT = pathlib.Path(__file__).resolve().parents[2]
CLIP_SIGMAS = 4.0
PIXEL_SCALE = 1.0 / 255.0


def tensors(images, labels):
    pixels = torch.from_numpy(images.astype(np.float32)).unsqueeze(1) * PIXEL_SCALE
    return pixels, torch.from_numpy(labels.astype(np.int64))


def shifted(images, generator, flip):
    """One random shift of up to one pixel for the batch, and mirrored images with probability 1/2 when `flip`."""
    dy, dx = (int(v) for v in torch.randint(-1, 2, (2,), generator=generator))
    images = torch.roll(images, (dy, dx), (2, 3))
    if flip:
        mirrored = torch.rand(len(images), generator=generator) < 0.5
        images = torch.where(mirrored[:, None, None, None], images.flip(3), images)
    return images


def clip_weights(module):
    with torch.no_grad():
        for parameter in module.parameters():
            if parameter.dim() > 1:
                limit = CLIP_SIGMAS * parameter.std().item()
                parameter.clamp_(-limit, limit)


def train(module, images, labels, args):
    generator = torch.Generator().manual_seed(args.seed)
    optimiser = torch.optim.AdamW(module.parameters(), lr=args.rate, weight_decay=args.decay)
    steps = args.epochs * ((len(images) + args.batch - 1) // args.batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, args.rate, total_steps=steps, pct_start=0.2)
    loss_of = nn.CrossEntropyLoss(label_smoothing=args.smoothing)
    for epoch in range(args.epochs):
        module.train()
        start, total = time.time(), 0.0
        for chosen in torch.randperm(len(images), generator=generator).split(args.batch):
            batch = images[chosen]
            if args.augment:
                batch = shifted(batch, generator, flip=args.dataset == "fashion-mnist")
            loss = loss_of(module(batch), labels[chosen])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
            total += loss.item() * len(chosen)
        clip_weights(module)
        print(f"epoch {epoch + 1}/{args.epochs}: loss {total / len(images):.4f}, {time.time() - start:.1f} s", flush=True)


def accuracy(module, images, labels):
    with torch.no_grad():
        module.eval()
        right = [(module(x).argmax(1) == y) for x, y in zip(images.split(1000), labels.split(1000))]
    return torch.cat(right).double().mean().item()


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--network", choices=sorted(networks.BUILDERS), required=True)
    parser.add_argument("--dataset", choices=["mnist", "fashion-mnist"], required=True)
    parser.add_argument("--data", type=pathlib.Path, default=ROOT / "data")
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--rate", type=float, default=4e-3)
    parser.add_argument("--decay", type=float, default=0.02)
    parser.add_argument("--smoothing", type=float, default=0.0)
    parser.add_argument("--augment", action="store_true", help="shifts of one pixel; mirrors for Fashion-MNIST")
    return parser.parse_args()


def main():
    args = parse()
    torch.set_num_threads(1)
    torch.manual_seed(args.seed)
    torch.use_deterministic_algorithms(True)
    images, labels = tensors(*idx.load(args.data / args.dataset, "train"))
    test_images, test_labels = tensors(*idx.load(args.data / args.dataset, "t10k"))
    module = networks.BUILDERS[args.network]()
    train(module, images, labels, args)
    module = networks.folded(module)
    onnx_file.export(module, (1, 28, 28), args.out, {"input_scale": repr(PIXEL_SCALE)})
    print(json.dumps({
        "file": args.out.name,
        "test_accuracy": round(accuracy(module, test_images, test_labels), 4),
        "train_accuracy": round(accuracy(module, images, labels), 4),
        "test_accuracy_8_bits": round(quantised.quantised_accuracy(module, images[:64], test_images, test_labels), 4),
        "bytes": args.out.stat().st_size}))


if __name__ == "__main__":
    main()
