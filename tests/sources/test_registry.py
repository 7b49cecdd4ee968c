"""Finding sources."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from wheelsdown.errors import UsageError
from wheelsdown.schema import TABLES
from wheelsdown.sources import load, load_all, names
from wheelsdown.sources.registry import IN_TREE

ROOT = Path(__file__).resolve().parents[2]


def test_the_list_in_the_tree_is_the_one_that_is_installed() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["entry-points"]["wheelsdown.sources"] == IN_TREE
    assert set(names()) >= set(IN_TREE)


def test_every_source_has_a_card_and_its_own_name() -> None:
    for name, source in zip(names(), load_all(), strict=True):
        assert source.name == name
        assert source.table in TABLES
        card = source.card
        assert all((card.publisher, card.licence, card.coverage, card.shows, card.cannot_show))


def test_an_unknown_name_lists_the_known() -> None:
    with pytest.raises(UsageError, match="readsb-trace"):
        load("radar")
