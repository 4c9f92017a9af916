"""Diagrams say what the rows say, and no word sticks out of its box or runs into another."""

from itertools import combinations, pairwise

import pytest
from matplotlib.patches import Patch
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from lcpc.errors import MissingData
from lcpc.figures import diagrams, render, style
from lcpc.figures._layers import TIMES
from lcpc.figures.diagrams import Diagram, Node
from lcpc.registry import load
from lcpc.results.store import Results

STEMS = ["architecture_standard", "architecture_adaptive", "distribution_transforms", "pointnet",
         "codec_architectures",
         "codec_architecture_detailed", "reconstruction_network"]
SLACK_PT, LEAST_PT = 0.4, 6.5


@pytest.fixture(params=["published", "workstation"])
def results(request, root):
    return Results(root, request.param)


def drawn(stem, results, change=None):
    module = load("lcpc.figures", stem)
    points = module.points(results)
    with style.applied():
        return module.draw(change(points) if change else points)


def named(figure, kind, start):
    return {artist.get_gid(): artist for artist in figure.findobj(kind)
            if (artist.get_gid() or "").startswith(start)}


def shrunk(box, figure):
    slack = SLACK_PT * figure.dpi / 72
    return Bbox.from_extents(box.x0 + slack, box.y0 + slack, box.x1 - slack, box.y1 - slack)


def collisions(figure):
    """Words out of their box, words on words, on other boxes, on arrows, or off the page."""
    words = {name: shrunk(text.get_window_extent(), figure)
        for name, text in named(figure, Text, ("words", "label")).items()}
    boxes = {name: patch.get_window_extent() for name, patch in named(figure, Patch, "box").items()}
    arrows = named(figure, Patch, "arrow")
    texts = {name: text.get_text()
        for name, text in named(figure, Text, ("words", "label")).items()}
    told = [f"{texts[one]!r} on {texts[other]!r}" for one, other in combinations(words, 2)
            if words[one].overlaps(words[other])]
    for name, box in words.items():
        own = boxes.get(name.removeprefix("words of "), figure.bbox)
        if not (own.x0 <= box.x0 and box.x1 <= own.x1 and own.y0 <= box.y0 and box.y1 <= own.y1):
            told.append(f"{texts[name]!r} sticks out")
        if name.startswith("label"):
            told += [f"{texts[name]!r} on {other}" for other, patch in boxes.items()
                     if patch.overlaps(box)]
            told += [f"{texts[name]!r} on {other}" for other, arrow in arrows.items()
                     if arrow.get_transform().transform_path(arrow.get_path())
                     .intersects_bbox(box, filled=False)]
    return told


@pytest.mark.parametrize("stem", STEMS)
def test_no_word_sticks_out_of_its_box_or_runs_into_another_or_into_an_arrow(stem, results):
    assert collisions(drawn(stem, results)) == []


@pytest.mark.parametrize("stem", STEMS)
def test_words_are_large_enough_to_read_in_a_column(stem, results):
    figure = drawn(stem, results)
    assert min(text.get_fontsize() for text in figure.findobj(Text) if text.get_text()) >= LEAST_PT
    assert figure.get_figwidth() <= style.PAGE_IN


@pytest.fixture
def published(root):
    return Results(root, "published")


def texts(figure):
    return [text.get_text() for text in figure.findobj(Text) if text.get_text()]


def test_the_shapes_behind_each_layer_are_those_of_the_rows(published):
    shown = texts(drawn("distribution_transforms", published))
    rows = load("lcpc.figures", "distribution_transforms").points(published)
    convolutions = rows[rows["layer"].str.contains("Conv")]
    assert len(convolutions) == 20
    for shape in convolutions["output_shape"]:
        assert f"${shape.replace(' x ', TIMES)}$" in shown
    assert shown.count("ConvT1d, k=15, g=8, ↑2") == 3


def changed(column, layer_kind, value, **more):
    def change(points):
        points = points.copy()
        chosen = points["layer"] == layer_kind
        for name, wanted in more.items():
            chosen &= points[name] == wanted
        points.loc[points[chosen].index[:1], column] = value
        return points

    return change


