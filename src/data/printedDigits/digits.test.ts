import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { eachDigit } from "./digits.js";

let cache = "";
beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), "isthmus-cache-"));
});
afterEach(() => rmSync(cache, { recursive: true, force: true }));

const options = { seed: 0, perClass: 2, size: 28, grey: false };
interface Taken {
  readonly checksum: string;
  readonly pictures: Map<number, readonly [size: number, hash: string]>;
  /** How many pictures were handed over, again ones counted again. */
  readonly times: number;
  readonly drawn: boolean;
}
async function take(more: Partial<typeof options> = {}, folder = cache): Promise<Taken> {
  const pictures = new Map<number, readonly [number, string]>();
  let times = 0;
  let drawn = false;
  const checksum = await eachDigit(
    { ...options, ...more },
    (image, bytes, size) => {
      pictures.set(image, [size, createHash("sha256").update(bytes).digest("hex")]);
      times++;
    },
    {
      cache: folder,
      progress: () => {
        drawn = true;
      },
    },
  );
  return { checksum, pictures, times, drawn };
}
const keptFile = (): string => {
  const [name, ...others] = readdirSync(join(cache, "printed-digits"));
  expect(others).toEqual([]);
  return join(cache, "printed-digits", name ?? "");
};

describe("eachDigit", () => {
  it("draws once and reads afterwards, the same to the byte", async () => {
    const first = await take();
    const second = await take();
    expect([first.drawn, second.drawn]).toEqual([true, false]);
    expect(first.times).toBe(20);
    expect(second).toEqual({ ...first, drawn: false });
    // Twenty records of a float32 and 3×28×28 bytes, and a SHA-256.
    const bytes = readFileSync(keptFile());
    expect(bytes.length).toBe(20 * (4 + 3 * 784) + 32);
    expect(createHash("sha256").update(bytes.subarray(0, -32)).digest("hex")).toBe(first.checksum);
  });

  it("keeps what is asked for differently apart", async () => {
    const checksums = [await take(), await take({ seed: 1 }), await take({ grey: true }), await take({ size: 32 })];
    expect(new Set(checksums.map(({ checksum }) => checksum)).size).toBe(4);
    expect(readdirSync(join(cache, "printed-digits"))).toHaveLength(4);
  });

  it("gives the pictures that fewer of each digit have to more of each digit too", async () => {
    const few = await take();
    const more = await take({ perClass: 3 });
    for (const [image, picture] of few.pictures) expect(more.pictures.get(image)).toEqual(picture);
  });

  it.each([
    ["cut off", (file: string) => truncateSync(file, statSync(file).size - 100)],
    ["too long", (file: string) => writeFileSync(file, Buffer.concat([readFileSync(file), Buffer.alloc(1)]))],
    [
      "changed in one bit",
      (file: string) => {
        const bytes = readFileSync(file);
        bytes[1000] = (bytes[1000] ?? 0) ^ 1;
        writeFileSync(file, bytes);
      },
    ],
    ["empty", (file: string) => writeFileSync(file, "")],
  ])("draws again where the kept file is %s, and mends it", async (_, damage) => {
    const first = await take();
    damage(keptFile());
    const second = await take();
    expect(second.drawn).toBe(true);
    expect(second.checksum).toBe(first.checksum);
    expect(second.pictures).toEqual(first.pictures);
    expect((await take()).drawn).toBe(false);
  });

  it("does without a cache that cannot be written", async () => {
    const file = join(cache, "a file");
    writeFileSync(file, "");
    const drawn = await take({}, file);
    expect(drawn.times).toBe(20);
    expect(readdirSync(cache)).toEqual(["a file"]);
  });

  it("leaves nothing behind when the one who takes the pictures fails", async () => {
    const failing = eachDigit(
      options,
      (image) => {
        if (image === 7) throw new Error("no room");
      },
      { cache },
    );
    await expect(failing).rejects.toThrow("no room");
    expect(readdirSync(join(cache, "printed-digits"))).toEqual([]);
  });
});
