# What evaluation is held to: scikit-learn's PCA, logistic regression and k nearest neighbours, on small data.
import numpy
import sklearn
import torch
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier

from fixtures import write_json, write_tensors

random = numpy.random.default_rng(17)

# Pictures with a few strong directions and noise in all: [image, channel, height, width], bytes.
images, size = 300, 60
directions = random.standard_normal((8, size))
strengths = 40 / (1 + numpy.arange(8))
pixels = 128 + (random.standard_normal((images, 8)) * strengths) @ directions + 4 * random.standard_normal((images, size))
pixels = numpy.clip(pixels, 0, 255).round().astype(numpy.uint8)
unit = pixels / 255
train, test = unit[:200], unit[200:]
pca = PCA(5, svd_solver="full").fit(train)
errors = ((pca.inverse_transform(pca.transform(test)) - test) ** 2).mean(axis=1)

# Codes of three classes that overlap.
centres = 1.2 * random.standard_normal((3, 6))
labels = random.integers(0, 3, 400)
codes = (centres[labels] + random.standard_normal((400, 6))).astype(numpy.float32)
fit, ask = slice(0, 300), slice(300, 400)
regression = LogisticRegression(C=1.0, tol=1e-10, max_iter=10_000).fit(codes[fit].astype(numpy.float64), labels[fit])
neighbours = {
    f"neighbours.{k}": torch.from_numpy(
        KNeighborsClassifier(k, algorithm="brute").fit(codes[fit], labels[fit]).predict(codes[ask])
    )
    for k in (1, 5)
}

write_tensors(
    "evaluation",
    {
        "pixels": torch.from_numpy(pixels),
        "pca.mean": torch.from_numpy(pca.mean_),
        "pca.components": torch.from_numpy(pca.components_),
        # scikit-learn divides by one less than the number of images.
        "pca.variances": torch.from_numpy(pca.explained_variance_ * 199 / 200),
        "pca.errors": torch.from_numpy(errors),
        "codes": torch.from_numpy(codes),
        "labels": torch.from_numpy(labels),
        "regression.weights": torch.from_numpy(regression.coef_),
        "regression.bias": torch.from_numpy(regression.intercept_),
        "regression.probabilities": torch.from_numpy(regression.predict_proba(codes[ask].astype(numpy.float64))),
        **neighbours,
    },
)
write_json("evaluation", {"sklearn": sklearn.__version__, "images": {"train": 200}, "codes": {"train": 300}})
