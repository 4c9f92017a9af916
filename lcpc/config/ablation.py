"""The section `ablation:`: curves trained with all settings of a recipe, and without one at a
time."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import Field, model_validator

from lcpc.config.base import Positive, Section
from lcpc.config.curves import CountList, Curve, Lambdas, Sizes, Training

Setting = Literal["fresh_points", "scale", "rotation", "jitter", "weight_decay", "averaging",
                  "cosine", "head_norm"]
SETTINGS: tuple[Setting, ...] = get_args(Setting)
WHOLE = "all"
"""Name of the recipe that nothing is left out of."""
OFF: Mapping[str, tuple[str, Any]] = {
    "fresh_points": ("fresh_points", False),
    "scale": ("scale_jitter", 0.0),
    "rotation": ("rotation_degrees", 0.0),
    "jitter": ("point_jitter", 0.0),
    "weight_decay": ("weight_decay", 0.0),
    "averaging": ("average_decay", 0.0),
    "cosine": ("schedule", "constant"),
    "head_norm": ("head_norm", False),
}
"""The key that a setting stands for, of `training` or of the curve, and its value without it."""


class Ablation(Section):
    """Each entry of `ablation:` is a recipe of the proposed codec: its curves are trained with all
    settings, and again without each one of `without`, from the same initial weights."""

    sizes: Sizes = ("micro",)
    """Widths of the encoder."""
    points: CountList = (1024,)
    """P, points of the input cloud."""
    lambdas: Lambdas = (10, 40, 160, 1000, 8000)
    """Weights of the distortion in L = R + lambda D; one point of the curve each."""
    latent_rate_factor: Positive = 1.0
    """Learning rate of gains and densities, as a multiple of the rest's; see `proposed`."""
    head_norm: bool = True
    """BatchNorm and ReLU after the 256 layer; see `proposed`."""
    seeds: CountList = (1, 2, 3)
    """One training of each curve for each of them, all together, on the same batches."""
    training: Training = Training()
    """How the curves are trained."""
    without: Annotated[tuple[Setting, ...], Field(min_length=1)] = SETTINGS
    """Settings that are left out, one at a time. `fresh_points`: points are drawn anew in each
    epoch; `cosine`: the rate falls to the end."""

    @property
    def recipes(self) -> tuple[str, ...]:
        """Names of the recipes: `all`, `without_scale`, ..."""
        return WHOLE, *(f"without_{setting}" for setting in self.without)

    def curve(self, size: str, points: int, recipe: str) -> Curve:
        """The curve of a size at P that a recipe trains."""
        curve = Curve.model_validate({
            "sizes": (size,), "points": (points,), "lambdas": self.lambdas, "seeds": self.seeds,
            "latent_rate_factor": self.latent_rate_factor, "head_norm": self.head_norm,
            "training": self.training})
        return curve if recipe == WHOLE else _without(curve, recipe.removeprefix("without_"))

    @staticmethod
    def name_of(size: str, points: int, recipe: str) -> str:
        """Name of the weights of a recipe."""
        return f"ablation_{size}_P{points}_{recipe}"

    @model_validator(mode="after")
    def _leaves_out_what_is_there(self) -> Self:
        whole = self.curve(self.sizes[0], self.points[0], WHOLE)
        for setting in self.without:
            if _without(whole, setting) == whole:
                raise ValueError(f"without: {setting} is not in the recipe, so that nothing would "
                                 "be left out; set it there, or take it off this list")
        return self


def label_of(recipe: str) -> str:
    """`without_weight_decay` -> `without weight decay`; the whole recipe is `all settings`."""
    return "all settings" if recipe == WHOLE else recipe.replace("_", " ")


def _without(curve: Curve, setting: str) -> Curve:
    key, value = OFF[setting]
    if key in Curve.model_fields:
        return curve.model_copy(update={key: value})
    training = curve.training.model_copy(update={key: value})
    return curve.model_copy(update={"training": training})
