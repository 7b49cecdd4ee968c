"""Which day is kept where: lists of several repositories, copies, parts, pods."""

from __future__ import annotations

from datetime import date

import pytest

from tests.archive.conftest import QUICK, run, statuses
from tests.archive.made import DayKind
from tests.archive.server import Scenario
from wheelsdown.archive.asking import Asker
from wheelsdown.archive.hosts import bases, choose
from wheelsdown.archive.releases import follows_on, parse_line, read_index, windows

ROOT = "https://github.com/adsblol/globe_history_2025/releases/download"
YEAR_END = [date(2023, 12, 30), date(2023, 12, 31), date(2024, 1, 1), date(2024, 1, 2)]


def line(day: str, pod: str, *ends: str, root: str = ROOT) -> str:
    stem = f"v{day}-planes-readsb-{pod}"
    return ",".join(f"{root}/{stem}/{stem}.tar{e}" for e in ends)


def test_a_line_gives_day_pod_and_parts_in_order():
    release = parse_line(line("2025.08.19", "staging-0", ".ab", ".aa"))
    assert release is not None
    assert (release.day, release.pod) == (date(2025, 8, 19), "planes-readsb-staging-0")
    assert [u[-3:] for u in release.urls] == [".aa", ".ab"]
    assert follows_on(release)
    assert not release.caution


@pytest.mark.parametrize(
    "text",
    [
        "", "nonsense", "https://example.org/x.tar", line("2025.13.40", "prod-0", ""),
        line("2025.01.01", "prod-0", "", root="http://example.org"),
        line("2025.01.01", "prod-0", ".aa") + "," + line("2025.01.02", "prod-0", ".ab"),
    ],
)  # fmt: skip
def test_lines_that_name_no_release_are_passed_over(text):
    assert parse_line(text) is None


def test_makeshift_copies_say_what_they_are():
    temporary, mlat = parse_line(line("2025.06.01", "prod-0tmp", "")), parse_line(line("2025.06.01", "mlatonly-0", ""))
    assert temporary is not None
    assert mlat is not None
    assert "temporary" in temporary.caution
    assert mlat.partial
    assert temporary.rank < mlat.rank
    second = parse_line(line("2024.09.22", "prod-0", ".ab"))
    assert second is not None
    assert not follows_on(second)


def index_of(server, days, tmp_path):
    host = choose(None, bases([f"adsb.lol={server.url}"]))
    with Asker("host", patience=QUICK) as asker:
        return read_index(asker, host, date(2024, 2, 1), tmp_path / "lists", days=days)


def test_days_are_found_in_whichever_repository_has_them(serve, tmp_path):
    scenario = Scenario(days=YEAR_END, kind=DayKind(fill=1, filler_bytes=500))
    scenario.in_repo = {date(2023, 12, 31): 2024, date(2024, 1, 1): 2023}
    server = serve(scenario)
    index = index_of(server, YEAR_END, tmp_path)
    assert sorted(index.releases) == YEAR_END
    assert "globe_history_2024" in index.releases[date(2023, 12, 31)].urls[0]
    assert "globe_history_2023" in index.releases[date(2024, 1, 1)].urls[0]
    result, _ = run(server, tmp_path / "lake", way="ranges")
    assert {v for k, v in statuses(result).items() if k[1] != "traffic"} == {"received", "empty"}


def test_of_two_copies_the_better_and_makeshift_ones_only_where_there_is_no_other(serve, tmp_path):
    day, gone, only = date(2023, 12, 30), date(2023, 12, 28), date(2023, 12, 27)
    scenario = Scenario(days=[day], kind=DayKind(fill=1, filler_bytes=500))
    scenario.more_lines = {2023: [
        line("2023.12.30", "staging-0", "", root="{base}"), line("2023.12.30", "prod-0tmp", "", root="{base}"),
        line("2023.12.27", "mlatonly-0", "", root="{base}"),
    ]}  # fmt: skip
    scenario.all_lines = {2023: [line("2023.12.28", "staging-0", "", root="{base}")] * 3}
    index = index_of(serve(scenario), [day, gone, only], tmp_path)
    assert index.releases[day].pod == "planes-readsb-prod-0"
    assert index.releases[gone].pod == "planes-readsb-staging-0"
    assert index.releases[only].partial


def test_lists_are_kept_and_not_sent_twice_and_a_list_that_cannot_be_read_is_no_absence(serve, tmp_path):
    server = serve(Scenario(days=YEAR_END, kind=DayKind(fill=1, filler_bytes=500)))
    index_of(server, YEAR_END, tmp_path)
    first = server.stats.bytes
    server.reset()
    index_of(server, YEAR_END, tmp_path)
    assert server.stats.bytes < first / 4
    server.scenario.faults["PREFERRED"] = [("status", 500, {})] * 99
    assert sorted(index_of(server, YEAR_END, tmp_path).releases) == YEAR_END
    # the list of all copies stands in; only where neither can be read nothing is known
    result, _ = run(server, tmp_path / "lake", way="ranges")
    assert "failed" not in statuses(result).values()
    server.scenario.faults["_RELEASES"] = [("status", 500, {})] * 99
    result, _ = run(server, tmp_path / "other", way="ranges")
    assert set(statuses(result).values()) == {"failed"}


def test_days_in_a_row_are_one_window():
    days = [date(2023, 2, 1), date(2023, 2, 2), date(2023, 2, 5)]
    assert list(windows(days)) == [(days[0], days[1]), (days[2], days[2])]
    assert list(windows([])) == []
