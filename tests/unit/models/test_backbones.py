"""Backbones: known layers and strides, weights that are found or named and never fetched."""

import dataclasses
import hashlib
import sys

import pytest
import torch
from torch import nn

from lcpc import checkpoints as checkpoint
from lcpc.errors import ConfigError, DataError, MissingData
from lcpc.models import _backbone_networks as networks
from lcpc.models import backbones
from lcpc.models.image_factorized import ImageBase
from lcpc.motion.receptive_field import lattices

SIDES = {"conv0": 112, "add_3": 28, "add_7": 14, "pool3_pool": 14, "pool4_pool": 7, "stem_conv": 112, "stem": 112,
         "block_0": 112, "block_2": 56, "block_4": 28, "block_10": 14, "block_15": 7,
         "gdn_1": 112, "gdn_2": 56, "gdn_3": 28, "y": 14}


@pytest.fixture
def nowhere(tmp_path, monkeypatch):
    """No weights in torch's cache, and no network to get any."""
    def refuse(*_args, **_more):
        raise AssertionError("a download was tried")

    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path / "hub"))
    monkeypatch.setattr(torch.hub, "load_state_dict_from_url", refuse)
    monkeypatch.setattr(torch.hub, "download_url_to_file", refuse)
    return tmp_path


def publish(monkeypatch, name, state, folder):
    """A file of weights that passes for the published one: its name carries its own digest."""
    torch.save(state, folder / "some.pth")
    digest = hashlib.sha256((folder / "some.pth").read_bytes()).hexdigest()
    file = (folder / "some.pth").rename(folder / f"{name}-{digest[:8]}.pth")
    monkeypatch.setitem(backbones.FAMILIES, name, dataclasses.replace(backbones.FAMILIES[name], files=(file.name,)))
    return file


@pytest.mark.parametrize("name", sorted(backbones.FAMILIES))
def test_layers_have_the_sizes_of_the_documents_and_the_strides_that_they_state(name, nowhere):
    network = backbones.load(name, "untrained", [], 1)
    found = lattices(network.tensors, 224)
    assert {layer: (lattice.x.count, lattice.x.stride) for layer, lattice in found.items()} == {
        layer: (SIDES[layer], stride) for layer, stride in backbones.FAMILIES[name].layers.items()}


def test_untrained_weights_follow_from_the_seed_and_leave_the_global_generator_alone(nowhere):
    torch.manual_seed(5)
    before = torch.random.get_rng_state()
    one, same, other = (backbones.load("resnet34", "untrained", [], seed) for seed in (1, 1, 2))
    assert torch.equal(before, torch.random.get_rng_state())
    image = torch.rand(1, 3, 64, 64) * 255
    assert torch.equal(one.tensors(image)["add_7"], same.tensors(image)["add_7"])
    assert not torch.equal(one.tensors(image)["conv0"], other.tensors(image)["conv0"])


@pytest.mark.parametrize(("name", "command"), [("resnet34", "torchvision.models.resnet34"), ("densenet121", "densenet121"),
                                               ("factorized", "bmshj2018_factorized")])
def test_trained_weights_that_are_not_there_are_named_and_never_fetched(name, command, nowhere):
    assert command in backbones.missing(name, [nowhere])
    with pytest.raises(MissingData, match=rf"no trained weights of {name}: .*{command}"):
        backbones.load(name, "trained", [nowhere], 1)


def test_weights_in_a_local_file_are_used_and_named(nowhere, monkeypatch):
    from torchvision.models import resnet34

    state = resnet34(weights=None).state_dict()
    file = publish(monkeypatch, "resnet34", state, nowhere)
    network = backbones.load("resnet34", "trained", [nowhere], 1)
    assert (network.origin, network.file) == (f"torchvision, ImageNet1K V1, {file.name}", file)
    image = torch.rand(1, 3, 64, 64) * 255
    mean, deviation = torch.tensor([[0.485, 0.456, 0.406], [0.229, 0.224, 0.225]])[:, :, None, None]
    normal = (image / 255 - mean) / deviation
    expected = torch.nn.functional.conv2d(normal, state["conv1.weight"], stride=2, padding=3)
    torch.testing.assert_close(network.tensors(image)["conv0"], expected, atol=1e-5, rtol=1e-5)


def test_resnet_layers_are_the_sums_of_torchvisions_own_blocks(nowhere, monkeypatch):
    from torchvision.models import resnet34

    model = resnet34(weights=None).eval()
    publish(monkeypatch, "resnet34", model.state_dict(), nowhere)
    network = backbones.load("resnet34", "trained", [nowhere], 1)
    image = torch.rand(2, 3, 64, 64) * 255
    normal = (image - network._mean) / network._deviation
    with torch.no_grad():
        x = model.layer1(model.maxpool(model.relu(model.bn1(model.conv1(normal)))))
        torch.testing.assert_close(network.tensors(image)["add_3"].relu(), model.layer2[0](x))
        torch.testing.assert_close(network.tensors(image)["add_7"].relu(), model.layer3[0](model.layer2(x)))


def test_weights_in_torchs_own_cache_are_used(nowhere, monkeypatch):
    from torchvision.models import resnet34

    cache = nowhere / "hub" / "checkpoints"
    cache.mkdir(parents=True)
    file = publish(monkeypatch, "resnet34", resnet34(weights=None).state_dict(), cache)
    assert backbones.missing("resnet34", []) == ""
    assert backbones.load("resnet34", "trained", [], 1).file == file


