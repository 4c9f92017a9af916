"""Shared by the image figures: the documents' points on Kodak, and MS-SSIM on a scale where differences show."""

from typing import TYPE_CHECKING

from lcpc.errors import MissingData
from lcpc.results.store import PUBLISHED, Results

if TYPE_CHECKING:
    import numpy
    import pandas

PSNR_LABEL = "PSNR over RGB (dB)"
MS_SSIM_LABEL = "MS-SSIM (dB)"
RATE_LABEL = "Rate (bits per pixel)"
RATE_LIMITS = (0.0, 2.25)
PSNR_LIMITS = (26.0, 41.0)


def published(results: Results, name: str, stem: str) -> "pandas.DataFrame":
    """Published image points. Raises MissingData in a measured run: none of them measures images."""
    if results.run != PUBLISHED:
        raise MissingData(f"run {results.run} measures point clouds only, so it has nothing to show in {stem}; "
                          f"run `snakemake --cores 8 figures/{PUBLISHED}/{stem}.pdf` for the published points")
    return results.published(name).assign(evidence=PUBLISHED)


def decibel(ms_ssim: "pandas.Series") -> "numpy.ndarray":
    """MS-SSIM in dB: -10 log10(1 - MS-SSIM)."""
    import numpy

    return -10 * numpy.log10(1 - ms_ssim.to_numpy(float))
