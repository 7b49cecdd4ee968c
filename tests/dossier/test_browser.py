"""The page in a browser: loads nothing, fits a phone, passes axe, prints. Runs where chromium is."""

from __future__ import annotations

import io
import os
import shutil
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.dossier import made
from wheelsdown.dossier.page import page

CHROMIUM = os.environ.get("WHEELSDOWN_CHROMIUM") or next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None
)
pytestmark = [
    pytest.mark.enable_socket,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine: apt-get install chromium"),
]
PAGES = {"rich": made.rich, "not_counted": made.not_counted, "hostile": made.hostile}
OVERLAPS = """() => {
  const boxes = [...document.querySelectorAll('h1, h2, h3, summary, caption, figcaption')]
    .filter(e => e.checkVisibility({contentVisibilityAuto: true}) && e.offsetParent !== null)
    .map(e => [e.textContent.trim().slice(0, 40), e.getBoundingClientRect()]);
  const out = [];
  for (let i = 0; i < boxes.length; i++) for (let j = i + 1; j < boxes.length; j++) {
    const [a, p] = boxes[i], [b, q] = boxes[j];
    if (p.left < q.right - 1 && q.left < p.right - 1 && p.top < q.bottom - 1 && q.top < p.bottom - 1) out.push([a, b]);
  }
  return out;
}"""
WIDER = """() => [...document.querySelectorAll('body *')]
  .filter(e => !e.closest('.scroll, .long, svg') && e.getBoundingClientRect().right > innerWidth + 1)
  .map(e => e.tagName + ' ' + e.className + ' ' + e.textContent.trim().slice(0, 40))"""


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    out = {}
    for name, make in PAGES.items():
        out[name] = folder / f"{name}.html"
        out[name].write_text(page(make()), encoding="utf-8")
    return out


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    pytest.importorskip("playwright.sync_api")
    from playwright.sync_api import sync_playwright
    from pytest_socket import disable_socket, enable_socket

    enable_socket()
    try:
        with sync_playwright() as p:
            launched = p.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            yield launched
            launched.close()
    finally:
        disable_socket(allow_unix_socket=True)


class Opened:
    """A page that was opened, with all it asked for and said."""

    def __init__(self, browser: Any, file: Path, width: int, scheme: str = "light") -> None:
        self.context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
        self.page = self.context.new_page()
        self.asked: list[str] = []
        self.said: list[str] = []
        self.page.on("request", lambda r: self.asked.append(r.url))
        self.page.on("console", lambda m: self.said.append(m.text))
        self.page.on("pageerror", lambda e: self.said.append(str(e)))
        self.page.on("dialog", lambda d: (self.said.append(f"dialog {d.message}"), d.dismiss()))
        self.page.goto(file.as_uri())
        self.page.wait_for_load_state("networkidle")

    def __enter__(self) -> Opened:
        return self

    def __exit__(self, *_: object) -> None:
        self.context.close()


def opened_up(page_: Any) -> None:
    """Open everything that is folded."""
    page_.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("name", PAGES)
def test_loads_nothing_says_nothing_and_fits(browser: Any, files: dict[str, Path], name: str, width: int) -> None:
    with Opened(browser, files[name], width) as o:
        for folded in (True, False):
            if not folded:
                opened_up(o.page)
            assert o.page.evaluate("document.documentElement.scrollWidth") <= width
            assert o.page.evaluate(WIDER) == []
            assert o.page.evaluate(OVERLAPS) == []
        assert o.asked == [files[name].as_uri()]
        assert o.said == []


@pytest.mark.parametrize(
    ("name", "scheme"), [("rich", "light"), ("rich", "dark"), ("not_counted", "dark"), ("hostile", "light")]
)
def test_axe_finds_nothing(browser: Any, files: dict[str, Path], name: str, scheme: str) -> None:
    pytest.importorskip("axe_playwright_python")
    from axe_playwright_python.sync_playwright import Axe

    with Opened(browser, files[name], 1280, scheme) as o:
        opened_up(o.page)
        found = Axe().run(o.page).response["violations"]
        said = [(v["id"], v["help"], [n["html"][:160] for n in v["nodes"][:3]]) for v in found]
        assert said == []


def test_axe_finds_nothing_on_a_phone(browser: Any, files: dict[str, Path]) -> None:
    pytest.importorskip("axe_playwright_python")
    from axe_playwright_python.sync_playwright import Axe

    with Opened(browser, files["rich"], 390) as o:
        found = Axe().run(o.page).response["violations"]
        assert [(v["id"], [n["html"][:160] for n in v["nodes"][:3]]) for v in found] == []


def test_tables_scroll_by_keyboard_and_focus_shows(browser: Any, files: dict[str, Path]) -> None:
    with Opened(browser, files["rich"], 390) as o:
        region = o.page.locator(".scroll").filter(has_text="Visits, by time").first
        region.focus()
        o.page.keyboard.press("ArrowRight")
        o.page.wait_for_function("e => e.scrollLeft > 0", arg=region.element_handle())
        assert o.page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_one_layout_of_each_chart_is_shown(browser: Any, files: dict[str, Path]) -> None:
    for width, kept in ((390, "narrow"), (1280, "wide")):
        with Opened(browser, files["rich"], width) as o:
            shown = o.page.evaluate(
                "[...document.querySelectorAll('.fitted > svg')].filter(e => e.getBoundingClientRect().width > 0)"
                ".map(e => e.classList.contains('narrow') ? 'narrow' : 'wide')"
            )
            assert shown
            assert set(shown) == {kept}


def test_no_motion_where_none_is_wanted(browser: Any, files: dict[str, Path]) -> None:
    context = browser.new_context(reduced_motion="reduce")
    opened = context.new_page()
    opened.goto(files["rich"].as_uri())
    assert opened.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"
    context.close()


@pytest.mark.parametrize("name", ["rich", "not_counted"])
def test_prints_with_its_state_on_every_page(browser: Any, files: dict[str, Path], name: str) -> None:
    pypdf = pytest.importorskip("pypdf")
    result = PAGES[name]()
    with Opened(browser, files[name], 1280, "dark") as o:
        printed = o.page.pdf(prefer_css_page_size=True, print_background=True)
        assert o.asked == [files[name].as_uri()]
    sheets = [sheet.extract_text() for sheet in pypdf.PdfReader(io.BytesIO(printed)).pages]
    assert len(sheets) > 2
    for said, wanted in (("SIMULATED: no real aircraft", result.simulated), ("DRAFT: parties not", bool(result.draft))):
        assert [said in sheet for sheet in sheets] == [wanted] * len(sheets), said
    whole = " ".join(unicodedata.normalize("NFKC", " ".join(sheets)).split())  # a PDF may write fi as one sign
    if result.frame("visits").height:
        assert "Airfields excluded" in whole  # what is folded on the screen is open on paper
    assert f"{len(sheets)} / {len(sheets)}" in sheets[-1]


def test_prints_dark_text_on_white(browser: Any, files: dict[str, Path]) -> None:
    with Opened(browser, files["rich"], 1280, "dark") as o:
        o.page.emulate_media(media="print")
        assert o.page.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
        assert o.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        assert o.page.locator("nav").is_hidden()
