"""Image codecs: a run's own points, beside the published ones where both are on Kodak."""

import importlib

import pandas as pd
import pytest

from lcpc.errors import MissingData
from lcpc.figures import _kodak, image_codec_comparison, rd_curves_adaptive, style
from lcpc.results import schema
from lcpc.results.store import Results, write_rows

RATES = {"bmshj2018-factorized": 0.2, "ideal": 0.18, "balcilar2022": 0.19, "proposed": 0.185,
         "jpeg": 0.5, "avif": 0.2}


def written(project, images, codecs=tuple(RATES), qualities=(1, 2), status="done",
            base="own, 3 steps"):
    for codec in codecs:
        learned = codec not in ("jpeg", "avif")
        rows = [{**dict.fromkeys(schema.columns("rate_distortion")), "run": "mine", "images": images,
                 "codec": codec,
                 "base": base if learned else "", "quality": quality, "image_count": 2,
                 "bpp": RATES[codec] * quality if learned else None,
                 "stream_bpp": None if codec == "ideal" else 1.01 * RATES[codec] * quality,
                 "psnr_rgb_db": 27.0 + quality,
                 "ms_ssim_rgb": 0.9, "ms_ssim_db": 11.0, "evidence": "measured", "status": status,
                 "note": None if status == "done" else "this build of Pillow has none"}
                for quality in qualities]
        write_rows(project / "results" / "mine" / "rate_distortion" / f"{codec}.csv",
                   "rate_distortion", pd.DataFrame(rows), {})
    return Results(project, "mine")


def test_measured_points_on_kodak_stand_beside_the_published_ones(project) -> None:
    points = image_codec_comparison.points(written(project, "kodak"))
    assert set(points["evidence"]) == {"measured", "published"}
    assert {"jpeg (mine)", "jpeg (published)", "avif (mine)",
            "elic2022 (published)"} <= set(points["series"])


def test_measured_points_on_other_images_stand_alone(project) -> None:
    for module in (image_codec_comparison, rd_curves_adaptive):
        assert set(module.points(written(project, "photos"))["evidence"]) == {"measured"}


def test_codecs_are_compared_by_their_real_streams_and_the_ideal_has_none(project) -> None:
    points = image_codec_comparison.points(written(project, "photos"))
    assert "ideal" not in set(points["codec"])
    assert points.loc[points["codec"] == "jpeg", "bpp"].tolist() == pytest.approx([0.505, 1.01])
    assert points["ms_ssim_db"].tolist() == pytest.approx([10.0] * len(points))


@pytest.mark.parametrize("codec", ["mine", "flif"])
def test_an_image_codec_without_a_style_is_drawn_under_its_name(
        codec, project, monkeypatch) -> None:
    monkeypatch.setitem(RATES, codec, 0.15)
    results = written(project, "photos", codecs=("bmshj2018-factorized", "proposed", "jpeg", codec))
    for module in (image_codec_comparison, rd_curves_adaptive):
        labels = module.draw(module.points(results)).axes[0].get_legend_handles_labels()[1]
        assert codec in labels


def test_savings_are_relative_to_the_run_s_own_static_rates(project) -> None:
    points = rd_curves_adaptive.points(written(project, "kodak"))
    own = points[points["evidence"] == "measured"].groupby("method")
    own = own["relative_rate_percent"].first()
    assert own.round(6).to_dict() == {"static": 0.0, "ideal": -10.0, "balcilar2022": -5.0,
                                      "proposed": -7.5}
    theirs = points[(points["evidence"] == "published") & (points["method"] == "proposed")]
    theirs = theirs[theirs["quality"] == 1]
    assert theirs["relative_rate_percent"].iloc[0] == pytest.approx(-7.66, abs=0.005)


@pytest.mark.parametrize("module", [image_codec_comparison, rd_curves_adaptive])
@pytest.mark.parametrize(("images", "qualities"), [("kodak", (1, 2)), ("photos", (1, 2)),
                                                   ("photos", (1,))])
def test_a_measured_figure_can_be_drawn(module, images, qualities, project) -> None:
    with style.applied():
        figure = module.draw(module.points(written(project, images, qualities=qualities)))
        figure.canvas.draw()
    assert len(figure.axes) == 2


