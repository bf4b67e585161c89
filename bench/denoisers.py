"""
The side of denoisers.mjs that learns nothing: BM3D and non-local means on noisy pictures.

Usage: python denoisers.py FOLDER SIGMA
FOLDER has noisy.npy, and of training pictures tune-noisy.npy and tune-clean.npy (float32, [image, height, width], 0 to 1). Each method's
strength is the one of those below that is best on the training pictures. Writes bm3d.npy and nlm.npy, and prints one line of JSON.
"""

import json
import platform
import sys
import time
from importlib.metadata import version

import bm3d
import numpy
from skimage.restoration import denoise_nl_means

folder, sigma = sys.argv[1], float(sys.argv[2])
noisy, tune_noisy, tune_clean = (numpy.load(f"{folder}/{name}.npy") for name in ["noisy", "tune-noisy", "tune-clean"])


def block_matching(picture: numpy.ndarray, strength: float) -> numpy.ndarray:
    return bm3d.bm3d(picture, sigma_psd=strength * sigma)


def non_local_means(picture: numpy.ndarray, strength: float) -> numpy.ndarray:
    return denoise_nl_means(picture, h=strength * sigma, sigma=sigma, patch_size=7, patch_distance=15, fast_mode=False)


def psnr(found: numpy.ndarray, clean: numpy.ndarray) -> float:
    return float(-10 * numpy.log10(numpy.mean((found - clean) ** 2)))


methods = {}
for name, method, strengths in [("bm3d", block_matching, [0.6, 0.8, 1.0, 1.2]), ("nlm", non_local_means, [0.2, 0.3, 0.4, 0.6])]:
    tried = {
        strength: numpy.mean([psnr(method(x, strength).clip(0, 1), y) for x, y in zip(tune_noisy, tune_clean)])
        for strength in strengths
    }
    strength = max(tried, key=tried.get)
    start = time.perf_counter()
    found = numpy.stack([method(picture, strength).clip(0, 1) for picture in noisy])
    seconds = (time.perf_counter() - start) / len(noisy)
    numpy.save(f"{folder}/{name}.npy", found.astype(numpy.float32))
    methods[name] = {"strength": strength, "tried": {str(key): float(value) for key, value in tried.items()}, "secondsPerImage": seconds}
versions = {name: version(name) for name in ["bm3d", "bm4d", "scikit-image", "numpy"]} | {"python": platform.python_version()}
print(json.dumps({"methods": methods, "versions": versions}))
