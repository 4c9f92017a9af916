"""The coded value really occurs in the picture, and its cost is that of its distribution."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Text

from lcpc.data.store import npz_bytes
from lcpc.errors import MissingData
from lcpc.figures import encoding_distribution, style
from lcpc.metrics.information import entropy_bits
from lcpc.results import schema
from lcpc.results.store import Results, write_rows, write_whole

BINS = np.arange(-40, 40)
SCALES = (0.3, 2.0, 3.6, 12.0)


def laplacian(scale):
    p = np.exp(-np.abs(BINS) / scale)
    return p / p.sum()


@pytest.fixture
def results(tmp_path):
    static = np.stack([laplacian(scale) for scale in SCALES])
    own = np.zeros_like(static)
    own[:, BINS == -3], own[:, BINS == 2] = 0.5, 0.5
    row = {"run": "mine", "images": "photos", "base": "own", "quality": 1, "channels": 4,
           "latent_height": 8,
           "latent_width": 12, "evidence": "measured", "status": "done", "seed": 1}
    rows = pd.DataFrame([{**dict.fromkeys(schema.columns("image_distributions")), **row,
                          "image": name} for name in ("a", "b")])
    path = tmp_path / "results" / "mine" / "image_distributions" / "q1.csv"
    write_rows(path, "image_distributions", rows, {})
    arrays = {"bins": BINS, "p": np.stack([own, own]), "static": static,
              "p_hat": np.stack([static, static])}
    write_whole(path.with_suffix(".npz"), npz_bytes(arrays))
    return Results(tmp_path, "mine")


def test_the_channel_shown_has_about_as_many_bits_as_asked_for(results):
    points = encoding_distribution.points(results)
    entropies = entropy_bits(np.stack([laplacian(scale) for scale in SCALES]))
    distance = np.abs(entropies - encoding_distribution.SHOWN_BITS)
    assert points["channel"].unique().tolist() == [int(np.argmin(distance))]


def test_the_coded_value_occurs_in_the_image_and_costs_what_its_probability_says(results):
    coded = encoding_distribution.points(results).query("coded")
    assert coded["value"].tolist() == [2]
    assert 2.0 ** -coded["cost_bits"].iloc[0] == pytest.approx(coded["p"].iloc[0])
    p = laplacian(SCALES[coded["channel"].iloc[0]])
    assert coded["p"].iloc[0] == pytest.approx(p[BINS == 2][0])


def test_the_picture_says_probability_cost_and_the_sizes_of_the_latent(results):
    points = encoding_distribution.points(results)
    coded = points[points["coded"]].iloc[0]
    with style.applied():
        figure = encoding_distribution.draw(points)
    words = "\n".join(text.get_text() for text in figure.findobj(Text))
    for told in (f"={coded['p']:.3f}", f"={coded['cost_bits']:.2f}$ bits", "$M_y=4$", "$H_y=8$",
                 "$W_y=12$"):
        assert told in words


def test_all_of_the_picture_is_on_the_page(results):
    with style.applied():
        figure = encoding_distribution.draw(encoding_distribution.points(results))
    figure.draw_without_rendering()
    page = figure.bbox
    for text in figure.findobj(Text):
        box = text.get_window_extent()
        is_shown = text.get_text() and text.get_visible()
        is_inside = box.x0 >= page.x0 and box.x1 <= page.x1
        assert is_inside or not is_shown, text.get_text()


def test_the_words_stand_on_no_bar(results):
    with style.applied():
        figure = encoding_distribution.draw(encoding_distribution.points(results))
    figure.draw_without_rendering()
    axes = figure.axes[-1]
    (words,) = axes.texts
    box = Text.get_window_extent(words)
    assert not [bar for bar in axes.patches if bar.get_window_extent().overlaps(box)]
    assert box.y1 <= axes.bbox.y1


def test_a_run_without_image_codecs_says_what_to_do(tmp_path):
    with pytest.raises(MissingData,
                       match="holds no rows; ask for image codecs in config/mine.yaml"):
        encoding_distribution.points(Results(tmp_path, "mine"))
