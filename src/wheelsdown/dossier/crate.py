"""The folder described as an RO-Crate 1.1 (JSON-LD), so that archives of research data know what it holds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import msgspec

from wheelsdown.dossier.manifest import CASE, CRATE, PAGE, Input, Listed
from wheelsdown.outputs import Extras

if TYPE_CHECKING:
    from wheelsdown.case.result import CaseResult

__all__ = ["crate"]

_SPEC: Final = "https://w3id.org/ro/crate/1.1"
_TYPES: Final = {
    ".csv": "text/csv",
    ".geojson": "application/geo+json",
    ".html": "text/html",
    ".json": "application/json",
    ".txt": "text/plain",
    ".kml": "application/vnd.google-earth.kml+xml",
    ".toml": "application/toml",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_UNDATED: Final = "1970-01-01"


def crate(result: CaseResult, title: str, files: Sequence[Listed], inputs: Sequence[Input], *, extras: Extras) -> bytes:
    """Write ``ro-crate-metadata.json``.

    Parameters
    ----------
    result : CaseResult
        What was answered.
    title : str
        Of the case.
    files : sequence of Listed
        The files of the folder that are described.
    inputs : sequence of Input
        What was read.
    extras : Extras
        What is said of made data, and of a draft.

    Returns
    -------
    bytes
        JSON-LD. `datePublished`, which a crate must have, is the last day that the evidence bears on: the day of the
        run would make each run's bytes differ, and stands in ``run.json``.
    """
    mark = f"{' '.join(extras.warnings)} " if extras.warnings else ""
    version = result.versions.get("wheelsdown", "")
    parts = [{"@id": f.path} for f in files]
    read = [{"@id": _id(i)} for i in inputs]
    graph: list[dict[str, Any]] = [
        {
            "@id": CRATE,
            "@type": "CreativeWork",
            "conformsTo": {"@id": _SPEC},
            "about": {"@id": "./"},
        },
        {
            "@id": "./",
            "@type": "Dataset",
            "name": f"{extras.mark}{title}",
            "description": f"{mark}{result.finding or 'The evidence of a case, with everything it rests on.'}",
            "datePublished": _last_day(result),
            "license": "Each source's own terms hold for what was taken from it: see tables/receipts.csv.",
            "hasPart": parts,
            "mentions": {"@id": "#run"},
        },
        {
            "@id": "#run",
            "@type": "CreateAction",
            "name": "wheelsdown run",
            "instrument": {"@id": "#wheelsdown"},
            "object": [{"@id": CASE}, *read],
            "result": [{"@id": f.path} for f in files if f.path != CASE],
        },
        {"@id": "#wheelsdown", "@type": "SoftwareApplication", "name": "wheelsdown", "version": version},
        *(_file(f) for f in files),
        *(
            {"@id": _id(i), "@type": "CreativeWork", "name": i.path, "identifier": f"sha256:{i.sha256}"}
            for i in {_id(i): i for i in inputs}.values()
        ),
    ]
    whole = {"@context": f"{_SPEC}/context", "@graph": graph}
    return msgspec.json.format(msgspec.json.encode(whole), indent=2) + b"\n"


def _file(listed: Listed) -> dict[str, Any]:
    suffix = "." + listed.path.rpartition(".")[2]
    about: dict[str, Any] = {
        "@id": listed.path,
        "@type": "File",
        "name": "the dossier" if listed.path == PAGE else listed.path,
        "contentSize": str(listed.bytes),
        "identifier": f"sha256:{listed.sha256}",
    }
    if suffix in _TYPES:
        about["encodingFormat"] = _TYPES[suffix]
    return about


def _id(read: Input) -> str:
    # made from the hash alone: names of files come from strangers
    return f"#input-{read.sha256}"


def _last_day(result: CaseResult) -> str:
    times: list[datetime] = []
    for table, column in (("counts", "to_utc"), ("receipts", "retrieved_utc"), ("visits", "arrived_latest_utc")):
        last = result.frame(table)[column].drop_nulls().max()
        if isinstance(last, datetime):
            times.append(last)
    return max(times).date().isoformat() if times else _UNDATED
