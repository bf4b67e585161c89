// Convolutions whose single window covers the image, between layers that like blocks: the same as the definition, forward
// and backward, with a bias and an activation after it.
import { describe, expect, it } from "vitest";
import { randomSequence } from "../../../base/random.js";
import { gradients, graphBuilder, ops, program, sizeOf } from "../../../tensor/index.js";
import type { Engine } from "../../engine.js";
import { referenceEngine } from "../../reference/index.js";
import { onednnEngine } from "../index.js";
import { isOneWindow } from "./oneWindow.js";

const inner = { stride: [1, 1], padding: [0, 0, 0, 0], dilation: [1, 1], groups: 1 } as const;
const outer = { ...inner, padding: [1, 1, 1, 1] } as const;
const shapes = {
  first: [32, 16, 3, 3],
  encode: [20, 32, 3, 4],
  encodeBias: [20],
  decode: [20, 32, 3, 4],
  decodeBias: [32],
  last: [16, 32, 3, 3],
} as const;

/** An image of 3×4 to a code of 20 and back; the objective, the result and the gradient of each parameter. */
async function codeAndBack(engine: Engine): Promise<Readonly<Record<string, readonly number[]>>> {
  const { add, input, state } = graphBuilder();
  const parameter = (name: keyof typeof shapes) => state(name, shapes[name]);
  const blocked = add(ops.conv2d, [input("x", [5, 16, 3, 4]), parameter("first")], outer);
  const code = add(ops.conv2d, [blocked, parameter("encode"), parameter("encodeBias")], inner);
  const back = add(
    ops.convTranspose2d,
    [add(ops.elu, [code], { alpha: 1 }), parameter("decode"), parameter("decodeBias")],
    {
      ...inner,
      outputPadding: [0, 0],
    },
  );
  const y = add(ops.conv2d, [add(ops.elu, [back], { alpha: 1 }), parameter("last")], outer);
  const objective = add(ops.meanSquare, [y], {});
  const names = Object.keys(shapes) as (keyof typeof shapes)[];
  const slopes = gradients(objective, names.map(parameter));
  const named = names.map((name, i) => {
    const slope = slopes[i];
    if (slope === null) throw new Error(`${name} has no gradient`);
    return [name, slope] as const;
  });
  const random = (shape: readonly number[], index: number): Float32Array => {
    const draw = randomSequence(3, "sample", 0, index);
    return Float32Array.from({ length: sizeOf(shape) }, () => draw.normal() / Math.sqrt(sizeOf(shape.slice(1))));
  };
  const session = await engine.open(
    names.map((name, i) => ({ name, shape: shapes[name], kind: "parameter", values: random(shapes[name], i) })),
  );
  const executable = await session.compile(
    program({ name: "code and back", outputs: { objective, y, ...Object.fromEntries(named) } }),
  );
  const outputs = await executable.run({ x: random([5, 16, 3, 4], 9) });
  const copies = Object.entries(outputs).map(([name, values]) => [name, Array.from(values)] as const);
  session.dispose();
  return Object.fromEntries(copies);
}

describe("a convolution with one window", () => {
  it("is found where the kernel covers the image and nothing is left open", () => {
    const plain = { padding: [0, 0, 0, 0], groups: 1 } as const;
    expect(isOneWindow([5, 2, 3, 4], [5, 7, 1, 1], [7, 2, 3, 4], plain)).toBe(true);
    expect(isOneWindow([5, 2, 4, 4], [5, 7, 1, 1], [7, 2, 3, 4], plain)).toBe(false);
    expect(isOneWindow([5, 2, 3, 4], [5, 7, 3, 4], [7, 2, 3, 4], { ...plain, padding: [1, 1, 1, 2] })).toBe(false);
    expect(isOneWindow([5, 2, 3, 4], [5, 8, 1, 1], [8, 1, 3, 4], { ...plain, groups: 2 })).toBe(false);
    expect(isOneWindow([5, 2, 1, 1], [5, 7, 1, 1], [7, 2, 1, 1], plain)).toBe(false);
  });

  it("gives what the definition gives, and its gradients", async () => {
    const expected = await codeAndBack(referenceEngine());
    const found = await codeAndBack(onednnEngine());
    expect(Object.keys(found).sort()).toEqual(Object.keys(expected).sort());
    for (const [name, values] of Object.entries(expected)) {
      const largest = Math.max(...values.map(Math.abs));
      // float32's share of the design's rule for gradients: 1e-4 of the largest; sums here have up to 384 terms, each
      // rounded by 2⁻²⁴, through four layers and back: 8·√384·2⁻²⁴ is 1e-5.
      values.forEach((value, i) => {
        expect(Math.abs(found[name][i] - value), `${name}[${i}]`).toBeLessThanOrEqual(1e-5 * largest);
      });
    }
  });
});
