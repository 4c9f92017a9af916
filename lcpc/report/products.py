"""Tables and figures read back from disk with the origin of each number."""

import re
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from lcpc.audit.files import TableFile, read_json, read_table, read_text
from lcpc.audit.rendered import rebuilt, sources_of
from lcpc.errors import ResultError, refusing
from lcpc.results.cells import Source, Table
from lcpc.results.products import Product

OFFERED = {"table": ("csv", "md", "tex"), "figure": ("pdf", "png", "csv")}
"""Endings of the files that the pages offer."""
THUMBNAIL_PX = (600, 420)
WEBP_QUALITY, WEBP_EFFORT = 72, 4


@dataclass(frozen=True)
class FigurePreview:
    """A figure's picture: its size in pixels, and a small copy (WebP) for lists of figures."""

    size: tuple[int, int]
    thumbnail: bytes


@dataclass(frozen=True)
class ReadFigure:
    """A figure read back: plotted points, source lines of each series, digests of files."""

    product: Product
    caption: str
    code: str
    points: TableFile
    series: Mapping[str, tuple[Source, ...]]
    digests: Mapping[str, str]
    picture: FigurePreview

    @property
    def cited(self) -> list[Source]:
        """Sources of all series."""
        return [source for sources in self.series.values() for source in sources]


@dataclass(frozen=True)
class ReadTable:
    """A table read back: its cells, the fields of its csv, digests of its code and sources."""

    product: Product
    table: Table
    fields: TableFile
    code: str
    digests: Mapping[str, str]

    @property
    def cited(self) -> list[Source]:
        """Sources of all cells."""
        cells = [cell for row in self.table.rows for cell in row.values()]
        return [source for cell in cells for source in cell.sources]


def slug(text: str) -> str:
    """A text as part of an anchor: other characters become an underscore.

    >>> slug("bits.ours <1>")
    'bits.ours_1_'
    """
    return re.sub(r"[^\w.-]+", "_", text)


def read_back(root: Path, product: Product) -> ReadTable:
    """The table as it was built. Raises MissingData or ResultError naming the file."""
    fields = read_table(root / product.file, root)
    content = read_json(root / product.path("json"), root)
    markdown = root / product.path("md")
    shown = read_text(markdown, root) if markdown.is_file() else ""
    with _fitting(product):
        table = rebuilt(fields, content, shown, root)
        return ReadTable(product, table, fields, str(content["code"]), _digests(content))


def drawing(root: Path, product: Product) -> ReadFigure:
    """The figure's points, their origin, its picture.

    Raises MissingData or ResultError naming the file.
    """
    image = picture(root / product.path("png"))
    points = read_table(root / product.file, root)
    content = read_json(root / product.path("json"), root)
    with _fitting(product):
        series = {str(name): sources_of(root, entries)
                  for name, entries in content["series"].items()}
        return ReadFigure(product, str(content["caption"]), str(content["code"]), points, series,
                       _digests(content), image)


def kinds_there(root: Path, product: Product) -> list[str]:
    """Endings of the product's files that are there."""
    return [kind for kind in OFFERED[product.kind] if (root / product.path(kind)).is_file()]


def picture(path: Path) -> FigurePreview:
    """A png as the pages need it. Raises ResultError unless it is one."""
    from PIL import Image

    try:
        with Image.open(path, formats=["PNG"]) as image:
            small = image.convert("RGB")
            size = image.size
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        file = "/".join(path.parts[-3:])
        raise ResultError(f"{file} is no png; draw the figure again") from error
    small.thumbnail(THUMBNAIL_PX)
    content = BytesIO()
    small.save(content, "WEBP", quality=WEBP_QUALITY, method=WEBP_EFFORT)
    return FigurePreview(size, content.getvalue())


def _fitting(product: Product) -> AbstractContextManager[None]:
    return refusing(ResultError, f"{product.file}: its json", "does not fit it",
                    f"run `{product.command}`")


def _digests(content: Mapping[str, Any]) -> dict[str, str]:
    return {str(file): str(digest) for file, digest in content["sources"].items()}
