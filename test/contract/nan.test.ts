// What is no number stays none: every op of one or two whole tensors gives NaN or an infinity where an input is NaN, on
// every engine, so that a training that went wrong is seen in its figures. Where a library's fast code cannot, it is
// listed here, and the training loop looks at the weights instead.
import { describe, expect, it } from "vitest";
import type { Engine } from "../../src/engines/engine.js";
import { referenceEngine } from "../../src/engines/reference/index.js";
import { graphBuilder, opNamed, program } from "../../src/tensor/index.js";
import { openEngines } from "./engines.js";

/**
 * oneDNN's relu and max pooling take NaN for less than any number: on x86 the instruction for the larger of two does,
 * and what would tell NaN apart costs another pass (relu within a convolution: a quarter of its time). ONNX Runtime's pooling sees NaN in a window's first place only.
 */
const hiding: Readonly<Record<string, readonly string[]>> = { onednn: ["relu", "maxPool2d"], onnx: ["maxPool2d"] };

const shape = [1, 1, 4, 4] as const;
const ops: Readonly<Record<string, { readonly inputs?: number; readonly attributes?: object }>> = {
  relu: {},
  leakyRelu: { attributes: { slope: 0.1 } },
  elu: { attributes: { alpha: 1 } },
  selu: {},
  gelu: { attributes: { approximation: "none" } },
  silu: {},
  mish: {},
  softplus: { attributes: { beta: 1, threshold: 20 } },
  sigmoid: {},
  tanh: {},
  softmax: { attributes: { axis: 3 } },
  logSoftmax: { attributes: { axis: 3 } },
  exp: {},
  log: {},
  sqrt: {},
  abs: {},
  power: { attributes: { exponent: 2 } },
  clamp: { attributes: { minimum: -1, maximum: 1 } },
  linear: { attributes: { scale: 2, shift: 1 } },
  add: { inputs: 2 },
  sub: { inputs: 2 },
  mul: { inputs: 2 },
  div: { inputs: 2 },
  maximum: { inputs: 2 },
  minimum: { inputs: 2 },
  binaryCrossEntropy: { inputs: 2 },
  mean: {},
  meanSquare: {},
  sum: { attributes: { axes: [0, 1, 2, 3], keepDims: false } },
  maxPool2d: { attributes: { kernel: [2, 2], stride: [2, 2], padding: [0, 0, 0, 0] } },
  avgPool2d: { attributes: { kernel: [2, 2], stride: [2, 2], padding: [0, 0, 0, 0], countsPadding: true } },
  upsample: { attributes: { scale: [2, 2] } },
};

/** Whether the op gives something that is no finite number for a tensor of halves with NaN at one place. */
async function shows(engine: Engine, op: string, count: number, place: number): Promise<boolean> {
  const graph = graphBuilder();
  const values = Array.from({ length: count }, (_, i) => graph.input(`x${i}`, shape));
  const [y] = graph.addAll(opNamed(op), values, ops[op].attributes ?? {});
  const session = await engine.open([]);
  try {
    const executable = await session.compile(program({ name: op, outputs: { y } }));
    const inputs = values.map((_, i) => [`x${i}`, new Float32Array(16).fill(0.5)] as const);
    inputs[place][1][5] = Number.NaN;
    const outputs = await executable.run(Object.fromEntries(inputs));
    return !Array.from(outputs.y).every(Number.isFinite);
  } finally {
    session.dispose();
  }
}

for (const engine of [referenceEngine(), ...(await openEngines())]) {
  describe(`${engine.name} keeps NaN`, () => {
    for (const [op, { inputs = 1 }] of Object.entries(ops)) {
      const isHidden = hiding[engine.name]?.includes(op) ?? false;
      it(`${isHidden ? "not " : ""}in ${op}`, async () => {
        for (let place = 0; place < inputs; place++) expect(await shows(engine, op, inputs, place)).toBe(!isHidden);
      });
    }
    it("in affineSample, of the image and of the map, which PyTorch would take for outside", async () => {
      const graph = graphBuilder();
      const [x, theta] = [graph.input("x", [1, 1, 2, 2]), graph.input("theta", [1, 2, 3])];
      const y = graph.add(opNamed("affineSample"), [x, theta], { outputSize: [2, 2] });
      const session = await engine.open([]);
      const executable = await session.compile(program({ name: "affineSample", outputs: { y } }));
      const found = async (image: number, shift: number): Promise<readonly boolean[]> => {
        const { y: values } = await executable.run({
          x: Float32Array.of(image, 1, 1, 1),
          theta: Float32Array.of(1, 0, shift, 0, 1, 0),
        });
        return Array.from(values, Number.isFinite);
      };
      expect(await found(1, 0)).toEqual([true, true, true, true]);
      expect((await found(Number.NaN, 0))[0]).toBe(false);
      expect(await found(1, Number.NaN)).toEqual([false, false, false, false]);
      session.dispose();
    });
  });
}
