"""Statistics over seeds: Student's intervals and tests, and Holm's correction. Their texts, too. For the scripts of this folder that make tables."""
import functools
import math
import statistics


def two_sided(t, freedom):
    """The p-value of Student's t, by Simpson's rule over its density."""
    scale = math.exp(math.lgamma((freedom + 1) / 2) - math.lgamma(freedom / 2)) / math.sqrt(freedom * math.pi)
    pieces = 4000
    width = abs(t) / pieces
    density = lambda x: scale * (1 + x * x / freedom) ** (-(freedom + 1) / 2)
    total = sum((1 if i in (0, pieces) else 4 if i % 2 else 2) * density(i * width) for i in range(pieces + 1))
    return max(0.0, 1 - 2 * total * width / 3)


@functools.cache
def quantile(freedom):
    """Student's t that two-sided 5 % lie beyond, by bisection."""
    low, high = 0.0, 20.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if two_sided(middle, freedom) > 0.05 else (low, middle)
    return low


def half_width(values):
    """Of the 95 % interval of the mean of two values or more."""
    return quantile(len(values) - 1) * statistics.stdev(values) / math.sqrt(len(values))


def p_value(values):
    """Of the t-test that the mean is 0, two-sided."""
    spread = statistics.stdev(values)
    if spread == 0:
        return 1.0 if statistics.mean(values) == 0 else 0.0
    return two_sided(statistics.mean(values) / (spread / math.sqrt(len(values))), len(values) - 1)


def holm(values):
    """p-values corrected for their number; None stays None."""
    tested = sorted((p, place) for place, p in enumerate(values) if p is not None)
    corrected, worst = [None] * len(values), 0.0
    for rank, (p, place) in enumerate(tested):
        worst = max(worst, min(1.0, p * (len(tested) - rank)))
        corrected[place] = worst
    return corrected


def spread(values, sign=False):
    """The mean with the half width of its interval; of one value, the value."""
    text = f"{round(statistics.mean(values), 1) + 0.0:{'+' if sign else ''}.1f}"  # no -0.0
    return f"{text} ± {half_width(values):.1f}" if len(values) > 1 else text


def p_text(p):
    return "" if p is None else "< 0.001" if p < 0.001 else f"{p:.3f}"


def ahead(gained):
    return f"{sum(value > 0 for value in gained)} of {len(gained)}"


def self_check():
    """Quantiles as tables print them, and p-values that have a formula."""
    for freedom, printed in ((1, 12.7062), (2, 4.3027), (4, 2.7764), (9, 2.2622), (19, 2.0930), (40, 2.0211)):
        assert abs(quantile(freedom) - printed) < 1e-4, freedom
    # With 2 degrees of freedom p = 1 - t / sqrt(2 + t * t).
    assert abs(two_sided(math.sqrt(3), 2) - (1 - math.sqrt(3 / 5))) < 1e-9
    assert abs(p_value([1, 2, 3]) - (1 - math.sqrt(12 / 14))) < 1e-9
    assert p_value([0, 0, 0]) == 1
    corrected = holm([0.01, None, 0.04, 0.03])
    assert corrected[1] is None and all(abs(a - b) < 1e-12 for a, b in zip((corrected[0], *corrected[2:]), (0.03, 0.06, 0.06)))
