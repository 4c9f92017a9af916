"""The training step that anyone would write, in PyTorch and CompressAI: what `lcpc bench` measures lcpc's own against.

    python benchmarks/plain_loop.py --size full --points 1024 --threads 2

prints one line of JSON: seconds a step of one lambda (least, median), and the memory that training took beyond what the
imports hold. It stands alone on purpose: nothing of lcpc is in it but the widths of the layers. A curve of L lambdas takes
L such trainings.
"""

import argparse
import json
import resource
import statistics
import time

import torch
from compressai.entropy_models import EntropyBottleneck
from torch import nn
from torch.nn import functional as F

ENCODERS = {
    "full": ((64, 1), (64, 1), (64, 1), (128, 1), (1024, 1)),
    "lite": ((8, 1), (8, 1), (16, 1), (16, 2), (32, 4)),
    "micro": ((16, 1),),
}


class ChannelShuffle(nn.Module):
    """Interleaves the channels of the groups of the convolution before."""

    def __init__(self, groups):
        super().__init__()
        self.groups = groups

    def forward(self, x):
        return x.unflatten(1, (self.groups, -1)).transpose(1, 2).flatten(1, 2)


class PlainCodec(nn.Module):
    """x [B, 3, P] -> logits [B, 40], likelihoods of y [B, N]."""

    def __init__(self, size):
        super().__init__()
        layers, inputs, before = [], 3, 1
        for outputs, groups in ENCODERS[size]:
            shuffle = [ChannelShuffle(before)] if before > 1 and groups > 1 else []
            layers += [*shuffle, nn.Conv1d(inputs, outputs, 1, groups=groups, bias=False), nn.BatchNorm1d(outputs), nn.ReLU()]
            inputs, before = outputs, groups
        self.g_a = nn.Sequential(*layers, nn.AdaptiveMaxPool1d(1), nn.Flatten())
        self.gain = nn.Parameter(torch.ones(inputs))
        self.gain_decoder = nn.Parameter(torch.ones(inputs))
        self.bottleneck = EntropyBottleneck(inputs)
        self.head = nn.Sequential(nn.Linear(inputs, 512), nn.BatchNorm1d(512), nn.ReLU(), nn.Linear(512, 256),
                                  nn.BatchNorm1d(256), nn.ReLU(), nn.Dropout(0.3), nn.Linear(256, 40))

    def forward(self, x):
        y = self.g_a(x) * self.gain * 10
        y_hat, likelihoods = self.bottleneck(y.unsqueeze(-1))
        return self.head(y_hat.squeeze(-1) * self.gain_decoder * 10), likelihoods


def optimizers(model):
    """Adam for the network, and another one for the quantiles of the entropy bottleneck."""
    auxiliary = [model.bottleneck.quantiles]
    network = [p for p in model.parameters() if p is not model.bottleneck.quantiles]
    return torch.optim.Adam(network, lr=1e-3), torch.optim.Adam(auxiliary, lr=5e-2)


def step(model, network, auxiliary, x, label, weight):
    """One step of training: L = R + lambda D, clipped, and the auxiliary loss of the quantiles."""
    logits, likelihoods = model(x)
    rate = -torch.log2(likelihoods).sum() / len(x)
    network.zero_grad()
    (rate + weight * F.cross_entropy(logits, label)).backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    network.step()
    auxiliary.zero_grad()
    model.bottleneck.loss().backward()
    auxiliary.step()


def measure(size, points, batch, steps, seconds):
    """Seconds of each step, after two that do not count: at least `steps` of them and until `seconds` are over."""
    torch.manual_seed(1)
    model = PlainCodec(size).train()
    network, auxiliary = optimizers(model)
    x, label = torch.randn(batch, 3, points), torch.randint(40, (batch,))
    times, start = [], time.perf_counter()
    while len(times) < steps + 2 or time.perf_counter() - start < seconds:
        before = time.perf_counter()
        step(model, network, auxiliary, x, label, 80.0)
        times.append(time.perf_counter() - before)
    return times[2:]


def peak_mib():
    """Peak memory of this process so far, MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", choices=ENCODERS, default="full")
    parser.add_argument("--points", type=int, default=1024)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--steps", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2.0)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    idle = peak_mib()
    times = measure(args.size, args.points, args.batch, args.steps, args.seconds)
    print(json.dumps({"least_s": min(times), "median_s": statistics.median(times), "steps": len(times),
                      "memory_mib": peak_mib() - idle}))
