"""Shared by the figures of critical points: streams in hexadecimal, arrows, equal or not."""

from typing import Any

from lcpc.figures import style
from lcpc.figures._clouds import CRITICAL
from lcpc.figures._types import Figure

BYTES_A_LINE, LINES = 8, 5


def hexadecimal(stream: str) -> str:
    """A stream in groups of two bytes, eight bytes a line, cut if long, and its length."""
    groups = [stream[at:at + 4] for at in range(0, len(stream), 4)]
    step = BYTES_A_LINE // 2
    lines = [" ".join(groups[at:at + step]) for at in range(0, len(groups), step)]
    if len(lines) >= LINES:
        lines = [*lines[:LINES - 2], f"{lines[LINES - 2]} …"]
    return "\n".join([*lines, f"({len(stream) // 2} bytes)"])


def verdict(figure: Figure, x: float, middle: float, height: float, is_same: bool) -> None:
    """A double arrow between two lanes, and whether what they carry is the same."""
    gap = 0.075 * height
    arrow(figure, (x, middle - gap), (x, middle + gap), style_="<|-|>")
    word, colour = ("same", style.FAINT) if is_same else ("different", CRITICAL)
    figure.text(x + 0.012, middle, word, va="center", fontsize=8, color=colour)


def arrow(figure: Figure, start: tuple[float, float], end: tuple[float, float], word: str = "",
          style_: Any = "-|>") -> None:
    """An arrow in shares of the figure, with a word above its end."""
    from matplotlib.patches import FancyArrowPatch

    figure.add_artist(FancyArrowPatch(
        start, end, transform=figure.transFigure, arrowstyle=style_, mutation_scale=7,
        linewidth=0.9, color=style.FAINT, shrinkA=0, shrinkB=0))
    if word:
        x, y = (start[0] + end[0]) / 2, end[1] + 0.07 / figure.get_figheight()
        figure.text(x, y, word, ha="center", va="bottom", fontsize=7.5)
