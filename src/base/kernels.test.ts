import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it, vi } from "vitest";
import { kernels, wordCount } from "./kernels.js";
import { philox } from "./random.js";

afterEach(() => {
  vi.unstubAllGlobals();
  vi.resetModules();
});

describe("the kernels", () => {
  it("are what kernels/ compiles to", () => {
    const script = fileURLToPath(new URL("../../scripts/build-kernels.mjs", import.meta.url));
    expect(execFileSync(process.execPath, [script, "--check"], { encoding: "utf8" })).toBe("");
  });

  it("say what to do where WebAssembly is forbidden", async () => {
    vi.stubGlobal("WebAssembly", undefined);
    vi.resetModules();
    const { kernels: forbidden } = await import("./kernels.js");
    expect(() => forbidden()).toThrow("WebAssembly with vector instructions is missing or forbidden here");
  });

  it("keep their words and their table when scratch memory grows", () => {
    const { wordsAt, tableAt, scratch, floats, words } = kernels();
    words()[wordsAt / 4] = 7;
    floats()[tableAt / 4 + 65_535] = 0.5;
    const before = floats().length;
    const at = scratch(4 * before);
    expect(floats().length).toBeGreaterThanOrEqual(at / 4 + before);
    expect(words()[wordsAt / 4]).toBe(7);
    expect(floats()[tableAt / 4 + 65_535]).toBe(0.5);
  });
});

describe("philoxBlocks", () => {
  const block = (
    count: number,
    first: number,
    ...counterAndKey: [number, number, number, number, number]
  ): number[] => {
    const { philoxBlocks, wordsAt, words } = kernels();
    philoxBlocks(wordsAt, wordsAt + 4 * count, first, ...counterAndKey);
    return [...words().subarray(wordsAt / 4, wordsAt / 4 + count)];
  };

  it("gives the published Philox 4×32-10 vectors (Random123, kat_vectors)", () => {
    const ones = 0xffffffff;
    expect(block(4, 0, 0, 0, 0, 0, 0)).toEqual([0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]);
    expect(block(4, ones, ones, ones, ones, ones, ones)).toEqual([0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd]);
    expect(block(4, 0x03707344, 0x243f6a88, 0x85a308d3, 0x13198a2e, 0xa4093822, 0x299f31d0)).toEqual([
      0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1,
    ]);
  });

  it("gives the words of the plain definition for block after block, over the end of the block number", () => {
    const expected = new Uint32Array(wordCount);
    for (let i = 0; i < wordCount / 4; i++) {
      philox([1, 2, 3, (0xffffff00 + i) >>> 0], [4, 5], expected.subarray(4 * i, 4 * i + 4));
    }
    expect(block(wordCount, 0xffffff00, 1, 2, 3, 4, 5)).toEqual([...expected]);
  });
});

describe("clip", () => {
  it("takes what is no number for 0", () => {
    const { clip, scratch, floats } = kernels();
    const at = scratch(32);
    const memory = floats().subarray(at / 4, at / 4 + 8);
    memory.set([Number.NaN, -1, 0, 0.25, 1, 2, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]);
    clip(at, 8);
    expect([...memory]).toEqual([0, 0, 0, 0.25, 1, 1, 1, 0]);
  });
});
