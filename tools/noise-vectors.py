"""Golden values for src/noise, from mpmath: `python3 tools/noise-vectors.py > src/noise/golden/noise-vectors.json`.

Nothing here is shared with the TypeScript: the quantile's derivatives come from the polynomials H_n with
d^n x / dp^n = (-1)^n H_n(x) / phi(x)^n, H_1 = 1, H_(n+1) = H_n' + n x H_n; tails from mpmath's erfc; points from
mpmath's root finder. Before it writes, it evaluates every segment's polynomial in IEEE doubles at a grid of points, both
ends included, and fails if one lies outside the bound of docs/numerics-noise.md, section 3. Takes seconds.
Needs: mpmath 1.4.1 (gmpy2 makes it faster).
"""

import hashlib
import json
import random
import struct
import sys

import mpmath as mp

BINADES, SEGMENTS, STRIDE, TAYLOR = 20, 64, 7, 10
mp.mp.prec = 320


def upper_tail(x):
    return mp.erfc(x / mp.sqrt(2)) / 2


def density(x):
    return mp.exp(-x * x / 2) / mp.sqrt(2 * mp.pi)


def quantile(p, guess):
    x = mp.mpf(guess)
    for _ in range(40):
        step = (upper_tail(x) - p) / density(x)
        x += step
        if abs(step) < mp.mpf(2) ** -150:
            # the error after Newton's step is about its square
            return x + (upper_tail(x) - p) / density(x)
    raise ArithmeticError("no convergence")


def derivative_polynomials(order):
    """H_1 ... H_order as coefficient lists, lowest power first."""
    polynomials = [[1]]
    for n in range(1, order):
        h = polynomials[-1]
        derived = [k * h[k] for k in range(1, len(h))] + [0, 0]
        raised = [0] + [n * a for a in h]
        polynomials.append([a + b for a, b in zip(derived, raised)])
    return polynomials


H = derivative_polynomials(TAYLOR)


def series(x0, w):
    slope = w / density(x0)
    terms = [x0]
    for n in range(1, TAYLOR + 1):
        h = sum(a * x0**k for k, a in enumerate(H[n - 1]))
        terms.append((-1) ** n * h * slope**n / mp.factorial(n))
    return terms


def build_table():
    table, errors, guess = [], [], mp.mpf("0.005")
    for e in range(BINADES):
        w = mp.mpf(2) ** -(e + 9)
        rows, truncation = [None] * SEGMENTS, mp.mpf(0)
        for j in reversed(range(SEGMENTS)):
            x0 = quantile(w * (2 * (SEGMENTS + j) + 1), guess)
            guess = x0
            y = series(x0, w)
            truncation = max(truncation, abs(y[7]) / 64 + abs(y[8]) + abs(y[9]) + abs(y[10]) + mp.mpf(2) ** -74)
            c = y[:STRIDE]
            c[5] += y[7] * 7 / 4
            c[3] -= y[7] * 7 / 8
            c[1] += y[7] * 7 / 64
            rows[j] = [float(a) * 2.0 ** (-n * (55 - e)) for n, a in enumerate(c)]
        table.append(rows)
        far = quantile(mp.mpf(2) ** -(e + 2), guess)
        units = {0: 3, 1: 2}.get(e, 1)
        errors.append(mp.mpf(2) ** -53 * (2 * far + mp.mpf("0.1")) + truncation + units * mp.mpf(2) ** -64 / density(far))
    return table, errors


def horner(c, d):
    x = c[6]
    for a in reversed(c[:6]):
        x = a + d * x
    return x


