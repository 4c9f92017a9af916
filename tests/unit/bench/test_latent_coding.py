"""`lcpc bench latent_coding`: both coders code the same latent, and a wrong one is refused."""

import importlib.util

import numpy as np
import pytest

from lcpc.bench import latent_coding
from lcpc.cli import main


@pytest.fixture(scope="module")
def latent():
    return latent_coding.latent()


def test_the_latent_is_that_of_a_picture_and_most_channels_are_not_in_use(latent):
    symbols, tables = latent
    assert symbols.shape == (192, 32 * 48)
    assert len(tables) == 192
    in_use = (symbols != 0).mean(1) > 2**-9
    assert in_use.sum() == latent_coding.USED


def test_lcpc_brings_the_latent_back(latent):
    symbols, tables = latent
    size, *seconds = latent_coding.measured(latent_coding.lcpc_coder(symbols, tables), symbols)
    bits = sum(tables.bits(column) for column in symbols.T)
    assert size == pytest.approx(bits / 8, rel=0.01)
    assert min(seconds) > 0


def test_compressai_codes_it_in_as_many_bytes(latent):
    if importlib.util.find_spec("compressai") is None:
        pytest.skip("compressai is not installed")
    symbols, tables = latent
    sizes = [latent_coding.measured(coder(symbols, tables), symbols)[0]
             for coder in (latent_coding.lcpc_coder, latent_coding.compressai_coder)]
    assert sizes[0] == pytest.approx(sizes[1], abs=64)


def test_a_coder_that_loses_a_value_is_refused(latent):
    symbols, _ = latent
    forgetful = latent_coding.SymbolCoder(lambda: b"", lambda stream: np.zeros_like(symbols))
    with pytest.raises(ValueError, match="did not come back"):
        latent_coding.measured(forgetful, symbols)


def test_no_rounds_are_refused(tmp_path, capsys):
    (tmp_path / "Snakefile").touch()
    assert main(["--root", str(tmp_path), "bench", "latent_coding", "--rounds", "0"]) == 2
    assert "--rounds 0: name at least one" in capsys.readouterr().err
