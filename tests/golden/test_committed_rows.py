"""What holds for the rows of any run: no curve beats the ideal bound, and real streams cost what the models say."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lcpc.metrics.blahut_arimoto import rate_at_accuracy_bits

ROOT = Path(__file__).parents[2]
FILES = sorted(path.relative_to(ROOT).as_posix() for path in ROOT.glob("results/*/rate_accuracy/*.csv"))
NONE = [pytest.param("", marks=pytest.mark.skip(reason="no run has rate-accuracy rows here; `snakemake demo` makes some"))]
MOST_OVERHEAD_BITS = 10.0


def done(file: str) -> pd.DataFrame:
    frame = pd.read_csv(ROOT / file)
    return frame[frame["status"] == "done"]


@pytest.mark.parametrize("file", FILES or NONE)
def test_no_row_stands_above_the_ideal_bound(file: str) -> None:
    rows = done(file)
    if rows.empty:
        pytest.skip(f"{file} holds skipped rows only")
    samples = pd.read_csv((ROOT / file).with_suffix(".samples.csv.gz"))
    counts = samples.drop_duplicates("sample")["label"].value_counts().to_numpy(float)
    for _, row in rows.iterrows():
        least = rate_at_accuracy_bits(counts / counts.sum(), float(np.clip(row["top1_percent"], 0, 100)))
        assert row["rate_bits"] >= least, f"{row['top1_percent']:.2f} % takes at least {least:.3f} bits"


@pytest.mark.parametrize("file", [file for file in FILES if "/proposed_" in file] or NONE)
def test_real_streams_cost_at_most_ten_bits_more_than_the_models_say(file: str) -> None:
    rows = done(file)
    overhead = rows["stream_bits"] - rows["rate_bits"]
    assert overhead.between(-1, MOST_OVERHEAD_BITS).all(), overhead.tolist()
