"""The report in a real browser: keys, pointer, traces, curves, colours, phones, paper."""

import pytest

WORST_CONTRAST = """
(() => {
  const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
  const parts = (colour) => {
    canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data]; };
  const light = (colour) => parts(colour).slice(0, 3).map((one) => one / 255)
    .map((one) => one <= 0.03928 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4)
    .reduce((sum, one, index) => sum + one * [0.2126, 0.7152, 0.0722][index], 0);
  const ground = (element) => { for (let at = element; at; at = at.parentElement) {
    const colour = getComputedStyle(at).backgroundColor;
    if (parts(colour)[3] === 255) return colour; }
    return 'white'; };
  const isText = (node) => node.nodeType === 3 && node.data.trim();
  const shown = (one) => one.checkVisibility() && [...one.childNodes].some(isText);
  return [...document.querySelectorAll('main *, header *, footer *')]
    .filter((one) => shown(one) && !one.closest('svg, .sr'))
    .map((one) => {
      const [a, b] = [light(getComputedStyle(one).color), light(ground(one))].sort((x, y) => y - x);
      return [(a + 0.05) / (b + 0.05), one.outerHTML.slice(0, 120)]; })
    .reduce((worst, one) => one[0] < worst[0] ? one : worst, [21, '']);
})()
"""


@pytest.fixture
def visit(chromium, folder):
    """Opens a page of the report.

    At the end, no script of it may have failed and no address outside been asked for.
    """
    chromium.asked.clear()
    chromium.complaints.clear()
    chromium.prefer("light")

    def go(page, **size):
        chromium.open(f"{folder.as_uri()}/{page}", **size)
        chromium.ask("localStorage.clear(); delete document.documentElement.dataset.theme")
        return chromium

    yield go
    chromium.prefer("light")
    assert chromium.complaints == []
    assert [address for address in chromium.asked
            if not address.startswith((folder.as_uri(), "about:", "data:"))] == []


def test_enter_on_a_number_shows_its_trace_and_escape_goes_back(visit):
    page = visit("tables.html")
    page.ask("document.querySelector('a.value').focus()")
    page.press("ArrowRight", "ArrowRight", "Enter")
    text = page.ask("document.querySelector('dialog[open] .body').innerText")
    for fact in ("55.5", "known difference", "bits at 80 %", "seed", "c0ffee",
                 "lcpc trace tables/mini/rate_at_80.csv"):
        assert fact in text, fact
    assert page.ask("document.querySelectorAll('dialog table.rows tbody tr').length") == 3
    page.press("Escape")
    assert page.ask("document.querySelector('dialog[open]')") is None
    assert page.ask("document.activeElement.textContent") == "55.5"


def test_a_click_on_a_number_of_the_audit_leads_to_its_trace(visit):
    page = visit("audit.html")
    page.ask("document.querySelector('a.value[href$=\"rate_at_80-0-rate_bits\"]').click()")
    page.until("document.documentElement?.dataset.ready === 'yes' && "
               "document.querySelector('dialog[open] h3')")
    assert page.ask("document.querySelector('dialog h3').innerText") == "rate (bits): ours"


def test_a_table_is_one_stop_of_the_tab_key_and_arrows_walk_in_it(visit):
    page = visit("tables.html")
    assert page.ask("document.querySelectorAll('.table table a.value[tabindex=\"0\"]').length") == 1
    page.ask("document.querySelector('a.value').focus()")
    page.press("ArrowRight", "ArrowDown")
    assert page.ask("document.activeElement.textContent") == "29.6"


def test_a_head_sorts_by_the_keyboard_and_says_which_way(visit):
    page = visit("tables.html")
    rows = "[...document.querySelectorAll('.table .sortable tbody tr')]"
    order = f"{rows}.map((row) => row.cells[2].innerText.trim().slice(-4)).join()"
    page.ask("document.querySelector('th[data-index=\"2\"] button').focus()")
    page.press("Enter")
    assert page.ask(order) == "29.6,49.8"
    assert (
        page.ask("document.querySelector('th[data-index=\"2\"]').getAttribute('aria-sort')")
        == "ascending"
    )
    page.press("Enter")
    assert page.ask(order) == "49.8,29.6"
    assert (
        page.ask("document.querySelector('#say').textContent")
        == "sorted by rate (bits), recomputed, descending"
    )


def test_an_empty_cell_stays_last_whichever_way_it_is_sorted(visit):
    page = visit("tables.html")
    for way in ("ascending", "descending"):
        page.ask("document.querySelector('th[data-index=\"3\"] button').click()")
        assert (
            page.ask("document.querySelector('th[data-index=\"3\"]').getAttribute('aria-sort')")
            == way
        )
        assert (
            page.ask("document.querySelector('.table tbody').rows[1].cells[0].innerText")
            == "theirs"
        )


def test_a_point_tells_its_run_setting_and_evidence_on_hover(visit):
    page = visit("figures.html")
    page.point_at(".drawing use:nth-of-type(2)")
    page.until("!document.querySelector('#tip').hidden")
    assert page.ask("document.querySelector('#tip').innerText").splitlines()[1:] == [
        "20.5 bits, 61.0 %", "λ = 1, P = 8", "run mini, measured"]


