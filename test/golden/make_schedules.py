# Schedules: the learning rate of each of 200 steps as PyTorch's schedulers give it, 40 epochs of 5 steps.
import math
import warnings

import numpy
import torch
from torch.optim import lr_scheduler

from fixtures import write_json

STEPS = 200
STEPS_PER_EPOCH = 5
EPOCHS = STEPS // STEPS_PER_EPOCH
LEARNING_RATE = 0.02

# A figure that falls, stalls, wobbles and falls again; the watched figure of each epoch.
random = numpy.random.default_rng(5)
FIGURES = [
    round(0.1 + 0.9 * math.exp(-epoch / 12) + (0.02 * random.standard_normal() if epoch > 10 else 0), 6) for epoch in range(STEPS)
]


def optimizer() -> torch.optim.Optimizer:
    return torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=LEARNING_RATE)


def rates(make, per: str) -> list[float]:
    """The rate used in each step; the scheduler advances after each step, or after each epoch's last."""
    sgd = optimizer()
    scheduler = make(sgd)
    used = []
    for step in range(STEPS):
        used.append(sgd.param_groups[0]["lr"])
        sgd.step()
        # OneCycleLR refuses to be advanced beyond its last step.
        if step + 1 < STEPS and (per == "step" or (step + 1) % STEPS_PER_EPOCH == 0):
            scheduler.step()
    return used


def plateau(**options) -> list[float]:
    """The rate used in each of 200 epochs; after each the scheduler sees that epoch's figure."""
    sgd = optimizer()
    scheduler = lr_scheduler.ReduceLROnPlateau(sgd, **options)
    used = []
    for figure in FIGURES:
        used.append(sgd.param_groups[0]["lr"])
        sgd.step()
        scheduler.step(figure)
    return used


def one_cycle(**options):
    return lambda sgd: lr_scheduler.OneCycleLR(sgd, LEARNING_RATE, total_steps=STEPS, cycle_momentum=False, **options)


def warm_up_then_cosine(sgd: torch.optim.Optimizer) -> lr_scheduler.LRScheduler:
    return lr_scheduler.SequentialLR(
        sgd,
        [
            lr_scheduler.LinearLR(sgd, start_factor=0.1, total_iters=20),
            lr_scheduler.CosineAnnealingLR(sgd, T_max=STEPS - 20),
        ],
        milestones=[20],
    )


if __name__ == "__main__":
    warnings.filterwarnings("ignore", message="The epoch parameter in `scheduler.step\\(\\)`")
    write_json(
        "schedules",
        {
            "learningRate": LEARNING_RATE,
            "steps": STEPS,
            "stepsPerEpoch": STEPS_PER_EPOCH,
            "perStep": [
                {
                    "name": "StepLR", "schedule": {"step": {"every": 7, "factor": 0.3}},
                    "rates": rates(lambda sgd: lr_scheduler.StepLR(sgd, 7, 0.3), "epoch"),
                },
                {
                    "name": "MultiStepLR", "schedule": {"multiStep": {"milestones": [3, 10, 11, 25], "factor": 0.4}},
                    "rates": rates(lambda sgd: lr_scheduler.MultiStepLR(sgd, [3, 10, 11, 25], 0.4), "epoch"),
                },
                {
                    "name": "ExponentialLR", "schedule": {"exponential": 0.9},
                    "rates": rates(lambda sgd: lr_scheduler.ExponentialLR(sgd, 0.9), "epoch"),
                },
                {
                    "name": "ExponentialLR by step", "schedule": {"exponential": {"factor": 0.98, "per": "step"}},
                    "rates": rates(lambda sgd: lr_scheduler.ExponentialLR(sgd, 0.98), "step"),
                },
                {
                    "name": "CosineAnnealingWarmRestarts by epoch",
                    "schedule": {"cosineRestarts": {"epochs": 3, "growth": 2, "minimum": 0.001, "per": "epoch"}},
                    "rates": rates(lambda sgd: lr_scheduler.CosineAnnealingWarmRestarts(sgd, 3, 2, 0.001), "epoch"),
                },
                {
                    "name": "CosineAnnealingWarmRestarts by step", "schedule": {"cosineRestarts": 8},
                    "rates": rates(lambda sgd: lr_scheduler.CosineAnnealingWarmRestarts(sgd, 8 * STEPS_PER_EPOCH), "step"),
                },
                {
                    "name": "CosineAnnealingLR by step", "schedule": "cosine",
                    "rates": rates(lambda sgd: lr_scheduler.CosineAnnealingLR(sgd, STEPS), "step"),
                },
                {
                    "name": "CosineAnnealingLR by step with a minimum", "schedule": {"cosine": {"minimum": 0.001}},
                    "rates": rates(lambda sgd: lr_scheduler.CosineAnnealingLR(sgd, STEPS, eta_min=0.001), "step"),
                },
                {
                    "name": "CosineAnnealingLR by epoch", "schedule": {"cosine": {"per": "epoch"}},
                    "rates": rates(lambda sgd: lr_scheduler.CosineAnnealingLR(sgd, EPOCHS), "epoch"),
                },
                {
                    "name": "OneCycleLR", "schedule": "oneCycle",
                    "rates": rates(one_cycle(), "step"),
                },
                {
                    "name": "OneCycleLR with other divisors",
                    "schedule": {"oneCycle": {"warmUpFraction": 0.2, "initialDivisor": 10, "finalDivisor": 100}},
                    "rates": rates(one_cycle(pct_start=0.2, div_factor=10, final_div_factor=100), "step"),
                },
                {
                    "name": "LinearLR, then CosineAnnealingLR",
                    "schedule": {"warmUp": {"steps": 20, "from": 0.1, "then": "cosine"}},
                    "rates": rates(warm_up_then_cosine, "step"),
                },
            ],
            "figures": FIGURES,
            "perEpoch": [
                {
                    "name": "ReduceLROnPlateau",
                    "schedule": {"reduceOnPlateau": {"factor": 0.5}},
                    "rates": plateau(factor=0.5),
                },
                {
                    "name": "ReduceLROnPlateau until a reduction would be below PyTorch's eps of 1e-8",
                    "schedule": {"reduceOnPlateau": {"factor": 0.5, "patience": 3}},
                    "rates": plateau(factor=0.5, patience=3),
                },
                {
                    "name": "ReduceLROnPlateau with cooldown, threshold and minimum",
                    "schedule": {
                        "reduceOnPlateau": {"factor": 0.3, "patience": 2, "threshold": 0.01, "cooldown": 5, "minimum": 0.0001}
                    },
                    "rates": plateau(factor=0.3, patience=2, threshold=0.01, cooldown=5, min_lr=0.0001),
                },
            ],
        },
    )
