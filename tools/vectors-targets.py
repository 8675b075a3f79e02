"""Per-example and per-group gradients of models of two outputs, in binary64 by PyTorch's autograd.

Writes src/gradients/golden/targets/*.json. Needs torch; not run by the tests. Inputs, labels and weights are exact
binary32 values. Every gradient is one backward pass over one example (or the mean loss of one group) alone.
"""

import json
import math
from pathlib import Path

import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)
OUT = Path(__file__).parent.parent / "src/gradients/golden/targets"


def single(t):
    """The nearest binary32 values, as binary64."""
    return t.float().double()


def values(t):
    return {"shape": list(t.shape), "data": [float(f"{v:.9g}") for v in t.flatten().tolist()]}


def exact(t):
    return {"shape": list(t.shape), "data": [float(f"{v:.17g}") for v in t.flatten().tolist()]}


def finish(name, description, x, labels, weights, losses_of, extras, groups, factor):
    """losses_of(row) is the row's loss, weighted and masked."""
    rows = x.shape[0]
    losses, gradients = [], []
    for row in range(rows):
        loss = losses_of(row)
        losses.append(loss.item())
        gradients.append([g.detach() for g in torch.autograd.grad(loss, list(weights.values()))])
    means, first = [], 0
    for size in groups:
        own = gradients[first : first + size]
        means.append([sum(g[w] for g in own) / size for w in range(len(weights))])
        first += size
    result = {}
    for key, units in (("rows", gradients), ("groups", means)):
        norms = [math.sqrt(sum((g**2).sum().item() for g in unit)) for unit in units]
        clip = float(f"{factor * sorted(norms)[len(norms) // 2]:.4g}")
        scales = [min(1, clip / n) if n > 0 else 1 for n in norms]
        sums = [sum(s * unit[w] for s, unit in zip(scales, units)) for w in range(len(weights))]
        result[key] = {
            "clipNorm": clip,
            "norms": norms,
            "clippedSum": {n: exact(s) for n, s in zip(weights, sums)},
        }
    data = {
        "format": "per-example-gradients-targets/1",
        "name": name,
        "description": description,
        "source": f"torch {torch.__version__.split('+')[0]}, binary64",
        "x": values(x),
        "labels": [values(y) for y in labels],
        "weights": {n: values(w.detach()) for n, w in weights.items()},
        **extras,
        "groupSizes": groups,
        "losses": losses,
        "expected": result,
    }
    OUT.mkdir(exist_ok=True)
    (OUT / f"{name}.json").write_text(json.dumps(data) + "\n")


def trained(shape, scale):
    return single(scale * torch.randn(*shape)).requires_grad_()


def two_heads():
    torch.manual_seed(41)
    rows = 7
    x = single(torch.randn(rows, 8))
    classes = torch.randint(0, 5, (rows,))
    one_hot = F.one_hot(classes, 5).double()
    numbers = single(torch.randn(rows, 3))
    weights = {
        "trunk/kernel": trained((8, 24), 0.5),
        "trunk/bias": trained((24,), 0.2),
        "classes/kernel": trained((24, 5), 0.5),
        "classes/bias": trained((5,), 0.2),
        "numbers/kernel": trained((24, 3), 0.5),
        "numbers/bias": trained((3,), 0.2),
    }
    sample = single(torch.tensor([1, 0.25, 0.5, 1, 0, 0.75, 1]))

    def loss(row):
        h = torch.tanh(x[row] @ weights["trunk/kernel"] + weights["trunk/bias"])
        p = torch.softmax(h @ weights["classes/kernel"] + weights["classes/bias"], -1)
        v = h @ weights["numbers/kernel"] + weights["numbers/bias"]
        first = -(one_hot[row] * torch.log(p)).sum()
        second = ((v - numbers[row]) ** 2).mean()
        return sample[row] * (0.5 * first + 3 * second)

    extras = {"lossWeights": [0.5, 3], "sampleWeights": values(sample)}
    text = "A tanh trunk of 24, a softmax over 5 classes and 3 numbers; rows and outputs weighted."
    finish("two-heads", text, x, [one_hot, numbers], weights, loss, extras, [2, 1, 4], 0.8)


def tagger():
    torch.manual_seed(42)
    rows, steps, words = 6, 5, 11
    ids = torch.randint(0, words, (rows, steps))
    tags = torch.randint(0, 4, (rows, steps))
    truth = torch.randint(0, 2, (rows, 1)).double()
    weights = {
        "table/embeddings": trained((words, 6), 0.7),
        "context/kernel": trained((3, 6, 8), 0.4),
        "context/bias": trained((8,), 0.2),
        "tags/kernel": trained((8, 4), 0.6),
        "tags/bias": trained((4,), 0.2),
        "truth/kernel": trained((8, 1), 0.6),
        "truth/bias": trained((1,), 0.2),
    }
    seen = (torch.rand(rows, steps) < 0.6).double()
    seen[3] = 0
    counted = torch.tensor([1, 1, 0, 1, 0, 1]).double()

    def loss(row):
        e = F.pad(weights["table/embeddings"][ids[row]], (0, 0, 1, 1))
        kernel = weights["context/kernel"].reshape(18, 8)
        h = torch.stack([e[t : t + 3].reshape(18) @ kernel for t in range(steps)]) + weights["context/bias"]
        h = torch.relu(h)
        scores = h @ weights["tags/kernel"] + weights["tags/bias"]
        each = F.cross_entropy(scores, tags[row], reduction="none")
        first = (each * seen[row]).sum() / max(1, seen[row].sum().item())
        z = h.mean(0) @ weights["truth/kernel"] + weights["truth/bias"]
        second = F.binary_cross_entropy_with_logits(z, truth[row])
        return 2 * first + counted[row] * second

    extras = {"lossWeights": [2, 1], "lossMasks": [values(seen), values(counted)]}
    text = "Embedding, convolution over steps, tags at every step (masked mean) and one truth value (masked)."
    finish("tagger", text, ids, [tags, truth], weights, loss, extras, [3, 1, 2], 0.8)


two_heads()
tagger()
