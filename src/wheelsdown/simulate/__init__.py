"""SIMULATED flights with known truth, seen through a model of receivers: for demonstrations, calibration and tests."""

from wheelsdown.simulate.core import Simulated, simulate
from wheelsdown.simulate.performance import TYPES
from wheelsdown.simulate.scenario import Scenario

__all__ = ["TYPES", "Scenario", "Simulated", "simulate"]
