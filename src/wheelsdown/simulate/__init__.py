"""SIMULATED flights with known truth, seen through a model of receivers: for demonstrations, calibration and tests."""
