"""What exists is documented, and what is documented exists."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest

from wheelsdown.cli.app import app
from wheelsdown.schema import GRADES, TABLES

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


def commands(of: Any = app, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name in of:
        if not name.startswith("-"):
            yield (*path, name), of[name]
            yield from commands(of[name], (*path, name))


def test_made_pages_are_up_to_date() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "make_docs.py"), "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"run python scripts/make_docs.py:\n{done.stdout}{done.stderr}"


def test_every_command_and_option_is_documented() -> None:
    page = (ROOT / "docs" / "cli.md").read_text()
    found = list(commands())
    analysis = {"visits", "legs", "gaps", "explain"}
    counts = {"count", "cadence", "agree", "observability", "integrity", "check-visit", "checks"}
    of_lakes = {"fetch", "ingest", "coverage", "ledger", "verify"}
    cases = {"check", "run", "diff", "surges", "timing", "shares"}
    rest = {"simulate", "identify", "sources", "reference", "demo"}
    assert {p[0] for p, _ in found} == analysis | counts | of_lakes | cases | rest
    for path, command in found:
        assert command.help
        _, _, rest = page.partition(f"## wheelsdown {' '.join(path)}\n")
        assert rest, f"{path} has no section"
        section = rest.partition("\n## ")[0]
        if command.default_command is None:
            continue
        for argument in command.assemble_argument_collection():
            if argument.parse and argument.name != "*":
                # the name, perhaps others and a placeholder, then at least two blanks and a text
                line = rf"│ [^│]*{re.escape(argument.name)}\b[^│]*?\s{{2,}}\S"
                assert re.search(line, section), f"{' '.join(path)} {argument.name} has no text"


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda t: t.name)
def test_every_column_is_documented(table: Any) -> None:
    page = (ROOT / "docs" / "tables" / f"{table.name.lower()}.md").read_text()
    assert table.meaning in page
    for column in table.columns:
        assert column.meaning
        assert f"| `{column.name}` |" in page


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    prose = re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)#\s]+)", prose):
        if "://" not in target:
            assert (page.parent / target).exists(), f"{page.relative_to(ROOT)} links to {target}"


def anchors(page: Path) -> set[str]:
    """Where links into a page may lead: its headings, as GitHub names them, and its own marks."""
    text = re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL)
    headings = re.findall(r"^#+ (.*)$", text, flags=re.MULTILINE)
    slugs = {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in headings}
    return slugs | set(re.findall(r'<a id="([^"]+)"', text))


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_into_a_page_lead_to_a_heading(page: Path) -> None:
    prose = re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL)
    for target, anchor in re.findall(r"\]\(([^)#\s]*)#([^)\s]+)\)", prose):
        if "://" not in target:
            there = page.parent / target if target else page
            assert anchor in anchors(there), f"{page.relative_to(ROOT)} links to {target}#{anchor}"


@pytest.mark.parametrize("package", ["inference", "analysis", "engines", "lake"])
def test_the_architecture_names_every_module(package: str) -> None:
    _, _, rest = (ROOT / "ARCHITECTURE.md").read_text().partition(f"## Inside `{package}/`\n")
    rows = [line for line in rest.partition("\n## ")[0].splitlines() if line.startswith("| `")]
    named = {n for row in rows for n in re.findall(r"`([^`]+)`", row.split("|")[1])}
    there = {p.stem for p in (ROOT / "src" / "wheelsdown" / package).glob("*.py")} - {"__init__"}
    assert {m for m in there if not any(fnmatch(m, n) for n in named)} == set()
    assert {n for n in named if not any(fnmatch(m, n) for m in there)} == set()


def shown_commands() -> Iterator[tuple[str, str]]:
    for page in PAGES:
        for block in re.findall(r"```console\n(.*?)```", page.read_text(), flags=re.DOTALL):
            for line in block.splitlines():
                if line.startswith("$ wheelsdown "):
                    yield page.name, line.removeprefix("$ wheelsdown ")


@pytest.mark.parametrize(("page", "line"), list(shown_commands()))
def test_commands_shown_can_be_given(page: str, line: str) -> None:
    tokens = shlex.split(line, comments=True)
    app.parse_args(tokens, exit_on_error=False, print_error=False)


def test_the_readme_gives_each_grade_its_rule_and_its_verb() -> None:
    page = (ROOT / "README.md").read_text()
    for grade, (rule, verb) in GRADES.items():
        assert f"| {grade} | {rule} | {verb} |" in page
