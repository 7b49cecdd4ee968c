"""Every published check value of the statistics: distributions, intervals, totals, heights, reach."""

from __future__ import annotations

import math

import numpy as np
import pytest

from wheelsdown.analysis import stats
from wheelsdown.errors import UsageError

GRADED = [0.99] * 4 + [0.9, 0.6, 0.3]


def test_poisson_binomial_of_seven_graded_visits() -> None:
    pmf, cdf = stats.poisson_binomial_pmf(GRADED), stats.poisson_binomial_cdf(GRADED)
    n = np.arange(pmf.size)
    mean = float(np.sum(n * pmf))
    assert mean == pytest.approx(5.76)
    assert math.sqrt(float(np.sum((n - mean) ** 2 * pmf))) == pytest.approx(0.7613, abs=5e-5)
    assert 1 - cdf[4] == pytest.approx(0.959643, abs=5e-7)
    assert 1 - cdf[5] == pytest.approx(0.646045, abs=1e-6)  # printed 0.646045; 0.6460445
    assert stats.poisson_binomial_interval(GRADED) == (4, 7)
    assert stats.poisson_binomial_quantile(GRADED, 0.5) == 6


def test_poisson_binomial_equals_scipy() -> None:
    from scipy.stats import poisson_binom

    p = np.random.default_rng(4).uniform(size=60)
    assert np.allclose(stats.poisson_binomial_pmf(p), poisson_binom.pmf(np.arange(61), p), atol=1e-12)
    assert stats.poisson_binomial_pmf([]).tolist() == [1.0]
    assert stats.poisson_binomial_interval([]) == (0, 0)
    assert stats.poisson_binomial_interval([1.0, 1.0, 0.0]) == (2, 2)


@pytest.mark.parametrize("bad", [[1.2], [-0.1, 0.5], [float("nan")]])
def test_no_probability_is_refused(bad: list[float]) -> None:
    with pytest.raises(UsageError, match="between 0 and 1"):
        stats.poisson_binomial_pmf(bad)


@pytest.mark.parametrize(
    ("events", "least", "most", "digits"),
    [
        (0, 0.0, 3.6889, 4),
        (1, 0.0253, 5.5716, 4),
        (6, 2.2019, 13.0595, 4),
        (10, 4.7954, 18.3904, 4),
        (92, 74.165, 112.830, 3),
    ],
)
def test_garwood(events: int, least: float, most: float, digits: int) -> None:
    got = stats.garwood(events)
    assert (round(got.least, digits), round(got.most, digits)) == (least, most)


def test_clopper_pearson_and_the_rule_of_three() -> None:
    assert stats.clopper_pearson(40, 50) == pytest.approx((0.6628, 0.8997), abs=5e-5)
    assert stats.clopper_pearson(5, 6) == pytest.approx((0.359, 0.996), abs=5e-4)
    assert stats.clopper_pearson(0, 30).least == 0.0
    assert stats.clopper_pearson(30, 30).most == 1.0
    assert stats.none_of(30) == pytest.approx(0.095, abs=5e-4)
    with pytest.raises(UsageError, match="trial"):
        stats.clopper_pearson(0, 0)


def test_jeffreys_equals_scipys_beta() -> None:
    from scipy.stats import beta

    assert stats.jeffreys(40, 50) == (40.5, 10.5)
    assert stats.jeffreys(0, 0) == (0.5, 0.5)
    assert stats.jeffreys_interval(40, 50) == pytest.approx(beta.ppf([0.025, 0.975], 40.5, 10.5))
    assert stats.jeffreys_interval(0, 5).least == 0.0
    assert stats.jeffreys_interval(5, 5).most == 1.0


@pytest.mark.parametrize(
    ("p", "mean", "sd", "quantiles"), [(0.8, 7.5, 1.369, (6, 7, 11)), (0.6, 10, 2.582, (6, 10, 16))]
)
def test_adjusted_total(p: float, mean: float, sd: float, quantiles: tuple[int, int, int]) -> None:
    got = stats.adjusted_total(6, p)
    assert got.mean == pytest.approx(mean)
    assert got.sd == pytest.approx(sd, abs=5e-4)
    assert (got.least, got.median, got.most) == quantiles


def test_adjusted_total_where_the_probability_was_measured() -> None:
    got = stats.adjusted_total_uncertain(6, 40.5, 10.5)
    assert got.mean == pytest.approx(7.59, abs=0.005)
    assert (got.least, got.median, got.most) == (6, 7, 11)


