"""One DP-SGD step in PyTorch with Opacus: python torch_step.py MODEL MODE BATCH THREADS prints one JSON line.

MODEL is mlp, cnn, text, lstm or transformer (models.js builds the same ones); MODE is plain (no privacy) or one of
Opacus's grad_sample_modes (hooks, ghost, functorch, ew). A step is forward, backward, clipping, noise and the SGD update on
one fixed batch; the time is the least of many.
"""

import json
import logging
import os
import platform
import sys
import time
import warnings

model_name, mode, batch, threads = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
os.environ["OMP_NUM_THREADS"] = os.environ["MKL_NUM_THREADS"] = str(threads)
warnings.filterwarnings("ignore")
logging.disable(logging.WARNING)

import opacus
import torch
from opacus.layers import DPLSTM, DPMultiheadAttention
from torch import nn
from torch.nn.functional import max_pool2d, relu
from torch.utils.data import DataLoader, TensorDataset

torch.set_num_threads(threads)
torch.manual_seed(0)
private = mode != "plain"


class Convolutional(nn.Module):
    """Opacus's own MNIST example."""

    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Conv2d(1, 16, 8, 2, padding=3), nn.Conv2d(16, 32, 4, 2)
        self.hidden, self.logits = nn.Linear(512, 32), nn.Linear(32, 10)

    def forward(self, x):
        x = max_pool2d(relu(self.first(x)), 2, 1)
        x = max_pool2d(relu(self.second(x)), 2, 1)
        return self.logits(relu(self.hidden(x.flatten(1))))


class Text(nn.Module):
    def __init__(self):
        super().__init__()
        self.words, self.hidden, self.logits = nn.Embedding(10_000, 16), nn.Linear(16, 16), nn.Linear(16, 2)

    def forward(self, x):
        return self.logits(relu(self.hidden(self.words(x).mean(1))))


class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        self.cells = (DPLSTM if private else nn.LSTM)(100, 100, batch_first=True)
        self.logits = nn.Linear(100, 2)

    def forward(self, x):
        return self.logits(self.cells(x)[0][:, -1])


class Transformer(nn.Module):
    """One post-norm encoder block."""

    def __init__(self):
        super().__init__()
        attention = DPMultiheadAttention if private else nn.MultiheadAttention
        self.attention = attention(64, 4, batch_first=True)
        self.norm1, self.norm2 = nn.LayerNorm(64), nn.LayerNorm(64)
        self.wide, self.narrow, self.logits = nn.Linear(64, 128), nn.Linear(128, 64), nn.Linear(64, 2)

    def forward(self, x):
        x = self.norm1(x + self.attention(x, x, x, need_weights=False)[0])
        x = self.norm2(x + self.narrow(relu(self.wide(x))))
        return self.logits(x.mean(1))


def build():
    if model_name == "mlp":
        return nn.Sequential(nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 10)), (784,), 10
    if model_name == "cnn":
        return Convolutional(), (1, 28, 28), 10
    if model_name == "text":
        return Text(), None, 2
    if model_name == "lstm":
        return Recurrent(), (20, 100), 2
    return Transformer(), (64, 64), 2


def memory(field):
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith(field)) / 1024


model, shape, classes = build()
rows = 4 * batch
x = torch.randint(0, 10_000, (rows, 256)) if shape is None else torch.randn(rows, *shape)
data = TensorDataset(x, torch.randint(0, classes, (rows,)))
loader = DataLoader(data, batch_size=batch)
x, y = data.tensors[0][:batch].clone(), data.tensors[1][:batch].clone()
criterion, optimizer = nn.CrossEntropyLoss(), torch.optim.SGD(model.parameters(), lr=1e-6)
idle = memory("VmRSS")
if private:
    made = opacus.PrivacyEngine().make_private(
        module=model,
        optimizer=optimizer,
        criterion=criterion,
        data_loader=loader,
        noise_multiplier=1.0,
        max_grad_norm=1.0,
        grad_sample_mode=mode,
    )
    model, optimizer = made[0], made[1]
    if mode == "ghost":
        criterion = made[2]
model.train()


def step():
    optimizer.zero_grad(set_to_none=True)
    criterion(model(x), y).backward()
    optimizer.step()


for _ in range(5):
    step()
times = []
until = time.perf_counter() + 2
while len(times) < 10 or (time.perf_counter() < until and len(times) < 300):
    start = time.perf_counter()
    step()
    times.append(1e3 * (time.perf_counter() - start))
print(
    json.dumps(
        {
            "ms": min(times),
            "extraMiB": memory("VmHWM") - idle,
            "versions": f"torch {torch.__version__}, opacus {opacus.__version__}, Python {platform.python_version()}",
        }
    )
)
