"""A plug-in is a public module of its room; helpers and shared modules are not."""

import sys

import pytest

from lcpc import registry
from lcpc.errors import ConfigError

FILES = {"latency": 'KIND = "latency"\nLABEL = "Latency"\n', "more_noise": 'KIND = "noise"\n',
 "_private": "",
         "base": "", "render": "", "style": "", "diagrams": ""}


@pytest.fixture
def room(tmp_path, monkeypatch):
    folder = tmp_path / "a_room"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    for name, text in FILES.items():
        (folder / f"{name}.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    yield "a_room"
    for name in [name for name in sys.modules if name.partition(".")[0] == "a_room"]:
        del sys.modules[name]


def test_helpers_and_shared_modules_are_no_plug_ins(room):
    assert registry.names(room) == ["latency", "more_noise"]


def test_a_plug_in_is_loaded_by_its_name_with_dashes_or_underscores(room):
    assert registry.load(room, "more-noise") is registry.load(room, "more_noise")


def test_a_name_without_plug_in_is_refused_with_the_nearest(room):
    with pytest.raises(ConfigError, match="a_room: there is no 'latenzy'. Did you mean 'latency'"):
        registry.load(room, "latenzy")


def test_a_package_that_is_not_there_is_refused():
    with pytest.raises(ConfigError, match="lcpc.nowhere is not a package"):
        registry.names("lcpc.nowhere")
    with pytest.raises(ConfigError, match="lcpc.units is not a package"):
        registry.names("lcpc.units")


def test_a_constant_of_a_plug_in_has_a_default(room):
    assert registry.attribute(room, "latency", "LABEL", "?") == "Latency"
    assert registry.attribute(room, "more-noise", "LABEL", "?") == "?"
    assert registry.attribute(room, "recorded-codec", "LABEL", "?") == "?"


def test_a_plug_in_that_cannot_be_loaded_is_named_with_its_file(tmp_path, monkeypatch):
    room = tmp_path / "some_room"
    room.mkdir()
    (room / "__init__.py").touch()
    (room / "broken.py").write_text("import nosuchthing\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ConfigError, match="some_room/broken.py cannot be loaded .*nosuchthing.*mend it"):
        registry.load("some_room", "broken")
