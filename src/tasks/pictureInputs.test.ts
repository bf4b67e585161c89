import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createCanvas } from "@napi-rs/canvas";
import { afterAll, describe, expect, it } from "vitest";
import { findNamedPictures, readyPictureOfMany } from "./pictureInputs.js";

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

describe("pictures that a person names", () => {
  const root = join(folder, "named");
  const png = createCanvas(2, 2).toBuffer("image/png");
  const put = (name: string, bytes: Uint8Array = png): string => {
    const path = join(root, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, bytes);
    return path;
  };
  const find = async (...paths: string[]) => {
    const notes: string[] = [];
    const files = await findNamedPictures(paths, (sentence) => void notes.push(sentence));
    return { files, notes };
  };

  it("are in folders what the first bytes or the ending say, by name, and no file whose name begins with a dot", async () => {
    put("b/2.jpg");
    put("b/without ending");
    put("a.png", Buffer.from("no picture, but called one"));
    put("text.txt", Buffer.from("no picture"));
    put(".hidden.png");
    const { files, notes } = await find(root);
    expect(files).toEqual([
      { path: join(root, "a.png"), name: "a", isFound: true },
      { path: join(root, "b/2.jpg"), name: "b/2", isFound: true },
      { path: join(root, "b/without ending"), name: "b/without ending", isFound: true },
    ]);
    expect(notes).toEqual([]);
  });

  it("are files as they were named, whatever they are, in the order in which they were named", async () => {
    const [text, picture] = [put("text.txt", Buffer.from("no picture")), put("a.png")];
    const { files } = await find(text, picture);
    expect(files).toEqual([
      { path: text, name: "text", isFound: false },
      { path: picture, name: "a", isFound: false },
    ]);
  });

  it.runIf(process.platform !== "win32")(
    "are found behind links, but for one in a circle, which is noted",
    async () => {
      const linked = join(folder, "linked");
      mkdirSync(linked);
      put("b/2.jpg");
      symlinkSync(join(root, "b"), join(linked, "to b"));
      symlinkSync(linked, join(linked, "to itself"));
      const { files, notes } = await find(linked);
      expect(files.map(({ name }) => name)).toContain("to b/2");
      expect(notes).toEqual([
        `${join(linked, "to itself")} was left out: this link leads back to a folder that it lies in`,
      ]);
    },
  );

  it("are missed where there is no such path, and no picture in a folder", async () => {
    await expect(find(join(root, "gone"))).rejects.toThrow("there is no such file or folder");
    mkdirSync(join(root, "empty"), { recursive: true });
    await expect(find(join(root, "empty"))).rejects.toMatchObject({
      message: "has no pictures in it",
      hint: expect.stringMatching(/^A file is a picture by its first bytes, or by its ending: \.png, /),
    });
  });
});
