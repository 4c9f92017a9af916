"""An exported codec codes like the trained one, with nothing at hand but its files."""

import json
import subprocess
import sys
import warnings

import numpy as np
import pytest
import torch

from lcpc.codecs import deployment
from lcpc.codecs.point_clouds.proposed import load
from lcpc.config import Curve, Training
from lcpc.data.base import clouds
from lcpc.entropy import coder
from lcpc.entropy.pmf import FrequencyTables
from lcpc.errors import DataError
from lcpc.models.folded import FoldedEncoder
from lcpc.trainer.curve_training import CurveTraining

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


LAMBDAS = (10.0, 1000.0)


def made(split, count=60):
    rng = np.random.default_rng([0, split == "test"])
    points = rng.normal(size=(count, 32, 3)).astype(np.float32)
    label = np.arange(count) % 5
    points[..., 0] *= (0.1 + 0.3 * label)[:, None].astype(np.float32)
    points /= np.linalg.norm(points, axis=2).max(axis=1)[:, None, None]
    return clouds("shapes40", tuple("abcde"), split, points, label, np.array([f"c{i}" for i in range(count)]), {})


@pytest.fixture(scope="module")
def test_clouds():
    return made("test")


@pytest.fixture(scope="module")
def content(tmp_path_factory):
    curve = Curve(sizes=("micro",), points=(32,), lambdas=LAMBDAS, training=Training(epochs=30, batch=10))
    resume = tmp_path_factory.mktemp("weights") / "resume.pt"
    return CurveTraining(curve, "micro", 32, made("train"), 1, resume).run()


@pytest.fixture(scope="module")
def codec(content):
    return load(content, "micro.pt")


@pytest.fixture(scope="module", params=[".pt2", ".pt"])
def exported(codec, test_clouds, tmp_path_factory, request):
    """Path of the encoder."""
    folder = tmp_path_factory.mktemp("exported")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for ending, content in deployment.files(codec, 1000.0, {"lambda": 1000}, test_clouds.points, request.param).items():
            (folder / f"codec{ending}").write_bytes(content)
    return folder / f"codec{request.param}"


def test_the_folded_codec_writes_the_same_bytes_on_test_clouds(codec, test_clouds):
    for lambda_ in LAMBDAS:
        found = deployment.compare(codec, lambda_, test_clouds.points)
        assert found.streams_same == found.clouds == len(test_clouds)
        assert found.latent_error < 1e-5
        assert found.logit_error < 1e-4


def test_a_fresh_process_without_lcpc_gives_the_same_symbols_and_class(codec, test_clouds, exported):
    np.save(exported.with_suffix(".npy"), test_clouds.points[:9, :20])
    command = [sys.executable, "-c", DEVICE, str(exported.with_suffix("")), exported.suffix]
    subprocess.run(command, check=True, cwd=exported.parent)
    there = np.load(exported.with_suffix(".npz"))
    symbols = codec.symbols(test_clouds.points[:9, :20], 1000.0)
    logits = codec.classify(codec.dequantise(symbols, 1000.0), 1000.0)
    assert np.array_equal(there["symbols"], symbols)
    assert np.allclose(there["logits"], logits, rtol=1e-4, atol=1e-4)


def test_the_tables_beside_it_code_the_same_stream(codec, test_clouds, exported):
    told = json.loads(exported.with_suffix(".tables.json").read_text())
    tables = FrequencyTables.from_arrays(told["tables"])
    symbols = codec.symbols(test_clouds.points[:1], 1000.0)[0]
    assert coder.encode(symbols, tables) == codec.encode(test_clouds.points[0], 1000.0)
    assert (told["format"], told["lambda"]) == (deployment.FORMAT, 1000)


def test_one_cloud_or_many_of_any_size_pass_through_the_same_file(exported):
    encode = deployment.loaded(exported.suffix, exported.read_bytes())
    assert [encode(torch.zeros(b, 3, p)).shape for b, p in ((1, 1), (1, 1024), (7, 5))] == [(1, 16), (1, 16), (7, 16)]


def test_a_fold_that_changes_the_codec_is_refused(content, test_clouds, monkeypatch):
    codec = load(content, "micro.pt")
    honest = FoldedEncoder.latents
    monkeypatch.setattr(FoldedEncoder, "latents", lambda self, x: honest(self, x) * 1.01)
    with pytest.raises(DataError, match="the folded codec differs from the trained one .latents by 0.01.*; train again"):
        deployment.compare(codec, 10.0, test_clouds.points)


@pytest.mark.parametrize(("broken", "message"), [("FoldedEncoder", r"encoder \(.pt\) gives other symbols"),
                                                 ("FoldedDecoder", r"decoder \(.pt\) gives other logits")])
def test_a_file_that_does_not_compute_what_was_folded_is_not_written(codec, test_clouds, monkeypatch, broken, message):
    def script(module, example, free):
        if type(module).__name__ == broken:
            module.get_parameter(next(name for name, _ in module.named_parameters())).mul_(1.5)
        content = deployment.script(module, example, free)
        if type(module).__name__ == broken:
            module.get_parameter(next(name for name, _ in module.named_parameters())).div_(1.5)
        return content

    monkeypatch.setitem(deployment.WRITERS, ".pt", script)
    with pytest.raises(DataError, match=message):
        deployment.files(codec, 1000.0, {}, test_clouds.points, ".pt")
