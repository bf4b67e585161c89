import { loadImage } from "@napi-rs/canvas";
import { describe, expect, it } from "vitest";
import { renderChart } from "./charts.js";
import { comparedCurvesSpec } from "./comparedCurves.js";
import { confusionSpec } from "./confusion.js";
import { severitiesSpec } from "./severities.js";
import { renderWorst } from "./worst.js";

/** Text of an SVG that is not turned, with the place of each piece. */
function textsOf(svg: string) {
  return [...svg.matchAll(/<text[^>]*transform="translate\(([-\d.]+) ([-\d.]+)\)[^>]*>([^<]*)<\/text>/g)].map(
    ([, x, y, text]) => ({ x: Number(x), y: Number(y), text: text ?? "" }),
  );
}

describe("curves of several runs", () => {
  const records = (last: number) =>
    [1, 2, 3].map((epoch) => ({
      kind: "epoch" as const,
      phase: 0,
      epoch,
      step: epoch,
      learningRate: 1,
      train: {},
      test: { mse: last * (4 - epoch) },
      images: 1,
    }));

  it("name each run with its last figure, within the picture", () => {
    const spec = comparedCurvesSpec({
      figure: "mse",
      figures: [{ name: "mse", unit: "mean over pixels", summary: "", better: "lower", isOwn: false }],
      runs: [
        { name: "first", records: records(0.002) },
        { name: "second", records: records(0.0031) },
      ],
    });
    const { svg } = renderChart(spec);
    const texts = textsOf(svg);
    expect(svg).toContain("mse, mean over pixels");
    expect(texts.map(({ text }) => text)).toEqual(
      expect.arrayContaining(["first (0.00200)", "second (0.00310)", "epoch"]),
    );
    for (const { x, y } of texts) {
      expect(x >= 0 && x < spec.size.width && y >= 0 && y < spec.size.height).toBe(true);
    }
  });
});

describe("PSNR by severity", () => {
  it("has a line for the input and one for the output of each corruption", () => {
    const rows = ["blur", "mask"].flatMap((corruption) =>
      [1, 2, 3, 4, 5].map((severity) => ({
        corruption,
        severity,
        model: { psnr: 20 },
        input: { psnr: 30 - severity },
      })),
    );
    const spec = severitiesSpec({ name: "run", rows });
    const texts = textsOf(renderChart(spec).svg);
    expect(texts.map(({ text }) => text)).toEqual(
      expect.arrayContaining(["blur, restored", "blur, input", "mask, restored", "mask, input"]),
    );
    for (const { y } of texts) expect(y >= 0 && y < spec.size.height).toBe(true);
  });
});

describe("a confusion matrix", () => {
  it("grows by a cell for each class", async () => {
    const draw = async (count: number) => {
      const confusion = Array.from({ length: count }, (_, of) => Array.from({ length: count }, (_, at) => of + at));
      const classes = confusion.map((_, of) => String(of));
      return await loadImage(renderChart(confusionSpec({ title: "t", confusion, classes, accuracy: 0.5 })).png);
    };
    const [small, large] = [await draw(4), await draw(9)];
    // Cells of 46 at two pixels each.
    expect([large.width - small.width, large.height - small.height]).toEqual([5 * 92, 5 * 92]);
  });
});

describe("the worst images", () => {
  const images = new Float32Array(16 * 256);
  it.each([
    ["three rows of eight, twice", undefined, 2 * (3 * 80 + 2 * 6) + 40 + 16 + 20 + 20 + 40],
    ["a row more for corrupted inputs", images, 2 * (4 * 80 + 3 * 6) + 40 + 16 + 20 + 20 + 40],
  ])("stand in %s", async (_, inputs, height) => {
    const image = await loadImage(
      renderWorst({
        originals: images,
        ...(inputs === undefined ? {} : { inputs }),
        reconstructions: images,
        neighbours: images,
        shape: [1, 16, 16],
        captions: Array.from({ length: 16 }, (_, i) => ({ error: i / 100, class: "3", neighbourClass: "5" })),
      }),
    );
    // Images of 16 pixels, each five wide; 200 for the names, gaps of 6, a border of 20.
    expect([image.width, image.height]).toEqual([200 + 8 * 80 + 7 * 6 + 20, height]);
  });
});
