import { afterEach, describe, expect, it, vi } from "vitest";
import { philoxKernel } from "./philoxKernel.js";
import { philox } from "./random.js";

afterEach(() => {
  vi.unstubAllGlobals();
  vi.resetModules();
});

describe("philoxKernel", () => {
  it("gives the published Philox 4×32-10 vectors (Random123, kat_vectors)", () => {
    const kernel = philoxKernel();
    kernel?.fill(4, 0, 0, 0, 0, 0, 0);
    expect([...(kernel?.words.subarray(0, 4) ?? [])]).toEqual([0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]);
    const ones = 0xffffffff;
    kernel?.fill(4, ones, ones, ones, ones, ones, ones);
    expect([...(kernel?.words.subarray(0, 4) ?? [])]).toEqual([0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd]);
    kernel?.fill(4, 0x03707344, 0x243f6a88, 0x85a308d3, 0x13198a2e, 0xa4093822, 0x299f31d0);
    expect([...(kernel?.words.subarray(0, 4) ?? [])]).toEqual([0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1]);
  });

  it("gives the words of the plain definition for block after block, over the end of the block number", () => {
    const kernel = philoxKernel();
    kernel?.fill(2048, 0xffffff00, 1, 2, 3, 4, 5);
    const expected = new Uint32Array(2048);
    for (let block = 0; block < 512; block++) {
      philox([1, 2, 3, (0xffffff00 + block) >>> 0], [4, 5], expected.subarray(4 * block, 4 * block + 4));
    }
    expect(kernel?.words).toEqual(expected);
  });

  it("refuses more words than it has room for", () => {
    expect(() => philoxKernel()?.fill(2049, 0, 0, 0, 0, 0, 0)).toThrow("internal: 2049 words do not fit");
  });

  it("is done without where WebAssembly is forbidden, with the same numbers", async () => {
    const usual = await import("./random.js");
    const withKernel = new Float32Array(5001);
    usual.fillDropoutMask(withKernel, 0.3, 1, 2, "mask");
    vi.stubGlobal("WebAssembly", undefined);
    vi.resetModules();
    expect((await import("./philoxKernel.js")).philoxKernel()).toBeUndefined();
    const plain = new Float32Array(5001);
    (await import("./random.js")).fillDropoutMask(plain, 0.3, 1, 2, "mask");
    expect(plain).toEqual(withKernel);
  });
});
