// Small networks put together at random from the catalogue of layers: every engine has the reference's loss and all of
// its gradients, and the reference's gradients are the slope of its loss.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { UserError } from "../../src/base/errors.js";
import type { Engine, StateEntry } from "../../src/engines/engine.js";
import { referenceEngine } from "../../src/engines/reference/index.js";
import { type BuildContext, type Model, modelState, readLoss, readModel } from "../../src/nn/index.js";
import { layers } from "../../src/nn/layers/index.js";
import {
  biasBeforeBatchNorm,
  foldUpsampling,
  gradients,
  graphBuilder,
  type Program,
  program,
  runPasses,
  type Shape,
  sizeOf,
  valuesOf,
} from "../../src/tensor/index.js";
import { caseValues } from "./cases.js";
import { openEngines } from "./engines.js";

const input: Shape = [2, 8, 8];
const batch = 3;
const runs = 25;

const channels = fc.constantFrom(1, 3, 4, 8);
const convolution = fc.record({
  channels,
  kernel: fc.constantFrom<number | number[]>(1, 2, 3, [3, 2]),
  padding: fc.constantFrom(0, 1),
  stride: fc.constantFrom(1, 2),
  bias: fc.boolean(),
});
/** Layers for pictures; which fit after which is found by trying. */
const pictureLayer: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 3, arbitrary: convolution.map((conv2d) => ({ conv2d })) },
  { weight: 2, arbitrary: convolution.map((convTranspose2d) => ({ convTranspose2d })) },
  { weight: 1, arbitrary: fc.constant({ conv2d: { channels: 4, kernel: 3, padding: 2, dilation: 2, groups: 1 } }) },
  { weight: 2, arbitrary: fc.constant("batchNorm2d") },
  {
    weight: 2,
    arbitrary: fc.constantFrom<unknown>({ groupNorm: { groups: 1 } }, "instanceNorm", { layerNorm: {} }),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom<unknown>(
      { maxPool2d: 2 },
      { maxPool2d: { kernel: 3, stride: 2, padding: 1 } },
      { avgPool2d: 2 },
      { adaptiveAvgPool2d: { size: 3 } },
    ),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom<unknown>(
      { upsample: 2 },
      { upsample: { scale: 2, mode: "bilinear" } },
      { sequential: [{ conv2d: { channels: 4, kernel: 1 } }, { pixelShuffle: 2 }] },
      { residual: [{ conv2d: { channels: 3, kernel: 3, padding: 1 } }, "tanh"] },
      // What a training step folds into one convolution.
      { sequential: [{ upsample: 2 }, { convTranspose2d: { channels: 4, kernel: 3, padding: 1 } }, "batchNorm2d"] },
    ),
  },
  {
    weight: 4,
    arbitrary: fc.constantFrom<unknown>(
      ...["relu", { leakyRelu: {} }, "elu", "selu", "gelu", "silu", "sigmoid", "tanh", "softplus"],
      ...[{ dropout: 0.3 }, { dropout2d: 0.3 }, { gaussianNoise: 0.1 }],
    ),
  },
);
const flatLayer: fc.Arbitrary<unknown> = fc.constantFrom<unknown>(
  ...[{ dense: 5 }, { dense: { units: 7, bias: false } }, "batchNorm1d", "layerNorm"],
  ...["relu", "elu", "tanh", "softmax", { dropout: 0.3 }],
);
const networks = fc.record({
  pictures: fc.array(pictureLayer, { minLength: 1, maxLength: 5 }),
  flat: fc.array(flatLayer, { maxLength: 2 }),
  drawn: fc.array(pictureLayer, { maxLength: 4 }),
  loss: fc.constantFrom("mse", "huber", "bceWithLogits"),
});
type Network = typeof networks extends fc.Arbitrary<infer Made> ? Made : never;

/** Layers that fit, one after the other; one that does not is left out. */
function fitting(before: readonly unknown[], list: readonly unknown[]): unknown[] {
  const kept: unknown[] = [];
  for (const layer of list) {
    try {
      const model = readModel({
        kind: "classifier",
        input,
        encoder: [...before, ...kept, layer, "flatten", { dense: 2 }],
      });
      // Statistics of a single pixel amplify rounding without limit; enormous pictures only take time.
      const rows = model.rows.slice(0, -2).map(({ outputShape }) => outputShape);
      const isSmall = rows.every(
        (shape) => shape.length === 1 || (shape[1] >= 3 && shape[2] >= 3 && sizeOf(shape) <= 2048),
      );
      if (isSmall) kept.push(layer);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
    }
  }
  return kept;
}

