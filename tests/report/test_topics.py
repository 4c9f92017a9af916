"""The first page tells the documents' claims by topic, beside what lcpc found of them."""

import pytest

from lcpc import config
from lcpc.registry import names
from lcpc.report import titles, topics
from lcpc.report.auditview import ClaimView, Side
from lcpc.report.gather import gather
from lcpc.report.pages import pages
from lcpc.report.verdict_badges import Badge
from lcpc.results.products import products

MOST_BYTES_OF_FIGURES, MOST_BYTES_OF_INDEX = 1_000_000, 1_500_000


@pytest.fixture(scope="module")
def report(root):
    return gather(root, "published", [])


@pytest.fixture(scope="module")
def index(report):
    return dict(pages(report))["index.html"]


@pytest.mark.parametrize("run", ["published", "workstation"])
def test_pages_are_light(root, run):
    report = gather(root, run, [])
    written = dict(pages(report))
    thumbnails = sum(len(figure.picture.thumbnail) for figure in report.figures)
    assert len(written["figures.html"].encode()) <= MOST_BYTES_OF_FIGURES
    assert len(written["index.html"].encode()) + thumbnails <= MOST_BYTES_OF_INDEX


def test_topics_name_tables_and_figures_that_are_there_once_each():
    for kind, room in (("tables", "lcpc.tables"), ("figures", "lcpc.figures")):
        listed = [stem for topic in topics.topics() for stem in getattr(topic, kind)]
        assert len(set(listed)) == len(listed)
        assert set(listed) <= set(names(room))


@pytest.mark.parametrize("run", ["published", "demo", "workstation", "beyond", "zoo"])
def test_every_table_and_figure_of_a_run_of_ours_has_a_topic_and_a_title(root, run):
    listed = [{*topic.tables, *topic.figures} for topic in topics.topics()]
    stems = {product.stem for product in products(config.load(root, run))}
    assert stems <= set().union(*listed)
    assert stems <= titles.titles().keys()


def test_titles_are_of_tables_and_figures_that_are_there():
    assert titles.titles().keys() <= {*names("lcpc.tables"), *names("lcpc.figures")}


def test_a_product_that_no_topic_knows_is_still_shown():
    point_clouds, images, _ = topics.topics()
    assert topics.grouped(["bd_metrics", "own", "rate_savings"], "table", str) == [
        (point_clouds.title, ["bd_metrics"]), (images.title, ["rate_savings"]),
        (topics.OTHERS, ["own"])]


def test_every_claim_of_a_topic_is_one_that_the_audit_knows(report):
    known = {claim.name for claim in report.audit.claims}
    assert {name for topic in topics.topics() for name in topic.claims} <= known


@pytest.mark.parametrize(("printed", "value", "shown"),
                         [("−7", "-6.94501", "−6.9"), ("3.2", "3.22796", "3.23"),
                                                         ("30", "28.4479", "28.4"),
                                                         ("16/2", "8 16/2", "8 16/2")])
def test_a_number_at_a_glance_has_one_digit_more_than_print(report, printed, value, shown):
    badge: Badge = report.audit.claims[0].verdict
    side = Side(value, value, badge, "")
    claim = ClaimView("claim", "", printed, printed, side, None, badge, "", "")
    topic = topics.Topic("", "", "", {"claim": "words"}, (), (), ())
    found, = topics.glances(topic, [claim])
    assert (found.recomputed, found.measured) == (shown, "")


def test_the_first_page_shows_print_and_lcpcs_number_of_the_claims_with_the_verdict(index):
    row = index[index.index("bits at 80 %, ideal bound"):]
    row = row[:row.index("</tr>")]
    assert '<td class="number printed">3.2</td>' in row
    assert 'class="number agrees"' in row
    assert ">3.23</a>" in row


def test_a_run_that_measures_nothing_has_no_column_of_measured_numbers(index):
    glance = index[index.index('id="h-glance"'):index.index('id="h-audit"')]
    assert "print" in glance
    assert ">measured</th>" not in glance


def test_a_topic_shows_a_picture_of_its_own(index):
    glance = index[index.index('id="h-glance"'):index.index('id="h-audit"')]
    for stem in ("rd_curves_adaptive", "rate_accuracy_ideal"):
        assert f'src="thumbnails/{stem}.webp"' in glance
