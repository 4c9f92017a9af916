"""How near a decoded picture is to the one that was sent: PSNR over R, G, B, and MS-SSIM."""

from typing import TYPE_CHECKING

from lcpc.codecs.images.base import Picture, mean_squared_error
from lcpc.metrics.distortion import PEAK_8_BIT, ms_ssim_db, psnr_db

if TYPE_CHECKING:
    from torch import Tensor

LEAST_SIDE_PX = 161
"""MS-SSIM takes five scales and a window of 11 pixels; smaller pictures have none."""


def quality(decoded: Picture, picture: Picture) -> dict[str, float | None]:
    """psnr_rgb_db, ms_ssim_rgb (0 to 1) and ms_ssim_db of one picture [H, W, 3].

    MS-SSIM is None where a side is too short. Raises ValueError where the two differ in size.
    """
    if decoded.shape != picture.shape:
        sizes = f"{list(decoded.shape)} and {list(picture.shape)}"
        raise ValueError(f"pictures of {sizes} can't be compared")
    psnr = psnr_db(mean_squared_error(decoded, picture))
    if min(picture.shape[:2]) < LEAST_SIDE_PX:
        return {"psnr_rgb_db": psnr, "ms_ssim_rgb": None, "ms_ssim_db": None}
    similarity = ms_ssim(decoded, picture)
    return {"psnr_rgb_db": psnr, "ms_ssim_rgb": similarity, "ms_ssim_db": ms_ssim_db(similarity)}


def ms_ssim(decoded: Picture, picture: Picture) -> float:
    """MS-SSIM over R, G, B, 0 to 1, by the library that CompressAI measures with.

    Source: Wang, Simoncelli, Bovik 2003.
    """
    from pytorch_msssim import ms_ssim as library

    similarity = library(_tensor(decoded), _tensor(picture), data_range=PEAK_8_BIT)
    return min(float(similarity), 1.0)


def _tensor(picture: Picture) -> "Tensor":
    import torch

    return torch.tensor(picture, dtype=torch.float32).permute(2, 0, 1)[None]
