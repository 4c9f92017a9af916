"""What all sections of a run's configuration share, and the kinds of their values."""

from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from lcpc.errors import did_you_mean
from lcpc.registry import names

Size = Literal["full", "lite", "micro"]
Scale = Literal[1, 2, 4, 8, 16, 32, 64, 128, 256]
SIZES: tuple[Size, ...] = get_args(Size)
SCALES: tuple[Scale, ...] = get_args(Scale)

Count = Annotated[int, Field(gt=0)]
CountOrZero = Annotated[int, Field(ge=0)]
Positive = Annotated[float, Field(gt=0)]
PositiveOrZero = Annotated[float, Field(ge=0)]
Share = Annotated[float, Field(ge=0, lt=1)]


class Section(BaseModel):
    """A section: no value changes after reading, no key is unknown, and no type is guessed.

    The text below a key says what it means, in `config/README.md` and `config/schema.json` too.
    """

    # Without use_attribute_docstrings, which parses these files at each start.
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


def known_in(*packages: str, dashes: bool = False, also: tuple[str, ...] = ()) -> AfterValidator:
    """Accepts the names of the plug-ins in `packages` and those of `also`.

    dashes: names are written with - where the files have _, as those of codecs are.
    """

    def check(name: str) -> str:
        """The name as it is. Raises ValueError with the nearest known one."""
        modules = [module for package in packages for module in names(package)]
        known = [module.replace("_", "-") for module in modules] if dashes else modules
        if name not in (*known, *also):
            raise ValueError(f"there is no {name!r}. {did_you_mean(name, [*known, *also])}")
        return name

    return AfterValidator(check)
