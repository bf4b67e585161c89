"""
PyTorch's side of denoise.mjs: trains the network of digits-denoise until it is ended and prints its test MSE after each
epoch, one JSON line each.

Usage: python denoise.py FOLDER THREADS SEED
FOLDER has train.npy and test.npy (uint8, [image, 10000]) and test-input.npy (float32, the noisy test pictures).
"""

import json
import sys
from itertools import count

import numpy
import torch
from torch import nn

folder, threads, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
torch.set_num_threads(threads)
torch.manual_seed(seed)
train = torch.from_numpy(numpy.load(f"{folder}/train.npy")).float().div_(255)
test = torch.from_numpy(numpy.load(f"{folder}/test.npy")).float().div_(255)
test_input = torch.from_numpy(numpy.load(f"{folder}/test-input.npy"))
model = nn.Sequential(
    nn.Dropout(0.15),
    nn.Linear(10_000, 750), nn.ReLU(), nn.Linear(750, 500), nn.ReLU(), nn.Linear(500, 250), nn.ReLU(),
    nn.Linear(250, 500), nn.ReLU(), nn.Linear(500, 750), nn.ReLU(), nn.Linear(750, 10_000), nn.Sigmoid(),
)
optimizer = torch.optim.Adam(model.parameters(), lr=0.001)
loss_of = nn.MSELoss()
print(json.dumps({"torch": torch.__version__, "threads": torch.get_num_threads()}), flush=True)
for epoch in count(1):
    model.train()
    total = 0.0
    for rows in torch.randperm(len(train)).split(64):
        clean = train[rows]
        noisy = (clean + 0.35 * torch.randn_like(clean)).clamp_(0, 1)
        optimizer.zero_grad()
        loss = loss_of(model(noisy), clean)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(rows)
    model.eval()
    with torch.no_grad():
        squares = sum(
            ((model(test_input[i : i + 100]) - test[i : i + 100]) ** 2).sum().item() for i in range(0, len(test), 100)
        )
    print(
        json.dumps(
            {
                "epoch": epoch,
                "train": total / len(train),
                "test": squares / test.numel(),
            }
        ),
        flush=True,
    )
