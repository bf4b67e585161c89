"""
PyTorch's side of the benchmark: a process that trains a few steps when asked and is idle otherwise.

Reads one JSON request a line from stdin and answers each with one JSON line on stdout:
  {"describe": true}                                               -> {"torch": "2.15.0", "threads": 2, ...}
  {"peak": true}                                                   -> {"gigaflops": 240.0}
  {"network": "mnist-conv", "batch": 128, "variant": "eager", "lead": 3, "steps": 20}
                                                                   -> {"milliseconds": [...], "loss": 0.06}
  {"forget": true}                                                 -> {}   (gives back all networks)
`lead` steps come before the timed ones. A request that fails is answered with {"error": "..."}.

A step is what a plain training loop does with a batch that is already in memory: clear gradients, forward, loss,
backward, Adam, and loss.item(), since a loop reports its loss. Dropout draws its own mask, as PyTorch always does.
The first request of a variant also compiles and warms up, untimed.
"""

import argparse
import gc
import json
import sys
import time

try:
    import torch
    from torch import nn
except ImportError as error:
    sys.exit(str(error))

VARIANTS = [
    "eager",
    "fused",
    "channels-last",
    "channels-last+fused",
    "compile",
    "compile+fused",
    "compile+channels-last+fused",
]
WARM_UP_STEPS = 8


def mnist_conv() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1), nn.BatchNorm2d(16), nn.MaxPool2d(2), nn.ELU(),
        nn.Conv2d(16, 32, 3), nn.BatchNorm2d(32), nn.MaxPool2d(2), nn.ELU(),
        nn.Conv2d(32, 64, 3, padding=1), nn.BatchNorm2d(64), nn.MaxPool2d(2), nn.ELU(),
        nn.Conv2d(64, 128, 3), nn.Flatten(),
        nn.Unflatten(1, (128, 1, 1)), nn.ConvTranspose2d(128, 64, 3), nn.Upsample(scale_factor=2),
        nn.ConvTranspose2d(64, 32, 3, padding=1), nn.BatchNorm2d(32), nn.ELU(), nn.Upsample(scale_factor=2),
        nn.ConvTranspose2d(32, 16, 3), nn.BatchNorm2d(16), nn.ELU(), nn.Upsample(scale_factor=2),
        nn.ConvTranspose2d(16, 1, 3, padding=1), nn.BatchNorm2d(1), nn.ELU(),
    )


def dense_16m() -> nn.Module:
    return nn.Sequential(
        nn.Flatten(), nn.Dropout(0.15),
        nn.Linear(10_000, 750), nn.ReLU(), nn.Linear(750, 500), nn.ReLU(), nn.Linear(500, 250), nn.ReLU(),
        nn.Linear(250, 500), nn.ReLU(), nn.Linear(500, 750), nn.ReLU(), nn.Linear(750, 10_000), nn.Sigmoid(),
        nn.Unflatten(1, (1, 100, 100)),
    )


def dense() -> nn.Module:
    return nn.Sequential(
        nn.Flatten(),
        nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 128), nn.ReLU(), nn.Linear(128, 49),
        nn.Linear(49, 128), nn.ReLU(), nn.Linear(128, 256), nn.ReLU(), nn.Linear(256, 784), nn.Sigmoid(),
        nn.Unflatten(1, (1, 28, 28)),
    )


