"""bmshj2018-factorized, the base of all learned image codecs here: g_a, an entropy bottleneck, g_s.

    x [B, 3, H, W] -> g_a -> y [B, M, H/16, W/16] -> round about medians -> y_hat -> g_s -> x_hat

The names of the weights are CompressAI's, so that its trained ones fit. Transforms and density are
lcpc's, equal to CompressAI's by test; lambda is in the weights.
Source: Ballé et al., *Variational image compression with a scale hyperprior*.
"""

import re
from collections.abc import Mapping

import torch
from torch import Tensor, nn

from lcpc.checkpoints import defect_of_weights
from lcpc.errors import DataError, refusing
from lcpc.models.bottleneck import FactorizedDensity
from lcpc.models.image_transforms import transforms

DENSITY = re.compile(r"entropy_bottleneck\._?(matrix|bias|factor|matrices|biases|factors)\.?(\d)")
PLURALS = {"matrix": "matrices", "bias": "biases", "factor": "factors"}
PARALLEL = "module."
"""Prefix of the names of weights trained on several devices; CompressAI removes it, too."""
STEP = 16
"""Pixels between two positions of the latent."""


class ImageBase(nn.Module):
    """g_a, g_s, the density of each channel of y and its median, about which y is rounded."""

    def __init__(self, n: int, m: int, seed: int) -> None:
        super().__init__()
        self.n, self.m = n, m
        self.g_a, self.g_s = transforms(n, m, seed)
        self.bottleneck = FactorizedDensity(m, torch.Generator().manual_seed(seed))
        self.median: Tensor
        self.register_buffer("median", torch.zeros(m))

    def analyse(self, x: Tensor) -> Tensor:
        """y of images, values 0 to 1, sides whole steps: [B, 3, H, W] -> [B, M, H/16, W/16]."""
        y: Tensor = self.g_a(x)
        return y

    def synthesise(self, y_hat: Tensor) -> Tensor:
        """Images, not clamped: [B, M, h, w] -> [B, 3, 16 h, 16 w]."""
        x_hat: Tensor = self.g_s(y_hat)
        return x_hat

    def symbols(self, y: Tensor) -> Tensor:
        """Integers to code: y rounded about the medians, int64 [B, M, h, w]."""
        return torch.round(y - self.median.view(-1, 1, 1)).long()

    def dequantise(self, symbols: Tensor) -> Tensor:
        """y_hat of the integers: [B, M, h, w]."""
        return symbols.to(self.median.dtype) + self.median.view(-1, 1, 1)

    def likelihood(self, y: Tensor) -> Tensor:
        """P(y - 1/2 < Y < y + 1/2) of each element: [B, M, h, w] -> [B, M, h, w]."""
        # [B, M, h, w] -> [B, h, w, M] and back
        likelihood = self.bottleneck(y.permute(0, 2, 3, 1))
        return likelihood.permute(0, 3, 1, 2)

    @torch.no_grad()
    def log2_pmf(self, bins: int) -> Tensor:
        """log2 of the probabilities of the symbols -B/2 ... B/2 - 1 of each channel: [M, B]."""
        first = torch.full_like(self.median, -(bins // 2))
        return torch.log2(self.bottleneck.probabilities(self.median, first, bins)).T.contiguous()


def of_compressai(state: Mapping[str, Tensor], where: str) -> ImageBase:
    """The base with CompressAI's trained weights. Raises DataError naming `where` for others."""
    problem = "holds no weights of bmshj2018-factorized"
    with refusing(DataError, where, problem, "fetch them again"):
        state = {name.removeprefix(PARALLEL): value for name, value in state.items()}
        if fault := defect_of_weights(state):
            raise DataError(f"{where} {problem}: they {fault}; fetch them again")
        n, m = state["g_a.0.weight"].shape[0], state["g_a.6.weight"].shape[0]
        base = ImageBase(n, m, seed=0)
        median = state["entropy_bottleneck.quantiles"][:, 0, 1]
        base.load_state_dict({"median": median} | _renamed(state))
    return base.eval()


def _renamed(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """CompressAI's weights under the names used here, without its coding tables.

    Its versions spell the densities' names `_biases.0`, `_bias0` or `biases.0`.
    """
    renamed = {}
    for name, value in state.items():
        if name.startswith(("g_a.", "g_s.")):
            renamed[name] = value
        elif match := DENSITY.fullmatch(name):
            plural = PLURALS.get(match[1], match[1])
            renamed[f"bottleneck.{plural}.{match[2]}"] = value
    return renamed