@pytest.mark.parametrize(("stem", "change", "words"), [
    ("distribution_transforms", changed("kernel", "Conv1d", "7", part="h_a,q"),
     "Conv1d, k=7, g=8 / Conv1d, k=5, g=8"),
    ("distribution_transforms", changed("groups", "channel shuffle", 4, part="h_s,q"),
     "ReLU, channel shuffle g=4 / ReLU, channel shuffle g=8"),
    ("architecture_standard", changed("c_out", "Conv2d", 77), "77"),
    ("architecture_adaptive", changed("c_out", "Conv1d", 24, c_out=16), None),
    ("pointnet", changed("c_out", "Conv1d", 96, index=9), "96"),
    ("pointnet", changed("setting", "dropout", 0.5), "BN, ReLU, dropout 0.5"),
    ("codec_architectures", changed("c_out", "max-pool", 48, configuration="lite"),
     "$N$ = 1024 (full), 48 (lite), 16 (micro);   $T$ = 40"),
    ("codec_architecture_detailed", changed("groups", "Conv1d", 8, configuration="lite", c_out=32),
     "32/8"),
    ("codec_architecture_detailed", changed("setting", "gain", 20.0), r"$20\,v$"),
    ("reconstruction_network", changed("c_out", "Linear", 96, model="reconstruction"), "Linear 96"),
])
def test_a_changed_layer_changes_the_picture(published, stem, change, words):
    before, after = texts(drawn(stem, published)), texts(drawn(stem, published, change))
    assert before != after
    assert words is None or (words not in before and words in after)


def test_a_layer_more_is_a_box_more(published):
    def without_dropout(points):
        return points[points["layer"] != "dropout"]

    shown = texts(drawn("pointnet", published, without_dropout))
    assert shown.count("BN, ReLU") == 2
    assert not [words for words in shown if "dropout" in words]


def test_a_model_that_does_not_see_the_default_distributions_is_drawn_without_them(published):
    def without(points):
        return points[points["part"] != "default"]

    assert "default distributions" in texts(drawn("architecture_adaptive", published))
    assert "default distributions" not in texts(drawn("architecture_adaptive", published, without))


def test_a_decoder_that_is_not_detached_is_not_said_to_be(published):
    def attached(points):
        return points[points["layer"] != "detach"]

    said = "detached: no gradient passes"
    assert said in texts(drawn("reconstruction_network", published))
    assert said not in texts(drawn("reconstruction_network", published, attached))


@pytest.mark.parametrize("stem", STEMS)
def test_a_run_without_rows_says_which_command_reads_the_layers(stem, tmp_path):
    with pytest.raises(MissingData,
                       match=rf"no layers of .* to draw {stem} from; run `lcpc evaluate "
                             rf"architecture/networks --run mine`"):
        load("lcpc.figures", stem).points(Results(tmp_path, "mine"))


def test_a_chain_has_equal_gaps_and_fills_its_width():
    with style.applied():
        nodes = [Node("$x$"), Node("words", fill="#ffffff"),
                 Node("wide", fill="#ffffff", width=1.0)]
        boxes = Diagram(5, 1).chain(nodes, 0.5, 4.5, 0.5)
    gaps = [other.left - one.right for one, other in pairwise(boxes)]
    assert gaps[0] == pytest.approx(gaps[1])
    assert (boxes[0].left, boxes[-1].right) == (pytest.approx(0.5), pytest.approx(4.5))


def test_a_chain_that_does_not_fit_is_refused():
    with style.applied(), pytest.raises(ValueError,
                                        match="4 nodes leave gaps of -0.67 inches between 0 and "
                                              "2: too small"):
        Diagram(2, 1).chain([Node("x", fill="#ffffff", width=1.0)] * 4, 0, 2, 0.5)


def test_a_strip_touches_and_stands_around_its_middle():
    with style.applied():
        box = Diagram(4, 1).strip([Node("a", fill="#ffffff", width=0.5),
                                   Node("b", fill="#ffffff", width=0.3)], 2.0, 0.5)
    assert (box.left, box.right) == (pytest.approx(1.6), pytest.approx(2.4))


def test_a_line_is_round_at_its_corners_and_ends_where_it_should():
    path = diagrams.rounded([(0, 0), (1, 0), (1, 1)], radius=0.1)
    assert path.vertices.tolist() == [[0, 0], [0.9, 0], [1, 0], [1, 0.1], [1, 1]]


def test_the_checker_sees_words_that_stick_out_and_words_on_words():
    with style.applied():
        diagram = Diagram(3, 1)
        diagram.node(Node("far too many words", fill="#ffffff", width=0.3), 1, 0.5)
        diagram.label(1, 0.5, "label")
        found = collisions(diagram.figure)
    assert "'far too many words' sticks out" in found
    assert "'far too many words' on 'label'" in found
    assert "'label' on box 1" in found


def test_the_checker_sees_an_arrow_through_a_label():
    with style.applied():
        diagram = Diagram(3, 1)
        diagram.label(1, 0.5, "label")
        diagram.arrow((0.2, 0.5), (2.8, 0.5))
        assert collisions(diagram.figure) == ["'label' on arrow 2"]


@pytest.mark.parametrize("kind", ["pdf", "png"])
def test_a_diagram_is_saved_with_the_same_bytes_twice(published, kind):
    with style.applied():
        first, second = (render.saved(drawn("codec_architectures", published), kind)
                         for _ in range(2))
    assert first == second
