"""What stands behind the heatmaps: rates of y under each kind of distribution, and the bins that
anything happens in."""

from dataclasses import dataclass, field

import numpy as np
import pytest

from lcpc.codecs.images.base import RateEstimate
from lcpc.data.images import Photo
from lcpc.errors import ConfigError
from lcpc.experiments import image_distributions

BINS = 64


def peaked(share):
    """[2, BINS]: most on the median, the rest beside it."""
    p = np.zeros((2, BINS))
    p[:, BINS // 2], p[:, BINS // 2 + 1] = 1 - share, share
    return p


@dataclass
class Fixed:
    """A codec whose distributions are given."""

    side_bits: float = 80.0
    held: dict = field(
        default_factory=lambda: {
            "p": peaked(0.5),
            "p_hat_static": peaked(0.25),
            "p_hat": peaked(0.4),
        }
    )

    def distributions(self, picture):
        return self.held

    def estimate(self, picture):
        return RateEstimate(100.0, self.side_bits)


def photo(name="one", height=33, width=47):
    return Photo(name, np.zeros((height, width, 3), np.uint8), "", "")


def test_rates_are_cross_entropies_over_the_whole_latent_a_pixel():
    rows, _ = image_distributions.evaluate(Fixed(), [photo()])
    row, positions = rows.iloc[0], 3 * 3 / (33 * 47)
    assert (row["latent_height"], row["latent_width"], row["channels"], row["bins"]) == (
        3,
        3,
        2,
        BINS,
    )
    assert row["ideal_bpp"] == pytest.approx(2 * positions)
    assert row["static_bpp"] == pytest.approx(2 * positions * -(np.log2(0.75) + np.log2(0.25)) / 2)
    assert row["ideal_bpp"] < row["proposed_bpp"] < row["static_bpp"]
    assert row["note"] == ""


def test_arrays_keep_the_bins_where_something_is_visible_about_the_median():
    _, arrays = image_distributions.evaluate(Fixed(), [photo(), photo("two")])
    assert arrays["bins"].tolist() == [0, 1]
    assert arrays["p"].shape == arrays["p_hat"].shape == (2, 2, 2)
    assert arrays["static"].tolist() == [[0.75, 0.25], [0.75, 0.25]]
    assert {"picture_0", "picture_1"} <= set(arrays)


def test_a_picture_that_is_coded_with_the_static_distributions_shows_those_and_says_so():
    rows, arrays = image_distributions.evaluate(Fixed(side_bits=8.0), [photo()])
    assert np.array_equal(arrays["p_hat"][0], arrays["static"])
    assert rows["proposed_bpp"].iloc[0] == rows["static_bpp"].iloc[0]
    assert "keeps to the static distributions" in rows["note"].iloc[0]


def test_small_pictures_keep_their_shape_and_large_ones_shrink():
    assert image_distributions.thumbnail(np.zeros((480, 960, 3), np.uint8)).shape == (120, 240, 3)
    assert image_distributions.thumbnail(np.zeros((30, 40, 3), np.uint8)).shape == (30, 40, 3)


def test_the_first_two_images_are_shown_unless_others_are_named():
    photos = [photo(name) for name in ("a", "b", "c")]
    assert [one.name for one in image_distributions.examples(photos, ())] == ["a", "b"]
    assert [one.name for one in image_distributions.examples(photos, ("c",))] == ["c"]
    with pytest.raises(ConfigError, match="images: examples: there is no image 'd'"):
        image_distributions.examples(photos, ("d",))