def test_adjusted_total_at_its_edges() -> None:
    assert stats.adjusted_total(6, 1.0) == (6.0, 0.0, 6, 6, 6)
    with pytest.raises(UsageError, match="uniform"):
        stats.adjusted_total(0, 0.5)
    assert stats.adjusted_total(0, 0.5, prior="uniform").most == 5  # 1 - 2^-6 is the first above 0.975
    with pytest.raises(UsageError, match="nothing could be seen"):
        stats.adjusted_total(3, 0.0)
    # a probability hardly known: mean and variance are infinite, the interval is not
    wide = stats.adjusted_total_uncertain(3, 0.5, 5.5)
    assert wide.mean is None
    assert wide.sd is None
    assert wide.most is not None
    assert wide.most > 10_000
    # and known so badly that the upper end lies beyond five million: no bound
    assert stats.adjusted_total_uncertain(3, 0.1, 5.5).most is None


def test_adjusted_total_with_a_known_probability_is_the_limit_of_the_measured_one() -> None:
    fixed = stats.adjusted_total(20, 0.7)
    known = stats.adjusted_total_uncertain(20, 0.7e7, 0.3e7)
    assert known.mean == pytest.approx(fixed.mean, rel=1e-4)
    assert known[2:] == fixed[2:]


def test_horvitz_thompson() -> None:
    total, sd = stats.horvitz_thompson([0.5, 0.8, 1.0])
    assert total == pytest.approx(2 + 1.25 + 1)
    assert sd == pytest.approx(math.sqrt(0.5 / 0.25 + 0.2 / 0.64))
    assert stats.horvitz_thompson([]) == (0.0, 0.0)
    with pytest.raises(UsageError):
        stats.horvitz_thompson([0.0])


@pytest.mark.parametrize(
    ("lists", "estimate", "digits", "se"),
    [
        ((948, 421, 167), 2383, 0, None),  # Krebs 1989, box 2.1; Seber 1982, p. 107
        ((500, 149, 7), 9393, 0, 3022),  # Seber 2002, table 3.7
        ((109, 177, 57), 337, 0, None),  # Ricker 1975
        ((421, 332, 88), 1578, 0, None),  # Pine 2013
        ((346, 184, 49), 1282.9, 1, 142.08),
    ],
)
def test_chapman_on_five_published_data_sets(
    lists: tuple[int, int, int], estimate: float, digits: int, se: float | None
) -> None:
    got = stats.chapman(*lists)
    assert got.mean is not None
    assert got.sd is not None
    assert round(got.mean, digits) == estimate
    if se is not None:
        assert got.sd == pytest.approx(se, abs=0.5 if se > 1000 else 0.005)


def test_lincoln_petersen_and_pines_normal_interval() -> None:
    assert stats.lincoln_petersen(948, 421, 167) == pytest.approx(2389.87, abs=0.005)
    assert stats.lincoln_petersen(10, 10, 0) is None
    pine = stats.chapman(421, 332, 88)
    assert pine.mean is not None
    assert pine.sd is not None
    assert (round(pine.mean - 1.96 * pine.sd), round(pine.mean + 1.96 * pine.sd)) == (1330, 1826)


def test_chapmans_log_normal_interval_never_falls_below_what_is_known() -> None:
    n1, n2, m = 500, 149, 7
    got = stats.chapman(n1, n2, m)
    known, var = n1 + n2 - m, 501 * 150 * 493 * 142 / (8**2 * 9)
    f0 = 9392.75 - known
    c = math.exp(1.959964 * math.sqrt(math.log(1 + var / f0**2)))
    assert got.least == pytest.approx(known + f0 / c, rel=1e-6)
    assert got.most == pytest.approx(known + f0 * c, rel=1e-6)
    assert got.least > known > 9392.75 - 3 * 3022  # where a normal interval would go
    assert stats.chapman(10, 4, 4) == (10.0, 0.0, 10, 10.0, 10)  # one list holds the other
    with pytest.raises(UsageError, match="in both"):
        stats.chapman(3, 4, 5)


