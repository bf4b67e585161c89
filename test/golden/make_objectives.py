# A model with two objectives, each with parameters and an optimizer of its own: a GAN (Goodfellow et al. 2014, with the generator's
# loss that does not saturate) on points of a plane, over twenty steps in float64. Both losses are differentiated at the same
# parameters, then both optimizers step.
import numpy
import torch

from fixtures import numbers, write_json, write_tensors

STEPS = 20
BATCH = 16
NOISE = 3
HIDDEN = 8

random = numpy.random.default_rng(15)
SHAPES = {
    "generator.0.weight": (HIDDEN, NOISE),
    "generator.0.bias": (HIDDEN,),
    "generator.1.weight": (2, HIDDEN),
    "generator.1.bias": (2,),
    "discriminator.0.weight": (HIDDEN, 2),
    "discriminator.0.bias": (HIDDEN,),
    "discriminator.1.weight": (1, HIDDEN),
    "discriminator.1.bias": (1,),
}
initial = {name: (numbers(random, *shape) * 0.5).float().double() for name, shape in SHAPES.items()}
# Points about a circle, and the noise that the generator makes points of.
angles = 2 * numpy.pi * random.random((STEPS, BATCH))
circle = numpy.stack([numpy.cos(angles), numpy.sin(angles)], axis=-1) + 0.1 * random.standard_normal((STEPS, BATCH, 2))
points = torch.from_numpy(circle.astype(numpy.float32).astype(numpy.float64))
noise = numbers(random, STEPS, BATCH, NOISE)

DISCRIMINATOR = {"adam": {"learningRate": 0.01, "beta1": 0.5}}
GENERATOR = {"sgd": {"learningRate": 0.05, "momentum": 0.9}}

if __name__ == "__main__":
    weights = {name: torch.nn.Parameter(value.clone()) for name, value in initial.items()}

    def parameters(part: str) -> list[torch.nn.Parameter]:
        return [value for name, value in weights.items() if name.startswith(part)]

    def dense(name: str, x: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.linear(x, weights[f"{name}.weight"], weights[f"{name}.bias"])

    def generator(z: torch.Tensor) -> torch.Tensor:
        return dense("generator.1", torch.tanh(dense("generator.0", z)))

    def discriminator(x: torch.Tensor) -> torch.Tensor:
        return dense("discriminator.1", torch.nn.functional.leaky_relu(dense("discriminator.0", x), 0.2))

    def softplus(x: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.softplus(x)

    optimizers = {
        "discriminator": torch.optim.Adam(parameters("discriminator"), lr=0.01, betas=(0.5, 0.999)),
        "generator": torch.optim.SGD(parameters("generator"), lr=0.05, momentum=0.9),
    }
    losses = {"discriminator": [], "generator": []}
    for step in range(STEPS):
        fake = generator(noise[step])
        real = discriminator(points[step])
        values = {
            "discriminator": softplus(-real).mean() + softplus(discriminator(fake.detach())).mean(),
            "generator": softplus(-discriminator(fake)).mean(),
        }
        gradients = {
            name: torch.autograd.grad(value, parameters(name), retain_graph=True) for name, value in values.items()
        }
        for name, optimizer in optimizers.items():
            for parameter, gradient in zip(parameters(name), gradients[name], strict=True):
                parameter.grad = gradient
            optimizer.step()
            losses[name].append(values[name].detach())
    tensors = {
        "points": points,
        "noise": noise,
        **{f"initial/{name}": value for name, value in initial.items()},
        **{f"after/{name}": value for name, value in weights.items()},
        **{f"loss/{name}": torch.stack(value) for name, value in losses.items()},
    }
    write_tensors("objectives", tensors)
    write_json("objectives", {"steps": STEPS, "batch": BATCH, "optimizers": {"discriminator": DISCRIMINATOR, "generator": GENERATOR}})
