// Packed models in a page against the reference engine: every op, every preset's decoder, and what goes wrong.
import { readdirSync, readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { describe, expect, it } from "vitest";
import { contractCases } from "../../../../test/contract/cases.js";
import { randomSequence } from "../../../base/random.js";
import type { StateEntry } from "../../../engines/engine.js";
import { referenceEngine } from "../../../engines/reference/index.js";
import { readExperiment, resolve } from "../../../experiment/index.js";
import { encodeSafetensors, type SafetensorsEntry } from "../../../formats/safetensors.js";
import { openModel } from "../../../inference/engineModel.js";
import { pictureModel } from "../../../inference/pictureModel.js";
import { type Model, modelState, readModel } from "../../../nn/index.js";
import { sizeOf } from "../../../tensor/index.js";
import { pageOps } from "./kernels.js";
import { openPacked, openProgram } from "./openPacked.js";
import { packModel, packProgram } from "./pack.js";
import { packedKey } from "./packed.js";

const random = randomSequence(17, "sample", 0, 0);
const normals = (count: number): Float32Array => Float32Array.from({ length: count }, () => random.normal());

/** A model's first weights, with batch norms that have seen something and biases that are not 0. */
function usedState(model: Model): readonly StateEntry[] {
  return modelState(model, 3).map((entry) => {
    const values = Float32Array.from({ length: sizeOf(entry.shape) }, (_, i) => entry.values?.[i] ?? 0);
    const isVariance = entry.name.includes("var");
    for (let i = 0; i < values.length; i++) {
      if (entry.kind === "buffer") values[i] = isVariance ? 0.3 + random.uniform() : random.normal() / 4;
      if (entry.name.endsWith("bias")) values[i] = random.normal() / 4;
    }
    return { ...entry, values };
  });
}

function largest(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  expect(found.length).toBe(expected.length);
  let most = 0;
  for (let i = 0; i < expected.length; i++) {
    const apart = Math.abs((found[i] ?? Number.NaN) - (expected[i] ?? Number.NaN));
    most = apart <= most ? most : apart;
  }
  return most;
}

describe("the ops of a page", () => {
  const cases = contractCases().filter(({ op }) => pageOps.includes(op));

  it("are all in the table of cases, but for what packing makes of a batch norm", () => {
    const tested = new Set(cases.map(({ op }) => op));
    expect(pageOps.filter((op) => !tested.has(op))).toEqual(["perChannel"]);
  });

  it.each(cases.map((each) => [each.title, each] as const))(
    "%s is what it is defined as",
    async (_, { forward, inputs, terms }) => {
      const { y0: y } = forward.outputs;
      if (y === undefined) throw new Error("no output");
      // Of an op with several outputs a page has the first.
      const first = { ...forward, outputs: { y0: y } };
      const session = await referenceEngine().open([]);
      const expected = await (await session.compile(first)).run(inputs);
      const { memory, works } = openProgram(await packProgram(first, [], "op", {}), () => new Float32Array());
      const program = await packProgram(first, [], "op", {});
      for (const [name, values] of Object.entries(inputs)) {
        const place = program.inputs[name];
        if (place !== undefined) memory(place).set(values);
      }
      for (const { parts, run } of works) for (let part = 0; part < parts; part++) run(part, part + 1);
      const scale = Math.max(1, ...(expected.y0 ?? []).map(Math.abs));
      // Each term of a sum is rounded to float32 once, and its sum once.
      expect(largest(memory(program.outputs.y0), expected.y0 ?? [])).toBeLessThan(scale * (terms + 8) * 2 ** -23);
    },
  );
});

const presets = readdirSync("presets").filter((name) => name.endsWith(".yaml"));

/** The preset's model; faces' decoder with an eighth of its channels, since the reference takes seconds for it. */
function modelOf(preset: string): Model {
  const text = readFileSync(`presets/${preset}`, "utf8");
  const small = text.replace(
    /convTranspose2d: \{ channels: (\d\d+)/g,
    (_, channels) => `convTranspose2d: { channels: ${channels / 8}`,
  );
  const { experiment, model } = resolve(readExperiment(preset === "faces.yaml" ? small : text, preset));
  return pictureModel(model, experiment.loss);
}

describe("a packed model", () => {
  it.each(presets)("decodes what the engine decodes: %s", async (preset) => {
    const model = modelOf(preset);
    const state = usedState(model);
    const engine = await openModel({ engine: referenceEngine(), model, state });
    const page = openPacked(await packModel(model, state), preset);
    const codes = normals(2 * sizeOf(model.codeShape));
    const expected = await engine.decode?.(codes);
    const found = await page.decode?.(codes);
    engine.dispose();
    if (expected === undefined || found === undefined) throw new Error("no decoder");
    expect(found.length).toBe(2 * sizeOf(model.inputShape));
    expect(largest(found, expected)).toBeLessThan(1e-3);
    // Something was decoded: pictures of two codes differ.
    expect(largest(found.subarray(0, found.length / 2), found.subarray(found.length / 2))).toBeGreaterThan(1e-3);
  });

  it("encodes too where the encoder was packed, a batch one after the other", async () => {
    const model = modelOf("fashion-upright-conv.yaml");
    const state = usedState(model);
    const engine = await openModel({ engine: referenceEngine(), model, state });
    const page = openPacked(await packModel(model, state, { encoder: true }));
    const images = Float32Array.from({ length: 3 * 784 }, () => random.uniform());
    expect(largest((await page.encode?.(images)) ?? [], await engine.encode(images))).toBeLessThan(1e-3);
    engine.dispose();
  });

  it("answers overlapping calls each with its own pictures, and none to an aborted one", async () => {
    const model = modelOf("mnist-dense.yaml");
    const page = openPacked(await packModel(model, usedState(model)));
    const size = sizeOf(model.codeShape);
    const [a, b] = [normals(size), normals(size)];
    const alone = [await page.decode?.(a), await page.decode?.(b)];
    expect(await Promise.all([page.decode?.(a), page.decode?.(b)])).toEqual(alone);
    await expect(page.decode?.(a, { signal: AbortSignal.abort() })).rejects.toThrow();
    expect(await page.decode?.(b)).toEqual(alone[1]);
  });

  it("holds float32 weights of the decoder alone", async () => {
    const model = modelOf("mnist-dense.yaml");
    const bytes = await packModel(model, usedState(model));
    const weights =
      4 *
      model.parameters
        .filter(({ name }) => name.startsWith("decoder"))
        .reduce((sum, { shape }) => sum + sizeOf(shape), 0);
    expect(bytes.length - weights).toBeGreaterThan(0);
    expect(bytes.length - weights).toBeLessThan(2000);
  });

  it("says what is wrong with other files", () => {
    const tensors: Record<string, SafetensorsEntry> = {};
    expect(() => openPacked(encodeSafetensors({ tensors }), "a.safetensors")).toThrow("is no packed model");
    const newer = encodeSafetensors({ tensors, metadata: { [packedKey]: '{"format":2}' } });
    expect(() => openPacked(newer, "a.safetensors")).toThrow("is of format 2, this page reads 1");
  });

  it("refuses to pack what pages do not compute, with its place", async () => {
    const model = readModel({
      kind: "autoencoder",
      input: [1, 2, 2],
      encoder: ["flatten", { dense: 2 }],
      decoder: [{ dense: 4 }, { unflatten: [1, 2, 2] }],
    });
    const { decode } = model;
    if (decode === undefined) throw new Error("no decoder");
    const { ops } = await import("../../../tensor/index.js");
    const strange: Model = {
      ...model,
      decode: (context, code) =>
        context.graph.within("decoder[2] strange", () => {
          const picture = decode(context, code);
          return context.graph.add(ops.pad, [picture], { before: [0, 0, 0, 0], after: [0, 0, 0, 0], value: 0 });
        }),
    };
    await expect(packModel(strange, usedState(model))).rejects.toMatchObject({
      message: expect.stringContaining("computes with pad, which pages do not have"),
      at: "decoder[2] strange",
    });
  });
});

it("is small in a page: 8 kB with gzip, and nothing of Node, layers, YAML or schemas in it", async () => {
  const { outputFiles, metafile } = await build({
    entryPoints: ["src/report/page/decoder/openPacked.ts"],
    ...{ bundle: true, minify: true, format: "esm", write: false, metafile: true, platform: "browser" },
  });
  const bytes = gzipSync(outputFiles[0]?.contents ?? new Uint8Array()).length;
  console.log(`the decoder in a page: ${outputFiles[0]?.contents.length} bytes, ${bytes} with gzip`);
  expect(bytes).toBeLessThan(8000);
  const foreign = Object.keys(metafile.inputs).filter(
    (path) => !/^src\/(base|formats|report\/page\/decoder)\//.test(path),
  );
  expect(foreign).toEqual([]);
});
