// Pictures and labels in IDX files, plain or compressed by gzip, as MNIST and its kin are published.
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { UserError } from "../base/errors.js";
import { timesText, withThousands } from "../base/text.js";
import { checkIdxLength, decodeIdx, readIdxHeader } from "../formats/idx.js";
import type { ImageSet } from "./define.js";
import { readStart } from "./fileStart.js";
import { longestArray, readRegularFile } from "./regularFile.js";

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

/**
 * A file's bytes in shared memory, unpacked, and their SHA-256.
 * @param axes 3 for pictures, 1 for labels
 * @throws UserError where it can't be read, is another kind of file, or cannot hold what its header promises
 */
export function readIdxFile(
  path: string,
  { what, hint, axes }: { readonly what: string; readonly hint: string; readonly axes: number },
): { bytes: Uint8Array; checksum: string } {
  try {
    const promised = promisedBytes(path, axes);
    const bytes = path.endsWith(".gz") ? readPacked(path, promised) : readRegularFile(path, { isShared: true });
    return { bytes, checksum: createHash("sha256").update(bytes).digest("hex") };
  } catch (error) {
    const isMissing = error instanceof UserError && codeOf(error.cause) === "ENOENT";
    if (!isMissing) throw error;
    throw new UserError(`${what} cannot be read: there is no such file`, { at: path, hint, cause: error.cause });
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
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
  const read = (fileName: string, axes: number): { path: string; bytes: Uint8Array } => {
    const path = locate(fileName);
    const { bytes, checksum } = readIdxFile(path, { what: title, hint, axes });
    checksums[fileName] = checksum;
    return { path, bytes };
  };
  const readSplit = (prefix: string, firstIndex: number): ImageSet => {
    const pictures = read(`${prefix}-images-idx3-ubyte`, 3);
    const { shape, data: pixels } = decodeIdx(pictures.bytes, pictures.path, { type: "uint8", axes: 3 });
    const [count = 0, height = 0, width = 0] = shape;
    if (sides !== undefined && (height !== sides[0] || width !== sides[1])) {
      throw new UserError(`${title}'s images are ${timesText(sides)}, these are ${timesText([height, width])}`, {
        at: pictures.path,
      });
    }
    const answers = read(`${prefix}-labels-idx1-ubyte`, 1);
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

/**
 * What the header promises is held against what the file can hold before memory is taken for it.
 * @returns the length of the unpacked file in bytes
 * @throws UserError for another kind of file, an axis of no length, and a promise that the file cannot keep
 */
function promisedBytes(path: string, axes: number): number {
  const { start, size, isPacked } = readStart(path);
  const { shape, promised } = readIdxHeader(start, path, { type: "uint8", axes });
  if (shape.includes(0)) {
    throw new UserError(`the header says ${timesText(shape)}: there is nothing in it`, {
      at: path,
      hint: "Get the file again, or make it anew with pictures in it.",
    });
  }
  if (!isPacked) checkIdxLength(promised, size, path);
  else if (promised > size * densestPacking) {
    throw new UserError(
      `the header promises ${withThousands(promised)} bytes, more than ${withThousands(size)} compressed ones can hold`,
      { at: path, hint: "Get it again; it is damaged or was not copied whole." },
    );
  }
  if (promised > longestArray) {
    throw new UserError(`has ${withThousands(promised)} bytes, more than can be read at once`, {
      at: path,
      hint: `Part it into files of at most ${withThousands(longestArray)} bytes.`,
    });
  }
  return promised;
}

/** Bytes that one compressed byte can stand for at most: 1,032, by the format (https://zlib.net/zlib_tech.html). */
const densestPacking = 1032;

function readPacked(path: string, promised: number): Uint8Array {
  const packed = readRegularFile(path);
  let unpacked: Uint8Array;
  try {
    unpacked = gunzipSync(packed, { maxOutputLength: promised });
  } catch (cause) {
    const code = String((cause as NodeJS.ErrnoException).code);
    if (code === "ERR_BUFFER_TOO_LARGE") {
      throw new UserError(`unpacks to more than the ${withThousands(promised)} bytes that its header promises`, {
        at: path,
        hint: "Get it again; it is damaged or no IDX file.",
        cause,
      });
    }
    if (!code.startsWith("Z_")) throw cause;
    throw new UserError("the compressed file is damaged or cut off", { at: path, hint: "Get it again.", cause });
  }
  const bytes = new Uint8Array(new SharedArrayBuffer(unpacked.length));
  bytes.set(unpacked);
  return bytes;
}
