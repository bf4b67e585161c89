// Reading lists of transforms, pipelines, and what holds for every transform.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { describeUserError, UserError } from "../../base/errors.js";
import { randomSequence } from "../../base/random.js";
import { readPixels } from "../../data/imageStore.js";
import { readSource } from "../../data/sources/index.js";
import { unitFromPixels } from "../convert.js";
import { pipeline, readTransforms, severities, type TransformUse, transformSpec, transforms } from "./index.js";

const shown = (specs: readonly unknown[], use: TransformUse, shape?: readonly number[]): string => {
  try {
    const read = readTransforms(specs, use, `phases[1].${use}`);
    if (shape !== undefined) pipeline(read, shape);
  } catch (error) {
    if (error instanceof UserError) return describeUserError(error);
    throw error;
  }
  return "nothing thrown";
};
const apply = (specs: readonly unknown[], image: Float32Array, shape: readonly number[], index = 0, seed = 0) => {
  const changed = image.slice();
  pipeline(readTransforms(specs, "corrupt", "corrupt"), shape)(changed, randomSequence(seed, "corrupt", 1, index));
  return changed;
};
/** Values in [0, 1] that differ from their neighbours. */
const grain = (shape: readonly number[]): Float32Array => {
  const random = randomSequence(5, "sample", 0, 0);
  return Float32Array.from({ length: shape.reduce((product, size) => product * size, 1) }, () => random.uniform());
};

describe("readTransforms", () => {
  it("fills in defaults, takes the short form, and writes down what it read", () => {
    const read = readTransforms([{ randomRotation: [-10, 10] }, "randomPerspective", { flip: null }], "augment", "a");
    const specs = read.map(transformSpec);
    expect(specs).toEqual([
      { randomRotation: { degrees: [-10, 10], interpolation: "nearest", fill: 0, probability: 1 } },
      { randomPerspective: { distortion: 0.5, interpolation: "bilinear", fill: 0, probability: 0.5 } },
      { flip: { direction: "horizontal", probability: 0.5 } },
    ]);
    expect(readTransforms(specs, "augment", "a").map(transformSpec)).toEqual(specs);
  });

  it("reads a severity as the options that it stands for", () => {
    const [read] = readTransforms([{ gaussianNoise: { severity: 3, probability: 0.5 } }], "corrupt", "corrupt");
    expect(read?.options).toEqual({ sigma: 0.16, probability: 0.5 });
  });

  it.each<[string, unknown, TransformUse, string]>([
    [
      "an unknown name",
      { gausianNoise: 0.1 },
      "corrupt",
      "phases[1].corrupt[0]: no transform is called gausianNoise; did you mean gaussianNoise?",
    ],
    [
      "an unknown option",
      { blur: { sgima: 1 } },
      "corrupt",
      "phases[1].corrupt[0].blur: no option is called sgima; did you mean sigma?\n  blur takes sigma, probability, severity.",
    ],
    [
      "a value out of range",
      { saltAndPepper: 1.5 },
      "corrupt",
      "phases[1].corrupt[0].saltAndPepper.share: expected a number from 0 to 1, got 1.5",
    ],
    [
      "a range the wrong way round",
      { randomRotation: [10, -10] },
      "augment",
      "phases[1].augment[0].randomRotation.degrees: a range has its lowest number first",
    ],
    [
      "what is no range",
      { rotate: "a little" },
      "augment",
      'phases[1].augment[0].rotate.degrees: expected a number, or two of them [lowest, highest], got "a little"',
    ],
    [
      "a severity that does not exist",
      { jpeg: { severity: 6 } },
      "corrupt",
      "phases[1].corrupt[0].jpeg.severity: expected a severity: 1, 2, 3, 4 or 5, got 6",
    ],
    [
      "severity beside what it decides",
      { jpeg: { severity: 2, quality: 10 } },
      "corrupt",
      "phases[1].corrupt[0].jpeg.quality: expected severity or quality, got both\n  Severity 2 of jpeg is quality 18.",
    ],
    [
      "severity where there is none",
      { crop: { severity: 2 } },
      "corrupt",
      "phases[1].corrupt[0].crop: no option is called severity\n  crop takes padding, fill, probability.",
    ],
    [
      "a corruption that would change the target too",
      "poisson",
      "augment",
      "phases[1].augment[0]: poisson is not for augment, only for corrupt\n  augment changes input and target alike, corrupt changes the input alone.",
    ],
  ])("refuses %s", (_, spec, use, message) => {
    expect(shown([spec], use)).toContain(message);
  });

  it("names the transform that does not fit the images", () => {
    expect(shown(["flip", { blur: 4 }], "corrupt", [1, 10, 12])).toBe(
      "phases[1].corrupt[1]: blur with sigma 4 reaches over 12 pixels, the images have 10×12\n  Take a sigma of at most 3.",
    );
    expect(shown(["flip"], "corrupt", [784])).toBe("expected images [channel, height, width], got 784");
  });
});

