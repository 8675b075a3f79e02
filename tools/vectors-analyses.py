"""Vectors for accountant-tests/golden/analyses.json, from others' code and from plain integration.

Needs Python with dp-accounting 0.6.0 (which brings numpy and scipy). Run by hand, output committed:

    python tools/vectors-analyses.py > accountant-tests/golden/analyses.json

Nothing here shares code or method with src: "composed" rows come from dp_accounting's privacy loss distributions,
"profile" rows from adaptive quadrature of the defining integral of one step, "selection" rows from dp_accounting's
Renyi accountant.
"""

import json
import math
import sys

import numpy as np
from dp_accounting import dp_event
from dp_accounting.pld import privacy_loss_distribution as pld
from dp_accounting.rdp import rdp_privacy_accountant as rdp
from scipy import integrate, stats

MESH = 1e-3
REMOVE = pld.NeighborRel.ADD_OR_REMOVE_ONE
REPLACE = pld.NeighborRel.REPLACE_ONE


def bounds(build, count, delta, has_optimistic=True):
    upper = build(True).self_compose(count).get_epsilon_for_delta(delta)
    lower = build(False).self_compose(count).get_epsilon_for_delta(delta) if has_optimistic else None
    return {"pessimistic": upper, "optimistic": lower}


def composed_rows():
    rows = []

    def add(event, neighboring, count, delta, build, has_optimistic=True):
        row = {"event": event, "neighboring": neighboring, "count": count, "delta": delta}
        rows.append({**row, **bounds(build, count, delta, has_optimistic)})

    def gaussian(z):
        return {"kind": "gaussian", "noiseMultiplier": z}

    def sampled(q, event):
        return {"kind": "poisson-sampled", "samplingProbability": q, "event": event}

    for b, q, n, delta in [(1, 0.01, 300, 1e-6), (3, 0.2, 50, 1e-8), (0.5, 0.05, 20, 1e-5)]:
        event = sampled(q, {"kind": "laplace", "noiseMultiplier": b})
        add(event, "add-or-remove-one", n, delta, lambda p: pld.from_laplace_mechanism(
            b, sampling_prob=q, value_discretization_interval=MESH, pessimistic_estimate=p, use_connect_dots=p))
    for a, s, n, delta in [(0.3, 2, 20, 1e-6), (1.0, 1, 8, 1e-7)]:
        event = {"kind": "discrete-laplace", "noiseParameter": a, "sensitivity": s}
        add(event, "add-or-remove-one", n, delta, lambda p: pld.from_discrete_laplace_mechanism(
            a, s, value_discretization_interval=MESH, pessimistic_estimate=p, use_connect_dots=False))
    for z, q, n, delta in [(2, 0.05, 200, 1e-6), (0.8, 0.01, 50, 1e-5), (5, 0.3, 100, 1e-8)]:
        add(sampled(q, gaussian(z)), "replace-one", n, delta, lambda p: pld.from_gaussian_mechanism(
            z, sampling_prob=q, value_discretization_interval=MESH, pessimistic_estimate=p, use_connect_dots=p,
            neighboring_relation=REPLACE))
    for s, sens, probs, n, delta in [
        (2, [0, 1, 3], [0.9, 0.08, 0.02], 30, 1e-6),
        (1, [0, 0.5], [0.7, 0.3], 100, 1e-5),
        (3, [1, 2], [0.5, 0.5], 10, 1e-7),
    ]:
        event = {"kind": "mixture-of-gaussians", "standardDeviation": s, "sensitivities": sens, "samplingProbs": probs}
        add(event, "add-or-remove-one", n, delta, lambda p: pld.from_mixture_gaussian_mechanism(
            s, sens, probs, value_discretization_interval=MESH, pessimistic_estimate=p, use_connect_dots=p))
    for n, q, b, z, t, delta in [(1000, 0.05, 60, 2, 50, 1e-6), (200, 0.1, 40, 1, 20, 1e-5)]:
        event = {"kind": "truncated-subsampled-gaussian", "datasetSize": n, "samplingProbability": q,
                 "truncatedBatchSize": b, "noiseMultiplier": z}
        # their second part is a replacement under every relation: an upper bound on ours
        add(event, "add-or-remove-one", t, delta, lambda p: pld.from_truncated_subsampled_gaussian_mechanism(
            n, q, b, z, value_discretization_interval=MESH), has_optimistic=False)
    return rows


