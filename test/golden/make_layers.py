# Every layer and loss alone: output and all gradients by PyTorch in float64, and the bounds of first weights.
import math

import numpy
import torch
from torch import nn

from fixtures import numbers, write_json, write_tensors

random = numpy.random.default_rng(3)
tensors: dict[str, torch.Tensor] = {}
layers: list[dict] = []
losses: list[dict] = []


def record(name: str, spec: object, module: nn.Module, x: torch.Tensor, mode: str = "training") -> None:
    """Runs a layer forward and backward; parameters and buffers first get numbers of their own, so that none is 0 or 1."""
    module.double().train(mode == "training")
    for key, parameter in module.named_parameters():
        parameter.data = numbers(random, *parameter.shape)
    for key, buffer in module.named_buffers():
        if buffer.is_floating_point():
            drawn = numbers(random, *buffer.shape)
            buffer.data = (drawn.abs() + 0.5).float().double() if key == "running_var" else drawn
        tensors[f"{name}/buffers/before/{key}"] = buffer.clone()
    x.requires_grad_()
    y = module(x)
    upstream = numbers(random, *y.shape)
    y.backward(upstream)
    tensors.update({f"{name}/input": x, f"{name}/output": y, f"{name}/upstream": upstream, f"{name}/gradients/input": x.grad})
    for key, parameter in module.named_parameters():
        tensors[f"{name}/parameters/{key}"] = parameter
        tensors[f"{name}/gradients/{key}"] = parameter.grad
    for key, buffer in module.named_buffers():
        tensors[f"{name}/buffers/after/{key}"] = buffer
    layers.append({"name": name, "layer": spec, "mode": mode})


def convolutions() -> None:
    for name, shape, options in [
        ("plain", (2, 3, 5, 7), dict(out=4, kernel=3)),
        ("stride-2-padding-1", (2, 3, 7, 6), dict(out=2, kernel=3, stride=2, padding=1)),
        ("dilation-2", (1, 2, 8, 7), dict(out=3, kernel=3, padding=2, dilation=2)),
        ("groups-2", (2, 4, 5, 5), dict(out=6, kernel=3, padding=1, groups=2)),
        ("stride-2-padding-1-dilation-2-groups-2", (2, 4, 9, 8), dict(out=2, kernel=3, stride=2, padding=1, dilation=2, groups=2)),
        ("uneven", (1, 1, 6, 9), dict(out=2, kernel=(2, 3), stride=(1, 2), padding=(0, 1))),
        ("without-bias", (2, 2, 4, 4), dict(out=3, kernel=1, bias=False)),
    ]:
        channels = options.pop("out")
        kernel = options.pop("kernel")
        record(
            f"conv2d-{name}",
            {"conv2d": {"channels": channels, "kernel": kernel, **options}},
            nn.Conv2d(shape[1], channels, kernel, **options),
            numbers(random, *shape),
        )
    for name, shape, options in [
        ("plain", (2, 3, 4, 5), dict(out=2, kernel=3)),
        ("padding-1", (2, 2, 5, 4), dict(out=3, kernel=3, padding=1)),
        ("stride-2-padding-1-output-padding-1", (2, 3, 4, 3), dict(out=2, kernel=3, stride=2, padding=1, output_padding=1)),
        ("stride-2-padding-1-output-padding-1-groups-2", (1, 4, 3, 4), dict(out=6, kernel=3, stride=2, padding=1, output_padding=1, groups=2)),
        ("dilation-2", (1, 2, 4, 3), dict(out=2, kernel=3, padding=1, dilation=2)),
        ("from-one-pixel", (3, 5, 1, 1), dict(out=4, kernel=3)),
        ("without-bias", (2, 2, 3, 3), dict(out=1, kernel=2, stride=2, bias=False)),
    ]:
        channels = options.pop("out")
        kernel = options.pop("kernel")
        spec = {key.replace("output_padding", "outputPadding"): value for key, value in options.items()}
        record(
            f"convTranspose2d-{name}",
            {"convTranspose2d": {"channels": channels, "kernel": kernel, **spec}},
            nn.ConvTranspose2d(shape[1], channels, kernel, **options),
            numbers(random, *shape),
        )