def words(module, results):
    with style.applied():
        figure = module.draw(module.points(results))
    legends = [*figure.legends, *(axes.get_legend() for axes in figure.axes if axes.get_legend())]
    return [text.get_text() for legend in legends
            for text in (legend.get_title(), *legend.get_texts())]


def test_a_base_that_the_run_trained_itself_is_called_so_and_compressai_s_is_not(project) -> None:
    own = written(project, "kodak")
    assert words(image_codec_comparison, own).count("bmshj2018-factorized, own base") == 1
    assert words(rd_curves_adaptive, own)[0] == "measured, own base"
    theirs = written(project, "kodak", base="compressai")
    assert not [word for module in (image_codec_comparison, rd_curves_adaptive)
                for word in words(module, theirs)
                if "own base" in word]


def test_the_legend_holds_all_codecs_and_says_which_are_beyond_the_documents(
        project, monkeypatch) -> None:
    beyond = ("context", "context-small", "context-adaptive")
    for codec in (*beyond, "heic", "jpegxl", "webp", "jpeg2000"):
        monkeypatch.setitem(RATES, codec, 0.15)
    results = written(project, "kodak", codecs=tuple(RATES), base="compressai")
    with style.applied():
        figure = image_codec_comparison.draw(image_codec_comparison.points(results))
        figure.canvas.draw()
    legend, = figure.legends
    texts = [text.get_text() for text in legend.get_texts()]
    start = texts.index("Measured, beyond the documents")
    assert set(texts[start + 1:start + 4]) == {"context", "context, small",
                                               "context and ours together"}
    box = legend.get_window_extent()
    assert 0 <= box.y0 < box.y1 <= figure.bbox.height


def drawn_again(root, stem):
    """A committed figure of run zoo, drawn from its csv."""
    module = importlib.import_module(f"lcpc.figures.{stem}")
    with style.applied():
        figure = module.draw(pd.read_csv(root / "figures" / "zoo" / f"{stem}.csv"))
        figure.canvas.draw()
    return figure


def test_each_bar_stands_at_its_marker_and_the_legend_says_what_it_is(root) -> None:
    figure = drawn_again(root, "rd_curves_adaptive")
    savings = figure.axes[1]
    bars = [bar for bars in savings.collections for bar in bars.get_segments()]
    markers = {float(line.get_xdata()[0]) for line in savings.get_lines()
               if len(line.get_xdata()) == 1}
    assert len(bars) == len({bar[0][0] for bar in bars}) == 6
    assert {bar[0][0] for bar in bars} <= markers
    assert style.BAND_LABEL in [text.get_text() for text in figure.legends[0].get_texts()]


def test_image_figures_name_their_methods_in_one_order(root) -> None:
    orders = []
    for stem in ("rd_curves_adaptive", "gain_against_cost", "image_codec_times"):
        labels = drawn_again(root, stem).axes[0].get_legend_handles_labels()[1]
        words = [label.removesuffix(_kodak.BEYOND).partition(",")[0] for label in labels
                 if "published" not in label]
        shared = ("Balcilar 2022", "ours", "context", "context and ours together")
        orders.append([word for word in words if word in shared])
    assert orders == [["Balcilar 2022", "ours", "context", "context and ours together",
                       "context"]] * 3


@pytest.mark.parametrize("module", [image_codec_comparison, rd_curves_adaptive])
def test_a_run_without_rows_says_what_makes_them(module, project) -> None:
    with pytest.raises(MissingData,
                       match=rf"`snakemake --cores 8 figures/mine/{module.STEM}\.pdf`"):
        module.points(Results(project, "mine"))


def test_a_run_whose_rows_are_all_skipped_hands_the_reason_on(project) -> None:
    with pytest.raises(MissingData, match=r"\(this build of Pillow has none\)"):
        image_codec_comparison.points(written(project, "kodak", codecs=("avif",), status="skipped"))


def test_savings_need_the_base_itself(project) -> None:
    with pytest.raises(MissingData, match="no rows of its base"):
        rd_curves_adaptive.points(written(project, "kodak", codecs=("proposed", "jpeg")))