def test_a_point_tells_the_same_on_focus_and_enter_shows_its_row(visit):
    page = visit("figures.html")
    page.ask("document.querySelector('.drawing use[tabindex=\"0\"]').focus()")
    page.press("ArrowRight")
    assert "run mini, measured" in page.ask("document.querySelector('#tip').innerText")
    assert "20.5 bits, 61.0 %" in page.ask("document.activeElement.getAttribute('aria-label')")
    page.press("Enter")
    assert page.ask("document.querySelector('dialog[open] tr.hit').innerText").split() == [
        "3",
        "20",
        "20.5",
        "61.0",
    ]


SHOWN = ("[...document.querySelectorAll('.drawing .series')]"
         ".filter((one) => getComputedStyle(one).display !== 'none').map((one) => one.dataset.series)")


def test_a_curve_opens_on_a_logarithmic_rate_and_changes_to_a_linear_one(visit):
    page = visit("figures.html")
    place = "document.querySelector('.drawing use:nth-of-type(2)').getAttribute('x')"
    shown = ("document.querySelector('.drawing g[data-axis]:not([hidden])').dataset.axis")
    line = "document.querySelector('.drawing .line').getAttribute('d')"
    assert page.ask(shown) == "logarithmic"
    places, lines = [page.ask(place)], [page.ask(line)]
    page.ask("document.querySelector('.views button[data-axis=linear]').click()")
    assert page.ask(shown) == "linear"
    assert page.ask(place) not in places
    assert page.ask(line) not in lines


def test_a_click_shows_one_curve_alone_and_a_second_one_all(visit):
    page = visit("figures.html")
    everything = page.ask(SHOWN)
    second = "document.querySelectorAll('.legend button')[1]"
    page.ask(f"{second}.click()")
    assert page.ask(SHOWN) == [page.ask(f"{second}.dataset.series")]
    page.ask("document.querySelectorAll('.legend button')[0]"
             ".dispatchEvent(new MouseEvent('click', {shiftKey: true}))")
    assert page.ask(SHOWN) == everything
    page.ask(f"{second}.click()")
    page.ask(f"{second}.click()")
    assert page.ask(SHOWN) == everything


def test_an_open_trace_is_in_the_address_so_that_it_can_be_sent(visit):
    page = visit("tables.html")
    page.ask("document.querySelector('a.value[href=\"#rate_at_80-0-rate_bits\"]').click()")
    assert page.ask("location.hash") == "#rate_at_80-0-rate_bits"
    page.press("Escape")
    page.until("location.hash === ''")


def test_without_scripts_the_printed_figure_and_every_trace_are_there(chromium, folder):
    chromium.call("Emulation.setScriptExecutionDisabled", value=True)
    try:
        chromium.call("Page.navigate", url=f"{folder.as_uri()}/figures.html")
        chromium.until(
            "document.readyState === 'complete' && document.querySelector('.static img')"
        )
        assert chromium.ask("document.querySelector('.static').checkVisibility()")
        assert not chromium.ask("document.querySelector('.chart').checkVisibility()")
        assert not chromium.ask("document.querySelector('#theme, .modes').checkVisibility()")
    finally:
        chromium.call("Emulation.setScriptExecutionDisabled", value=False)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("page",
                         ["index", "tables", "figures", "audit", "missing", "compare", "costs"])
def test_every_text_stands_out_from_its_ground(visit, page, scheme):
    shown = visit(f"{page}.html")
    shown.prefer(scheme)
    contrast, where = shown.ask(WORST_CONTRAST)
    assert contrast >= 4.5, where


def test_the_choice_of_colours_beats_the_system_and_lasts(visit, folder):
    page = visit("index.html")
    ground = "getComputedStyle(document.body).backgroundColor"
    light = page.ask(ground)
    for _ in ("light", "dark"):
        page.ask("document.querySelector('#theme').click()")
    assert page.ask(ground) != light
    page.open(f"{folder.as_uri()}/costs.html")
    assert page.ask("document.documentElement.dataset.theme") == "dark"


@pytest.mark.parametrize("page",
                         ["index", "tables", "figures", "audit", "missing", "compare", "costs"])
def test_a_phone_never_scrolls_the_page_sideways(visit, page):
    shown = visit(f"{page}.html", width=390, height=844)
    assert shown.ask("document.documentElement.scrollWidth") <= 390


def test_claims_are_found_by_word_and_by_verdict(visit):
    page = visit("audit.html")
    shown = ("[...document.querySelectorAll('.claims tbody tr')]"
             ".filter((row) => !row.hidden).map((row) => row.id).join()")
    page.ask("document.querySelector('button[data-verdict=\"known-difference\"]').click()")
    assert page.ask(shown) == "bits.ours_co"
    page.ask("document.querySelector('button[data-verdict=\"\"]').click()")
    page.ask("const box = document.getElementById('find'); box.value = 'THEIRS'; "
             "box.dispatchEvent(new Event('input'))")
    assert page.ask(shown) == "bits.theirs_co"


def test_on_paper_the_printed_figure_stands_without_buttons(visit, tmp_path):
    page = visit("figures.html")
    page.prefer("dark", media="print")
    assert page.ask("document.querySelector('.static').checkVisibility()")
    assert not page.ask("document.querySelector('.chart').checkVisibility()")
    assert not page.ask("document.querySelector('header nav').checkVisibility()")
    assert page.ask("getComputedStyle(document.documentElement).colorScheme") == "light"
    page.printed(tmp_path / "page.pdf")
    assert (tmp_path / "page.pdf").read_bytes().startswith(b"%PDF")
