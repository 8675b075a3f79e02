"""One DP-SGD step in JAX with jax-privacy: python jax_step.py MODEL MODE BATCH THREADS prints one JSON line.

MODEL as in torch_step.py; MODE is plain (no privacy), dp (per-example gradients of the whole batch at once) or dpN
(microbatches of N). The whole step is one compiled function: forward, backward, clipping, noise and the SGD update on one
fixed batch; the time is the least of many.
"""

import json
import os
import sys
import time

model_name, mode, batch, threads = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
if threads == 1:
    os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"
os.environ["JAX_PLATFORMS"] = "cpu"

from importlib.metadata import version

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax import lax
from jax_privacy import clipping, noise_addition

random = np.random.default_rng(0)


def weight(*shape, fan=None):
    return jnp.asarray(random.standard_normal(shape) / np.sqrt(fan or shape[0]), jnp.float32)


def dense(inputs, outputs):
    return {"w": weight(inputs, outputs), "b": jnp.zeros(outputs)}


def apply(layer, x):
    return x @ layer["w"] + layer["b"]


def convolve(layer, x, padding):
    sides = ("NHWC", "HWIO", "NHWC")
    return lax.conv_general_dilated(x, layer["w"], (2, 2), padding, dimension_numbers=sides) + layer["b"]


def max_pool(x):
    return lax.reduce_window(x, -jnp.inf, lax.max, (1, 2, 2, 1), (1, 1, 1, 1), "VALID")


def normalize(layer, x):
    mean = x.mean(-1, keepdims=True)
    variance = ((x - mean) ** 2).mean(-1, keepdims=True)
    return (x - mean) * lax.rsqrt(variance + 1e-5) * layer["w"] + layer["b"]


def mlp(p, x):
    return apply(p["logits"], jax.nn.relu(apply(p["hidden"], x)))


def cnn(p, x):
    x = max_pool(jax.nn.relu(convolve(p["first"], x, ((3, 3), (3, 3)))))
    x = max_pool(jax.nn.relu(convolve(p["second"], x, "VALID")))
    return apply(p["logits"], jax.nn.relu(apply(p["hidden"], x.reshape(x.shape[0], -1))))


def text(p, x):
    return apply(p["logits"], jax.nn.relu(apply(p["hidden"], p["words"][x].mean(-2))))


def lstm(p, x):
    inputs = apply(p["input"], x)

    def cell(state, z):
        h, c = state
        i, f, o, g = jnp.split(z + h @ p["state"], 4, -1)
        c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
        h = jax.nn.sigmoid(o) * jnp.tanh(c)
        return (h, c), None

    zero = jnp.zeros((x.shape[0], 100), x.dtype)
    (h, _), _ = lax.scan(cell, (zero, zero), inputs.swapaxes(0, 1))
    return apply(p["logits"], h)


def transformer(p, x):
    rows, length, width = x.shape
    q, k, v = (part.reshape(rows, length, 4, 16) for part in jnp.split(apply(p["qkv"], x), 3, -1))
    weights = jax.nn.softmax(jnp.einsum("nqhd,nkhd->nhqk", q, k) / 4, -1)
    seen = jnp.einsum("nhqk,nkhd->nqhd", weights, v).reshape(rows, length, width)
    x = normalize(p["norm1"], x + apply(p["mix"], seen))
    x = normalize(p["norm2"], x + apply(p["narrow"], jax.nn.relu(apply(p["wide"], x))))
    return apply(p["logits"], x.mean(1))


def norm():
    return {"w": jnp.ones(64), "b": jnp.zeros(64)}


def kernel(size, inputs, outputs):
    return {"w": weight(size, size, inputs, outputs, fan=size * size * inputs), "b": jnp.zeros(outputs)}


models = {
    "mlp": (mlp, {"hidden": dense(784, 256), "logits": dense(256, 10)}, (784,), 10),
    "cnn": (
        cnn,
        {"first": kernel(8, 1, 16), "second": kernel(4, 16, 32), "hidden": dense(512, 32), "logits": dense(32, 10)},
        (28, 28, 1),
        10,
    ),
    "text": (text, {"words": weight(10_000, 16, fan=1), "hidden": dense(16, 16), "logits": dense(16, 2)}, None, 2),
    "lstm": (
        lstm,
        {"input": dense(100, 400), "state": weight(100, 400), "logits": dense(100, 2)},
        (20, 100),
        2,
    ),
    "transformer": (
        transformer,
        {
            "qkv": dense(64, 192),
            "mix": dense(64, 64),
            "norm1": norm(),
            "norm2": norm(),
            "wide": dense(64, 128),
            "narrow": dense(128, 64),
            "logits": dense(64, 2),
        },
        (64, 64),
        2,
    ),
}
predict, parameters, shape, classes = models[model_name]
if shape is None:
    x = jnp.asarray(random.integers(0, 10_000, (batch, 256)), jnp.int32)
else:
    x = jnp.asarray(random.standard_normal((batch, *shape)), jnp.float32)
y = jnp.asarray(random.integers(0, classes, batch))
whole_rank = x.ndim


def loss(p, x, y):
    # the vmapped gradient drops the batch axis where keep_batch_dim is off
    if x.ndim == whole_rank - 1 and model_name not in ("mlp", "text"):
        x, y = x[None], y[None]
    return optax.softmax_cross_entropy_with_integer_labels(predict(p, x), y).mean()


def memory(field):
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith(field)) / 1024


optimizer = optax.sgd(1e-6)
state = optimizer.init(parameters)
if mode == "plain":
    noise_state = ()

    def step(p, s, n, x, y):
        updates, s = optimizer.update(jax.grad(loss)(p, x, y), s, p)
        return optax.apply_updates(p, updates), s, n

else:
    clipped = clipping.clipped_grad(
        loss,
        l2_clip_norm=1.0,
        normalize_by=batch,
        batch_argnums=(1, 2),
        keep_batch_dim=True,
        microbatch_size=int(mode[2:]) if len(mode) > 2 else None,
    )
    noise = noise_addition.gaussian_privatizer(stddev=clipped.sensitivity(), prng_key=jax.random.key(42))
    noise_state = noise.init(parameters)

    def step(p, s, n, x, y):
        gradient, n = noise.update(clipped(p, x, y), n)
        updates, s = optimizer.update(gradient, s, p)
        return optax.apply_updates(p, updates), s, n


idle = memory("VmRSS")
run = jax.jit(step, donate_argnums=(0, 1, 2)).lower(parameters, state, noise_state, x, y).compile()
held = (parameters, state, noise_state)
for _ in range(5):
    held = run(*held, x, y)
jax.block_until_ready(held)
times = []
until = time.perf_counter() + 2
while len(times) < 10 or (time.perf_counter() < until and len(times) < 300):
    start = time.perf_counter()
    held = run(*held, x, y)
    jax.block_until_ready(held)
    times.append(1e3 * (time.perf_counter() - start))
print(
    json.dumps(
        {
            "ms": min(times),
            "extraMiB": memory("VmHWM") - idle,
            "versions": f"jax {jax.__version__}, jax-privacy {version('jax-privacy')}",
        }
    )
)
