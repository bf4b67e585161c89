# What the fixture scripts share: seeded numbers that float32 holds exactly, and writing files.
import json
import pathlib

import numpy
import torch
from safetensors.torch import save_file

FOLDER = pathlib.Path(__file__).parent / "fixtures"

# One thread and no fused kernels: the fixtures must come out the same wherever they are made.
torch.set_num_threads(1)
torch.use_deterministic_algorithms(True)


def numbers(random: numpy.random.Generator, *shape: int) -> torch.Tensor:
    """Standard normals rounded to float32, as float64: both precisions start from the very same numbers."""
    return torch.from_numpy(random.standard_normal(shape).astype(numpy.float32).astype(numpy.float64))


def write_tensors(name: str, tensors: dict[str, torch.Tensor]) -> None:
    FOLDER.mkdir(exist_ok=True)
    path = FOLDER / f"{name}.safetensors"
    save_file({key: value.detach().clone().contiguous() for key, value in tensors.items()}, path, {"torch": torch.__version__})
    print(f"{path.name}: {len(tensors)} tensors, {path.stat().st_size:,} bytes")


def write_json(name: str, content: object) -> None:
    FOLDER.mkdir(exist_ok=True)
    path = FOLDER / f"{name}.json"
    path.write_text(json.dumps(content, indent=1) + "\n")
    print(f"{path.name}: {path.stat().st_size:,} bytes")
