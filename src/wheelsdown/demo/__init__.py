"""The demonstration on real flights."""

from wheelsdown.demo.samples import SAMPLES, Sample
from wheelsdown.demo.wheel import fetch, unpack

__all__ = ["SAMPLES", "Sample", "fetch", "unpack"]
