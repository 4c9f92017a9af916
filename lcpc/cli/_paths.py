"""Where the files of a run stand; one place, so that verbs and rules agree."""

from pathlib import Path


def weights(root: Path, run: str, name: str) -> Path:
    """Weights of a trained curve or classifier, e.g. `proposed_micro_P1024`."""
    return root / "checkpoints" / run / f"{name}.pt"


def effort(weights: Path) -> Path:
    """What the training of weights took; it is told in the provenance of their rows."""
    return weights.with_suffix(".json")


def resume(root: Path, run: str, name: str) -> Path:
    """State in the middle of a training; it is gone when the training is done."""
    return root / "checkpoints" / run / "resume" / f"{name}.pt"


def rows(root: Path, run: str, kind: str, name: str) -> Path:
    """Rows of one job, e.g. `results/demo/rate_accuracy/draco_P1024.csv`."""
    return root / "results" / run / kind / f"{name}.csv"