function modelOf({ pictures, flat, drawn }: Network): Model {
  const encoder = fitting([], pictures);
  encoder.push("flatten", ...fitting([...encoder, "flatten"], flat), { dense: 6 });
  const decoder: unknown[] = [{ dense: 48 }, { unflatten: [3, 4, 4] }];
  decoder.push(...fitting([...encoder, ...decoder], drawn), "flatten", { dense: sizeOf(input) });
  return readModel({ kind: "autoencoder", input, encoder, decoder: [...decoder, { unflatten: input }] });
}

interface Built {
  readonly program: Program;
  readonly state: readonly StateEntry[];
  readonly inputs: Readonly<Record<string, Float64Array>>;
}

/**
 * Loss and the gradient of every parameter, in training mode.
 * @param folded with the passes that a training step goes through, after which a bias that changes nothing has no gradient
 */
function built(model: Model, lossName: string, folded = false): Built {
  const loss = readLoss(lossName);
  const graph = graphBuilder();
  const shape = [batch, ...input];
  const context: BuildContext = { graph, mode: "training", updates: {}, randomInputs: [] };
  const { objective } = model.objective(context, graph.input("input", shape), graph.input("target", shape), (a, b) =>
    loss.build(a, b, graph.add),
  );
  const written = program({ name: "forward", outputs: { objective }, updates: context.updates });
  const forward = folded ? foldUpsampling(biasBeforeBatchNorm(written)) : written;
  const leaves = forward.nodes.filter(({ op }) => op === "state").map((node) => valuesOf(node)[0]);
  const parameters = new Set(model.parameters.map(({ name }) => name));
  const named = gradients(forward.outputs.objective, leaves).flatMap((gradient, i) => {
    const { name } = leaves[i].node.attributes as { readonly name: string };
    return gradient === null || !parameters.has(name) ? [] : [[name, gradient] as const];
  });
  const outputs = { objective: forward.outputs.objective, ...Object.fromEntries(named) };
  const unfolded = program({ name: "network", outputs });
  const inputs = {
    input: caseValues("network input", sizeOf(shape), "unit"),
    target: caseValues("network target", sizeOf(shape), "unit"),
    ...Object.fromEntries(
      context.randomInputs.map(({ name, shape: drawn }) => [name, caseValues(name, sizeOf(drawn), "unit")]),
    ),
  };
  return {
    program: folded ? runPasses(unfolded) : unfolded,
    // A spatial transformer's map begins at a kink: every place on a pixel's centre.
    state: modelState(model, 3).map((entry) =>
      /\.map\.(weight|bias)$/.test(entry.name)
        ? { ...entry, values: caseValues(entry.name, sizeOf(entry.shape), "unit") }
        : entry,
    ),
    inputs,
  };
}

async function computed(engine: Engine, network: Built): Promise<Readonly<Record<string, Float64Array>>> {
  const session = await engine.open(network.state);
  try {
    const outputs = await (await session.compile(network.program)).run(network.inputs);
    return Object.fromEntries(Object.entries(outputs).map(([name, values]) => [name, Float64Array.from(values)]));
  } finally {
    session.dispose();
  }
}

const largest = (values: ArrayLike<number>): number => Math.max(...Array.from(values, Math.abs));

/**
 * DESIGN.md, section 11: in float32 a loss is right to 1e-5 and a gradient to 1e-4 of its tensor's largest. A gradient
 * that cancels (a bias right before a norm: its gradient is zero) is as wrong as what is added up in it: to 1e-5 of the
 * largest gradient of the network.
 */
async function expectReference(engine: Engine, model: Model, loss: string): Promise<void> {
  const expected = await computed(referenceEngine(), built(model, loss));
  const found = await computed(engine, built(model, loss, true));
  const {
    objective: [value],
    ...slopes
  } = expected;
  expect(Math.abs(found.objective[0] - value)).toBeLessThanOrEqual(1e-5 * Math.max(1, Math.abs(value)));
  const anywhere = Math.max(...Object.values(slopes).map(largest));
  for (const [name, values] of Object.entries(slopes)) {
    const error = largest(values.map((value, i) => value - (found[name]?.[i] ?? 0)));
    expect(error, name).toBeLessThanOrEqual(1e-4 * largest(values) + 1e-5 * anywhere);
  }
}

/**
 * All parameters move together along a random direction by h. (f(h) − f(−h)) / 2h is the gradient's share in that
 * direction but for h²·f‴/6, and for the rounding of f, at most 2⁻⁵³ for each of the (at most 2048) terms of its sums,
 * over h. With h = 1e-6 that is 1e-12·f‴ and 2.3e-7·f.
 */
