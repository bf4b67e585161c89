import { describe, expect, it } from "vitest";
import type { ImageSet, OpenSource } from "../data/define.js";
import { readStop } from "./stops.js";

/** Images of one pixel. */
function images(greys: readonly number[], labels: readonly number[]): ImageSet {
  return {
    count: greys.length,
    shape: [1, 1, 1],
    pixels: Uint8Array.from(greys),
    labels: Uint8Array.from(labels),
    indices: Uint32Array.from(greys.keys()),
  };
}
const source: Pick<OpenSource, "splits" | "classes"> = {
  classes: ["shirt", "ankle boot", "bag", "coat"],
  splits: { train: images([255, 0], [3, 2]), test: images([0, 51, 102, 153], [2, 1, 0, 1]) },
};
const grey = Float32Array.of(0.25);
const read = (name: string, from = source) => readStop(name, from, async () => grey, "STOP");

describe("readStop", () => {
  it.each([
    ["1", "test 1", { split: "test", index: 1, class: "ankle boot" }, 0.2],
    ["test:2", "test 2", { split: "test", index: 2, class: "shirt" }, 0.4],
    ["train:0", "train 0", { split: "train", index: 0, class: "coat" }, 1],
    ["class:ankle boot", "test 1", { split: "test", index: 1, class: "ankle boot" }, 0.2],
    ["class:Bag", "test 0", { split: "test", index: 0, class: "bag" }, 0],
    ["class:0", "test 2", { split: "test", index: 2, class: "shirt" }, 0.4],
  ])("finds %s", async (name, caption, image, grey) => {
    expect(await read(name)).toEqual({ name, caption, image, pixels: Float32Array.of(grey) });
  });

  it("takes anything else as a picture's file", async () => {
    const read: string[] = [];
    const file = async (path: string) => {
      read.push(path);
      return grey;
    };
    expect(await readStop("photos/17.png", source, file, "STOP")).toEqual({
      name: "photos/17.png",
      caption: "17.png",
      pixels: grey,
    });
    expect(read).toEqual(["photos/17.png"]);
  });

  it.each([
    ["4", "the test split has 4 images, numbered from 0 to 3, got “4”", /^A picture's file/],
    ["validation:0", "the data have no validation split, got “validation:0”", /^There are: train, test\.$/],
    ["class:bagg", "there is no class “bagg”", /^Did you mean class:bag\? There are: shirt, ankle boot, bag, coat\.$/],
    ["class:9", "there is no class “9”", /There are: shirt/],
    ["class:coat", "the test split has no image of the class “coat”", /^Name an image of another split/],
  ])("refuses %s with a sentence", async (name, message, hint) => {
    await expect(read(name)).rejects.toMatchObject({
      name: "UserError",
      at: "STOP",
      message,
      hint: expect.stringMatching(hint),
    });
  });

  it("refuses a class where the data have none", async () => {
    const { labels: _, ...test } = source.splits.test;
    await expect(read("class:1", { splits: { train: test, test } })).rejects.toMatchObject({
      name: "UserError",
      message: "the data have no classes, got “class:1”",
    });
  });
});
