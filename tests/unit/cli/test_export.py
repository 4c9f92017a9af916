"""`lcpc export`: files for a device out of a trained run, and refusals that say the way out."""

import json

import numpy as np
import pytest
import torch
import yaml

from lcpc import config
from lcpc.cli import main
from lcpc.codecs import deployment
from lcpc.data import point_clouds

RUN = {
    "dataset": {"name": "shapes40", "train_per_class": 2, "test_per_class": 1, "stored_points": 32},
    "proposed": [{"sizes": ["lite"], "points": [32], "lambdas": [10, 1000], "training": {"epochs": 1}}],
}


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    root = tmp_path_factory.mktemp("project")
    (root / "config").mkdir()
    (root / "config" / "mine.yaml").write_text(yaml.safe_dump(RUN))
    assert main(["--root", str(root), "data", "--run", "mine"]) == 0
    assert main(["--root", str(root), "train", "proposed_lite_P32", "--run", "mine"]) == 0
    return root


def export(project, out, **changes):
    options = {"run": "mine", "size": "lite", "points": "32", "lambda": "1000", "out": str(project / out), **changes}
    return main(["--root", str(project), "export", *(word for name, value in options.items() for word in (f"--{name}", value))])


@pytest.mark.parametrize("ending", [".pt2", ".pt"])
def test_a_trained_codec_becomes_files_that_run_without_the_run(project, ending):
    assert export(project, f"codec{ending}") == 0
    clouds = point_clouds.load(config.load(project, "mine"), project, "test").first(32)[:3]
    encode, decode = (deployment.loaded(ending, (project / f"codec{part}{ending}").read_bytes()) for part in ("", ".decoder"))
    x = torch.from_numpy(np.ascontiguousarray(clouds.transpose(0, 2, 1)))
    symbols = encode(x)
    assert (symbols.shape, symbols.dtype) == ((3, 32), torch.int64)
    assert torch.equal(encode(torch.cat([x[:1], x[:1, :, :9]], dim=2)), symbols[:1])
    assert decode(symbols).shape == (3, 40)
    told = json.loads((project / "codec.tables.json").read_text())
    assert told["checked"]["clouds"] == 40
    assert told["checked"]["streams_same"] + told["checked"]["streams_at_a_tie"] == 40
    assert (told["size"], told["points"], told["lambda"], len(told["classes"])) == ("lite", 32, 1000, 40)


@pytest.mark.parametrize(("changes", "message"), [
    ({"out": "codec.onnx"}, "--out codec.onnx: let its name end in .pt2 for a file of torch.export, in .pt for "),
    ({"lambda": "17"}, "no lambda 17; it has 10, 1000"),
    ({"points": "16"}, "run mine trains no lite codec at P=16; it has: lite P=32"),
    ({"size": "micro"}, "run mine trains no micro codec at P=32; it has: lite P=32"),
])
def test_what_can_t_be_exported_is_told_and_nothing_is_written(project, capsys, changes, message):
    assert export(project, changes.pop("out", "none.pt2"), **changes) == 2
    assert message in capsys.readouterr().err
    assert not list(project.glob("none*"))