describe("pipeline", () => {
  it("goes in the written order and clips at its end only", () => {
    const image = new Float32Array([0.1, 0.6]);
    // 0.6·2 = 1.2 comes back as 0.6 where it was not clipped in between.
    expect([...apply([{ brightness: 2 }, { brightness: 0.5 }], image, [1, 1, 2])]).toEqual([...image]);
    const [dark, light] = apply([{ brightness: 2 }], image, [1, 1, 2]);
    expect([dark, light]).toEqual([Math.fround(0.1) * 2, 1]);
  });

  it("makes what is no number black", () => {
    expect([...apply([{ brightness: 1 }], new Float32Array([Number.NaN, -1]), [1, 1, 2])]).toEqual([0, 0]);
  });

  it("changes nothing without transforms, and draws nothing", () => {
    const image = new Float32Array([3]);
    const random = randomSequence(0, "augment", 0, 0);
    pipeline([], [1, 1, 1])(image, random);
    expect([...image]).toEqual([3]);
    expect(random.word()).toBe(randomSequence(0, "augment", 0, 0).word());
  });

  it("applies a transform as often as its probability says", () => {
    const images = Array.from({ length: 2000 }, (_, i) =>
      apply([{ brightness: { factor: 0, probability: 0.3 } }], new Float32Array([1]), [1, 1, 1], i),
    );
    const changed = images.filter(([value]) => value === 0).length;
    // σ = √(2000 · 0.3 · 0.7) = 20.5; four of them.
    expect(Math.abs(changed - 600)).toBeLessThanOrEqual(82);
    expect([...apply([{ brightness: { factor: 0, probability: 0 } }], new Float32Array([1]), [1, 1, 1])]).toEqual([1]);
  });
});

/** Each transform with options that change something, by its name. */
const lively = Object.values(transforms).map(({ name }) => {
  const options: Readonly<Record<string, unknown>> = {
    randomRotation: { degrees: [5, 30] },
    rotate: { degrees: 20 },
    randomAffine: { degrees: [5, 30], translate: [0.1, 0.1], scale: [0.8, 1.2], shear: 5, shearVertical: 5 },
  };
  return { name, spec: { [name]: { ...(options[name] as object | undefined), probability: 1 } } };
});

