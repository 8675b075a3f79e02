"""Golden values of the aggregation strategies, computed apart from src/ with NumPy and SciPy. Not run in CI.

    python tools/strategy-vectors.py > src/federated/strategy-vectors.fixture.json

Formulas as printed: Reddi et al. 2021 (arXiv:2003.00295v5) Algorithm 2; Hsu et al. 2019 (arXiv:1909.06335v1);
Li et al. 2020 (arXiv:1905.10497v2) Algorithm 2; Blanchard et al. 2017 (NeurIPS). The trimmed mean is scipy.stats.trim_mean,
the median numpy.median, the geometric median the minimum that scipy.optimize finds of the smoothed objective.
"""
import json
import numpy as np
import scipy
from scipy import optimize, stats

rng = np.random.default_rng(20240711)
N, D, ROUNDS = 7, 11, 3
x0 = rng.normal(size=D)
weights = np.array([1.0, 2.0, 0.5, 3.0, 1.0, 8.0, 1.5])
losses = np.array([0.3, 2.0, 0.7, 0.05, 1.1, 0.9, 4.0])
drift = [rng.normal(size=(N, D)) * np.linspace(0.1, 2.0, N)[:, None] for _ in range(ROUNDS)]


def mean(u):
    return np.average(u, axis=0, weights=weights)


def run(step):
    """Each round the sites send x plus their drift; step gives the next x."""
    x, out, state = x0.copy(), [], {}
    for d in drift:
        x = step(x, x[None, :] + d, state)
        out.append(x.tolist())
    return out


def avgm(eta, mu):
    def step(x, u, s):
        s["v"] = mu * s.get("v", np.zeros(D)) + (x - mean(u))  # descent direction
        return x - eta * s["v"]
    return step


def adaptive(kind, eta, b1, b2, tau):
    def step(x, u, s):
        delta = mean(u) - x
        m = b1 * s.get("m", np.zeros(D)) + (1 - b1) * delta
        v = s.get("v", np.full(D, tau**2))
        if kind == "adagrad":
            v = v + delta**2
        elif kind == "yogi":
            v = v - (1 - b2) * delta**2 * np.sign(v - delta**2)
        else:
            v = b2 * v + (1 - b2) * delta**2
        s["m"], s["v"] = m, v
        return x + eta * m / (np.sqrt(v) + tau)
    return step


def fair(q, L):
    def step(x, u, s):
        dw = L * (x[None, :] - u)
        delta = np.power(losses, q)[:, None] * dw
        h = q * np.power(losses, q - 1) * (dw**2).sum(axis=1) + L * np.power(losses, q)
        return x - delta.sum(axis=0) / h.sum()  # all sites count alike, as in the paper
    return step


def scores(u, f):
    d = ((u[:, None, :] - u[None, :, :]) ** 2).sum(axis=2)
    return np.array([np.sort(np.delete(d[i], i))[: N - f - 2].sum() for i in range(N)])


def geometric(u):
    nu = 1e-6
    objective = lambda z: np.sqrt(((z[None, :] - u) ** 2).sum(axis=1) + nu**2).sum()
    return optimize.minimize(objective, u.mean(axis=0), method="BFGS", options={"gtol": 1e-12, "maxiter": 10000}).x


cases = {
    "fed-avg": run(lambda x, u, s: mean(u)),
    "fed-avg-m": run(avgm(0.7, 0.9)),
    "fed-adagrad": run(adaptive("adagrad", 0.1, 0.0, None, 1e-3)),
    "fed-yogi": run(adaptive("yogi", 0.1, 0.9, 0.99, 1e-3)),
    "fed-adam": run(adaptive("adam", 0.1, 0.9, 0.99, 1e-3)),
    "q-fed-avg": run(fair(0.5, 4.0)),
    "q-fed-avg-0": run(fair(0.0, 4.0)),
    "median": run(lambda x, u, s: np.median(u, axis=0)),
    "trimmed-mean": run(lambda x, u, s: stats.trim_mean(u, 0.3, axis=0)),
    "krum": run(lambda x, u, s: u[np.argmin(scores(u, 2))]),
    "multi-krum": run(lambda x, u, s: u[np.argsort(scores(u, 2), kind="stable")[:4]].mean(axis=0)),
    "geometric-median": run(lambda x, u, s: geometric(u)),
}
print(json.dumps({
    "origin": f"tools/strategy-vectors.py, NumPy {np.__version__}, SciPy {scipy.__version__}, seed 20240711",
    "model": x0.tolist(), "weights": weights.tolist(), "losses": losses.tolist(),
    "drift": [d.tolist() for d in drift], "cases": cases,
}, indent=1))
