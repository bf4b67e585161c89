# Whole networks, trained ten steps by PyTorch in float64 and in float32 from the same weights and batches.
import numpy
import torch
from torch import nn

from fixtures import write_json, write_tensors

STEPS = 10
BATCH = 4


class Autoencoder(nn.Module):
    """Gives the parameters the names that checkpoints have: encoder.0.weight, decoder.1.bias."""

    def __init__(self, encoder: nn.Sequential, decoder: nn.Sequential):
        super().__init__()
        self.encoder = encoder
        self.decoder = decoder

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return self.decoder(self.encoder(images))


def convolutional() -> Autoencoder:
    """The digit network at a quarter of its width: channels 4, 8, 16, 32 and 16, 8, 4, 1."""
    return Autoencoder(
        nn.Sequential(
            nn.Conv2d(1, 4, 3, padding=1), nn.BatchNorm2d(4), nn.MaxPool2d(2), nn.ELU(),
            nn.Conv2d(4, 8, 3), nn.BatchNorm2d(8), nn.MaxPool2d(2), nn.ELU(),
            nn.Conv2d(8, 16, 3, padding=1), nn.BatchNorm2d(16), nn.MaxPool2d(2), nn.ELU(),
            nn.Conv2d(16, 32, 3), nn.Flatten(),
        ),
        nn.Sequential(
            nn.Unflatten(1, (32, 1, 1)),
            nn.ConvTranspose2d(32, 16, 3), nn.Upsample(scale_factor=2),
            nn.ConvTranspose2d(16, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ELU(), nn.Upsample(scale_factor=2),
            nn.ConvTranspose2d(8, 4, 3), nn.BatchNorm2d(4), nn.ELU(), nn.Upsample(scale_factor=2),
            nn.ConvTranspose2d(4, 1, 3, padding=1), nn.BatchNorm2d(1), nn.ELU(),
        ),
    )


CONVOLUTIONAL = {
    "kind": "autoencoder",
    "input": [1, 28, 28],
    "encoder": [
        {"conv2d": {"channels": 4, "kernel": 3, "padding": 1}}, "batchNorm2d", {"maxPool2d": 2}, "elu",
        {"conv2d": {"channels": 8, "kernel": 3}}, "batchNorm2d", {"maxPool2d": 2}, "elu",
        {"conv2d": {"channels": 16, "kernel": 3, "padding": 1}}, "batchNorm2d", {"maxPool2d": 2}, "elu",
        {"conv2d": {"channels": 32, "kernel": 3}}, "flatten",
    ],
    "decoder": [
        {"unflatten": [32, 1, 1]},
        {"convTranspose2d": {"channels": 16, "kernel": 3}}, {"upsample": 2},
        {"convTranspose2d": {"channels": 8, "kernel": 3, "padding": 1}}, "batchNorm2d", "elu", {"upsample": 2},
        {"convTranspose2d": {"channels": 4, "kernel": 3}}, "batchNorm2d", "elu", {"upsample": 2},
        {"convTranspose2d": {"channels": 1, "kernel": 3, "padding": 1}}, "batchNorm2d", "elu",
    ],
}


def dense() -> Autoencoder:
    return Autoencoder(
        nn.Sequential(nn.Flatten(), nn.Linear(36, 9), nn.ReLU()),
        nn.Sequential(nn.Linear(9, 36), nn.Sigmoid(), nn.Unflatten(1, (1, 6, 6))),
    )


DENSE = {
    "kind": "autoencoder",
    "input": [1, 6, 6],
    "encoder": ["flatten", {"dense": {"units": 9}}, "relu"],
    "decoder": [{"dense": {"units": 36}}, "sigmoid", {"unflatten": [1, 6, 6]}],
}


def blobs(random: numpy.random.Generator, size: int) -> numpy.ndarray:
    """An image of a few smooth spots on black, in [0, 1]: like a digit, bright strokes on an empty ground."""
    y, x = numpy.mgrid[0:size, 0:size]
    image = numpy.zeros((size, size))
    for _ in range(4):
        cy, cx = random.uniform(0.25 * size, 0.75 * size, 2)
        sy, sx = random.uniform(0.06 * size, 0.16 * size, 2)
        image += random.uniform(0.5, 1) * numpy.exp(-((y - cy) ** 2) / (2 * sy**2) - ((x - cx) ** 2) / (2 * sx**2))
    return numpy.clip(image - 0.05, 0, 1)


def train(model: Autoencoder, initial: dict, batches: torch.Tensor, loss: nn.Module, make_optimizer, type: torch.dtype) -> dict:
    model.load_state_dict(initial)
    model.to(type).train()
    optimizer = make_optimizer(model.parameters())
    kept = {}
    losses = []
    for step, batch in enumerate(batches.to(type)):
        optimizer.zero_grad()
        value = loss(model(batch), batch)
        value.backward()
        if step == 0:
            for name, parameter in model.named_parameters():
                kept[f"gradients/{name}"] = parameter.grad.clone()
        optimizer.step()
        losses.append(value.detach())
        if step == 0 and type == torch.float64:
            kept.update({f"after1/{name}": value.clone() for name, value in model.state_dict().items()})
    kept.update({f"after{STEPS}/{name}": value.clone() for name, value in model.state_dict().items()})
    kept["losses"] = torch.stack(losses)
    model.eval()
    with torch.no_grad():
        code = model.encoder(batches[0].to(type))
        reconstruction = model.decoder(code)
        kept["evaluated/code"] = code
        kept["evaluated/reconstruction"] = reconstruction
        kept["evaluated/loss"] = loss(reconstruction, batches[0].to(type))
    return kept


def make(name: str, build, size: int, loss: nn.Module, make_optimizer, seed: int) -> None:
    random = numpy.random.default_rng(seed)
    images = numpy.stack([[[blobs(random, size)] for _ in range(BATCH)] for _ in range(STEPS)]).astype(numpy.float32)
    batches = torch.from_numpy(images)
    torch.manual_seed(seed)
    initial = {key: value.clone() for key, value in build().state_dict().items()}
    tensors = {"batches": batches, **{f"initial/{key}": value for key, value in initial.items()}}
    runs = {}
    for type, label in [(torch.float64, "float64"), (torch.float32, "float32")]:
        runs[label] = train(build(), initial, batches, loss, make_optimizer, type)
        tensors.update({f"{label}/{key}": value for key, value in runs[label].items()})
    print(name, "losses", [f"{value:.6f}" for value in runs["float64"]["losses"]])
    # How far PyTorch's own float32 is from float64: what the tolerances of the float32 engines must allow for.
    for key, exact in runs["float64"].items():
        if key.startswith("gradients/") or key == "losses":
            error = (runs["float32"][key].double() - exact).abs().max() / exact.abs().max()
            print(f"  {key}: float32 differs by {error:.1e} of the largest ({exact.abs().max():.1e})")
    write_tensors(name, tensors)


if __name__ == "__main__":
    make("mnist-conv-quarter", convolutional, 28, nn.MSELoss(), lambda p: torch.optim.Adam(p, lr=0.005), 1)
    make(
        "dense-36-9", dense, 6, nn.BCELoss(), lambda p: torch.optim.SGD(p, lr=0.5, momentum=0.9, nesterov=True), 2
    )
    write_json(
        "networks",
        [
            {
                "name": "mnist-conv-quarter", "model": CONVOLUTIONAL, "loss": "mse", "batchSize": BATCH, "steps": STEPS,
                "optimizer": {"adam": {"learningRate": 0.005}},
                "biasesBeforeBatchNorm": [
                    f"{place}.bias" for place in ["encoder.0", "encoder.4", "encoder.8", "decoder.3", "decoder.7", "decoder.11"]
                ],
            },
            {
                "name": "dense-36-9", "model": DENSE, "loss": "bce", "batchSize": BATCH, "steps": STEPS,
                "optimizer": {"sgd": {"learningRate": 0.5, "momentum": 0.9, "nesterov": True}},
                "biasesBeforeBatchNorm": [],
            },
        ],
    )