describe.each(lively)("$name", ({ name, spec }) => {
  const shape = [1, 28, 28];
  const shapes = [shape, [3, 17, 23], [4, 12, 11]];

  it.each(shapes)("changes images of %i×%i×%i, and keeps them in [0, 1]", (...other) => {
    const image = grain(other);
    // Some draws (a corner that stays, a crop in the middle) leave an image as it was; five in a row do not.
    const changed = [1, 2, 3, 4, 5].map((index) => apply([spec], image, other, index));
    expect(changed.some((one) => one.some((value, i) => value !== image[i]))).toBe(true);
    expect(changed.every((one) => one.every((value) => value >= 0 && value <= 1))).toBe(true);
  });

  it("draws by image alone: the same whichever images the pipeline has changed before", () => {
    const image = grain(shape);
    const used = pipeline(readTransforms([spec], "corrupt", "corrupt"), shape);
    for (const index of [7, 3]) used(grain(shape), randomSequence(0, "corrupt", 1, index));
    const again = image.slice();
    used(again, randomSequence(0, "corrupt", 1, 11));
    expect(again).toEqual(apply([spec], image, shape, 11));
  });

  it("changes only the view it is given", () => {
    const image = grain(shape);
    const batch = new Float32Array(3 * image.length).fill(0.5);
    batch.set(image, image.length);
    pipeline(readTransforms([spec], "corrupt", "corrupt"), shape)(
      batch.subarray(image.length, 2 * image.length),
      randomSequence(0, "corrupt", 1, 11),
    );
    expect(batch.slice(image.length, 2 * image.length)).toEqual(apply([spec], image, shape, 11));
    expect([...batch.subarray(0, image.length), ...batch.subarray(2 * image.length)].every((v) => v === 0.5)).toBe(
      true,
    );
  });

  it("describes every option, for help and forms", () => {
    const options = Object.entries(transforms).find(([key]) => key === name)?.[1].allOptions.shape ?? {};
    expect(Object.keys(options)).toContain("probability");
    const silent = Object.entries(options).filter(
      ([, option]) => (option as { description?: string }).description === undefined,
    );
    expect(silent.map(([key]) => key)).toEqual([]);
  });
});

describe("severities", () => {
  /** PSNR in dB by the mean squared error over the first 200 test digits, with evaluation seed 0. */
  async function measured(): Promise<Record<string, number[]>> {
    const { test } = (await readSource("mnist", "data").open()).splits;
    const count = 200;
    const size = 28 * 28;
    const images = unitFromPixels(readPixels(test, 0, count));
    const psnr = (name: string, severity: number): number => {
      const change = pipeline(readTransforms([{ [name]: { severity } }], "corrupt", "corrupt"), [1, 28, 28]);
      const changed = images.slice();
      for (let i = 0; i < count; i++) {
        const image = changed.subarray(i * size, (i + 1) * size);
        change(image, randomSequence(0, "corrupt", 0, test.indices[i] ?? 0));
      }
      let sum = 0;
      for (let i = 0; i < images.length; i++) sum += ((images[i] as number) - (changed[i] as number)) ** 2;
      return -10 * Math.log10(sum / images.length);
    };
    return Object.fromEntries(
      Object.values(transforms)
        .filter((transform) => transform.severities !== undefined)
        .map(({ name }) => [name, severities.map((severity) => psnr(name, severity))]),
    );
  }

  it("lower the PSNR step by step, by the figures of the README", async () => {
    const found = await measured();
    const readme = readFileSync(new URL("./README.md", import.meta.url), "utf8");
    // | `blur` | 0.5: 28.1 | …
    const documented = Object.fromEntries(
      [...readme.matchAll(/^\| `(\w+)` \|(.*)\|$/gm)].map(([, name = "", cells = ""]) => [
        name,
        cells.split("|").map((cell) => Number(cell.split(":")[1])),
      ]),
    );
    const missing = Object.entries(found).filter(([name]) => !Object.hasOwn(documented, name));
    // Lines to put into the README, each figure after the option of its severity.
    expect(
      missing.map(([name, figures]) => `${name}: ${figures.map((figure) => figure.toFixed(1)).join(", ")}`),
    ).toEqual([]);
    expect(Object.keys(documented).sort()).toEqual(Object.keys(found).sort());
    for (const [name, figures] of Object.entries(found)) {
      for (const [i, figure] of figures.entries()) {
        if (i > 0) expect(figure, `${name} ${i + 1}`).toBeLessThan(figures[i - 1] as number);
        // Written with one digit behind the point.
        expect(Math.abs(figure - (documented[name]?.[i] ?? Number.NaN)), `${name} ${i + 1}`).toBeLessThanOrEqual(
          0.0501,
        );
      }
    }
  });
});
