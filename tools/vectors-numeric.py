"""Multiprecision values for src/numeric/numeric.vectors.json.

    python -m venv venv && venv/bin/pip install mpmath==1.4.1 scipy gmpy2
    venv/bin/python tools/vectors-numeric.py > src/numeric/numeric.vectors.json

Every argument is a double, taken exactly; every value is computed by mpmath with 60 digits (more where the formula
cancels) and rounded once to the nearest double. Nothing here comes from the code that is tested. Not run in CI.
"""

import json
import math
import random
import sys

import mpmath
from mpmath import mp, mpf

mp.dps = 60
random.seed(20240515)


def double(value):
    """The nearest double; mpmath rounds correctly, subnormals included through a string."""
    return float(mpmath.nstr(value, 40)) if abs(value) < mpf(2) ** -1000 else float(value)


def spread(count, low, high):
    """Doubles spread evenly in logarithm over [low, high]."""
    return [math.exp(random.uniform(math.log(low), math.log(high))) for _ in range(count)]


def table(function, arguments):
    return [[*args, double(function(*[mpf(a) for a in args]))] for args in arguments]


def erfc(x):
    return mpmath.erfc(x)


def erfcx(x):
    with mp.workdps(120):
        return mpmath.exp(x * x) * mpmath.erfc(x)


def normal_cdf(x):
    return mpmath.erfc(-x / mpmath.sqrt(2)) / 2


def log_normal_cdf(x):
    with mp.workdps(120):
        return mpmath.log1p(-normal_cdf(-x)) if x > 0 else mpmath.log(normal_cdf(x))


def normal_quantile(p):
    with mp.workdps(80):
        x = -mpmath.sqrt(2) * mpmath.erfinv(1 - 2 * p) if p > mpf("1e-6") else None
        if x is None:
            guess = -mpmath.sqrt(-2 * mpmath.log(p))
            x = mpmath.findroot(lambda t: mpmath.log(normal_cdf(t)) - mpmath.log(p), guess)
        return x


def log_normal_quantile(log_p):
    with mp.workdps(80):
        guess = -mpmath.sqrt(-2 * log_p) if log_p < -3 else -mpmath.sqrt(2) * mpmath.erfinv(1 - 2 * mpmath.exp(log_p))
        return mpmath.findroot(lambda t: mpmath.log(normal_cdf(t)) - log_p, guess)


def log_gamma(x):
    return mpmath.loggamma(x)


def log_beta(a, b):
    with mp.workdps(100):
        return mpmath.loggamma(a) + mpmath.loggamma(b) - mpmath.loggamma(a + b)


def log_binomial(n, k):
    return -mpmath.log(n + 1) - log_beta(k + 1, n - k + 1)


def log1mexp(x):
    with mp.workdps(400):
        return mpmath.log(-mpmath.expm1(x))


def legendre_rule(n):
    rule = []
    for i in range(n):
        guess = mpmath.cos(mpmath.pi * (i + mpf(3) / 4) / (n + mpf(1) / 2))
        root = mpmath.findroot(lambda t: mpmath.legendre(n, t), (guess, guess + mpf("1e-6")))
        slope = n * (mpmath.legendre(n - 1, root) - root * mpmath.legendre(n, root)) / (1 - root**2)
        rule.append((root, 2 / ((1 - root**2) * slope**2)))
    return sorted(rule)


def beta_lower(x, a, b):
    """The regularized incomplete beta by its power series x^a (1-x)^b / (a B) * 2F1(a+b, 1; a+1; x): positive terms, quick below 1/2."""
    with mp.workdps(80):
        if x > 0.5:
            return 1 - beta_lower(1 - x, b, a)
        term = mpf(1)
        total = mpf(1)
        k = 0
        while term > total * mpf(10) ** -70:
            term *= (a + b + k) * x / (a + 1 + k)
            total += term
            k += 1
        return mpmath.exp(a * mpmath.log(x) + b * mpmath.log1p(-x) - log_beta(a, b)) / a * total


def beta_quantile(p, a, b, start):
    """Newton's method from a double that is near, until 40 digits stand: the error squares with every step."""
    with mp.workdps(80):
        x = mpf(start)
        for _ in range(8):
            density = mpmath.exp((a - 1) * mpmath.log(x) + (b - 1) * mpmath.log1p(-x) - log_beta(a, b))
            step = (beta_lower(x, a, b) - p) / density
            x -= step
            if abs(step) < x * mpf("1e-25"):
                return x
        raise ValueError(f"no convergence for {p} {a} {b} {start}")


def beta_quantile_rows():
    from scipy.special import betaincinv  # only the starting point; the digits come from Newton

    rows = []
    shapes = [(1, 1000), (0.5, 200.5), (13, 988), (501, 500), (5000.5, 95000.5), (2, 1e6 - 1), (250000, 750001), (990, 11)]
    for a, b in shapes:
        for p in (1e-12, 1e-6, 0.025, 0.5, 0.975, 1 - 2**-20):
            start = float(betaincinv(a, b, p))
            if not 0 < start < 1:
                continue
            try:
                rows.append([p, a, b, double(beta_quantile(mpf(p), mpf(a), mpf(b), start))])
            except ValueError as error:
                print(error, file=sys.stderr)
    return rows


