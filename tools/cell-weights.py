"""Golden values for src/noise/cell-weight.ts: `python3 tools/cell-weights.py > src/noise/golden/cell-weights.json`.

w(k) = D(0) exp(-k^2 / (2 sigma^2)) / D(k), D(k) the mass of a Gaussian between k - 1/2 and k + 1/2, from mpmath's erfc, and
again by quadrature; the two have to agree. Nothing here is shared with the TypeScript. Needs: mpmath 1.4.1.
"""

import json

import mpmath as mp

mp.mp.prec = 600
BITS = 96
CASES = [
    (1, 1.0), (3, 1.0), (1, 0.25), (2, 0.3), (1, 0.1), (4, 0.5), (7, 3.7), (30, 5.5), (100, 20.1),
    (10**6, 1e6), (3 * 2**30, 2.0**30), (2**41, 2.0**40 * 1.1), (7 * 2**46, 2.0**46), (1, 0.02),
]


def by_tails(k, s):
    def mass(k):
        return mp.erfc((k - mp.mpf(1) / 2) / (s * mp.sqrt(2))) - mp.erfc((k + mp.mpf(1) / 2) / (s * mp.sqrt(2)))

    return mass(mp.mpf(0)) * mp.exp(-k * k / (2 * s * s)) / mass(k)


def by_quadrature(k, s):
    def cell(k):
        return mp.quad(lambda t: mp.exp(-((k + t) ** 2 - k * k) / (2 * s * s)), mp.linspace(-0.5, 0.5, 65))

    return cell(mp.mpf(0)) / cell(k)


rows = []
for k, s in CASES:
    a, b = by_tails(mp.mpf(k), mp.mpf(s)), by_quadrature(mp.mpf(k), mp.mpf(s))
    if abs(a - b) > mp.mpf(2) ** -(BITS + 60):
        raise ArithmeticError(f"two formulas disagree at k = {k}, sigma = {s}")
    rows.append([k, s, str(int(mp.floor(a * mp.mpf(2) ** BITS)))])
print(json.dumps({"origin": f"tools/cell-weights.py, mpmath {mp.__version__}", "bits": BITS, "rows": rows}))
