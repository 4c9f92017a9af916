"""The training step that anyone would write, in PyTorch and CompressAI.

`lcpc bench training_step` measures lcpc against it.

    python benchmarks/plain_loop.py --size full --points 1024 --threads 2

prints one line of JSON: seconds a step of one lambda (least, median), and the memory that training
took beyond what the imports hold. It trains lcpc's plain network without lcpc's fast path, with
CompressAI's entropy bottleneck. A curve of L lambdas takes L such trainings.
"""

import argparse
import json
import resource
import statistics
import time

import torch
from compressai.entropy_models import EntropyBottleneck
from torch.nn import functional as F

from lcpc.models.point_codec import PointCodec


class PlainBottleneck(EntropyBottleneck):
    """CompressAI's, for latents [B, N]."""

    def forward(self, y):
        """y [B, N] -> (y_hat [B, N], likelihoods [B, N])."""
        y_hat, likelihoods = super().forward(y.unsqueeze(-1))
        return y_hat.squeeze(-1), likelihoods.squeeze(-1)


def plain_codec(size):
    """The point codec of one lambda with CompressAI's bottleneck."""
    codec = PointCodec(size)
    codec.entropy_bottleneck = PlainBottleneck(codec.latents)
    return codec


def optimizers(model):
    """Adam for the network, and another one for the quantiles of the entropy bottleneck."""
    auxiliary = [model.entropy_bottleneck.quantiles]
    network = [p for p in model.parameters() if p is not model.entropy_bottleneck.quantiles]
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
    model.entropy_bottleneck.loss().backward()
    auxiliary.step()


def measure(size, points, batch, steps, seconds):
    """Seconds of each step after two that do not count: `steps` or more, for `seconds` or more."""
    torch.manual_seed(1)
    model = plain_codec(size).train()
    network, auxiliary = optimizers(model)
    x, label = torch.randn(batch, 3, points), torch.randint(model.classes, (batch,))
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
    parser.add_argument("--size", default="full")
    parser.add_argument("--points", type=int, default=1024)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--steps", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2.0)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    idle = peak_mib()
    times = measure(args.size, args.points, args.batch, args.steps, args.seconds)
    result = {"least_s": min(times), "median_s": statistics.median(times), "steps": len(times)}
    print(json.dumps({**result, "memory_mib": peak_mib() - idle}))
