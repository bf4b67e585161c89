import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createCanvas } from "@napi-rs/canvas";
import { afterAll, describe, expect, it } from "vitest";
import { readyPictureOfMany } from "./pictureInputs.js";

const folder = mkdtempSync(join(tmpdir(), "isthmus-pictures-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe("one of many pictures", () => {
  const found = (name: string, bytes: Uint8Array) => {
    const path = join(folder, name);
    writeFileSync(path, bytes);
    return { path, name, isFound: true };
  };
  const picture = found("picture.png", createCanvas(4, 4).toBuffer("image/png"));
  const noPicture = found("text.png", Buffer.from("no picture"));
  const ready = (file: typeof picture, inputShape: readonly number[]) => {
    const notes: string[] = [];
    const options = { fit: "cover", isInverted: false, note: (sentence: string) => void notes.push(sentence) } as const;
    return readyPictureOfMany(file, { inputShape }, options).then((result) => ({
      result,
      notes,
    }));
  };

  it("is passed over with a note where it was found and is no picture", async () => {
    const { result, notes } = await ready(noPicture, [1, 4, 4]);
    expect(result).toBeUndefined();
    expect(notes).toEqual([expect.stringContaining(`${noPicture.path} was left out: `)]);
  });

  it("is an error where the model takes no picture at all", async () => {
    await expect(ready(picture, [2, 4, 4])).rejects.toThrow("a picture has 1 or 3 channels, the model takes 2");
  });
});
