"""Gaps, legs and visits: pure functions over POSITIONS."""

from __future__ import annotations

from wheelsdown.inference.core import Inference, infer
from wheelsdown.inference.days import infer_days
from wheelsdown.inference.rules import Rules

__all__ = ["Inference", "Rules", "infer", "infer_days"]
