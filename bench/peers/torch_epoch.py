"""One private epoch with Opacus: python torch_epoch.py MODE THREADS prints one JSON line.

Its MNIST example network on 60,000 images of noise, Poisson batches of 256 expected, noise multiplier 1.1, through Opacus's
own data loader, then the epsilon.
"""

import json
import logging
import os
import sys
import time
import warnings

mode, threads = sys.argv[1], int(sys.argv[2])
os.environ["OMP_NUM_THREADS"] = os.environ["MKL_NUM_THREADS"] = str(threads)
warnings.filterwarnings("ignore")
logging.disable(logging.WARNING)

import torch
from opacus import PrivacyEngine
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.set_num_threads(threads)
torch.manual_seed(0)
model = nn.Sequential(
    nn.Conv2d(1, 16, 8, 2, padding=3),
    nn.ReLU(),
    nn.MaxPool2d(2, 1),
    nn.Conv2d(16, 32, 4, 2),
    nn.ReLU(),
    nn.MaxPool2d(2, 1),
    nn.Flatten(),
    nn.Linear(512, 32),
    nn.ReLU(),
    nn.Linear(32, 10),
)
data = TensorDataset(torch.rand(60_000, 1, 28, 28), torch.randint(0, 10, (60_000,)))
criterion, optimizer = nn.CrossEntropyLoss(), torch.optim.SGD(model.parameters(), lr=0.1)
engine = PrivacyEngine()
made = engine.make_private(
    module=model,
    optimizer=optimizer,
    criterion=criterion,
    data_loader=DataLoader(data, batch_size=256),
    noise_multiplier=1.1,
    max_grad_norm=1.0,
    grad_sample_mode=mode,
)
model, optimizer, loader = made[0], made[1], made[-1]
if mode == "ghost":
    criterion = made[2]
model.train()
start = time.perf_counter()
steps = 0
for x, y in loader:
    optimizer.zero_grad()
    criterion(model(x), y).backward()
    optimizer.step()
    steps += 1
seconds = time.perf_counter() - start
print(json.dumps({"seconds": seconds, "steps": steps, "epsilon": engine.get_epsilon(1e-5)}))
