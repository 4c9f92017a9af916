"""The tables and figures that a run makes: their files, and the commands that make them."""

from dataclasses import dataclass

from lcpc.config import Config

AUDIT = "audit"
"""The table that the audit itself writes, after all others."""
ENDINGS = {"table": ("csv", "md", "tex", "html", "json"), "figure": ("pdf", "png", "csv", "json")}


@dataclass(frozen=True)
class Product:
    """A table or a figure of a run. `kind`: table or figure. Paths are relative to the project."""

    kind: str
    run: str
    stem: str

    @property
    def folder(self) -> str:
        """Folder of its files, such as `tables/demo`."""
        return f"{self.kind}s/{self.run}"

    @property
    def files(self) -> list[str]:
        """All its files."""
        return [self.path(ending) for ending in ENDINGS[self.kind]]

    @property
    def file(self) -> str:
        """Its csv, such as `tables/demo/bd_metrics.csv`."""
        return self.path("csv")

    @property
    def modules(self) -> tuple[str, str]:
        """Modules whose code counts, with all that they import: its own, and what renders it."""
        room = f"lcpc.{self.kind}s"
        return f"{room}.{self.stem}", f"{room}.render"

    @property
    def command(self) -> str:
        """The command that makes it again from the rows that are there."""
        return f"lcpc {self.kind} {self.stem} --run {self.run}"

    @property
    def workflow_command(self) -> str:
        """The command that makes it and all that it needs."""
        return f"snakemake --cores 8 {self.files[0]}"

    def path(self, ending: str) -> str:
        """One of its files."""
        return f"{self.folder}/{self.stem}.{ending}"


def products(config: Config, *kinds: str) -> list[Product]:
    """All tables and figures of a run but for the audit, or those of some kinds."""
    tables = [Product("table", config.run, stem) for stem in config.tables if stem != AUDIT]
    figures = [Product("figure", config.run, stem) for stem in config.figures]
    return [product for product in tables + figures if product.kind in (kinds or ENDINGS)]
