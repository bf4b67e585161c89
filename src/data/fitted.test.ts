import { describe, expect, it } from "vitest";
import { fitPicture } from "../pixels/index.js";
import type { ImageSet, OpenSource } from "./define.js";
import { fitted } from "./fitted.js";
import { readPixels } from "./imageStore.js";

function source(shape: readonly number[], counts: readonly [number, number]): OpenSource {
  const size = shape.reduce((product, length) => product * length, 1);
  const set = (count: number, first: number): ImageSet => ({
    count,
    shape,
    pixels: Uint8Array.from({ length: count * size }, (_, i) => ((first + i) * 37) % 256),
    labels: Uint8Array.from({ length: count }, (_, i) => i % 3),
    indices: Uint32Array.from({ length: count }, (_, i) => first + i),
  });
  const card = { name: "made", title: "made", origin: "here", licence: "none", checksums: {} };
  return { card, splits: { train: set(counts[0], 0), test: set(counts[1], counts[0]) } };
}

describe("fitted", () => {
  it("gives each image what fitPicture gives of it, and keeps what else is known", async () => {
    const given = source([3, 6, 9], [5, 2]);
    const { train, test } = (await fitted(given, [1, 4, 4])).splits;
    expect([train.count, test.count, train.shape]).toEqual([5, 2, [1, 4, 4]]);
    for (const [was, is] of [
      [given.splits.train, train],
      [given.splits.test, test],
    ] as const) {
      for (let i = 0; i < is.count; i++) {
        const planes = readPixels(was, i, 1);
        // [channel, place] to [place, channel].
        const bytes = Uint8Array.from({ length: 162 }, (_, at) => planes[(at % 3) * 54 + Math.floor(at / 3)] ?? 0);
        const expected = fitPicture({ width: 9, height: 6, channels: 3, bytes }, { shape: [1, 4, 4] });
        expect(readPixels(is, i, 1)).toEqual(expected);
      }
      expect([is.labels, is.indices]).toEqual([was.labels, was.indices]);
    }
  });

  it("repeats grey for three channels", async () => {
    const given = source([1, 4, 4], [2, 1]);
    const { train } = (await fitted(given, [3, 4, 4])).splits;
    const grey = readPixels(given.splits.train, 1, 1);
    expect(readPixels(train, 1, 1)).toEqual(Uint8Array.from([...grey, ...grey, ...grey]));
  });

  it("leaves pictures of that shape as they are, without a copy", async () => {
    const given = source([1, 4, 4], [2, 1]);
    expect(await fitted(given, [1, 4, 4])).toBe(given);
  });

  it("refuses pictures that have neither one channel nor three", async () => {
    await expect(fitted(source([2, 4, 4], [2, 1]), [1, 4, 4])).rejects.toMatchObject({
      name: "UserError",
      message: "pictures of 2 channels cannot become 1×4×4",
    });
  });
});
