import { describe, expect, it } from "vitest";
import type { UserError } from "../base/errors.js";
import { openHanded } from "./handedSource.js";
import { type ImagesOptions, images, type Pixels, readImages } from "./images.js";

const shape = [1, 2, 2] as const;

async function refusal(pixels: unknown, options: Partial<ImagesOptions> | object = {}): Promise<UserError> {
  try {
    await readImages(images(pixels as Pixels, { shape, ...options } as ImagesOptions));
  } catch (error) {
    return error as UserError;
  }
  throw new Error("nothing was refused");
}

describe("images", () => {
  it("keeps bytes as they are and floats as the nearest byte, in shared memory", async () => {
    const bytes = await readImages(images(Uint8Array.of(0, 1, 128, 255), { shape }));
    expect([...(bytes.set.pixels as Uint8Array)]).toEqual([0, 1, 128, 255]);
    expect((bytes.set.pixels as Uint8Array).buffer).toBeInstanceOf(SharedArrayBuffer);
    expect(bytes.notes).toEqual([]);
    // 0.5 · 255 = 127.5, and 0.3 · 255 = 76.5: halves go up. float32's 0.3 is a little above.
    const floats = await readImages(images(Float32Array.of(0, 1, 0.5, 0.3), { shape }));
    expect([...(floats.set.pixels as Uint8Array)]).toEqual([0, 255, 128, 77]);
    expect(floats.notes).toEqual(["the pictures' values are kept as bytes: each was rounded to the nearest k/255"]);
    const exact = await readImages(images(Float32Array.of(0, 1, 3 / 255, 200 / 255), { shape }));
    expect([...(exact.set.pixels as Uint8Array)]).toEqual([0, 255, 3, 200]);
    expect(exact.notes).toEqual([]);
  });

  it("gives the thread back between every million numbers", async () => {
    let turns = 0;
    let isReading = true;
    const count = () => {
      turns += 1;
      if (isReading) setImmediate(count);
    };
    setImmediate(count);
    await readImages(images(new Float32Array(20 * 2 ** 20), { shape: [1, 1024, 1024] }));
    isReading = false;
    expect(turns).toBeGreaterThanOrEqual(20);
  });

  it("takes batches that come one after another, in one array that is filled again", async () => {
    const buffer = new Uint8Array(8);
    let began = 0;
    async function* batches() {
      began += 1;
      for (let batch = 0; batch < 3; batch++) yield buffer.fill(batch);
    }
    const source = images(batches(), { shape, labels: [0, 1, 0, 1, 0, 1] });
    const { set } = await readImages(source);
    expect(set.count).toBe(6);
    expect([...(set.pixels as Uint8Array)].filter((_, i) => i % 8 === 0)).toEqual([0, 1, 2]);
    expect([...(set.labels ?? [])]).toEqual([0, 1, 0, 1, 0, 1]);
    // Another training reads them from memory.
    await readImages(source);
    expect(began).toBe(1);
  });

  it("parts them by a share, by classes in proportion, or as they are given", async () => {
    const pixels = Uint8Array.from({ length: 4 * 100 }, (_, i) => i >> 2);
    const labels = Array.from({ length: 100 }, (_, i) => i % 2);
    const opened = openHanded(await readImages(images(pixels, { shape, labels, validation: 0.2 })));
    const { train, test, validation } = opened.splits;
    expect([train.count, test.count, validation?.count]).toEqual([72, 10, 18]);
    expect([...(test.labels ?? [])].filter((label) => label === 1).length).toBe(5);
    const all = [train, test, validation].flatMap((set) => [...(set?.indices ?? [])]);
    expect(all.sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i));
    const other = openHanded(await readImages(images(pixels, { shape, seed: 1 })));
    expect([...other.splits.test.indices]).not.toEqual([...test.indices]);

    const tested = images(Uint8Array.of(9, 9, 9, 9), { shape });
    const given = openHanded(await readImages(images(pixels, { shape, test: tested, validation: tested }))).splits;
    expect([given.train.count, given.test.count, given.validation?.count]).toEqual([100, 1, 1]);
    expect([...given.test.indices, ...(given.validation?.indices ?? [])]).toEqual([100, 101]);
  });

  it.each<[unknown, object, string, string]>([
    [new Uint8Array(0), {}, "there is no picture: the array is empty", "images"],
    [new Uint8Array(7), {}, "7 numbers are no whole number of pictures of 1×2×2 (4 numbers each)", "images"],
    [Float32Array.of(0, 0, 0, 0, 0, 1.5, 0, 0), {}, "picture 1 has the value 1.5, expected 0 to 1", "images"],
    [Float32Array.of(0, -0.1, 0, 0), {}, "picture 0 has the value -0.10000000149011612, expected 0 to 1", "images"],
    [Float32Array.of(0, 0, 0, Number.NaN), {}, "picture 0 has the value NaN, expected 0 to 1", "images"],
    [new Uint8Array(8), { labels: [0] }, "1 labels do not fit 2 pictures", "images.labels"],
    [
      new Uint8Array(8),
      { labels: [0, -1] },
      "-1 is no class: expected whole numbers from 0 to 65,535",
      "images.labels[1]",
    ],
    [new Uint8Array(8), { shape: [2, 2] }, "expected [channel, height, width], got [2,2]", "images.shape"],
    [new Uint8Array(8), { test: 1 }, "expected a share between 0 and 1, or images(…), got 1", "images.test"],
    [
      new Uint8Array(8),
      { test: images(new Uint8Array(1), { shape: [1, 1, 1] }) },
      "has pictures of 1×1×1, the others are 1×2×2",
      "images.test",
    ],
    [[1, 2], {}, "expected a Uint8Array or Float32Array, or an async iterable of them, got a list", "images"],
    [undefined, {}, "expected a Uint8Array or Float32Array, or an async iterable of them, got nothing", "images"],
  ])("refuses %o with %o", async (pixels, options, message, at) => {
    const error = await refusal(pixels, options);
    expect({ name: error.name, message: error.message, at: error.at }).toEqual({ name: "UserError", message, at });
  });

  it("refuses batches that are none", async () => {
    async function* none(): AsyncGenerator<Pixels> {}
    expect((await refusal(none())).message).toBe("there is no picture: no batch came");
    async function* odd() {
      yield new Uint8Array(4);
      yield new Uint8Array(5);
    }
    expect(await refusal(odd())).toMatchObject({ at: "images: batch 1" });
  });

  it("refuses to part one picture", async () => {
    const one = await readImages(images(new Uint8Array(4), { shape }));
    expect(() => openHanded(one)).toThrow("one picture cannot be parted into training and test");
  });
});
