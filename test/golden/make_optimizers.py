# Optimizers over twenty steps on a fixed sequence of gradients, in float64: the parameter after each step.
import numpy
import torch

from fixtures import numbers, write_json, write_tensors

STEPS = 20
SIZE = 7

random = numpy.random.default_rng(4)
# Gradients of very different sizes; one coordinate's is always zero and one's changes its sign every step.
scale = torch.tensor([1.0, 1e-4, 1e3, 1.0, 0.0, 1e-9, 1.0], dtype=torch.float64)
initial = numbers(random, SIZE)
gradients = (numbers(random, STEPS, SIZE) * scale).float().double()
gradients[:, 6] = torch.tensor([1.0, -1.0] * (STEPS // 2), dtype=torch.float64)

CASES = [
    ("adam", {"adam": {"learningRate": 0.01}}, lambda p: torch.optim.Adam(p, lr=0.01)),
    (
        "adam-other-betas-and-epsilon",
        {"adam": {"learningRate": 0.1, "beta1": 0.8, "beta2": 0.95, "epsilon": 0.001}},
        lambda p: torch.optim.Adam(p, lr=0.1, betas=(0.8, 0.95), eps=0.001),
    ),
    ("sgd", {"sgd": {"learningRate": 0.1}}, lambda p: torch.optim.SGD(p, lr=0.1)),
    ("sgd-momentum", {"sgd": {"learningRate": 0.1, "momentum": 0.9}}, lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9)),
    (
        "sgd-dampening",
        {"sgd": {"learningRate": 0.1, "momentum": 0.8, "dampening": 0.3}},
        lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.8, dampening=0.3),
    ),
    (
        "sgd-nesterov",
        {"sgd": {"learningRate": 0.1, "momentum": 0.9, "nesterov": True}},
        lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9, nesterov=True),
    ),
    (
        "sgd-weight-decay",
        {"sgd": {"learningRate": 0.1, "weightDecay": 0.05}},
        lambda p: torch.optim.SGD(p, lr=0.1, weight_decay=0.05),
    ),
    (
        "sgd-nesterov-weight-decay",
        {"sgd": {"learningRate": 0.1, "momentum": 0.9, "nesterov": True, "weightDecay": 0.05}},
        lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9, nesterov=True, weight_decay=0.05),
    ),
    (
        "adam-weight-decay",
        {"adam": {"learningRate": 0.01, "weightDecay": 0.05}},
        lambda p: torch.optim.Adam(p, lr=0.01, weight_decay=0.05),
    ),
    ("adamw", {"adamw": {"learningRate": 0.01}}, lambda p: torch.optim.AdamW(p, lr=0.01)),
    (
        "adamw-weight-decay-0.2",
        {"adamw": {"learningRate": 0.1, "weightDecay": 0.2, "beta1": 0.8, "beta2": 0.95, "epsilon": 0.001}},
        lambda p: torch.optim.AdamW(p, lr=0.1, weight_decay=0.2, betas=(0.8, 0.95), eps=0.001),
    ),
    ("rmsprop", {"rmsprop": {"learningRate": 0.01}}, lambda p: torch.optim.RMSprop(p, lr=0.01)),
    (
        "rmsprop-momentum-weight-decay",
        {"rmsprop": {"learningRate": 0.01, "alpha": 0.9, "epsilon": 0.001, "momentum": 0.8, "weightDecay": 0.05}},
        lambda p: torch.optim.RMSprop(p, lr=0.01, alpha=0.9, eps=0.001, momentum=0.8, weight_decay=0.05),
    ),
]

if __name__ == "__main__":
    tensors = {"initial": initial, "gradients": gradients}
    for name, _, make in CASES:
        parameter = torch.nn.Parameter(initial.clone())
        optimizer = make([parameter])
        after = []
        for gradient in gradients:
            parameter.grad = gradient.clone()
            optimizer.step()
            after.append(parameter.detach().clone())
        tensors[f"{name}/after"] = torch.stack(after)
    write_tensors("optimizers", tensors)
    write_json("optimizers", [{"name": name, "optimizer": spec} for name, spec, _ in CASES])