def others() -> None:
    record("dense", {"dense": {"units": 5}}, nn.Linear(7, 5), numbers(random, 3, 7))
    record("dense-without-bias", {"dense": {"units": 2, "bias": False}}, nn.Linear(4, 2, bias=False), numbers(random, 1, 4))
    for mode in ["training", "inference"]:
        record(f"batchNorm2d-{mode}", "batchNorm2d", nn.BatchNorm2d(3), numbers(random, 4, 3, 3, 2), mode)
    record(
        "batchNorm2d-other-momentum-and-epsilon",
        {"batchNorm2d": {"momentum": 0.25, "epsilon": 0.01}},
        nn.BatchNorm2d(2, momentum=0.25, eps=0.01),
        numbers(random, 2, 2, 1, 3),
    )
    # Whole numbers from -3 to -1, so that nearly every window has a tie and padding, were it zero, would win.
    ties = torch.from_numpy(random.integers(-3, 0, (2, 2, 7, 6)).astype(numpy.float64))
    record(
        "maxPool2d-ties-stride-2-padding-1",
        {"maxPool2d": {"kernel": 3, "stride": 2, "padding": 1}},
        nn.MaxPool2d(3, stride=2, padding=1),
        ties,
    )
    record("maxPool2d-2", {"maxPool2d": 2}, nn.MaxPool2d(2), numbers(random, 2, 3, 5, 7))
    record("maxPool2d-overlapping", {"maxPool2d": {"kernel": 3, "stride": 1}}, nn.MaxPool2d(3, stride=1), numbers(random, 1, 2, 5, 4))
    record("upsample-2", {"upsample": 2}, nn.Upsample(scale_factor=2), numbers(random, 2, 2, 3, 2))
    record("upsample-3", {"upsample": 3}, nn.Upsample(scale_factor=3), numbers(random, 1, 1, 2, 3))
    # The kink is among the numbers: its one-sided slopes differ.
    kink = numbers(random, 3, 8)
    kink[0, :3] = torch.tensor([0.0, -20.0, 20.0])
    record("elu-alpha-0.7", {"elu": {"alpha": 0.7}}, nn.ELU(0.7), kink.clone())
    record("elu", "elu", nn.ELU(), kink.clone())
    record("relu", "relu", nn.ReLU(), kink.clone())
    record("sigmoid", "sigmoid", nn.Sigmoid(), kink.clone())
    record("tanh", "tanh", nn.Tanh(), kink.clone())
    record("dropout-inference", {"dropout": 0.3}, nn.Dropout(0.3), numbers(random, 2, 5), "inference")
    record("flatten", "flatten", nn.Flatten(), numbers(random, 2, 2, 3, 2))
    record("unflatten", {"unflatten": [3, 2, 1]}, nn.Unflatten(1, (3, 2, 1)), numbers(random, 2, 6))


