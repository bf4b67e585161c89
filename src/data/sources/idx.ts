// Pictures in IDX files: a folder in MNIST's form, or one file of images with or without one of labels.
import { statSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../../base/errors.js";
import { withThousands } from "../../base/text.js";
import { decodeIdx, readIdxHeader } from "../../formats/idx.js";
import { defineSourceKind, type ImageSet, type OpenSource } from "../define.js";
import { idx as description } from "../descriptions/idx.js";
import { readStart } from "../fileStart.js";
import { idxFileNames, plainOrPacked, readIdxFile, readIdxSplits, readLabels } from "../idxFiles.js";
import { partedSource } from "../partedSource.js";
import { readError } from "../readError.js";

export const idx = defineSourceKind({
  ...description,
  async look({ path }) {
    const file = isFolder(path) ? plainOrPacked(join(path, idxFileNames[0])) : path;
    const { shape } = readIdxHeader(readStart(file).start, file, { type: "uint8", axes: 3 });
    return [[1, ...shape.slice(1)]];
  },
  /** @throws UserError when a file is missing, damaged, of another format, or there are too few images to part */
  async open({ path, labels, split }): Promise<OpenSource> {
    if (isFolder(path)) {
      const { train, test, checksums } = readIdxSplits("the folder", (name) => plainOrPacked(join(path, name)));
      return { card: card(path, train.count + test.count, checksums), splits: { train, test } };
    }
    const { bytes, checksum } = readIdxFile(path, { what: "the file", hint: "Name an IDX file of images.", axes: 3 });
    const { shape, data: pixels } = decodeIdx(bytes, path, { type: "uint8", axes: 3 });
    const [count = 0, height = 0, width = 0] = shape;
    const checksums = { images: checksum };
    const whole: ImageSet = {
      count,
      shape: [1, height, width],
      pixels,
      indices: Uint32Array.from({ length: count }, (_, i) => i),
    };
    if (labels === undefined) return partedSource(whole, split, card(path, count, checksums), path);
    const answers = readIdxFile(labels, { what: "the labels", hint: "Name an IDX file of labels.", axes: 1 });
    return partedSource(
      { ...whole, labels: readLabels(answers.bytes, labels, count) },
      split,
      card(path, count, { ...checksums, labels: answers.checksum }),
      path,
    );
  },
});

function card(path: string, count: number, checksums: Readonly<Record<string, string>>) {
  const title = `${withThousands(count)} images in IDX files`;
  return { name: "idx", title, origin: path, licence: "not stated", checksums };
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    throw readError(cause, path);
  }
}
