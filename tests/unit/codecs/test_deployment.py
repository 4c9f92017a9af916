"""An exported codec codes like the trained one, with nothing at hand but its files."""

import json
import subprocess
import sys
import warnings

import numpy as np
import pytest
import torch

from lcpc.codecs import deployment
from lcpc.codecs.point_clouds.proposed import TrainedCurve
from lcpc.entropy import coder
from lcpc.entropy.pmf import FrequencyTables
from lcpc.errors import DataError
from lcpc.models.folded import FoldedEncoder
from lcpc.training import checkpoint

DEVICE = """
import sys, numpy, torch
assert not any(name.startswith("lcpc") for name in sys.modules)
name, ending = sys.argv[1:3]
load = torch.jit.load if ending == ".pt" else lambda path: torch.export.load(path).module()
clouds = torch.from_numpy(numpy.load(name + ".npy")).mT.contiguous()
symbols = load(name + ending)(clouds)
logits = load(name + ".decoder" + ending)(symbols)
numpy.savez(name + ".npz", symbols=symbols.detach().numpy(), logits=logits.detach().numpy())
"""


@pytest.fixture(scope="module", params=[".pt2", ".pt"])
def exported(curve, test_clouds, tmp_path_factory, request):
    """Path of the encoder."""
    folder = tmp_path_factory.mktemp("exported")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for ending, content in deployment.files(curve, 1, {"lambda": 1000}, test_clouds.points, request.param).items():
            (folder / f"codec{ending}").write_bytes(content)
    return folder / f"codec{request.param}"


def test_the_folded_codec_writes_the_same_bytes_on_test_clouds(curve, test_clouds):
    for member in range(2):
        found = deployment.compare(curve, member, test_clouds.points)
        assert found.streams_same == found.clouds == len(test_clouds)
        assert found.latent_error < 1e-5
        assert found.logit_error < 1e-4


def test_a_fresh_process_without_lcpc_gives_the_same_symbols_and_class(curve, test_clouds, exported):
    np.save(exported.with_suffix(".npy"), test_clouds.points[:9, :20])
    command = [sys.executable, "-c", DEVICE, str(exported.with_suffix("")), exported.suffix]
    subprocess.run(command, check=True, cwd=exported.parent)
    there = np.load(exported.with_suffix(".npz"))
    symbols = curve.symbols(np.ascontiguousarray(test_clouds.points[:9, :20]))
    assert np.array_equal(there["symbols"], symbols[1])
    assert np.allclose(there["logits"], curve.logits(symbols)[1], rtol=1e-4, atol=1e-4)


def test_the_tables_beside_it_code_the_same_stream(curve, test_clouds, exported):
    told = json.loads(exported.with_suffix(".tables.json").read_text())
    tables = FrequencyTables.from_arrays(told["tables"])
    symbols = curve.symbols(test_clouds.points[:1])[1, 0]
    assert coder.encode(symbols, tables) == curve.encode(test_clouds.points[0], 1)
    assert (told["format"], told["lambda"]) == (deployment.FORMAT, 1000)


def test_one_cloud_or_many_of_any_size_pass_through_the_same_file(exported):
    encode = deployment.loaded(exported.suffix, exported.read_bytes())
    assert [encode(torch.zeros(b, 3, p)).shape for b, p in ((1, 1), (1, 1024), (7, 5))] == [(1, 16), (1, 16), (7, 16)]


def test_a_fold_that_changes_the_codec_is_refused(weights, test_clouds, monkeypatch):
    curve = TrainedCurve.of(checkpoint.read(weights / "micro.pt"), "micro.pt")
    honest = FoldedEncoder.latents
    monkeypatch.setattr(FoldedEncoder, "latents", lambda self, x: honest(self, x) * 1.01)
    with pytest.raises(DataError, match="the folded codec differs from the trained one .latents by 0.01.*; train again"):
        deployment.compare(curve, 0, test_clouds.points)


@pytest.mark.parametrize(("broken", "message"), [("FoldedEncoder", r"encoder \(.pt\) gives other symbols"),
                                                 ("FoldedDecoder", r"decoder \(.pt\) gives other logits")])
def test_a_file_that_does_not_compute_what_was_folded_is_not_written(curve, test_clouds, monkeypatch, broken, message):
    def script(module, example, free):
        if type(module).__name__ == broken:
            module.get_parameter(next(name for name, _ in module.named_parameters())).mul_(1.5)
        content = deployment.script(module, example, free)
        if type(module).__name__ == broken:
            module.get_parameter(next(name for name, _ in module.named_parameters())).div_(1.5)
        return content

    monkeypatch.setitem(deployment.WRITERS, ".pt", script)
    with pytest.raises(DataError, match=message):
        deployment.files(curve, 1, {}, test_clouds.points, ".pt")