def beta_rows():
    rows = []
    shapes = [(0.5, 0.5), (1, 1), (2.5, 7), (10, 10), (0.5, 1000.5), (13, 988), (500, 501), (9.5, 1e5), (3, 1e6), (5e5, 5e5 + 1), (1e6, 250), (12345.5, 987654.5), (0.01, 20), (1e5, 0.7)]
    for a, b in shapes:
        mean, sd = a / (a + b), (a * b / (a + b + 1)) ** 0.5 / (a + b)
        for z in (-6.5, -3, -1, -0.01, 0.7, 3, 6.5):
            x = mean + z * sd
            if 0 < x < 1:
                value = beta_lower(mpf(x), mpf(a), mpf(b))
                if value > mpf("1e-30"):
                    rows.append([x, a, b, double(value)])
    return rows


tails = [-x for x in spread(40, 0.01, 37.4)] + spread(20, 0.01, 8) + [-0.5, 0.5, -(2**-0.5), 2**-0.5, 1e-300, -1e-300, 0.0]
probabilities = spread(40, 1e-300, 0.4) + [0.2, 0.8, 0.5 + 2**-40, 0.5 - 2**-41, 0.3, 0.7, 0.999, 1 - 2**-40, 0.4999]
shapes = list(zip(spread(40, 1e-3, 1e6), spread(40, 1e-3, 1e6))) + [(1.0, 3.0), (2.0, 9.5), (10.0, 10.0), (9.999, 1e9), (1e15, 3.0), (1e12, 1e12)]
counts = [(5, 2), (60, 30), (64, 32), (128, 3), (1000, 500), (1000, 3), (10**6, 2), (10**6, 4), (10**6, 17), (10**6, 333333), (10**6, 999990), (10**12, 7), (10**15, 10**7)]

output = {
    "meta": {
        "generator": "tools/vectors-numeric.py",
        "library": f"mpmath {mpmath.__version__}, {mp.dps} digits or more",
        "rows": "[...arguments, value]; arguments are exact doubles, values the nearest double to the true value",
    },
    "exp": table(mpmath.exp, [(x,) for x in [-x for x in spread(60, 1e-8, 700)] + spread(30, 1e-8, 700)]),
    "log": table(mpmath.log, [(x,) for x in spread(60, 1e-300, 1e300) + [1 + t for t in spread(20, 1e-9, 0.3)]]),
    "log1p": table(mpmath.log1p, [(x,) for x in spread(40, 1e-12, 1e6) + [-t for t in spread(30, 1e-12, 0.999)]]),
    "expm1": table(mpmath.expm1, [(x,) for x in spread(40, 1e-12, 100) + [-t for t in spread(30, 1e-12, 50)]]),
    "erfc": table(erfc, [(x,) for x in spread(60, 1e-3, 26.2) + [-x for x in spread(15, 1e-3, 6)] + [0.5, 2 * 3.14159, 6.2831854]]),
    "erfcx": table(erfcx, [(x,) for x in spread(60, 1e-3, 1e3) + spread(10, 1e3, 1e12) + [-x for x in spread(20, 1e-3, 26)] + [0.5, 6.283185307, 6.283185308]]),
    "normalCdf": table(normal_cdf, [(x,) for x in tails]),
    "logNormalCdf": table(log_normal_cdf, [(x,) for x in tails + [-x for x in spread(20, 37, 1e7)]]),
    "normalQuantile": table(normal_quantile, [(p,) for p in probabilities]),
    "logNormalQuantile": table(log_normal_quantile, [(-t,) for t in spread(20, 1e-6, 700) + spread(15, 700, 1e10)]),
    "logGamma": table(log_gamma, [(x,) for x in spread(60, 1e-3, 1e6) + [1 + 1e-9, 1 - 1e-9, 2 + 1e-9, 2 - 1e-9, 0.5, 1.5, 2.5, 9.99, 10.0, 1e15]]),
    "logBeta": table(log_beta, shapes),
    "logBinomial": table(log_binomial, counts),
    "regularizedIncompleteBeta": beta_rows(),
    "inverseRegularizedIncompleteBeta": beta_quantile_rows(),
    "log1mexp": table(log1mexp, [(-t,) for t in spread(30, 1e-10, 700)]),
    "logExpm1": table(lambda x: mpmath.log(mpmath.expm1(x)), [(t,) for t in spread(30, 1e-10, 1e6)]),
    "gaussLegendre": [[n, i, double(node), double(weight)] for n in (8, 33) for i, (node, weight) in enumerate(legendre_rule(n))],
}
json.dump(output, sys.stdout, separators=(",", ":"))
sys.stdout.write("\n")
