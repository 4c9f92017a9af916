"""OctAttention's training: windows of trees, bits that fall, states that go on, whole weights."""

from pathlib import Path

import pytest
import torch

from lcpc import config
from lcpc.checkpoints import read, save
from lcpc.codecs.point_clouds.octattention import load
from lcpc.errors import ConfigError
from lcpc.jobs import Job, JobContext
from lcpc.models.oct_attention import BLOCK, OctAttentionNetwork, OctShape, visible
from lcpc.models.octree import standard_depth, trees
from lcpc.trainer.loop import round_generator
from lcpc.training import _octrees, octattention
from lcpc.training._octrees import NODES, OctreeTraining, train, windows

TINY = {"occupancy": 4, "level": 2, "octant": 2, "layers": 1, "heads": 2, "hidden": 8, "window": 32}


def settings(**training):
    run = {"dataset": {"name": "shapes40"}, "input_compression": {
        "codecs": ["octattention"], "points": [16, 32], "scales": [4, 64],
        "octattention": {"rounds": 4, "trees": 64, "batch": 2, "warm_up_rounds": 1.0, **TINY, **training}}}
    return config.parse(run, "mine", "config/mine.yaml")


def values(**training):
    (job,) = octattention.jobs(settings(**training), Path())
    return job.values


def training_of(clouds, seed=7, **changes):
    wanted = values(**changes)
    pairs = [(points, scale) for points in wanted["points"] for scale in wanted["scales"]]
    return OctreeTraining(network=OctAttentionNetwork(OctShape.of(wanted["training"]), seed),
                          points=torch.from_numpy(clouds.points), pairs=pairs, settings=wanted["training"],
                          seed=seed, device="cpu")


def test_one_job_whose_values_are_all_its_settings():
    (job,) = octattention.jobs(settings(), Path())
    assert (job.name, job.values["points"], job.values["scales"]) == ("octattention", [16, 32], [4, 64])
    assert job.values != values(clip_norm=2.0)
    assert job.values == values(checkpoint_minutes=9.0)


def test_a_run_without_the_section_trains_none(tmp_path):
    run = {"dataset": {"name": "shapes40"}, "input_compression": {"codecs": ["octattention"]}}
    parsed = config.parse(run, "mine", "config/mine.yaml")
    assert not list(octattention.jobs(parsed, Path()))
    with pytest.raises(ConfigError, match="run mine trains no OctAttention"):
        octattention.run(Job("mine", octattention.__name__, "checkpoints/mine/octattention.pt", ""),
                         JobContext(tmp_path, parsed))


def test_heads_must_divide_the_width():
    with pytest.raises(ConfigError, match="heads is 3, but the width, .* = 32, is no multiple of it"):
        settings(heads=3)


@pytest.mark.parametrize("reach", [1, 32, 129, 200, 1024])
def test_windows_hold_the_nodes_of_all_trees_and_none_sees_another_tree(reach):
    rng = torch.Generator().manual_seed(0)
    grid = torch.randint(128, (800, 3), generator=rng)
    owner = torch.arange(8).repeat_interleave(100)
    depth = torch.full((8,), standard_depth(64))
    nodes, occupancy, trees_of = trees(grid, owner, depth)
    cut = windows(grid, owner, depth)
    assert len(cut) == len(nodes) // NODES >= 2
    size = len(cut) * NODES
    assert torch.equal(cut.occupancy.flatten(), occupancy[:size])
    assert torch.equal(cut.nodes.ancestors.flatten(0, 1), nodes.ancestors[:size])
    mask = visible(cut.start, reach)
    for window in range(len(cut)):
        owners = trees_of[window * NODES:(window + 1) * NODES]
        for index in (0, 1, 31, 32, 500, NODES - 1):
            # Place j is that of node j - 1; the first place of a tree is that of none.
            block, row = divmod(index, BLOCK)
            seen = mask[window, block, row].nonzero().flatten() + block * BLOCK - (mask.shape[-1] - BLOCK)
            first = int((owners == owners[index]).nonzero()[0])
            assert seen.tolist() == list(range(max(first, index + 1 - reach), index + 1))
    is_first = torch.cat([torch.ones(1, dtype=torch.bool), trees_of[1:size] != trees_of[:size - 1]])
    wanted = torch.where(is_first, 0, occupancy[:size].roll(1))
    assert torch.equal(cut.previous.flatten(), wanted)


def test_a_node_s_bits_depend_on_its_tree_only(small):
    training = training_of(small, window=1024)
    batch = training.draw(round_generator(7, 0))[torch.tensor([0])]
    first = int((batch.start[0] == torch.arange(NODES)).nonzero()[-1])
    changed = batch.occupancy.clone()
    changed[:, :first] = 256 - changed[:, :first]
    logits = [training.network(batch.nodes, batch.previous, occupancy, batch.start)
              for occupancy in (batch.occupancy, changed)]
    assert torch.allclose(logits[0][:, first:], logits[1][:, first:], atol=1e-5)
    assert not torch.allclose(logits[0][:, 1:first], logits[1][:, 1:first], atol=1e-5)


def test_bits_fall_and_the_checkpoint_codes(small, tmp_path):
    content, seconds = train(values(rounds=12, learning_rate=0.01), small, 7, tmp_path / "r.pt")
    save(tmp_path / "w.pt", content)
    codec = load(read(tmp_path / "w.pt"), "weights")
    untrained = load({**content, "state": _octrees.whole_state(OctAttentionNetwork(codec.network.shape, 7))}, "weights")
    for cloud in small.points[:3]:
        stream = codec.encode(cloud, 64)
        assert len(codec.decode(stream, 64)) <= 32
        assert len(stream) < 0.8 * len(untrained.encode(cloud, 64))
    assert seconds > 0


def test_a_killed_training_goes_on_as_if_it_were_not(small, tmp_path, monkeypatch):
    wanted, _ = train(values(), small, 7, tmp_path / "a.pt", save_minutes=0)
    run_round = OctreeTraining.run_round

    def killed(self, number):
        if number == 2:
            raise KeyboardInterrupt
        return run_round(self, number)

    monkeypatch.setattr(OctreeTraining, "run_round", killed)
    with pytest.raises(KeyboardInterrupt):
        train(values(), small, 7, tmp_path / "b.pt", save_minutes=0)
    numbers = []
    monkeypatch.setattr(OctreeTraining, "run_round", lambda self, number: numbers.append(number) or run_round(self, number))
    content, _ = train(values(), small, 7, tmp_path / "b.pt", save_minutes=0)
    assert numbers == [2, 3]
    assert all(torch.equal(value, content["state"][name]) for name, value in wanted["state"].items())


def test_random_numbers_of_others_change_nothing(small, tmp_path):
    states = []
    for seed in (1, 2):
        torch.manual_seed(seed)
        states.append(train(values(rounds=1), small, 7, tmp_path / f"{seed}.pt")[0]["state"])
    assert all(torch.equal(value, states[1][name]) for name, value in states[0].items())


def test_too_few_trees_are_refused(small, tmp_path):
    with pytest.raises(ConfigError, match="2 trees have less than 1024 nodes; see input_compression: octattention: trees"):
        train(values(trees=2), small, 7, tmp_path / "r.pt")


def test_points_come_from_the_cloud_that_was_drawn(small):
    training = training_of(small)
    batch = training.draw(round_generator(7, 0))
    assert set(batch.nodes.below.unique().tolist()) == set(range(1, standard_depth(64) + 1))
    assert int(batch.occupancy.min()) >= 1
    assert int(batch.occupancy.max()) <= 255
