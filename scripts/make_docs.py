"""Write the pages under docs/ that are made from the code: one a table, the command line, the sources.

python scripts/make_docs.py            write them
python scripts/make_docs.py --check    exit 1 if one is out of date
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from wheelsdown.cli.app import app
from wheelsdown.cli.lists import IDENTIFIED, SOURCES
from wheelsdown.engines.references import CHANGES, REFERENCES, SHOWN
from wheelsdown.engines.simulating import SCENARIOS
from wheelsdown.outputs.datapackage import field
from wheelsdown.schema import TABLES
from wheelsdown.sources import load_all
from wheelsdown.table import Column, Table

ROOT: Final = Path(__file__).resolve().parents[1]
MADE: Final = "<!-- made by scripts/make_docs.py; do not edit -->\n"
PRINTED: Final = (SOURCES, IDENTIFIED, SHOWN, REFERENCES, CHANGES, SCENARIOS)
WIDTH: Final = 100
VERBS: Final = (
    ("visits",),
    ("legs",),
    ("gaps",),
    ("explain",),
    ("integrity",),
    ("count",),
    ("cadence",),
    ("agree",),
    ("surges",),
    ("timing",),
    ("shares",),
    ("observability",),
    ("check",),
    ("run",),
    ("check-visit",),
    ("checks",),
    ("identify",),
    ("sources",),
    ("fetch",),
    ("ingest",),
    ("coverage",),
    ("ledger",),
    ("verify",),
    ("diff",),
    ("simulate",),
    ("reference",),
    ("reference", "show"),
    ("reference", "list"),
    ("reference", "add"),
    ("reference", "remove"),
    ("reference", "update"),
    ("demo",),
)


def cell(text: str) -> str:
    """Make text safe inside a Markdown table."""
    return text.replace("|", "\\|").replace("\n", " ")


def row(c: Column) -> str:
    null = "never empty" if c.null == "never" else c.null
    return f"| `{c.name}` | {field(c)['type']} | {c.unit} | {cell(c.meaning)} | {cell(null)} |"


def table_page(table: Table) -> str:
    """Describe one table."""
    lines = [
        f"# {table.name}",
        "",
        MADE,
        table.meaning,
        "",
        "Times are aware UTC. In CSV and XLSX a cell with several values joins them by ` | `. Rows made from simulated",
        "positions have a last column `note` that says SIMULATED.",
        "",
        "| column | type | unit | meaning | an empty cell means |",
        "| --- | --- | --- | --- | --- |",
        *(row(c) for c in table.columns),
    ]
    return "\n".join(lines) + "\n"


def help_of(tokens: tuple[str, ...]) -> str:
    """Give the text that --help prints, in a fixed width."""
    from rich.console import Console

    out = io.StringIO()
    app.help_print(list(tokens), console=Console(file=out, width=WIDTH, force_terminal=False, color_system=None))
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()).strip("\n")


def cli_page() -> str:
    """Describe every command and option."""
    parts = [
        "# The command line",
        MADE,
        "Rows go to standard output, everything else to standard error. On a terminal the rows are a table that fits\n"
        "it; in a pipe they are CSV. Exit codes: 0 done, 1 failed, 2 wrong use, 130 interrupted.",
        f"```\n{help_of(())}\n```",
    ]
    for verb in VERBS:
        parts += [f"## wheelsdown {' '.join(verb)}", f"```\n{help_of(verb)}\n```"]
    parts.append("## Tables that only the command line prints")
    for table in PRINTED:
        lines = [f"### {table.name}", "", table.meaning, "", "| column | type | unit | meaning | an empty cell means |"]
        parts.append("\n".join([*lines, "| --- | --- | --- | --- | --- |", *(row(c) for c in table.columns)]))
    return "\n\n".join(parts) + "\n"


def sources_page() -> str:
    """Describe every source by its card."""
    parts = [
        "# Sources",
        MADE,
        "A file's format is told from its content. `--as NAME` overrules that. Terms are the publisher's: read them\n"
        "before you pass data on.",
    ]
    for s in load_all():
        c = s.card
        rows = [
            ("yields", s.table),
            ("publisher", c.publisher),
            ("licence", c.licence),
            ("coverage", c.coverage),
            ("shows", c.shows),
            ("cannot show", c.cannot_show),
            ("more", c.url),
        ]
        body = "\n".join(f"| {name} | {cell(text)} |" for name, text in rows if text)
        parts.append(f"## `{s.name}`\n\n| | |\n| --- | --- |\n{body}")
    return "\n\n".join(parts) + "\n"


def pages() -> Iterator[tuple[Path, str]]:
    """Give every page with its text."""
    docs = ROOT / "docs"
    for table in TABLES.values():
        yield docs / "tables" / f"{table.name.lower()}.md", table_page(table)
    index = "\n".join(f"- [{t.name}]({t.name.lower()}.md): {t.meaning}" for t in TABLES.values())
    yield docs / "tables" / "README.md", f"# Tables\n\n{MADE}\n{index}\n"
    yield docs / "cli.md", cli_page()
    yield docs / "sources.md", sources_page()


def main() -> int:
    """Write the pages, or check them."""
    stale = []
    for path, text in pages():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            stale.append(path)
            if "--check" not in sys.argv:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
    for path in stale:
        print(f"{'out of date' if '--check' in sys.argv else 'wrote'} {path.relative_to(ROOT)}")
    return 1 if stale and "--check" in sys.argv else 0


if __name__ == "__main__":
    sys.exit(main())
