// Scores worked out by hand, of a model that computes nothing: its codes are the first two pixels, its pictures are black.
import { describe, expect, it } from "vitest";
import { referenceEngine } from "../../engines/reference/index.js";
import type { Decoding, TrainedModel } from "../../inference/index.js";
import { checkScore, makeReference, openScorer, type ScoreName } from "./scorer.js";

const model: TrainedModel & Decoding = {
  inputShape: [1, 1, 3],
  codeShape: [2],
  notes: [],
  encode: async (images) => images.filter((_, i) => i % 3 < 2),
  decode: async (codes) => new Float32Array((codes.length / 2) * 3),
  reconstruct: async (images) => new Float32Array(images.length),
  score: async (images) => new Float64Array(images.length / 3),
  dispose: () => {},
};
const variational: TrainedModel & Decoding = {
  ...model,
  posterior: async (images) => ({
    mean: images.filter((_, i) => i % 3 < 2),
    logVariance: new Float32Array((images.length / 3) * 2).fill(Math.log(0.25)),
  }),
};
const engine = referenceEngine();
const images = (...rows: readonly (readonly number[])[]) => Float32Array.from(rows.flat());
/** Four corners of a square: means ½, variances ¼. */
const corners = images([0, 0, 0], [1, 0, 0], [0, 1, 0], [1, 1, 0]);
const reference = (by: ScoreName, of = model, blocks: readonly Float32Array[] = [corners]) =>
  makeReference({ model: of, by, engine, blocks });
const scoreOf = async (by: ScoreName, of = model) => [
  ...(await openScorer(of, await reference(by, of), engine).score(images([1, 0.5, 0.5], [0, 0, 0]))),
];

describe("scores", () => {
  it("by error are those of the reconstruction, sorted, in one block or several", async () => {
    // Squares 0, 1, 1 and 2, over three pixels.
    const { scores, errorTop } = await reference("mse");
    expect([...scores]).toEqual([0, 1 / 3, 1 / 3, 2 / 3]);
    expect(errorTop).toBe(1);
    const parts = await reference("mse", model, [corners.subarray(0, 3), corners.subarray(3)]);
    expect(parts).toEqual({ by: "mse", scores, errorTop });
    expect(await scoreOf("mse")).toEqual([1.5 / 3, 0]);
    expect(await scoreOf("mae")).toEqual([2 / 3, 0]);
  });

  it("by Mahalanobis distance are lengths in the codes' own units", async () => {
    // Variances 1/3 (by count less one) and a ridge of a thousandth of that; each corner lies ½ from the mean in both units.
    const variance = (1 / 3) * 1.001;
    const corner = Math.sqrt(0.5 / variance);
    const { scores } = await reference("mahalanobis");
    for (const score of scores) expect(score).toBeCloseTo(corner, 12);
    const [asked, origin] = await scoreOf("mahalanobis");
    expect([asked, origin]).toEqual([expect.closeTo(0.5 / Math.sqrt(variance), 12), expect.closeTo(corner, 12)]);
  });

  it("combined are both over their means among the reference, added", async () => {
    // Mean error 1/3 (mse: too small for ssim), mean squared distance that of every corner: 1 + (0, 1, 1, 2).
    const { scores } = await reference("combined");
    expect([...scores]).toEqual([1, 2, 2, 3].map((score) => expect.closeTo(score, 12)));
    const [asked] = await scoreOf("combined");
    // Error 0.5 over 1/3; half a corner's squared distance.
    expect(asked).toBeCloseTo(1.5 + 0.5, 12);
  });

  it("by neighbour are distances of standardised codes, the reference's to another one", async () => {
    // Deviations ½: neighbours are 2 apart.
    const found = await reference("neighbour");
    expect([...found.scores]).toEqual([2, 2, 2, 2]);
    // (1, ½) lies half a side from two corners; (0, 0) is one.
    expect(await scoreOf("neighbour")).toEqual([1, 0]);
  });

  it("by divergence are those of normal distributions from the standard one", async () => {
    // ½·(μ² + ¼ − ln ¼ − 1) a unit.
    const base = (0.25 - Math.log(0.25) - 1) / 2;
    const [asked, origin] = await scoreOf("kl", variational);
    expect(asked).toBeCloseTo(2 * base + (1 + 0.25) / 2, 6);
    expect(origin).toBeCloseTo(2 * base, 6);
    await expect(reference("kl")).rejects.toMatchObject({
      at: "--by",
      message: expect.stringContaining("variational"),
    });
  });

  it("have a scale of heat that leaves out one error in a thousand", async () => {
    // 3,000 pixels: 2,998 of error 0.25, two of 1.
    const many = new Float32Array(3000).fill(0.25);
    many[0] = many[1] = 1;
    expect((await reference("mse", model, [many])).errorTop).toBe(0.25);
    many[2] = many[3] = 1;
    expect((await reference("mse", model, [many])).errorTop).toBe(1);
  });

  it("say in a sentence what has none", async () => {
    expect(() => checkScore(model, "ssim")).toThrow("at least 11×11 pixels");
    await expect(reference("mahalanobis", model, [images([0, 0, 0])])).rejects.toThrow("two reference pictures");
    await expect(reference("mse", model, [images([Number.NaN, 0, 0])])).rejects.toThrow("no finite score");
  });
});
