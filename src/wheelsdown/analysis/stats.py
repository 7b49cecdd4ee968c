"""The statistics in one place: exact intervals, totals, and what heights, distances and times allow.

Everything that has a published value is held to it in ``tests/analysis/test_published.py``.
"""

from __future__ import annotations

from wheelsdown.analysis.stats_flight import (
    STANDARD_HPA,
    could_stop,
    could_stop_at_both,
    height_above_field_ft,
    hidden_visits,
    must_have_stopped,
    pressure_altitude_ft,
    radio_horizon_nm,
)
from wheelsdown.analysis.stats_intervals import (
    Interval,
    RateRatio,
    clopper_pearson,
    garwood,
    jeffreys,
    jeffreys_interval,
    none_of,
    poisson_binomial_cdf,
    poisson_binomial_interval,
    poisson_binomial_pmf,
    poisson_binomial_quantile,
    rate_ratio,
)
from wheelsdown.analysis.stats_totals import (
    Total,
    adjusted_total,
    adjusted_total_uncertain,
    chapman,
    horvitz_thompson,
    lincoln_petersen,
)

__all__ = [
    "STANDARD_HPA",
    "Interval",
    "RateRatio",
    "Total",
    "adjusted_total",
    "adjusted_total_uncertain",
    "chapman",
    "clopper_pearson",
    "could_stop",
    "could_stop_at_both",
    "garwood",
    "height_above_field_ft",
    "hidden_visits",
    "horvitz_thompson",
    "jeffreys",
    "jeffreys_interval",
    "lincoln_petersen",
    "must_have_stopped",
    "none_of",
    "poisson_binomial_cdf",
    "poisson_binomial_interval",
    "poisson_binomial_pmf",
    "poisson_binomial_quantile",
    "pressure_altitude_ft",
    "radio_horizon_nm",
    "rate_ratio",
]
