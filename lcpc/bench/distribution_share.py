"""What part of the ideal's gap a distribution model saves on photographs held out of its training.

    share = (static - adapted - side information) / (static - ideal)

With a run's settings, and with one of them changed at a time: steps, widths, versions of the
photographs. So it shows what holds a model back, and looks at no test image.
"""

import argparse
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lcpc import config as configs
from lcpc.jobs import Job, JobContext, job_named

if TYPE_CHECKING:
    from torch import Tensor

    from lcpc.codecs.image_base import TrainedBase
    from lcpc.data.photographs import Photographs
    from lcpc.models.distribution_codec import DistributionCodec
    from lcpc.training._latents import Photo

HELD_OUT = 10
"""One photograph of so many is not trained on."""
CHANGES: Mapping[str, Mapping[str, int]] = {
    "as the run": {}, "4 x the steps": {"steps": 4}, "N_q and M_q twice": {"n_q": 2, "m_q": 2},
    "3 x the versions": {"versions": 3},
    "3 x the versions, 4 x the steps": {"versions": 3, "steps": 4}}
"""Factors on settings, by what they are called."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the benchmark."""
    parser.add_argument("--run", default="zoo", help="run with the base (default: zoo)")
    parser.add_argument("--quality", type=int, default=2, help="of the base (default: 2)")
    parser.add_argument("--device", default="cpu", help="cpu or cuda (default: cpu)")
    parser.add_argument("--threads", type=int, default=2, help="processor cores (default: 2)")


def run(options: argparse.Namespace) -> Iterator[str]:
    """One line for each change."""
    from lcpc.bench._timing import machine_lines
    from lcpc.codecs.image_base import TrainedBase
    from lcpc.training import _patches, distribution
    from lcpc.training._process import prepare_process, usable_device

    prepare_process(options.threads)
    root, config = Path(options.root), configs.load(Path(options.root), options.run)
    context = JobContext(root, config, options.threads, usable_device(options.device))
    job = job_named(list(distribution.jobs(config, root)), f"distribution_q{options.quality}",
                    options.run)
    name = f"image_base_q{options.quality}"
    base = TrainedBase.load(context.checkpoint(name), str(context.weights(name)))
    photos = _patches.photographs(context)
    yield from machine_lines()
    yield (f"{name} of run {options.run}: every {HELD_OUT}th of {len(photos.rgb)} photographs is "
           "held out. Side information counts as beside a 768 x 512 picture.")
    yield ""
    yield ("| settings | ideal, % | adapted, % | side information, % | share, % "
           "| of photographs trained on, % |")
    yield "|---|--:|--:|--:|--:|--:|"
    yield from lines(base, photos, job, context.device)


def lines(base: "TrainedBase", photos: "Photographs", job: Job, device: str) -> Iterator[str]:
    """A model for each change, its photographs' latents computed once."""
    from lcpc.data.photographs import Photographs
    from lcpc.data.seeds import seed_of
    from lcpc.training import _distribution_model, _latent_grids

    settings, quality = job.values, job.values["quality"]
    seed = seed_of(settings["seed"], "distribution", quality) % 2**31
    rest = [rgb for index, rgb in enumerate(photos.rgb) if index % HELD_OUT]
    trained = Photographs(photos.name, tuple(rest), f"{photos.digest} but every {HELD_OUT}th")
    with tempfile.TemporaryDirectory() as folder:
        _latent_grids.grids(base.network, trained, 0, seed, Path(folder))
        for number, (words, factors) in enumerate(CHANGES.items()):
            changed = {name: settings[name] * factor for name, factor in factors.items()}
            identity = {"change": words}
            model, _ = _distribution_model.train(
                base, trained, {**settings, **changed}, seed, identity,
                Path(folder) / f"{number}.pt", device)
            new, old = (bits(model, base, some, settings["target_positions"])
                        for some in (photos.rgb[::HELD_OUT], rest[::HELD_OUT]))
            yield _line(words, new, share_percent(old))


def bits(model: "DistributionCodec", base: "TrainedBase", photos: "Sequence[Photo]",
         target_positions: float) -> dict[str, float]:
    """Bits of all latents: static, ideal, adapted, side.

    Side information is paid once in `target_positions` positions.
    """
    import torch

    from lcpc.entropy.histogram import counts
    from lcpc.training._latents import whole_steps

    sums = dict.fromkeys(("static", "ideal", "adapted", "side"), 0.0)
    with torch.no_grad():
        for rgb in photos:
            symbols = base.network.symbols(base.network.analyse(whole_steps(rgb)))
            positions = symbols[0, 0].numel()
            p = counts(symbols.flatten(2), model.shape.width).float() / positions
            q_hat = torch.round(model.analyse(p))
            side = -torch.log2(model.likelihood(q_hat)).sum()
            logs = {"static": model.default, "ideal": torch.log2(p.clamp(min=1e-30)),
                    "adapted": model.synthesise(q_hat)}
            for name, log in logs.items():
                sums[name] += _cost(p, log) * positions
            sums["side"] += float(side) * positions / target_positions
    return sums


def _cost(p: "Tensor", logs: "Tensor") -> float:
    return -float((p * logs).sum())


def share_percent(sums: Mapping[str, float]) -> float:
    """Part of the ideal's gap that is saved, side information paid."""
    saved = sums["static"] - sums["adapted"] - sums["side"]
    return 100 * saved / (sums["static"] - sums["ideal"])


def _line(words: str, sums: Mapping[str, float], share_of_trained: float) -> str:
    static: float = sums["static"]
    changes = (f"{100 * (sums[name] / static - 1):+.2f}" for name in ("ideal", "adapted"))
    side = 100 * sums["side"] / static
    cells: list[Any] = [words, *changes, f"{side:.2f}", f"{share_percent(sums):.1f}",
                        f"{share_of_trained:.1f}"]
    return f"| {' | '.join(cells)} |"
