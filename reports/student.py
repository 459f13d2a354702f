"""Student's t distribution, as far as a two-sided test needs it."""

import math

__all__ = ["incomplete_beta", "t_test", "two_sided_p", "two_sided_t"]

_STEPS = 10_000
_CLOSE = 1e-15
_TINY = 1e-300
_ROUNDING = 1e-9


def t_test(first: tuple[int, float, float], second: tuple[int, float, float]) -> float:
    """The two-sided p-value that two samples have the same mean, their variances being the same.

    A sample is its size, its mean and its sum of squared deviations from it. Samples without any spread have a p-value
    of 0 where their means differ and of 1 where they don't, but for rounding.
    Source: Student, "The probable error of a mean", Biometrika 6 (1908), 1-25, in Fisher's form for two samples.

    Raises:
        ValueError: there are fewer than three values in all, or none in one of the samples.
    """
    (n, mean, squares), (other_n, other_mean, other_squares) = first, second
    freedom = n + other_n - 2
    if freedom < 1 or min(n, other_n) < 1:
        raise ValueError("a t-test needs three values, and one of each sample")
    difference = abs(mean - other_mean)
    if difference <= _ROUNDING * max(abs(mean), abs(other_mean)):
        return 1.0
    error = math.sqrt((squares + other_squares) / freedom * (1 / n + 1 / other_n))
    return two_sided_p(difference / error, freedom) if error else 0.0


def two_sided_p(t: float, freedom: float) -> float:
    """The probability that a t-distributed figure is at least as far from 0 as `t`.

    Raises:
        ValueError: there are no degrees of freedom.
    """
    if freedom <= 0:
        raise ValueError(f"{freedom} is no number of degrees of freedom")
    square = t * t
    return 0.0 if math.isinf(square) else incomplete_beta(freedom / 2, 0.5, freedom / (freedom + square))


def two_sided_t(probability: float, freedom: float) -> float:
    """How far from 0 a t-distributed figure is with this probability: the inverse of `two_sided_p`, by bisection.

    Raises:
        ValueError: the probability is not between 0 and 1, or there are no degrees of freedom.
    """
    if not 0 < probability < 1:
        raise ValueError(f"{probability} is no probability between 0 and 1")
    low, high = 0.0, 1.0
    while two_sided_p(high, freedom) > probability:
        low, high = high, 2 * high
    while (middle := (low + high) / 2) not in {low, high}:
        low, high = (middle, high) if two_sided_p(middle, freedom) > probability else (low, middle)
    return high


def incomplete_beta(a: float, b: float, x: float) -> float:
    """The regularized incomplete beta function I_x(a, b).

    By its continued fraction, Abramowitz and Stegun, "Handbook of Mathematical Functions" (1964), 26.5.8, evaluated by
    Lentz's method, "Generating Bessel functions in Mie scattering calculations using continued fractions", Applied
    Optics 15 (1976), 668-671.

    Raises:
        ValueError: `x` is not in [0, 1].
    """
    if not 0 <= x <= 1:
        raise ValueError(f"{x} is not between 0 and 1")
    if x in {0.0, 1.0}:
        return x
    if x > (a + 1) / (a + b + 2):  # the other tail, where the fraction converges fast
        return 1 - incomplete_beta(b, a, 1 - x)
    log_front = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    return math.exp(log_front) / a * _fraction(a, b, x)


def _fraction(a: float, b: float, x: float) -> float:
    value, upper, lower = 1.0, 1.0, 0.0
    for step in range(_STEPS):
        term = _term(a, b, x, step)
        lower = 1 / _not_zero(1 + term * lower)
        upper = _not_zero(1 + term / upper)
        value *= upper * lower
        if step and abs(upper * lower - 1) < _CLOSE:
            break
    return 1 / value


def _term(a: float, b: float, x: float, step: int) -> float:
    """The numerators of the fraction: 1 / (1 + d1 / (1 + d2 / ...))."""
    m, is_even = divmod(step + 1, 2)
    if is_even == 0:
        return m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
    return -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))


def _not_zero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY
