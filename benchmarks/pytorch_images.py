"""The command's `cnn` (or `mlp`) on Fashion-MNIST by PyTorch: the same layers, batch size and AdamW; seconds an epoch and accuracy, as JSON lines.

    LD_PRELOAD=/usr/lib/x86_64-linux-gnu/libmkl_rt.so MKL_THREADING_LAYER=GNU \\
        python3 benchmarks/pytorch_images.py --data /usr/share/datasets/fashion-mnist --model cnn --epochs 2 --threads 2

Debian's python3-torch has a slow BLAS of its own: libmkl_rt preloaded takes its place.
"""
import argparse
import gzip
import json
import time

import numpy
import torch
from torch import nn

arguments = argparse.ArgumentParser()
arguments.add_argument("--data", default="/usr/share/datasets/fashion-mnist")
arguments.add_argument("--model", choices=["mlp", "cnn"], default="cnn")
arguments.add_argument("--epochs", type=int, default=2)
arguments.add_argument("--batch-size", type=int, default=128)
arguments.add_argument("--learning-rate", type=float, default=0.003)
arguments.add_argument("--threads", type=int, default=2)
arguments.add_argument("--seed", type=int, default=1)
arguments.add_argument("--steps", type=int, default=None, help="end an epoch after so many")
options = arguments.parse_args()
torch.set_num_threads(options.threads)
torch.manual_seed(options.seed)


def idx(name, header):
    with gzip.open(f"{options.data}/{name}-ubyte.gz") as file:
        return numpy.frombuffer(file.read(), numpy.uint8)[header:]


def part(name):
    pixels = torch.from_numpy(idx(f"{name}-images-idx3", 16).reshape(-1, 1, 28, 28).copy())
    return pixels, torch.from_numpy(idx(f"{name}-labels-idx1", 8).astype(numpy.int64))


def block(inputs, outputs):
    return [nn.Conv2d(inputs, outputs, 3, padding=1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(), nn.MaxPool2d(2)]


if options.model == "cnn":
    model = nn.Sequential(*block(1, 16), *block(16, 32), nn.Flatten(), nn.Linear(32 * 49, 128), nn.ReLU(), nn.Dropout(0.2), nn.Linear(128, 10))
else:
    model = nn.Sequential(nn.Flatten(), nn.Linear(784, 128), nn.ReLU(), nn.Dropout(0.2), nn.Linear(128, 10))

train_x, train_y = part("train")
test_x, test_y = part("t10k")
loss_of = nn.CrossEntropyLoss()
optimizer = torch.optim.AdamW(model.parameters(), lr=options.learning_rate, weight_decay=0.01)
for epoch in range(1, options.epochs + 1):
    model.train()
    start = time.perf_counter()
    for step, rows in enumerate(torch.randperm(len(train_x)).split(options.batch_size), 1):
        optimizer.zero_grad()
        loss_of(model(train_x[rows].float() / 255), train_y[rows]).backward()
        optimizer.step()
        if step == options.steps:
            break
    seconds = time.perf_counter() - start
    model.eval()
    with torch.no_grad():
        right = sum((model(x.float() / 255).argmax(1) == y).sum().item() for x, y in zip(test_x.split(256), test_y.split(256)))
    print(json.dumps({
        "by": f"PyTorch {torch.__version__}", "model": options.model, "threads": options.threads, "epoch": epoch, "seconds": round(seconds, 2),
        "millisecondsPerStep": round(1000 * seconds / step, 2), "testAccuracy": right / len(test_x)}), flush=True)