def test_densenet_files_with_old_names_are_read(nowhere, monkeypatch):
    from torchvision.models import densenet121

    state = densenet121(weights=None).state_dict()
    old = {name.replace("norm1.", "norm.1.").replace("conv2.", "conv.2.") if "denselayer" in name else name: tensor
           for name, tensor in state.items()}
    publish(monkeypatch, "densenet121", old, nowhere)
    image = torch.rand(1, 3, 64, 64) * 255
    network = backbones.load("densenet121", "trained", [nowhere], 1)
    model = densenet121(weights=None).eval()
    model.load_state_dict(state)
    parts = list(model.features.children())
    with torch.no_grad():
        expected = nn.Sequential(*parts[:8])((image - network._mean) / network._deviation)
        found = network.tensors(image)
        torch.testing.assert_close(found["pool3_pool"], expected)
        torch.testing.assert_close(found["pool4_pool"], nn.Sequential(*parts[8:10])(expected))


def test_the_trained_lite_network_knows_a_cat_from_its_features():
    """Preprocessing and weights belong together: the whole network puts the photograph of a cat among the cats."""
    from lcpc.data.images import photos
    from lcpc.experiments._latent_motion import pixels
    from lcpc.motion.transforms import Affine
    from lcpc.motion.warp import moved_crops

    if reason := backbones.missing("efficientnet_lite0", []) or photos.missing():
        pytest.skip(reason)
    from efficientnet_lite_pytorch import EfficientNet

    path = backbones.weights_file("efficientnet_lite0", [])
    model = EfficientNet.from_name("efficientnet-lite0").eval()
    model.load_state_dict(networks.read_state(path))
    own = backbones.load("efficientnet_lite0", "trained", [], 1)
    image = moved_crops(pixels(photos.load()[0]), 224, [Affine()])
    with torch.no_grad():
        torch.testing.assert_close(own.tensors(image, ["stem_conv"])["stem_conv"], model._conv_stem((image - 127) / 128))
        last = own.tensors(image)["block_15"]
        logits = model._fc(model._avg_pooling(model._swish(model._bn1(model._conv_head(last)))).flatten(1))
    tabby, tiger, persian, siamese, egyptian = range(281, 286)
    assert int(logits.argmax()) in (tabby, tiger, persian, siamese, egyptian)


def test_the_network_runs_no_further_than_the_last_layer_asked(nowhere):
    network = backbones.load("resnet34", "untrained", [], 1)
    network._stages[-1] = ("add_7", None)
    assert set(network.tensors(torch.zeros(1, 3, 64, 64), ["add_3", "conv0"])) == {"add_3", "conv0"}


def test_a_file_that_is_no_weights_is_refused_with_the_command_that_gets_them(nowhere, monkeypatch):
    (nowhere / "resnet34-b627a593.pth").write_bytes(b"<html>404</html>")
    with pytest.raises(DataError, match=r"resnet34-b627a593.pth: can't be read as weights .* again: `python -c .*resnet34"):
        backbones.load("resnet34", "trained", [nowhere], 1)
    publish(monkeypatch, "resnet34", {"conv1.weight": torch.zeros(1)}, nowhere)
    with pytest.raises(DataError, match="the weights don't fit ResNet: .* Missing key.* get it again"):
        backbones.load("resnet34", "trained", [nowhere], 1)
    publish(monkeypatch, "resnet34", [torch.zeros(1)], nowhere)
    with pytest.raises(DataError, match="holds list, no weights by name.*; delete it"):
        backbones.load("resnet34", "trained", [nowhere], 1)


def test_other_weights_do_not_pass_for_the_published_ones(nowhere):
    from torchvision.models import resnet34

    torch.save(resnet34(weights=None).state_dict(), nowhere / "resnet34-b627a593.pth")
    with pytest.raises(DataError, match=r"its name promises a sha256 .* with b627a593, but it has \w{8}\.\.\.; delete"):
        backbones.load("resnet34", "trained", [nowhere], 1)


def test_names_that_are_not_known_are_refused_with_those_that_are():
    with pytest.raises(ConfigError, match=r"there is no network 'resnet35'. Did you mean 'resnet34'\?"):
        backbones.family_of("resnet35")
    with pytest.raises(ConfigError, match="has no layer 'pool5'; its layers are: pool3_pool, pool4_pool"):
        backbones.chosen_layers("densenet121", ["pool5"])
    assert backbones.chosen_layers("densenet121", ["pool4_pool", "pool4_pool"]) == ("pool4_pool",)
    with pytest.raises(ConfigError, match="weights are trained or untrained, not 'imagenet'"):
        backbones.load("resnet34", "imagenet", [], 1)


def test_g_a_of_the_runs_own_base_is_the_factorized_network(nowhere):
    base = ImageBase(8, 16, seed=3)
    checkpoint.save(nowhere / "image_base_q3.pt", {"kind": "image_base", "state": base.state_dict()})
    network = backbones.load("factorized", "trained", [nowhere], 1)
    images = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(1)) * 255
    assert network.origin == "g_a of a factorized image model, image_base_q3.pt"
    torch.testing.assert_close(network.tensors(images)["y"], base.analyse(images / 255), rtol=1e-5, atol=1e-6)


def test_an_untrained_factorized_network_is_the_first_g_a_of_its_seed_without_compressai(nowhere, monkeypatch):
    monkeypatch.setitem(sys.modules, "compressai", None)
    network = backbones.load("factorized", "untrained", [nowhere], 7)
    images = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(1)) * 255
    expected = ImageBase(128, 192, seed=7).analyse(images / 255)
    torch.testing.assert_close(network.tensors(images)["y"], expected, rtol=1e-5, atol=1e-6)


def test_weights_without_g_a_are_refused(nowhere):
    checkpoint.save(nowhere / "image_base_q1.pt", {"state": {"g_s.0.weight": torch.zeros(1)}})
    with pytest.raises(DataError, match=r"they have no g_a\.0\.weight"):
        backbones.load("factorized", "trained", [nowhere], 1)
