"""One contract for every set of photographs: found by its name, it says what it lacks and which files it reads."""

import pytest

from lcpc.data import images
from lcpc.errors import ConfigError, MissingData
from lcpc.registry import load, names

PACKAGE = "lcpc.data.images"


@pytest.mark.parametrize("name", names(PACKAGE))
def test_a_set_is_one_file_with_the_functions_of_the_contract(name):
    module = load(PACKAGE, name)
    assert all(callable(getattr(module, function)) for function in ("place", "missing", "load", "input_files"))


@pytest.mark.parametrize("name", names(PACKAGE))
def test_a_set_that_is_not_there_says_so_and_has_no_input_files(name, tmp_path, monkeypatch):
    monkeypatch.delenv("LCPC_DATA", raising=False)
    assert images.input_files(name, tmp_path, "gone") == []
    reason = images.missing(name, tmp_path, "gone")
    if name == "photos" and not reason:
        assert len(images.load(name, tmp_path)) == 4
    else:
        with pytest.raises(MissingData):
            images.load(name, tmp_path, "gone")


def test_an_unknown_set_is_refused_with_the_nearest_known_one(tmp_path):
    with pytest.raises(ConfigError, match="there is no 'kodac'. Did you mean 'kodak'"):
        images.load("kodac", tmp_path)