async function expectSlope(network: Built): Promise<void> {
  const h = 1e-6;
  const {
    objective: [loss],
    ...slopes
  } = await computed(referenceEngine(), network);
  const session = await referenceEngine().open(network.state);
  const executable = await session.compile(network.program);
  const parameters = network.state.filter(({ name }) => name in slopes);
  const direction = new Map(
    parameters.map(({ name, shape }) => [name, caseValues(`direction ${name}`, sizeOf(shape), "normal")]),
  );
  const at = async (distance: number): Promise<number> => {
    for (const { name, values = [] } of parameters) {
      const along = direction.get(name) ?? new Float64Array();
      await session.write(
        name,
        Float64Array.from(values, (value, i) => value + distance * along[i]),
      );
    }
    return (await executable.run(network.inputs)).objective[0];
  };
  const slope = ((await at(h)) - (await at(-h))) / (2 * h);
  session.dispose();
  let expected = 0;
  let size = 0;
  for (const [name, values] of Object.entries(slopes)) {
    const along = direction.get(name) ?? new Float64Array();
    for (let i = 0; i < values.length; i++) {
      expected += values[i] * along[i];
      size += Math.abs(values[i] * along[i]);
    }
  }
  expect(Math.abs(slope - expected)).toBeLessThanOrEqual(2.3e-7 * Math.max(1, loss) + 1e-6 * size);
}

const titlesOf = (models: readonly Model[]): ReadonlySet<string> =>
  new Set(models.flatMap(({ rows }) => rows.map(({ title }) => title)));
// What has one place for all of its pixels, or stands for other layers; pixelShuffle is drawn within a block.
const others = ["GlobalAveragePool2d", "Repeat", "PixelShuffle"];
const drawnTitles = titlesOf([1, 2].flatMap((seed) => fc.sample(networks, { seed, numRuns: runs }).map(modelOf)));

/** Networks for layers that are not drawn and need no options, such as an activation that was just added. */
const rest: readonly Network[] = Object.values(layers)
  .filter(({ title, options }) => !drawnTitles.has(title) && !others.includes(title) && options.safeParse({}).success)
  .map(({ name }) => ({
    pictures: [{ conv2d: { channels: 4, kernel: 3, padding: 1 } }, name],
    flat: [name],
    drawn: [name, { conv2d: { channels: 3, kernel: 3 } }],
    loss: "mse",
  }));
/** Each map that a spatial transformer may find; among the drawn layers it would change all that are drawn after it. */
const warping: readonly Network[] = ["rotation", "translation", "similarity", "affine"].map((transform) => {
  const spatialTransformer = { transform, localisation: ["flatten", { dense: 4 }, "tanh"] };
  return {
    pictures: [{ conv2d: { channels: 4, kernel: 3, padding: 1 } }, { spatialTransformer }],
    flat: [],
    drawn: [{ spatialTransformer: { ...spatialTransformer, size: [5, 6] } }],
    loss: "mse",
  };
});
const summed: Network = {
  pictures: [
    {
      sum: [
        { conv2d: { channels: 4, kernel: 3, padding: 1 } },
        { sequential: [{ conv2d: { channels: 2, kernel: 1 } }, "tanh", { conv2d: { channels: 4, kernel: 1 } }] },
      ],
    },
  ],
  flat: [{ sum: [{ dense: 5 }, { sequential: [{ dense: 3 }, "elu", { dense: 5 }] }] }],
  drawn: [],
  loss: "mse",
};
/** Its first layer learns through one that does not. */
const kept: Network = {
  pictures: [{ conv2d: { channels: 2, kernel: 1 } }, { frozen: [{ conv2d: { channels: 4, kernel: 3 } }, "tanh"] }],
  flat: [],
  drawn: [],
  loss: "mse",
};
const undrawn = [...rest, ...warping, summed, kept];

describe("random networks", () => {
  it("are made of the whole catalogue", () => {
    const titles = new Set([...drawnTitles, ...titlesOf(undrawn.map(modelOf))]);
    const all = Object.values(layers).map(({ title }) => title);
    expect(all.filter((title) => !titles.has(title) && !others.includes(title))).toEqual([]);
  });

  it("on the reference: gradients are the slope of the loss", async () => {
    await fc.assert(
      fc.asyncProperty(networks, (network) => expectSlope(built(modelOf(network), network.loss))),
      { seed: 1, numRuns: runs },
    );
    for (const network of undrawn) await expectSlope(built(modelOf(network), network.loss));
  });
});

for (const engine of await openEngines()) {
  describe("random networks", () => {
    it(`on ${engine.name}: loss and all gradients are the reference's`, async () => {
      await fc.assert(
        fc.asyncProperty(networks, (network) => expectReference(engine, modelOf(network), network.loss)),
        { seed: 2, numRuns: runs },
      );
      for (const network of undrawn) await expectReference(engine, modelOf(network), network.loss);
    });
  });
}
