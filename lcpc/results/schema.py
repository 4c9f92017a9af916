"""Columns of the result files: name, type and meaning. Stations share this and nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass

from lcpc import registry
from lcpc.errors import ResultError

EXPERIMENTS = "lcpc.experiments"
EVIDENCE = ("measured", "recorded", "published")
STATUS = ("done", "skipped", "failed")


@dataclass(frozen=True)
class Column:
    """One column: its pandas type (`string`, `float`, `integer`) and what it holds, with its unit."""

    kind: str
    meaning: str


RATE_DISTORTION: Mapping[str, Column] = {
    "run": Column("string", "name of the run"),
    "images": Column("string", "name of the image set"),
    "codec": Column("string", "bmshj2018-factorized, ideal, balcilar2022, proposed, jpeg, jpeg2000, webp, avif"),
    "base": Column("string", "whose weights a learned codec stands on: compressai, or own with width, training, photographs"),
    "quality": Column("integer", "quality of the base, or the file format's own setting"),
    "setting": Column("string", "the same and other settings of the codec, in its own words"),
    "image_count": Column("integer", "test images behind the row"),
    "bpp": Column("float", "mean bits a pixel as the model estimates them, side information inside; empty for file formats"),
    "stream_bpp": Column("float", "mean bits a pixel, 8 x bytes of the real stream, decoded and checked; empty for ideal"),
    "side_bpp": Column("float", "mean bits a pixel of the side information, inside bpp; empty for file formats"),
    "psnr_rgb_db": Column("float", "PSNR over R, G, B of each image, then their mean, dB"),
    "ms_ssim_rgb": Column("float", "MS-SSIM of each image, then their mean; 0 to 1"),
    "ms_ssim_db": Column("float", "MS-SSIM of each image in dB, then their mean"),
    "seed": Column("integer", "seed of the training"),
    "evidence": Column("string", "measured"),
    "status": Column("string", "done, skipped or failed"),
    "note": Column("string", "why skipped or failed, and which command mends it; what a number leaves out"),
}

IMAGE_DISTRIBUTIONS: Mapping[str, Column] = {
    "run": Column("string", "name of the run"),
    "images": Column("string", "name of the image set"),
    "base": Column("string", "as in rate_distortion"),
    "quality": Column("integer", "quality of the base"),
    "image": Column("string", "name of the image"),
    "channels": Column("integer", "M_y, channels of the latent, one distribution each"),
    "latent_height": Column("integer", "H_y, rows of the latent"),
    "latent_width": Column("integer", "W_y, columns of the latent"),
    "bins": Column("integer", "B, bins of width 1 a distribution"),
    "ideal_bpp": Column("float", "bits a pixel of y coded with the image's own distributions p"),
    "static_bpp": Column("float", "the same with the base's static distributions"),
    "proposed_bpp": Column("float", "the same with the adapted distributions, without their side information"),
    "seed": Column("integer", "seed of the training"),
    "evidence": Column("string", "measured"),
    "status": Column("string", "done, skipped or failed"),
    "note": Column("string", "why skipped or failed"),
}

IMAGE_COMPLEXITY: Mapping[str, Column] = {
    "run": Column("string", "name of the run"),
    "model": Column("string", "proposed or bmshj2018-hyperprior"),
    "configuration": Column("string", "settings, as Table 2.3 writes them"),
    "analysis_params": Column("integer", "weights of the convolutions of h_a,q or h_a"),
    "analysis_macs_per_pixel": Column("float", "multiply-accumulates of one pass over the pixels of a 768 x 512 image"),
    "synthesis_params": Column("integer", "weights of the convolutions of h_s,q or h_s"),
    "synthesis_macs_per_pixel": Column("float", "multiply-accumulates of one pass over the pixels of a 768 x 512 image"),
    "total_params_without": Column("integer", "parameters of bmshj2018-factorized of that M_y"),
    "total_params_with": Column("integer", "the same with the weights of h_a,q and h_s,q"),
    "evidence": Column("string", "measured: counted on the built modules"),
    "status": Column("string", "done"),
    "note": Column("string", "empty"),
}

KINDS: Mapping[str, Mapping[str, Column]] = {
    "rate_distortion": RATE_DISTORTION, "image_distributions": IMAGE_DISTRIBUTIONS, "image_complexity": IMAGE_COMPLEXITY,
}
BUILT = frozenset({"architecture"})
"""Kinds that are read off built networks and need neither data nor training: run `published` has them too."""
TIMED = frozenset({"latency"})
"""Kinds whose rows hold times: two equal runs differ in them, so nothing compares their bytes."""


def kinds() -> dict[str, Mapping[str, Column]]:
    """Columns of all kinds of rows; each experiment has its own."""
    experiments = [registry.load(EXPERIMENTS, name) for name in registry.names(EXPERIMENTS)]
    found = {module.KIND: module.COLUMNS for module in experiments if hasattr(module, "KIND")}
    return {**KINDS, **found}


def columns(kind: str) -> Mapping[str, Column]:
    """Columns of a kind of rows. Raises ResultError for an unknown kind."""
    known = kinds()
    if kind not in known:
        raise ResultError(f"result kind {kind!r} is not known; known: {', '.join(sorted(known))}")
    return known[kind]
