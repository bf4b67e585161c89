# What pixels are held to: torchvision's warps and blur, Pillow's resize and JPEG, scikit-image's SSIM and PSNR.
# Images are bytes, which every framework takes without rounding; nearest results are exact bytes, blended ones rounded.
import io

import numpy
import PIL
import torch
import torchvision
from PIL import Image
from skimage.metrics import peak_signal_noise_ratio, structural_similarity
from torchvision.transforms import InterpolationMode, functional

from fixtures import write_json, write_tensors

random = numpy.random.default_rng(9)
tensors: dict[str, torch.Tensor] = {}
MODES = {"nearest": InterpolationMode.NEAREST, "bilinear": InterpolationMode.BILINEAR}


def noise(*shape: int) -> numpy.ndarray:
    """Neighbours differ as much as they can: a pixel taken from beside its place shows."""
    return random.integers(0, 256, shape, dtype=numpy.uint8)


def picture(height: int, width: int, channels: int) -> numpy.ndarray:
    """Smooth shapes, an edge and a little grain, as photographs have them: [channel, height, width]."""
    y, x = numpy.mgrid[0:height, 0:width]
    planes = []
    for channel in range(channels):
        waves = 90 * numpy.sin(x / (5 + channel)) * numpy.cos(y / (7 - channel)) + 60 * (x > y) + 70 + 20 * channel
        planes.append(numpy.clip(waves + 6 * random.standard_normal((height, width)), 0, 255))
    return numpy.stack(planes).round().astype(numpy.uint8)


def unit(pixels: numpy.ndarray) -> torch.Tensor:
    return torch.from_numpy(pixels.astype(numpy.float32)) / numpy.float32(255)


def as_bytes(values: torch.Tensor) -> torch.Tensor:
    return (values * 255).round().clamp(0, 255).to(torch.uint8)


def corners(height: int, width: int, distortion: float) -> list[list[int]]:
    torch.manual_seed(int(random.integers(2**31)))
    return torchvision.transforms.RandomPerspective.get_params(width, height, distortion)[1]


# Warps: images in groups of one size, ten parameter sets each.
ANGLES = [10.0, -10.0, 3.7, -27.3, 45.0, 90.0, 137.5, 180.0, -0.4, 5.0]
groups = [
    {"name": "grey", "images": noise(20, 1, 20, 16), "fill": 0.0},
    {"name": "digit", "images": noise(1, 1, 28, 28), "fill": 0.0},
    {"name": "colour", "images": noise(1, 3, 17, 23), "fill": 0.5},
]
warps = []
for group in groups:
    name, images, fill = group["name"], group["images"], group["fill"]
    _, channels, height, width = images.shape
    tensors[f"{name}.images"] = torch.from_numpy(images)
    perspectives = [corners(height, width, 0.4 if i < 7 else 0.8) for i in range(10)]
    affines = [
        {
            "angle": float(random.uniform(-40, 40)),
            "translate": [int(random.integers(-4, 5)), int(random.integers(-4, 5))],
            "scale": float(random.uniform(0.7, 1.4)),
            "shear": [float(random.uniform(-20, 20)), float(random.uniform(-20, 20))],
        }
        for _ in range(10)
    ]
    original = [[0, 0], [width - 1, 0], [width - 1, height - 1], [0, height - 1]]
    float_images = unit(images)
    for mode, interpolation in MODES.items():
        fills = [fill] * channels
        # One image at a time, as a data set's transform sees them.
        each = lambda warp: as_bytes(torch.stack([torch.stack([warp(image, i) for image in float_images]) for i in range(10)]))
        tensors[f"{name}.rotate.{mode}"] = each(lambda image, i: functional.rotate(image, ANGLES[i], interpolation, fill=fills))
        tensors[f"{name}.perspective.{mode}"] = each(
            lambda image, i: functional.perspective(image, original, perspectives[i], interpolation, fill=fills)
        )
        tensors[f"{name}.affine.{mode}"] = each(
            lambda image, i: functional.affine(image, **affines[i], interpolation=interpolation, fill=fills)
        )
    warps.append({"name": name, "shape": list(images.shape[1:]), "fill": fill, "perspectives": perspectives, "affines": affines})

# Resize: Pillow on bytes.
FILTERS = {
    "nearest": Image.Resampling.NEAREST,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
}
sources = {"photo": picture(53, 67, 3), "noise": noise(1, 31, 40)}
resizes = []
for source, pixels in sources.items():
    tensors[f"resize.{source}"] = torch.from_numpy(pixels)
    for filter_name, pillow in FILTERS.items():
        for height, width, box in [(28, 28, None), (16, 40, None), (80, 90, None), (20, 20, [4.5, 3.25, 30, 25.5])]:
            planes = [Image.fromarray(plane).resize((width, height), pillow, box=box) for plane in pixels]
            key = f"resize.{source}.{filter_name}.{height}x{width}{'' if box is None else '.box'}"
            tensors[key] = torch.from_numpy(numpy.stack([numpy.asarray(plane) for plane in planes]))
            resizes.append({"key": key, "source": source, "filter": filter_name, "size": [height, width], "box": box})

# JPEG: Pillow's round trip (libjpeg-turbo).
jpegs = []
for kind, pixels in {"grey": picture(28, 28, 1), "colour": picture(37, 45, 3)}.items():
    tensors[f"jpeg.{kind}"] = torch.from_numpy(pixels)
    for quality in [5, 25, 50, 90]:
        image = Image.fromarray(pixels[0] if kind == "grey" else pixels.transpose(1, 2, 0))
        file = io.BytesIO()
        image.save(file, "JPEG", quality=quality)
        decoded = numpy.asarray(Image.open(file))
        key = f"jpeg.{kind}.{quality}"
        tensors[key] = torch.from_numpy((decoded[None] if kind == "grey" else decoded.transpose(2, 0, 1)).copy())
        jpegs.append({"key": key, "source": kind, "quality": quality})

# Blur, brightness, contrast: torchvision on floats.
photo = unit(picture(24, 31, 3))
tensors["photo"] = photo
adjustments = []
for sigma in [0.5, 1.0, 2.5]:
    radius = int(numpy.ceil(3 * sigma))
    tensors[f"blur.{sigma}"] = functional.gaussian_blur(photo, [2 * radius + 1, 2 * radius + 1], [sigma, sigma])
    adjustments.append({"key": f"blur.{sigma}", "transform": {"blur": sigma}})
for factor in [0.3, 1.6]:
    tensors[f"brightness.{factor}"] = functional.adjust_brightness(photo, factor)
    tensors[f"contrast.{factor}"] = functional.adjust_contrast(photo, factor)
    adjustments.append({"key": f"brightness.{factor}", "transform": {"brightness": factor}})
    adjustments.append({"key": f"contrast.{factor}", "transform": {"contrast": factor}})

# Figures: scikit-image in float64.
figures = []
for key in ["blur.1.0", "contrast.0.3", "brightness.1.6"]:
    a, b = photo.numpy().astype(numpy.float64), tensors[key].numpy().astype(numpy.float64)
    ssim = structural_similarity(
        a, b, channel_axis=0, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=1.0
    )
    figures.append({"key": key, "ssim": float(ssim), "psnr": float(peak_signal_noise_ratio(a, b, data_range=1.0))})

if __name__ == "__main__":
    write_tensors("transforms", tensors)
    write_json(
        "transforms",
        {
            "versions": {"torchvision": torchvision.__version__, "pillow": PIL.__version__},
            "angles": ANGLES,
            "warps": warps,
            "resizes": resizes,
            "jpegs": jpegs,
            "adjustments": adjustments,
            "figures": figures,
        },
    )
