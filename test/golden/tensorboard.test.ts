// TensorBoard's files: the bytes that are written are those that TensorBoard's own reader was shown (make_tensorboard.py), and it saw in
// them what was meant.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { readJson } from "./fixtures.js";
import { boardFiles } from "./tensorboardEvents.js";

interface Seen {
  readonly files: Readonly<Record<string, { readonly sha256: string; readonly events: number }>>;
  /** By tag: seconds, step, value. */
  readonly scalars: Readonly<Record<string, readonly (readonly [number, number, number])[]>>;
  /** By tag: seconds, step, width, height, bytes in hexadecimal. */
  readonly images: Readonly<Record<string, readonly (readonly [number, number, number, number, string])[]>>;
}
const seen = readJson("tensorboard") as Seen;

describe("TensorBoard's reader", () => {
  it("was shown the bytes that are written, and read every event of them", () => {
    const folder = fileURLToPath(new URL("./fixtures/tensorboard", import.meta.url));
    expect(readdirSync(folder).sort()).toEqual(Object.keys(boardFiles).sort());
    for (const [name, bytes] of Object.entries(boardFiles)) {
      expect(Buffer.from(bytes).equals(readFileSync(`${folder}/${name}`)), name).toBe(true);
      expect(createHash("sha256").update(bytes).digest("hex")).toBe(seen.files[name]?.sha256);
    }
    // Version, start, two epochs and two images; version, start, two epochs and one image.
    expect(Object.values(seen.files).map(({ events }) => events)).toEqual([6, 5]);
  });

  it("saw each figure on train and test, the learning rate and the speed, once a step, after the run was taken up too", () => {
    expect(Object.keys(seen.scalars).sort()).toEqual([
      "mse/test",
      "mse/train",
      "objective/test",
      "objective/train",
      "psnr/test",
      "training/images per second",
      "training/learning rate",
    ]);
    const [begun, again] = [1_764_000_000, 1_764_000_100];
    const expected = (values: readonly number[]) =>
      values.map((value, i) => [(i === 0 ? begun : again) + 10 * (i + 1), 938 * (i + 1), Math.fround(value)]);
    expect(seen.scalars["mse/test"]).toEqual(expected([0.75, 0.75 / 2, 0.75 / 3]));
    expect(seen.scalars["objective/train"]).toEqual(expected([1, 1 / 2, 1 / 3]));
    expect(seen.scalars["training/learning rate"]).toEqual(expected([0.001, 0.001 / 2, 0.001 / 3]));
    expect(seen.scalars["training/images per second"]).toEqual(expected([6001, 6002, 6003]));
  });

  it("saw the pictures, and forgot the one of an epoch that was trained again", () => {
    expect(Object.keys(seen.images)).toEqual(["reconstructions"]);
    expect(
      seen.images.reconstructions?.map(([seconds, step, width, height]) => [seconds, step, width, height]),
    ).toEqual([
      [1_764_000_011, 938, 2, 1],
      [1_764_000_121, 1876, 2, 1],
    ]);
    for (const [, , , , png] of seen.images.reconstructions ?? []) expect(png).toMatch(/^89504e470d0a1a0a/);
  });
});