def catalogue(random: numpy.random.Generator) -> None:
    """Normalisations, pools, enlargements, activations and layers of layers."""
    for mode in ["training", "inference"]:
        record(f"batchNorm1d-{mode}", "batchNorm1d", nn.BatchNorm1d(4), numbers(random, 5, 4), mode)
    record("layerNorm", "layerNorm", nn.LayerNorm([3, 4, 5]), numbers(random, 2, 3, 4, 5))
    record("layerNorm-of-vectors", {"layerNorm": {"epsilon": 0.01}}, nn.LayerNorm(6, eps=0.01), numbers(random, 3, 6))
    record("layerNorm-last-axis", {"layerNorm": {"axes": 1}}, nn.LayerNorm(5), numbers(random, 2, 3, 4, 5))
    record("layerNorm-without-affine", {"layerNorm": {"affine": False}}, nn.LayerNorm([2, 3, 3], elementwise_affine=False), numbers(random, 2, 2, 3, 3))
    record("groupNorm-2", {"groupNorm": 2}, nn.GroupNorm(2, 6), numbers(random, 2, 6, 3, 4))
    record("groupNorm-1-without-affine", {"groupNorm": {"groups": 1, "affine": False}}, nn.GroupNorm(1, 3, affine=False), numbers(random, 2, 3, 3, 2))
    record("instanceNorm", "instanceNorm", nn.InstanceNorm2d(3), numbers(random, 2, 3, 4, 3))
    record("instanceNorm-affine", {"instanceNorm": {"affine": True, "epsilon": 0.1}}, nn.InstanceNorm2d(3, affine=True, eps=0.1), numbers(random, 2, 3, 4, 3))
    record("avgPool2d-2", {"avgPool2d": 2}, nn.AvgPool2d(2), numbers(random, 2, 3, 5, 6))
    for counts in [True, False]:
        record(
            f"avgPool2d-stride-2-padding-1-{'with' if counts else 'without'}-zeros",
            {"avgPool2d": {"kernel": 3, "stride": 2, "padding": 1, "countsPadding": counts}},
            nn.AvgPool2d(3, stride=2, padding=1, count_include_pad=counts),
            numbers(random, 2, 2, 7, 6),
        )
    record("globalAveragePool2d", "globalAveragePool2d", nn.AdaptiveAvgPool2d(1), numbers(random, 2, 3, 5, 4))
    record("adaptiveAvgPool2d-smaller", {"adaptiveAvgPool2d": [3, 2]}, nn.AdaptiveAvgPool2d((3, 2)), numbers(random, 2, 2, 7, 5))
    record("adaptiveAvgPool2d-larger", {"adaptiveAvgPool2d": 4}, nn.AdaptiveAvgPool2d(4), numbers(random, 1, 2, 3, 2))
    for corners in [False, True]:
        record(
            f"upsample-bilinear{'-align-corners' if corners else ''}",
            {"upsample": {"scale": [2, 3], "mode": "bilinear", "alignCorners": corners}},
            nn.Upsample(scale_factor=(2, 3), mode="bilinear", align_corners=corners),
            numbers(random, 2, 2, 3, 4),
        )
    record("pixelShuffle-2", "pixelShuffle", nn.PixelShuffle(2), numbers(random, 2, 8, 3, 2))
    record("pixelShuffle-3", {"pixelShuffle": 3}, nn.PixelShuffle(3), numbers(random, 1, 9, 2, 3))
    # Far out on both sides; at the kinks of leakyRelu and selu; just beyond softplus' threshold.
    far = numbers(random, 3, 8)
    far[0, :4] = torch.tensor([0.0, -20.0, 20.0, 20.5])
    record("leakyRelu", "leakyRelu", nn.LeakyReLU(), far.clone())
    record("leakyRelu-0.3", {"leakyRelu": 0.3}, nn.LeakyReLU(0.3), far.clone())
    record("selu", "selu", nn.SELU(), far.clone())
    record("gelu", "gelu", nn.GELU(), far.clone())
    record("gelu-tanh", {"gelu": "tanh"}, nn.GELU("tanh"), far.clone())
    record("silu", "silu", nn.SiLU(), far.clone())
    record("softplus", "softplus", nn.Softplus(), far.clone())
    record("softplus-beta-2-threshold-5", {"softplus": {"beta": 2, "threshold": 5}}, nn.Softplus(2, 5), far.clone())
    record("softmax", "softmax", nn.Softmax(1), far.clone())
    record("softmax-last-axis", {"softmax": 3}, nn.Softmax(3), numbers(random, 2, 3, 2, 4))
    record("dropout2d-inference", {"dropout2d": 0.3}, nn.Dropout2d(0.3), numbers(random, 2, 3, 2, 2), "inference")
    convolution = {"conv2d": {"channels": 3, "kernel": 3, "padding": 1}}
    record(
        "sequential-nested",
        {"sequential": [convolution, {"sequential": ["elu", "batchNorm2d"]}]},
        nn.Sequential(nn.Conv2d(2, 3, 3, padding=1), nn.Sequential(nn.ELU(), nn.BatchNorm2d(3))),
        numbers(random, 2, 2, 4, 3),
    )
    record(
        "repeat",
        {"repeat": {"times": 2, "layers": [{"dense": 4}, "tanh"]}},
        nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 4), nn.Tanh()),
        numbers(random, 2, 3),
    )
    record("residual", {"residual": [convolution, "elu"]}, Residual([nn.Conv2d(3, 3, 3, padding=1), nn.ELU()]), numbers(random, 2, 3, 4, 3))
    record(
        "residual-with-a-shortcut",
        {"residual": [{"conv2d": {"channels": 4, "kernel": 3, "padding": 1, "stride": 2}}]},
        Residual([nn.Conv2d(2, 4, 3, padding=1, stride=2)], nn.Conv2d(2, 4, 1, stride=2, bias=False)),
        numbers(random, 2, 2, 5, 6),
    )