def fashion_conv() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(1, 64, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(64, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(1568, 64),
        nn.Linear(64, 784), nn.Sigmoid(), nn.Unflatten(1, (1, 28, 28)),
    )


def faces() -> nn.Module:
    def down(inputs: int, outputs: int) -> list[nn.Module]:
        return [nn.Conv2d(inputs, outputs, 3, padding=1), nn.BatchNorm2d(outputs), nn.MaxPool2d(2), nn.ELU()]

    def up(inputs: int, outputs: int) -> list[nn.Module]:
        return [nn.Upsample(scale_factor=2), nn.ConvTranspose2d(inputs, outputs, 3, padding=1),
                nn.BatchNorm2d(outputs), nn.ELU()]

    return nn.Sequential(
        *down(3, 32), *down(32, 64), nn.Dropout2d(), *down(64, 128), *down(128, 256),
        nn.Conv2d(256, 500, 3), nn.ELU(), nn.Flatten(),
        nn.Unflatten(1, (500, 1, 1)), nn.ConvTranspose2d(500, 256, 3), nn.ELU(),
        *up(256, 128), *up(128, 64), nn.Dropout2d(), *up(64, 32), *up(32, 3),
    )


# name: (build, image shape, loss, learning rate, parameters, has images inside)
NETWORKS = {
    "mnist-conv": (mnist_conv, (1, 28, 28), nn.MSELoss, 0.005, 194_499, True),
    "dense-16m": (dense_16m, (1, 100, 100), nn.MSELoss, 0.001, 16_012_750, False),
    "dense": (dense, (1, 28, 28), nn.BCELoss, 0.001, None, False),
    "fashion-conv": (fashion_conv, (1, 28, 28), nn.MSELoss, 0.001, None, True),
    "faces": (faces, (3, 48, 48), nn.MSELoss, 0.001, 3_082_749, True),
}


def make_step(network: str, batch: int, variant: str, what: str = "training"):
    """A function that trains one step and gives the loss; or that reconstructs a batch and gives its first pixel."""
    build, shape, make_loss, learning_rate, parameters, convolutional = NETWORKS[network]
    parts = variant.split("+")
    if variant not in VARIANTS:
        raise ValueError(f"no variant is called {variant}; there are {', '.join(VARIANTS)}")
    if "channels-last" in parts and not convolutional:
        raise ValueError("channels-last means nothing to a dense network")
    torch.manual_seed(0)
    model = build().train()
    count = sum(parameter.numel() for parameter in model.parameters())
    if parameters is not None and count != parameters:
        raise ValueError(f"{network} has {count} parameters, not {parameters}")
    images = torch.rand(batch, *shape)
    if "channels-last" in parts:
        model = model.to(memory_format=torch.channels_last)
        images = images.contiguous(memory_format=torch.channels_last)
    optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate, fused="fused" in parts)
    loss = make_loss()

    def objective(x: torch.Tensor) -> torch.Tensor:
        return loss(model(x), x)

    if "compile" in parts:
        # Each network and batch is compiled for itself: static shapes are the fastest that PyTorch offers.
        objective = torch.compile(objective, dynamic=False)

    if what == "inference":
        model = model.eval()
        forward = torch.compile(model, dynamic=False) if "compile" in parts else model

        def infer() -> float:
            with torch.inference_mode():
                return forward(images).flatten()[0].item()

        return infer

    def step() -> float:
        optimizer.zero_grad(set_to_none=True)
        value = objective(images)
        value.backward()
        optimizer.step()
        return value.item()

    return step


def peak() -> float:
    """Float32 GFLOP/s of a square matrix product, the best of ten."""
    size = 2048
    a = torch.rand(size, size)
    b = torch.rand(size, size)
    best = 0.0
    for _ in range(10):
        start = time.perf_counter()
        a @ b
        best = max(best, 2 * size**3 / (time.perf_counter() - start) / 1e9)
    return best


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--threads", type=int, default=2)
    threads = parser.parse_args().threads
    torch.set_num_threads(threads)
    steps: dict = {}

    def answer(request: dict) -> dict:
        if request.get("describe"):
            capability = torch.backends.cpu.get_cpu_capability()
            return {"torch": torch.__version__, "threads": torch.get_num_threads(), "capability": capability}
        if request.get("peak"):
            return {"gigaflops": peak()}
        if request.get("forget"):
            steps.clear()
            torch._dynamo.reset()
            gc.collect()
            return {}
        key = (request["network"], request["batch"], request["variant"], request.get("what", "training"))
        if key not in steps:
            started = time.perf_counter()
            step = make_step(*key)
            for _ in range(WARM_UP_STEPS):
                step()
            steps[key] = step
            print(f"{' '.join(map(str, key))}: ready after {time.perf_counter() - started:.1f} s", file=sys.stderr)
        step = steps[key]
        for _ in range(request.get("lead", 0)):
            step()
        milliseconds = []
        loss = 0.0
        for _ in range(request["steps"]):
            start = time.perf_counter()
            loss = step()
            milliseconds.append((time.perf_counter() - start) * 1e3)
        return {"milliseconds": milliseconds, "loss": loss}

    # What compilers and warnings print must not mix with the answers.
    answers = sys.stdout
    sys.stdout = sys.stderr
    for line in sys.stdin:
        try:
            response = answer(json.loads(line))
        except Exception as error:  # a variant that this machine cannot run must not end the others
            response = {"error": f"{type(error).__name__}: {str(error).strip().splitlines()[0] if str(error).strip() else ''}"}
        print(json.dumps(response), file=answers, flush=True)


if __name__ == "__main__":
    main()
