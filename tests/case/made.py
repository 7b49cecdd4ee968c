"""A case with every field there is: invented parties, invented operator, SIMULATED flights."""

from __future__ import annotations

import hashlib
from pathlib import Path

from wheelsdown.case.form import Case
from wheelsdown.case.loading import load

PHOTO = b"not really a photo"

SHORT = """\
[case]
name = "short"
title = "A short case"
question = "How many?"

[fleet]
operator = ["SIM Air Bridge"]

[[airfield]]
code = "LLOV"

[[window]]
name = "first half"
since = 2023-09-01
until = 2023-09-15
"""

FULL = """\
# every field there is
[case]
name = "full-case"
title = "An airlift that never was"
question = "How many visits, and when?"
by = "The desk"
zone = "Asia/Jerusalem"
draft_note = "a translation is missing"

[fleet]
name = "SIM Air Bridge"
operator = ["SIM Air Bridge"]
registration = ["SIM-00001"]
icao24 = ["d00001", "d00002"]
typecode = ["IL76"]
selection = "fleet"

[[airfield]]
code = "LLOV"
note = "Not to be mixed up with its neighbour."

[[airfield.fact]]
name = "runway"
value = 3000
unit = "m"
source = "The Ardia Herald"
claim = "the Herald"
as_of = "2023-10"
url = "https://example.org/runway"

[[airfield.fact]]
name = "role"
value = "cargo"
source = "An invented register"
as_of = 2023-05-01

[[airfield]]
code = "XSIM"
name = "Field of nowhere"
latitude_deg = 29.5
longitude_deg = 35.5
elevation_ft = 1200

[[window]]
name = "first half"
since = 2023-09-01
until = 2023-09-15
zone = "UTC"
airfields = ["LLOV"]
declared = 2023-08-01
note = "declared before anybody looked"

[[window]]
name = "the night"
since = 2023-09-20T18:00:00+03:00
until = 2023-09-21T06:00:00+03:00

[positions]
lake = "lake"
identity = "identity.csv"
mapping = "mapping.toml"
registers = ["register.csv"]
checks = "checks.jsonl"

[positions.fetch]
hosts = ["adsb.lol"]
icao24 = ["d00001"]
since = 2023-09-01
until = 2023-09-30
lake = "lake"

[comparison]
visitors = true
destinations = false
visitors_by = "type"

[events]
files = ["events-that-are-not-here.csv"]
countries = ["Ardia"]
from = "episodes"
deaths_least = 20
within_days = 5
quiet_days = 60
month_deaths_least = 20

[[events.episode]]
id = "e1"
name = "First clash"
began = 2023-09-16
ended = 2023-09-18
country = "Ardia"
source = "The Ardia Herald"
url = "https://example.org/clash"
note = "the day is disputed"

[timing]
windows_days = [7, 14]
lag_days = 1
declared = 2023-08-01
draws = 999
seed = 7
level = 0.01
since = 2023-09-01
until = 2023-09-30

[surges]
longest_days = 30
draws = 999
seed = 8
level = 0.01
since = 2023-09-01
until = 2023-09-30

[[surges.declared]]
name = "before the clash"
since = 2023-09-01
until = 2023-09-15
declared = 2023-08-01

[[arms]]
files = ["arms-that-are-not-here.csv"]
recipient = "Ardia"
supplier = "Borland"
windows = ["2016-2020", "2019"]

[[trade]]
files = ["trade-that-is-not-here.csv"]
reporter = "Borland"
partner = "Ardia"
commodity = "2709"
periods = ["2022", "202301-202303"]
flow = "import"

[[statement]]
id = "s1"
speaker = "A. Nobody"
role = "spokesman"
party = "Ministry of Ardia"
about = ["flight", "cargo"]
stance = "denies"
words = "No such plane ever landed."
gist = "There were no flights."
on = 2023-10-05
said_from = 2023-10-05T12:00:00
said_to = 2023-10-05T12:30:00
zone = "Asia/Baku"
place = "Nowhere City"
outlet = "The Ardia Herald"
url = "https://example.org/denial"
question = "Did these aircraft land?"
asked_on = 2023-10-01
deadline = 2023-10-06
archived = "denial.html"
archived_sha256 = "{archived}"
reliability = "C"
credibility = "5"
visits = ["d00000-0001"]
windows = ["first half"]
airfields = ["LLOV"]
operator = ["SIM Air Bridge"]
registration = ["SIM-A"]
icao24 = ["d00000"]
typecode = ["IL76"]
note = "a translation"

[[party]]
name = "SIM Air Bridge"
asked_on = 2023-10-01
answered_on = 2023-10-02
note = "by letter"

[[exhibit]]
id = "x1"
kind = "photo"
file = "photo.jpg"
sha256 = "{photo}"
shows = "An aircraft with its ramp open"
taken = 2023-09-05T10:00:00
zone = "Asia/Jerusalem"
made_by = "A witness"
licence = "by permission"
url = "https://example.org/photo"
reliability = "B"
credibility = "2"
visit = "d00000-0001"

[[exhibit]]
id = "x2"
kind = "satellite"
file = "image.tif"
shows = "The apron"
airfield = "LLOV"
time = 2023-09-05T08:30:00Z

[[published]]
id = "p1"
outlet = "The Ardia Herald"
on = "2023-10"
url = "https://example.org/count"
words = "at least six"
airfield = "LLOV"
what = "cargo flights of SIM Air Bridge"
attributed = ["military cargo planes", "operated by SIM Air Bridge"]
window = "first half"
least = 6
most = 9
rests_on = "a flight tracker"
note = "its days may be local ones"

[[published]]
id = "p2"
outlet = "The Borland Post"
airfield = "LLOV"
since = 2023-09-01
until = 2023-09-30
zone = "UTC"
every_days = 2.0

[[rival]]
text = "They came for fuel."
against = "They stayed for hours."
"""


def write(folder: Path, text: str = FULL) -> Path:
    """Write a case and the files it names, with their hashes filled in."""

    (folder / "lake").mkdir(exist_ok=True)
    for name in ("identity.csv", "mapping.toml", "register.csv", "checks.jsonl"):
        (folder / name).write_text("", encoding="utf-8")
    (folder / "photo.jpg").write_bytes(PHOTO)
    (folder / "denial.html").write_bytes(b"<p>No such plane</p>")
    text = text.replace("{photo}", hashlib.sha256(PHOTO).hexdigest())
    text = text.replace("{archived}", hashlib.sha256(b"<p>No such plane</p>").hexdigest())
    path = folder / "case.toml"
    path.write_text(text, encoding="utf-8")
    return path


def case(folder: Path, more: str = "", *, text: str = SHORT) -> Case:
    """Load the short case with something added."""
    return load(write(folder, text + more))