def more_activations(random: numpy.random.Generator) -> None:
    """Far out on both sides, where exponentials overflow float32, and around the least value near -1.19."""
    far = numbers(random, 3, 8)
    far[0, :6] = torch.tensor([0.0, -20.0, 20.0, 20.5, 95.0, -95.0])
    record("mish", "mish", nn.Mish(), far.clone())


class SpatialTransformer(nn.Sequential):
    """Localisation, a dense layer to the map's numbers, affine_grid and grid_sample; turning is done in pixels."""

    def __init__(self, transform: str, localisation: list[nn.Module], features: int, size: tuple[int, int] | None = None) -> None:
        super().__init__(*localisation)
        self.transform, self.size = transform, size
        self.map = nn.Linear(features, {"rotation": 2, "translation": 2, "similarity": 4, "affine": 6}[transform])

    def theta(self, numbers: torch.Tensor, aspect: float) -> torch.Tensor:
        columns = list(numbers.unbind(1))
        zero, one = torch.zeros_like(columns[0]), torch.ones_like(columns[0])
        if self.transform == "translation":
            rows = [one, zero, columns[0], zero, one, columns[1]]
        elif self.transform == "affine":
            rows = [1 + columns[0], columns[1], columns[2], columns[3], 1 + columns[4], columns[5]]
        else:
            cos, sin = 1 + columns[0], columns[1]
            right, down = columns[2:] if self.transform == "similarity" else (zero, zero)
            if self.transform == "rotation":
                angle = torch.atan2(sin, cos)
                cos, sin = torch.cos(angle), torch.sin(angle)
            rows = [cos, -sin * aspect, right, sin / aspect, cos, down]
        return torch.stack(rows, 1).reshape(-1, 2, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = x
        for name, layer in self.named_children():
            y = layer(y) if name != "map" else y
        theta = self.theta(self.map(y.flatten(1)), x.shape[2] / x.shape[3])
        grid = nn.functional.affine_grid(theta, (*x.shape[:2], *(self.size or x.shape[2:])), align_corners=False)
        return nn.functional.grid_sample(x, grid, mode="bilinear", padding_mode="zeros", align_corners=False)


def spatial_transformers(random: numpy.random.Generator) -> None:
    pool = {"adaptiveAvgPool2d": [2, 1]}
    for transform in ["rotation", "translation", "similarity", "affine"]:
        record(
            f"spatialTransformer-{transform}",
            {"spatialTransformer": {"transform": transform, "localisation": [pool, "tanh"]}},
            SpatialTransformer(transform, [nn.AdaptiveAvgPool2d((2, 1)), nn.Tanh()], 4),
            numbers(random, 3, 2, 5, 6),
        )
    record(
        "spatialTransformer-other-size",
        {"spatialTransformer": {"localisation": ["flatten", {"dense": 3}], "size": [3, 7]}},
        SpatialTransformer("affine", [nn.Flatten(), nn.Linear(24, 3)], 3, (3, 7)),
        numbers(random, 2, 1, 4, 6),
    )


class Residual(nn.Sequential):
    def __init__(self, layers: list[nn.Module], shortcut: nn.Module | None = None) -> None:
        super().__init__(*layers)
        # Not one of the layers that follow each other, but named beside them.
        if shortcut is not None:
            self.register_module("shortcut", shortcut)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = x
        for name, layer in self.named_children():
            y = layer(y) if name != "shortcut" else y
        return y + (self.shortcut(x) if hasattr(self, "shortcut") else x)


def ssim_loss(prediction: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """1 - SSIM by Wang et al.'s formula with the whole 11x11 window as one depthwise convolution."""
    channels = prediction.shape[1]
    distance = torch.arange(11, dtype=torch.float64) - 5
    line = torch.exp(-0.5 * (distance / 1.5) ** 2)
    window = torch.outer(line, line) / line.sum() ** 2
    blur = lambda x: nn.functional.conv2d(x, window.expand(channels, 1, 11, 11), groups=channels)
    mx, my = blur(prediction), blur(target)
    vx, vy = blur(prediction**2) - mx**2, blur(target**2) - my**2
    covariance = blur(prediction * target) - mx * my
    c1, c2 = 0.01**2, 0.03**2
    return 1 - (((2 * mx * my + c1) * (2 * covariance + c2)) / ((mx**2 + my**2 + c1) * (vx + vy + c2))).mean()


def catalogue_of_losses(random: numpy.random.Generator) -> None:
    unit = lambda *shape: torch.from_numpy(random.random(shape).astype(numpy.float32).astype(numpy.float64))
    loss("mae", "mae", nn.L1Loss(), numbers(random, 2, 1, 3, 4), numbers(random, 2, 1, 3, 4))
    loss("huber", "huber", nn.HuberLoss(), 2 * numbers(random, 2, 1, 3, 4), numbers(random, 2, 1, 3, 4))
    loss("huber-0.4", {"huber": 0.4}, nn.HuberLoss(delta=0.4), numbers(random, 2, 1, 3, 4), numbers(random, 2, 1, 3, 4))
    logits = 3 * numbers(random, 2, 1, 3, 4)
    logits[0, 0, 0] = torch.tensor([-60.0, 60.0, 0.0, 30.0])
    loss("bceWithLogits", "bceWithLogits", nn.BCEWithLogitsLoss(), logits, unit(2, 1, 3, 4))
    labels = torch.tensor([2, 0, 4, 4, 1])
    cross_entropy = lambda prediction, target: nn.functional.cross_entropy(prediction, target.long())
    loss("crossEntropy", "crossEntropy", cross_entropy, 2 * numbers(random, 5, 5), labels.double())
    target = unit(2, 2, 13, 14)
    near = (target + 0.2 * numbers(random, 2, 2, 13, 14)).clamp(0, 1).float().double()
    loss("ssim", "ssim", ssim_loss, near.clone(), target)
    loss(
        "sum",
        {"sum": [{"loss": "mse"}, {"loss": "ssim", "weight": 0.25}]},
        lambda prediction, of: nn.functional.mse_loss(prediction, of) + 0.25 * ssim_loss(prediction, of),
        near.clone(),
        target,
    )


def dropout() -> None:
    """Draws differ between libraries, so the mask is part of the fixture: 1/(1-p) where kept, else 0."""
    x = numbers(random, 4, 6).requires_grad_()
    mask = torch.from_numpy((random.random((4, 6)) >= 0.25).astype(numpy.float64)) / 0.75
    torch.manual_seed(0)
    functional = torch.nn.functional.dropout(torch.ones(1000, dtype=torch.float64), 0.25)
    assert set(functional.unique().tolist()) == {0.0, (mask.max()).item()}, "kept elements are scaled by 1/(1-p)"
    y = x * mask
    upstream = numbers(random, 4, 6)
    y.backward(upstream)
    tensors.update({
        "dropout/input": x, "dropout/mask": mask, "dropout/output": y, "dropout/upstream": upstream,
        "dropout/gradients/input": x.grad,
    })
    layers.append({"name": "dropout", "layer": {"dropout": 0.25}, "mode": "training"})


def loss(name: str, kind: object, module, prediction: torch.Tensor, target: torch.Tensor) -> None:
    prediction.requires_grad_()
    value = module(prediction, target)
    value.backward()
    tensors.update({
        f"{name}/prediction": prediction, f"{name}/target": target, f"{name}/value": value,
        f"{name}/gradient": prediction.grad,
    })
    losses.append({"name": name, "loss": kind})


def bounds() -> list[dict]:
    """First weights are uniform in ±1/sqrt(fan-in); how PyTorch counts the fan-in is what each row freezes."""
    torch.manual_seed(0)
    rows = []
    for spec, shape, module in [
        ({"dense": {"units": 50}}, [1, 70], nn.Linear(70, 50)),
        ({"conv2d": {"channels": 16, "kernel": 3}}, [1, 8, 9, 9], nn.Conv2d(8, 16, 3)),
        ({"conv2d": {"channels": 12, "kernel": [2, 5], "groups": 3}}, [1, 6, 9, 9], nn.Conv2d(6, 12, (2, 5), groups=3)),
        ({"convTranspose2d": {"channels": 16, "kernel": 3}}, [1, 8, 9, 9], nn.ConvTranspose2d(8, 16, 3)),
        ({"convTranspose2d": {"channels": 12, "kernel": [2, 5], "groups": 3}}, [1, 6, 9, 9], nn.ConvTranspose2d(6, 12, (2, 5), groups=3)),
    ]:
        fan_in, _ = nn.init._calculate_fan_in_and_fan_out(module.weight)
        bound = 1 / math.sqrt(fan_in)
        largest = {"weight": 0.0, "bias": 0.0}
        for _ in range(400):
            module.reset_parameters()
            for key in largest:
                largest[key] = max(largest[key], getattr(module, key).abs().max().item())
        for key, seen in largest.items():
            assert 0.998 * bound < seen <= bound * (1 + 1e-6), f"{spec}: {key} reaches {seen}, not {bound}"
        rows.append({"layer": spec, "inputShape": shape, "fanIn": fan_in, "weightShape": list(module.weight.shape)})
    return rows


if __name__ == "__main__":
    convolutions()
    others()
    dropout()
    loss("mse", "mse", nn.MSELoss(), numbers(random, 2, 1, 3, 4), numbers(random, 2, 1, 3, 4))
    unit = lambda *shape: torch.from_numpy(random.random(shape).astype(numpy.float32).astype(numpy.float64))
    loss("bce", "bce", nn.BCELoss(), unit(2, 1, 3, 4), unit(2, 1, 3, 4))
    # Certain and right, certain and wrong, and certain of a grey target: logarithms stop at -100, slopes at 1e12.
    loss(
        "bce-certain", "bce", nn.BCELoss(),
        torch.tensor([[0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 0.5, 1e-7]], dtype=torch.float64).float().double(),
        torch.tensor([[0.0, 1.0, 0.25, 1.0, 0.0, 0.25, 1.0, 1.0]], dtype=torch.float64),
    )
    # Numbers of their own, so that those above stay what they are.
    catalogue(numpy.random.default_rng(6))
    catalogue_of_losses(numpy.random.default_rng(7))
    more_activations(numpy.random.default_rng(8))
    spatial_transformers(numpy.random.default_rng(9))
    write_tensors("layers", tensors)
    write_json("layers", {"layers": layers, "losses": losses, "bounds": bounds()})
