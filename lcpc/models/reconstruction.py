"""The auxiliary decoder [MMSP23, Fig. 4]: an MLP from y_hat back to points, to see what a latent
holds."""

from itertools import pairwise

from torch import Tensor, nn

from lcpc.metrics.architectures import POINT_ENCODERS
from lcpc.models.point_codec import draw_weights

HIDDEN = {"full": (256, 256, 512), "lite": (64, 64, 256), "micro": (64, 64, 256)}
"""Widths between y_hat and the 3 P coordinates."""


class ReconstructionDecoder(nn.Module):
    """y_hat [B, N] -> points [B, P, 3]. It sees y_hat detached: the codec learns nothing from
    it."""

    def __init__(self, size: str, points: int, seed: int = 1) -> None:
        super().__init__()
        self.size, self.points = size, points
        widths = (POINT_ENCODERS[size][-1][0], *HIDDEN[size], 3 * points)
        layers: list[nn.Module] = []
        for inputs, outputs in pairwise(widths):
            layers += [nn.Linear(inputs, outputs), nn.ReLU()]
        self.layers = nn.Sequential(*layers[:-1])
        draw_weights(self, seed)

    def forward(self, y_hat: Tensor) -> Tensor:
        """Clouds of decoded latents; no gradient passes into `y_hat`."""
        coordinates: Tensor = self.layers(y_hat.detach())
        return coordinates.unflatten(-1, (-1, 3))
