"""The public functions say what they take, what they give and what they cannot see; every threshold says what it is."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import re
from collections.abc import Callable
from typing import Any

import pytest

import wheelsdown.inference as package
from wheelsdown.inference import Rules, infer, infer_days
from wheelsdown.inference import rules as rules_module
from wheelsdown.inference.ends import infer_ends
from wheelsdown.inference.explain import explain_visit
from wheelsdown.inference.kernel import segment
from wheelsdown.inference.merge import merge_providers
from wheelsdown.inference.passes import low_passes

METHODS = [infer, infer_days, segment, infer_ends, low_passes, merge_providers, explain_visit]


def doc(function: Callable[..., Any]) -> str:
    return inspect.getdoc(getattr(function, "py_func", function)) or ""


def name_of(function: Callable[..., Any]) -> str:
    return getattr(function, "py_func", function).__name__


@pytest.mark.parametrize("function", METHODS, ids=name_of)
def test_a_method_has_numpy_sections(function: Callable[..., Any]) -> None:
    text = doc(function)
    for section in ("Parameters", "Returns", "Notes"):
        assert re.search(rf"^{section}\n-+$", text, re.MULTILINE), section
    taken = inspect.signature(getattr(function, "py_func", function)).parameters
    told = text.split("Parameters\n")[1].split("Returns\n")[0]
    if "the rest" not in told and "As in" not in told:
        missing = [name for name in taken if not re.search(rf"^[\w, ]*\b{name}\b", told, re.MULTILINE)]
        assert not missing


@pytest.mark.parametrize("function", [infer, segment, infer_ends, low_passes], ids=name_of)
def test_a_method_says_what_it_cannot_see(function: Callable[..., Any]) -> None:
    assert re.search(r"cannot\s+see", doc(function).split("Notes\n")[1])


def test_everything_public_is_documented() -> None:
    for name in package.__all__:
        assert inspect.getdoc(getattr(package, name)), name


def test_every_threshold_says_what_it_is() -> None:
    tree = ast.parse(inspect.getsource(rules_module))
    body = next(n for n in tree.body if isinstance(n, ast.ClassDef) and n.name == "Rules").body
    documented = set()
    for node, following in zip(body, [*body[1:], None], strict=True):
        if (
            isinstance(node, ast.AnnAssign)
            and isinstance(node.target, ast.Name)
            and isinstance(following, ast.Expr)
            and isinstance(following.value, ast.Constant)
            and isinstance(following.value.value, str)
        ):
            documented.add(node.target.id)
    assert documented == {f.name for f in dataclasses.fields(Rules)}


def test_every_threshold_is_a_number_with_a_unit_or_a_share() -> None:
    units = ("_min", "_s", "_h", "_kt", "_km", "_ft", "_deg", "_per_km")
    bare = [f.name for f in dataclasses.fields(Rules) if not f.name.endswith(units)]
    # costs and spreads are logarithms, the rest are shares
    assert all(re.search(r"cost$|_sd$|spread$|probability$", name) for name in bare), bare
    assert all(value > 0 for value in dataclasses.asdict(Rules()).values())