def check_errors(table, errors):
    """The largest |value - quantile| / bound over all segments, at nine places each; at most 1 by the proof."""
    worst = 0.0
    rng = random.Random(20120)
    for e in range(BINADES):
        for j in range(SEGMENTS):
            half = 1 << (55 - e)
            middle = (2 * (SEGMENTS + j) + 1) << (55 - e)
            places = [-half, half - 1, 0, -(half // 2), half // 2] + [rng.randrange(-half, half) for _ in range(4)]
            for place in places:
                # as the loop does: the signed high part times 2^32 plus the low 32 bits, rounded once
                d = float((place >> 32) * 4294967296) + float(place & 0xFFFFFFFF)
                x = mp.mpf(horner(table[e][j], d))
                for unit in (0, 1):
                    p = mp.mpf(middle + place + unit) / mp.mpf(2) ** 64
                    # |x - quantile| to first order; second order is the square of 2^-45
                    difference = abs(upper_tail(x) - p) / density(x)
                    worst = max(worst, float(difference / errors[e]))
    if worst > 1:
        sys.exit(f"a polynomial lies outside its bound, by the factor {worst}")
    return worst


def fraction_bits(value, bits):
    return int(mp.floor(value * mp.mpf(2) ** bits))


def tail_rows():
    rows = []
    for numerator, denominator in [(0, 1), (1, 1000), (1, 3), (1, 2), (1, 1), (7, 3), (5, 1), (13, 2), (9, 1), (19, 1), (37, 1), (63, 1)]:
        for bits in [64, 256, 1088]:
            mp.mp.prec = bits + 3300
            x = mp.mpf(numerator) / denominator
            rows.append([numerator, denominator, bits, hex(fraction_bits(upper_tail(x), bits)), hex(fraction_bits(density(x), bits))])
    return rows


def decision_rows():
    """p within 2^-64m of a boundary's tail, on either side: [sigma, the m words of p in hex, the rounded magnitude]."""
    rows = []
    mp.mp.prec = 3300
    rng = random.Random(1991)
    for sigma in [0.1, 0.3, 0.7310585786300049, 1.0, 12.5, 1e3, 1e7, 1e9, 1234567890123.25]:
        exact = mp.mpf(sigma)
        places = {0, 1, *(int(sigma * z) for z in (0.001, 0.4, 1.0, 2.7, 4.6, 4.95, 6.1, 9.3, 20.2))}
        for k in sorted(places):
            b = (k + mp.mpf(1) / 2) / exact
            if b > 30:
                continue
            tail = upper_tail(b)
            for words in [1, 2, 3, 5]:
                bits = 64 * words
                # the neighbors of the tail must not lie beyond the next boundary
                if mp.mpf(2) ** (2 - bits) > density(b) / exact:
                    continue
                floor = fraction_bits(tail, bits)
                # p = floor - 1 ends below the tail: the quantile is beyond the boundary, and the answer is k + 1
                for chosen, answer in [(floor - 1, k + 1), (floor + 1, k)]:
                    if 0 <= chosen < 1 << (bits - 1):
                        rows.append([sigma, format(chosen, f"0{bits // 4}x"), answer])
                # the same words as the tail, and then all zeros or all ones; no verdict where the tail goes on so itself
                if 0 < fraction_bits(tail, bits + 64) - (floor << 64) < (1 << 64) - 1:
                    rows.append([sigma, format(floor << 64, f"0{bits // 4 + 16}x"), k + 1])
                    rows.append([sigma, format((floor << 64) | (1 << 64) - 1, f"0{bits // 4 + 16}x"), k])
    rng.shuffle(rows)
    return rows


def main():
    table, errors = build_table()
    doubles = [value for rows in table for row in rows for value in row]
    worst = check_errors(table, errors)
    document = {
        "origin": f"mpmath {mp.__version__}, tools/noise-vectors.py",
        "largestErrorOverBound": worst,
        "tableSha256": hashlib.sha256(struct.pack(f"<{len(doubles)}d", *doubles)).hexdigest(),
        "errorBounds": [float(e) for e in errors],
        "tails": tail_rows(),
        "decisions": decision_rows(),
    }
    print("{")
    items = list(document.items())
    for i, (name, value) in enumerate(items):
        comma = "," if i + 1 < len(items) else ""
        if name in ("tails", "decisions"):
            print(f'  "{name}": [\n    ' + ",\n    ".join(json.dumps(row) for row in value) + f"\n  ]{comma}")
        else:
            print(f'  "{name}": {json.dumps(value)}{comma}')
    print("}")



main()
