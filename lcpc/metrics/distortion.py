"""Distances between what was sent and what came out: PSNR, MS-SSIM in dB, NRMSE."""

import math

import numpy as np
from numpy.typing import ArrayLike

PEAK_8_BIT = 255.0
LEVELS_8_BIT = 256.0


def psnr_db(mse: float, peak: float = PEAK_8_BIT) -> float:
    """10 log10(peak^2 / mse) in dB; infinite at 0. Raises ValueError for a negative error."""
    if mse < 0:
        raise ValueError(f"a mean squared error of {mse:g} cannot be")
    return math.inf if mse == 0 else 10.0 * math.log10(peak**2 / mse)


def mse_of_psnr(psnr: float, peak: float = PEAK_8_BIT) -> float:
    """Mean squared error of a PSNR in dB, in squared units of `peak`."""
    return peak**2 / 10.0 ** (psnr / 10.0)


def nrmse_of_psnr(psnr: float) -> float:
    """Error of an 8-bit picture as a share of its 256 levels: (1/256) sqrt(255^2 / 10^(PSNR/10)).

    Source: latent space motion analysis (ICASSP 2021), where 0.04 corresponds to about 28 dB.
    """
    return math.sqrt(mse_of_psnr(psnr)) / LEVELS_8_BIT


def psnr_of_nrmse(nrmse_share: float) -> float:
    """The inverse of `nrmse_of_psnr`, in dB."""
    return psnr_db((LEVELS_8_BIT * nrmse_share) ** 2)


def ms_ssim_db(ms_ssim: float) -> float:
    """-10 log10(1 - MS-SSIM) in dB; infinite at 1. Raises ValueError above 1."""
    if ms_ssim > 1:
        raise ValueError(f"an MS-SSIM of {ms_ssim:g} cannot be")
    return math.inf if ms_ssim == 1 else -10.0 * math.log10(1.0 - ms_ssim)


def nrmse(predicted: ArrayLike, actual: ArrayLike, valid: ArrayLike, span: float) -> float:
    """Root-mean-square error over `valid` positions, as a fraction of the dynamic range `span`.

    predicted, actual: [channel, height, width]; valid: bool, broadcastable. Raises ValueError where
    nothing is valid or `span` is not positive. Source: latent space motion analysis (ICASSP 2021),
    equation NRMSE.
    """
    difference = np.asarray(predicted, dtype=np.float64) - np.asarray(actual, dtype=np.float64)
    kept = np.broadcast_to(np.asarray(valid, dtype=bool), difference.shape)
    if not kept.any():
        raise ValueError("no position is valid: the motion predicts nothing here")
    if not span > 0:
        raise ValueError(f"a dynamic range of {span:g} cannot scale an error")
    return float(np.sqrt(np.mean(difference[kept] ** 2)) / span)


def chamfer(made: ArrayLike, reference: ArrayLike) -> float:
    """Chamfer distance of [P, 3] and [Q, 3]: mean squared distances to the nearest, both ways.

    Raises ValueError where a cloud has no points. Source: MMSP 2023, the reconstruction's loss.
    """
    from scipy.spatial import cKDTree

    clouds = [np.asarray(cloud, dtype=np.float64) for cloud in (made, reference)]
    if any(cloud.ndim != 2 or not len(cloud) for cloud in clouds):
        raise ValueError(f"clouds are [P, 3] with at least one point, not "
                         f"{' and '.join(str(cloud.shape) for cloud in clouds)}")
    trees = [cKDTree(cloud) for cloud in clouds]
    return sum(float(np.mean(tree.query(cloud)[0] ** 2))
               for tree, cloud in zip(trees, reversed(clouds), strict=True))
