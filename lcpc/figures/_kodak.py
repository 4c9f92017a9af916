"""Shared by the image figures: the documents' points on Kodak, a run's own rows, MS-SSIM where differences show."""

from typing import TYPE_CHECKING

from lcpc.errors import MissingData
from lcpc.results.store import PUBLISHED, Results

if TYPE_CHECKING:
    import numpy
    import pandas

KIND = "rate_distortion"
DOCUMENTS_IMAGES = "kodak"
PSNR_LABEL = "PSNR over RGB (dB)"
MS_SSIM_LABEL = "MS-SSIM (dB)"
RATE_LABEL = "Rate (bits per pixel)"
RATE_LIMITS = (0.0, 2.25)
PSNR_LIMITS = (26.0, 41.0)
OWN_BASE = "own"
"""What column `base` begins with where a run trained its base itself."""
IMAGE_SETS = {"photos": "embedded photographs", "kodak": "Kodak"}


def measured(results: Results, stem: str) -> "pandas.DataFrame":
    """Done rows of image codecs in a run. Raises MissingData with the command that makes them, or with why they are skipped."""
    frame = results.measured(KIND)
    done = frame[(frame["status"] == "done").fillna(False).astype(bool)]
    if done.empty:
        reasons = f" ({frame['note'].iloc[0]})" if len(frame) else ""
        raise MissingData(f"run {results.run} has no rows of image codecs to show in {stem}{reasons}; ask for them in "
                          f"config/{results.run}.yaml (images:), then `snakemake --cores 8 figures/{results.run}/{stem}.pdf`; "
                          f"for the published points `snakemake --cores 8 figures/{PUBLISHED}/{stem}.pdf`")
    return done


def on_documents_images(rows: "pandas.DataFrame") -> bool:
    """Whether the rows stand on the images of the documents, so that both may share a figure."""
    return set(rows["images"]) == {DOCUMENTS_IMAGES}


def with_published(own: "pandas.DataFrame", theirs: "pandas.DataFrame", name: str) -> "pandas.DataFrame":
    """Own points beside the documents' where both stand on Kodak; `series`: the value of column `name`, and whose it is."""
    import pandas

    frames = [own.assign(_whose=own["run"]), *([theirs.assign(_whose=PUBLISHED)] if on_documents_images(own) else [])]
    frame = pandas.concat(frames, ignore_index=True)
    return frame.assign(series=frame[name].astype("string") + " (" + frame["_whose"].astype("string") + ")")


def on_own_base(points: "pandas.DataFrame") -> bool:
    """Whether measured points stand on a base that the run trained itself, which is another than that of the documents."""
    return bool(points["base"].astype("string").str.startswith(OWN_BASE).fillna(False).any())


def decibel(ms_ssim: "pandas.Series") -> "numpy.ndarray":
    """MS-SSIM in dB: -10 log10(1 - MS-SSIM)."""
    import numpy

    return -10 * numpy.log10(1 - ms_ssim.to_numpy(float))