@pytest.mark.parametrize(
    ("quality", "off", "expected"), [(0.0, 0.0, 91.96), (0.25, 0.0, 80.2), (0.0, 0.2, 73.6), (0.25, 0.2, 64.0)]
)
def test_chapman_is_low_where_the_two_sources_share_what_they_miss(quality: float, off: float, expected: float) -> None:
    """92 visits, seen with 0.7 and 0.6; a shared quality of the site, and transponders that are off."""
    rng = np.random.default_rng(20230917)
    runs, n = 4000, 92
    shared = rng.choice([-quality, quality], size=(runs, n))
    on = rng.random((runs, n)) >= off
    first = on & (rng.random((runs, n)) < 0.7 + shared)
    second = on & (rng.random((runs, n)) < 0.6 + shared)
    totals = [
        stats.chapman(int(a.sum()), int(b.sum()), int((a & b).sum())).mean for a, b in zip(first, second, strict=True)
    ]
    mean = float(np.mean([t for t in totals if t is not None]))
    assert mean == pytest.approx(expected, abs=0.4)


def test_rate_ratio_of_the_2020_war_to_the_rest() -> None:
    # 20 of 92 in the 91 days of September to November 2020; the other 72 from January 2016 to 5 March 2023
    got = stats.rate_ratio(20, 91, 72, 2621 - 91)
    assert got.ratio == pytest.approx(7.7, abs=0.05)
    assert got.least == pytest.approx(4.5, abs=0.05)
    assert got.most == pytest.approx(12.8, abs=0.05)
    assert got.p < 1e-8
    # and the Ovda window of 17 days against the same seven years
    ap = stats.rate_ratio(6, 17, 86, 2621)
    assert ap.ratio == pytest.approx(10.8, abs=0.05)
    assert (round(ap.least, 1), round(ap.most or 0, 1)) == (3.8, 24.4)
    assert ap.p / 2 == pytest.approx(3e-5, abs=5e-6)  # printed one-sided
    assert stats.rate_ratio(0, 1, 0, 1) == (None, 0.0, None, 1.0)
    assert stats.rate_ratio(3, 1, 0, 1).most is None


@pytest.mark.parametrize(("qnh", "reads"), [(980, 2403), (1000, 1852), (1030, 1042), (1045, 645)])
def test_pressure_altitude_on_ovdas_runway(qnh: float, reads: int) -> None:
    assert round(stats.pressure_altitude_ft(1492, qnh)) == reads
    # the linear rule gives the height above the field back within its 100 ft
    assert abs(stats.height_above_field_ft(reads, 1492, qnh)) < 100


def test_pressure_altitude_on_a_standard_day_is_the_elevation() -> None:
    assert stats.pressure_altitude_ft(1492, stats.STANDARD_HPA) == pytest.approx(1492)
    with pytest.raises(UsageError, match="hPa"):
        stats.pressure_altitude_ft(0, 0)


@pytest.mark.parametrize(("other_km", "most"), [(25.2, 14), (230.0, 9)])
def test_hidden_visits_of_ten_hours(other_km: float, most: int) -> None:
    speed_kt = 900 / 1.852
    assert stats.hidden_visits(30, 30, 600, other_km, speed_kt, 0.33 * 60) == most


def test_reach() -> None:
    speed_kt = 900 / 1.852  # 15 km a minute
    assert stats.could_stop(30, 30, 19, speed_kt)  # 4 min of flight and 15 on the ground
    assert not stats.could_stop(30, 30, 18.9, speed_kt)
    assert stats.could_stop_at_both(30, 30, 30, 36, speed_kt)
    assert not stats.could_stop_at_both(30, 30, 30, 35.9, speed_kt)
    assert stats.hidden_visits(30, 30, 18.9, 25, speed_kt) == 0
    assert stats.hidden_visits(30, 30, 19, 25, speed_kt) == 1
    assert stats.must_have_stopped(900, 76, speed_kt)
    assert not stats.must_have_stopped(900, 74, speed_kt)
    with pytest.raises(UsageError, match="kt"):
        stats.could_stop(1, 1, 1, 0)


@pytest.mark.parametrize(("height_ft", "nm"), [(1000, 51), (3000, 80), (10000, 135), (35000, 242)])
def test_radio_horizon(height_ft: float, nm: int) -> None:
    assert round(stats.radio_horizon_nm(height_ft)) == nm


@pytest.mark.parametrize(
    ("visits", "days", "every", "least", "most"),
    [
        (20, 44, 2.2, 1.4, 3.6),  # all in the 2020 war
        (20, 91, 4.5, 2.9, 7.4),  # September to November 2020: 2.0 is outside
        (6, 17, 2.8, 1.3, 7.7),  # Ovda, 1 to 17 September 2023
    ],
)
def test_every_so_many_days(visits: int, days: float, every: float, least: float, most: float) -> None:
    mean = stats.garwood(visits)
    assert (round(days / visits, 1), round(days / mean.most, 1), round(days / mean.least, 1)) == (every, least, most)
