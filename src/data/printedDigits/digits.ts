// The pictures of printed digits one after the other: from the cache where they were drawn before, else drawn and kept.
import { createHash, randomUUID } from "node:crypto";
import { closeSync, mkdirSync, openSync, readSync, renameSync, rmSync, writeSync } from "node:fs";
import { endianness } from "node:os";
import { dirname, join } from "node:path";
import { lumaOf } from "../../pixels/luma.js";
import { cacheFolder, isCacheOff } from "../cacheFolder.js";
import { installedVersion } from "../packages.js";
import type { DigitsOptions } from "./options.js";
import { digitPainter } from "./paint.js";
import { readFontFiles } from "./typefaces.js";

/** @param size height of the digit's ink over the picture's. @param bytes [channel, size, size], good until the next picture */
export type TakeDigit = (image: number, bytes: Uint8Array, size: number) => void;

/** Rises when the same seed comes to mean other pictures. */
const drawingVersion = 1;
const recordsPerRead = 64;
const digestBytes = 32;
/** Pictures between two breaths of the event loop, about a tenth of a second. */
const picturesPerBreath = 100;

/**
 * Hands over all pictures in order; image i shows the digit i mod 10. Drawing 10,000 of them takes seconds, so they are
 * kept in `cache`: records of the size (float32) and the pixels of each picture, then the SHA-256 of all records. A file
 * that is cut off or changed is drawn again, and then every picture is handed over again from the first. A cache that
 * cannot be written is done without.
 * @param options.cache folder that keeps them. Default: this machine's, none with ISTHMUS_CACHE=off
 * @param options.progress called now and then while they are drawn, with how many are done
 * @returns SHA-256 of all records: the same for the same seed on the same platform with the same packages
 * @throws UserError where a typeface is missing or damaged
 */
export async function eachDigit(
  digits: DigitsOptions,
  take: TakeDigit,
  {
    cache = isCacheOff() ? undefined : cacheFolder(),
    progress,
  }: { readonly cache?: string; readonly progress?: (done: number) => void } = {},
): Promise<string> {
  const file = cache === undefined ? undefined : join(cache, "printed-digits", `${cacheKey(digits)}.records`);
  const kept = file === undefined ? undefined : await readKept(file, digits, take);
  if (kept !== undefined) return kept;

  const keeping = startKeeping(file);
  const { seed, perClass, size: side, grey } = digits;
  const painter = digitPainter(seed, side);
  const area = side * side;
  const painted = new Uint8Array(3 * area);
  const record = new Uint8Array(4 + (grey ? area : 3 * area));
  const bytes = record.subarray(4);
  const sizeOfInk = new Float32Array(record.buffer, 0, 1);
  const digest = createHash("sha256");
  try {
    for (let image = 0; image < 10 * perClass; image++) {
      sizeOfInk[0] = painter.paint(image, painted).size;
      if (grey) lumaOf(painted, bytes);
      else bytes.set(painted);
      digest.update(record);
      keeping.write(record);
      take(image, bytes, sizeOfInk[0]);
      if (image % picturesPerBreath === 0) {
        progress?.(image);
        await breath();
      }
    }
    const checksum = digest.digest();
    keeping.write(checksum);
    keeping.finish();
    return checksum.toString("hex");
  } finally {
    keeping.discard();
  }
}

/** Everything that the pictures depend on. */
function cacheKey({ seed, perClass, size, grey }: DigitsOptions): string {
  const hash = createHash("sha256");
  const platform = [process.platform, process.arch, endianness(), installedVersion("@napi-rs/canvas")];
  hash.update(JSON.stringify([drawingVersion, seed, perClass, size, grey, ...platform]));
  for (const { family, bytes } of readFontFiles()) hash.update(family).update(bytes);
  return hash.digest("hex").slice(0, 32);
}

async function readKept(file: string, options: DigitsOptions, take: TakeDigit): Promise<string | undefined> {
  let descriptor: number;
  try {
    descriptor = openSync(file, "r");
  } catch {
    return undefined;
  }
  try {
    const { perClass, size, grey } = options;
    const recordLength = 4 + (grey ? 1 : 3) * size * size;
    const count = 10 * perClass;
    const records = Buffer.alloc(recordsPerRead * recordLength);
    const digest = createHash("sha256");
    for (let first = 0; first < count; first += recordsPerRead) {
      const some = records.subarray(0, Math.min(recordsPerRead, count - first) * recordLength);
      if (readSync(descriptor, some, 0, some.length, null) !== some.length) return undefined;
      digest.update(some);
      for (let at = 0, image = first; at < some.length; at += recordLength, image++) {
        const size = new DataView(some.buffer, some.byteOffset + at, 4).getFloat32(0, endianness() === "LE");
        take(image, some.subarray(at + 4, at + recordLength), size);
      }
      if (first % (8 * recordsPerRead) === 0) await breath();
    }
    const written = Buffer.alloc(digestBytes + 1);
    const checksum = digest.digest();
    const isWhole = readSync(descriptor, written, 0, written.length, null) === digestBytes;
    return isWhole && checksum.equals(written.subarray(0, digestBytes)) ? checksum.toString("hex") : undefined;
  } catch {
    // A disk that cannot be read is a cache that is not there.
    return undefined;
  } finally {
    closeSync(descriptor);
  }
}

/**
 * A file that appears under its name when it is whole. What goes wrong with it ends the keeping, not the drawing.
 * @param file none is written where it is undefined
 */
function startKeeping(file: string | undefined) {
  const temporary = `${file}.${randomUUID()}.part`;
  let descriptor: number | undefined;
  const attempt = (work: () => void): void => {
    try {
      work();
    } catch {
      discard();
    }
  };
  const discard = (): void => {
    if (descriptor === undefined) return;
    const open = descriptor;
    descriptor = undefined;
    try {
      closeSync(open);
    } finally {
      rmSync(temporary, { force: true });
    }
  };
  attempt(() => {
    if (file === undefined) return;
    mkdirSync(dirname(file), { recursive: true });
    descriptor = openSync(temporary, "wx");
  });
  return {
    write(bytes: Uint8Array): void {
      attempt(() => {
        for (let done = 0; descriptor !== undefined && done < bytes.length; ) {
          done += writeSync(descriptor, bytes, done);
        }
      });
    },
    finish(): void {
      attempt(() => {
        if (descriptor === undefined || file === undefined) return;
        renameSync(temporary, file);
        closeSync(descriptor);
        descriptor = undefined;
      });
    },
    /** Leaves nothing behind, unless it was finished. */
    discard,
  };
}

function breath(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
