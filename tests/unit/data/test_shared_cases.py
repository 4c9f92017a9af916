"""Small files that real users have met: each is read rightly or refused by name. The files are not part of lcpc."""

import numpy as np
import pytest

from lcpc.data import objects, pictures
from lcpc.data.meshes import Mesh
from lcpc.errors import DataError

CUBE = ("bom.off", "bom.ply", "bom_vertex.obj", "bom_vertex_spare.obj", "comments.off", "continuation.obj", "cr_only.off",
        "facecolour.off", "glued.off", "vertex_other.ply")
AREAS = {**dict.fromkeys(CUBE, 6), "concave_u.obj": 7, "concave_u.off": 7, "concave_u.ply": 7, "concave_u_other_start.obj": 7,
         "concave_quad.obj": 4, "../clouds/comment_end_header.ply": 6, "../clouds/cr_ascii.ply": 6}


@pytest.fixture
def cases(shared):
    if not (shared / "cases").is_dir():
        pytest.skip(f"{shared} holds no folder cases")
    return shared / "cases"


@pytest.mark.parametrize(("name", "area"), AREAS.items(), ids=AREAS.keys())
def test_a_mesh_has_its_right_area(cases, name, area):
    mesh = objects.read(cases / "meshes" / name)
    assert isinstance(mesh, Mesh)
    assert mesh.area().sum() == pytest.approx(area)


def test_no_vertex_is_lost_to_a_byte_order_mark(cases):
    assert len(objects.read(cases / "meshes" / "bom_vertex.obj").vertices) == 8
    assert len(objects.read(cases / "meshes" / "bom_vertex_spare.obj").vertices) == 9


@pytest.mark.parametrize("name", ["tristrips.ply", "tristrips_bin.ply"])
def test_what_is_not_understood_is_refused_by_name(cases, name):
    with pytest.raises(DataError, match=f"{name}: its element 'tristrips' holds lists"):
        objects.read(cases / "meshes" / name)


def test_a_header_ends_at_its_last_line(cases):
    points = objects.read(cases / "clouds" / "comment_end_header_last_bin.ply")
    assert points[0].tolist() == [0, 1, 2]


def test_dark_is_left_and_bright_is_right_in_eight_and_sixteen_bits(cases):
    for name in ("wiz8.tif", "wiz16.tif"):
        picture = pictures.read(cases / "images" / name)
        assert picture[:, 0].max() <= 4
        assert picture[:, -1].min() >= 250


def test_a_transparent_value_lies_on_white(cases):
    assert np.unique(pictures.read(cases / "images" / "g16_trns.png")[:, 0]).tolist() == [255]


def test_integers_without_a_range_are_refused_by_name(cases):
    with pytest.raises(DataError, match="g32_full.tif holds integers of 32 bits without a range"):
        pictures.read(cases / "images" / "g32_full.tif")
