// Pictures and labels in IDX files, plain or compressed by gzip, as MNIST and its kin are published.
import { createHash } from "node:crypto";
import { closeSync, existsSync, fstatSync, openSync, readFileSync, readSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { UserError } from "../base/errors.js";
import { timesText, withThousands } from "../base/text.js";
import { decodeIdx } from "../formats/idx.js";
import type { ImageSet } from "./define.js";

/** The four files of a data set in MNIST's form, without `.gz`. */
export const idxFileNames = [
  "train-images-idx3-ubyte",
  "train-labels-idx1-ubyte",
  "t10k-images-idx3-ubyte",
  "t10k-labels-idx1-ubyte",
] as const;

export interface IdxSplits {
  readonly train: ImageSet;
  readonly test: ImageSet;
  /** SHA-256 of each file unpacked, by name. */
  readonly checksums: Readonly<Record<string, string>>;
}

/** A file's bytes in shared memory, unpacked, and their SHA-256. */
export function readIdxFile(path: string, what: string, hint: string): { bytes: Uint8Array; checksum: string } {
  const bytes = path.endsWith(".gz") ? readPacked(path, what, hint) : readShared(path, what, hint);
  return { bytes, checksum: createHash("sha256").update(bytes).digest("hex") };
}

/**
 * The training and test images of a data set in MNIST's form.
 * @param title for errors: `MNIST`
 * @param locate where a file of `idxFileNames` lies; `.gz` at its end means compressed
 * @param sides height and width that the images must have; any where they are left out
 * @throws UserError when a file is missing, truncated, of another format or of another size than its labels
 */
export function readIdxSplits(
  title: string,
  locate: (fileName: string) => string,
  sides?: readonly [height: number, width: number],
): IdxSplits {
  const checksums: Record<string, string> = {};
  const hint = `The folder must hold ${idxFileNames.slice(0, -1).join(", ")} and ${idxFileNames.at(-1)}.`;
  const read = (fileName: string): { path: string; bytes: Uint8Array } => {
    const path = locate(fileName);
    const { bytes, checksum } = readIdxFile(path, title, hint);
    checksums[fileName] = checksum;
    return { path, bytes };
  };
  const readSplit = (prefix: string, firstIndex: number): ImageSet => {
    const pictures = read(`${prefix}-images-idx3-ubyte`);
    const { shape, data: pixels } = decodeIdx(pictures.bytes, pictures.path, { type: "uint8", axes: 3 });
    const [count = 0, height = 0, width = 0] = shape;
    if (sides !== undefined && (height !== sides[0] || width !== sides[1])) {
      throw new UserError(`${title}'s images are ${timesText(sides)}, these are ${timesText([height, width])}`, {
        at: pictures.path,
      });
    }
    const answers = read(`${prefix}-labels-idx1-ubyte`);
    const labels = readLabels(answers.bytes, answers.path, count);
    const indices = Uint32Array.from({ length: count }, (_, i) => firstIndex + i);
    return { count, shape: [1, height, width], pixels, labels, indices };
  };
  const train = readSplit("train", 0);
  const test = readSplit("t10k", train.count);
  if (train.shape.join() !== test.shape.join()) {
    throw new UserError(
      `the training images are ${timesText(train.shape.slice(1))}, the test images ${timesText(test.shape.slice(1))}`,
      { at: locate("t10k-images-idx3-ubyte"), hint: "Take both from the same place." },
    );
  }
  return { train, test, checksums };
}

/** Labels for `count` images. @throws UserError where there are more or fewer */
export function readLabels(bytes: Uint8Array, path: string, count: number): Uint8Array {
  const { data: labels } = decodeIdx(bytes, path, { type: "uint8", axes: 1 });
  if (labels.length !== count) {
    throw new UserError(`there are ${withThousands(labels.length)} labels for ${withThousands(count)} images`, {
      at: path,
      hint: "Take images and labels from the same place.",
    });
  }
  return labels;
}

/** The path of a file in a folder, or of its compressed form where only that is there. */
export function plainOrPacked(path: string): string {
  return !existsSync(path) && existsSync(`${path}.gz`) ? `${path}.gz` : path;
}

function readPacked(path: string, what: string, hint: string): Uint8Array {
  let unpacked: Uint8Array;
  try {
    unpacked = gunzipSync(readFileSync(path));
  } catch (cause) {
    const isDamaged = cause instanceof Error && "code" in cause && String(cause.code).startsWith("Z_");
    if (!isDamaged) throw unreadable(cause, path, what, hint);
    throw new UserError("the compressed file is damaged or cut off", { at: path, hint: "Get it again.", cause });
  }
  const bytes = new Uint8Array(new SharedArrayBuffer(unpacked.length));
  bytes.set(unpacked);
  return bytes;
}

/** A file's bytes in shared memory, read once and never copied. */
function readShared(path: string, what: string, hint: string): Uint8Array {
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
    throw unreadable(cause, path, what, hint);
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

function unreadable(cause: unknown, path: string, what: string, hint: string): UserError {
  const reason =
    cause instanceof Error && "code" in cause && cause.code === "ENOENT" ? "there is no such file" : `${cause}`;
  return new UserError(`${what} cannot be read: ${reason}`, { at: path, hint, cause });
}
