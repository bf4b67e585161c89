// Operations on values that lie in the library's blocks: what is one number, or one per image and channel, is seen with other
// axes there, and gives the same.
import { describe, expect, it } from "vitest";
import { randomSequence } from "../../../base/random.js";
import { type Add, graphBuilder, ops, program, sizeOf, type Value } from "../../../tensor/index.js";
import { referenceEngine } from "../../reference/index.js";
import { onednnEngine } from "../index.js";

const convolution = { stride: [1, 1], padding: [1, 1, 1, 1], dilation: [1, 1], groups: 1 } as const;

const random = (shape: readonly number[], index: number): Float32Array => {
  const draw = randomSequence(2, "sample", 0, index);
  return Float32Array.from({ length: sizeOf(shape) }, () => draw.normal());
};

/** A convolution's output [3, channels, 5, 4], which lies in blocks, changed and convolved again, as both engines find it. */
async function changed(
  channels: number,
  change: (add: Add, x: Value, operand: Value) => Value,
  shape: readonly number[],
) {
  const { add, input, state } = graphBuilder();
  const weight = [channels, 16, 3, 3];
  const blocked = add(ops.conv2d, [input("x", [3, 16, 5, 4]), state("w", weight)], convolution);
  const y = add(
    ops.conv2d,
    [change(add, blocked, input("operand", shape)), state("v", [16, channels, 3, 3])],
    convolution,
  );
  const what = program({ name: "changed", outputs: { y } });
  const inputs = { x: random([3, 16, 5, 4], 0), operand: random(shape, 1) };
  const spec = [
    { name: "w", shape: weight, kind: "parameter", values: random(weight, 2).map((value) => value / 12) },
    { name: "v", shape: [16, channels, 3, 3], kind: "parameter", values: random([16, channels, 3, 3], 3) },
  ] as const;
  const [expected, found] = await Promise.all(
    [referenceEngine(), onednnEngine()].map(async (engine) => {
      const session = await engine.open(spec);
      const outputs = await (await session.compile(what)).run(inputs);
      const values = Array.from(outputs.y);
      session.dispose();
      return values;
    }),
  );
  return { expected, found };
}

describe("a value in blocks", () => {
  // 48 channels fill blocks of 16, 20 leave padding in the last one, which must stay zero for what reads it.
  for (const channels of [48, 20]) {
    const cases: readonly (readonly [string, readonly number[], (add: Add, x: Value, operand: Value) => Value])[] = [
      ["times one number", [], (add, x, operand) => add(ops.mul, [x, operand], {})],
      ["plus one number", [], (add, x, operand) => add(ops.add, [x, operand], {})],
      ["one number minus it", [], (add, x, operand) => add(ops.sub, [operand, x], {})],
      ["times one number per image and channel", [3, channels, 1, 1], (add, x, m) => add(ops.mul, [x, m], {})],
      ["times one number per channel", [1, channels, 1, 1], (add, x, m) => add(ops.mul, [x, m], {})],
      ["times one number per image", [3, 1, 1, 1], (add, x, m) => add(ops.mul, [x, m], {})],
      [
        "through a chain of operations",
        [3, channels, 5, 4],
        (add, x, m) => add(ops.clamp, [add(ops.mul, [x, m], {})], { minimum: 0.1, maximum: 0.9 }),
      ],
    ];
    for (const [what, shape, change] of cases) {
      it(`of ${channels} channels ${what}`, async () => {
        const { expected, found } = await changed(channels, change, shape);
        const largest = Math.max(1, ...expected.map(Math.abs));
        // Two sums of 9·channels and 144 products: √n roundings of 2⁻²⁴ each, times 8 as in the contract suite.
        const allowed = 8 * 2 ** -24 * Math.sqrt(9 * channels + 144) * largest;
        expected.forEach((value, i) => {
          expect(Math.abs(found[i] - value), `${i}`).toBeLessThan(allowed);
        });
      });
    }
  }
});