def mixed_row():
    """Three kinds in one composition: 20 sampled Laplace, 30 sampled Gaussians, 5 discrete Laplace."""
    def total(p):
        parts = [
            pld.from_laplace_mechanism(1, sampling_prob=0.05, value_discretization_interval=MESH,
                                       pessimistic_estimate=p, use_connect_dots=p).self_compose(20),
            pld.from_gaussian_mechanism(1, sampling_prob=0.1, value_discretization_interval=MESH,
                                        pessimistic_estimate=p, use_connect_dots=p).self_compose(30),
            pld.from_discrete_laplace_mechanism(0.2, 1, value_discretization_interval=MESH,
                                                pessimistic_estimate=p, use_connect_dots=False).self_compose(5),
        ]
        return parts[0].compose(parts[1]).compose(parts[2])

    def repeated(count, event):
        return {"kind": "self-composed", "count": count, "event": event}

    event = {"kind": "composed", "events": [
        repeated(20, {"kind": "poisson-sampled", "samplingProbability": 0.05,
                      "event": {"kind": "laplace", "noiseMultiplier": 1}}),
        repeated(30, {"kind": "poisson-sampled", "samplingProbability": 0.1,
                      "event": {"kind": "gaussian", "noiseMultiplier": 1}}),
        repeated(5, {"kind": "discrete-laplace", "noiseParameter": 0.2, "sensitivity": 1}),
    ]}
    return {"event": event, "neighboring": "add-or-remove-one", "count": 1, "delta": 1e-6, **bounds(total, 1, 1e-6)}


def hockey_stick(p, q, epsilon, lo, hi, points):
    f = lambda x: max(0.0, p(x) - math.exp(epsilon) * q(x))
    cuts = sorted({lo, hi, *[x for x in points if lo < x < hi]})
    return sum(integrate.quad(f, a, b, epsabs=1e-16, epsrel=1e-12, limit=500)[0] for a, b in zip(cuts, cuts[1:]))


def profile_rows():
    """One step: delta at epsilon, the larger of both orders, by quadrature cut where the integrand has its corner."""
    rows = []

    def mixture(weights, centers, z):
        norm = 1 / (z * math.sqrt(2 * math.pi))
        return lambda x: norm * sum(w * math.exp(-0.5 * ((x - c) / z) ** 2) for w, c in zip(weights, centers))

    def add(event, neighboring, epsilon, p, q, lo, hi, group=1):
        grid = np.linspace(lo, hi, 4001)
        best = 0.0
        for a, b in [(p, q), (q, p)]:
            g = np.array([a(x) - math.exp(epsilon) * b(x) for x in grid])
            # where the sign changes, to within a step of the grid: the corner is inside one small piece
            flips = [x for i in np.nonzero(np.sign(g[1:]) != np.sign(g[:-1]))[0] for x in (grid[i], grid[i + 1])]
            best = max(best, hockey_stick(a, b, epsilon, lo, hi, flips))
        rows.append({"event": event, "neighboring": neighboring, "groupSize": group, "epsilon": epsilon, "delta": best})

    for z, q, epsilon in [(1, 0.1, 0.5), (2, 0.3, 0.2), (0.5, 0.02, 2)]:
        event = {"kind": "poisson-sampled", "samplingProbability": q, "event": {"kind": "gaussian", "noiseMultiplier": z}}
        add(event, "replace-one", epsilon, mixture([1 - q, q], [0, 1], z), mixture([1 - q, q], [0, -1], z), -9 * z - 1, 9 * z + 1)
        for k in (2, 5):
            weights = [stats.binom.pmf(j, k, q) for j in range(k + 1)]
            add(event, "add-or-remove-one", epsilon, mixture(weights, range(k + 1), z), mixture([1], [0], z), -9 * z, 9 * z + k, k)
    for s, sens, probs, epsilon in [(2, [0, 1, 3], [0.9, 0.08, 0.02], 0.3), (1, [1, 2], [0.5, 0.5], 1.5)]:
        event = {"kind": "mixture-of-gaussians", "standardDeviation": s, "sensitivities": sens, "samplingProbs": probs}
        add(event, "add-or-remove-one", epsilon, mixture(probs, sens, s), mixture([1], [0], s), -9 * s, 9 * s + 3)
    return rows


def selection_rows():
    rows = []
    for mean, shape in [(10, 1), (10, 0), (100, 0.5), (5, math.inf)]:
        for z, delta in [(4, 1e-6), (1, 1e-5)]:
            accountant = rdp.RdpAccountant()
            accountant.compose(dp_event.RepeatAndSelectDpEvent(dp_event.GaussianDpEvent(z), mean, shape))
            event = {"kind": "repeat-and-select", "mean": mean, "shape": "Infinity" if shape == math.inf else shape,
                     "event": {"kind": "gaussian", "noiseMultiplier": z}}
            rows.append({"event": event, "delta": delta, "renyi": accountant.get_epsilon(delta)})
    return rows


json.dump({
    "meta": {
        "source": "tools/vectors-analyses.py",
        "libraries": "dp-accounting 0.6.0 (PyPI), scipy %s" % __import__("scipy").__version__,
        "settings": "privacy loss distributions at mesh %g; optimistic by rounding down, pessimistic by connect-the-dots" % MESH,
    },
    "composed": [*composed_rows(), mixed_row()],
    "profile": profile_rows(),
    "selection": selection_rows(),
}, sys.stdout, indent=1)
