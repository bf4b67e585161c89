// What a program does with a trained model: measuring, files where it asks for them, ending early, going on.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { UserError } from "../base/errors.js";
import {
  classifier,
  evaluate as evaluateRun,
  images,
  layers,
  loadRun,
  type Trained,
  train,
  variationalAutoencoder,
} from "../index.js";

const folder = mkdtempSync(join(tmpdir(), "isthmus-trained-"));
const cache = process.env.ISTHMUS_CACHE;
beforeAll(() => {
  process.env.ISTHMUS_CACHE = join(folder, "cache");
});
afterAll(() => {
  if (cache === undefined) delete process.env.ISTHMUS_CACHE;
  else process.env.ISTHMUS_CACHE = cache;
  rmSync(folder, { recursive: true });
});

const shape = [1, 12, 12] as const;
const size = 144;
const count = 48;
/** Slopes of two directions, as steep as chance has it: class 0 across, class 1 down. */
const pixels = Uint8Array.from({ length: count * size }, (_, i) => {
  const [image, row, column] = [Math.floor(i / size), Math.floor(i / 12) % 12, i % 12];
  return (image % 2 === 0 ? column : row) * (5 + (image % 7) * 2);
});
const labels = Uint8Array.from({ length: count }, (_, image) => image % 2);
const pictures = images(pixels, { shape, labels, classes: ["across", "down"], test: 0.25 });
const how = { loss: "bce", epochs: 2, batchSize: 12, engine: "reference" } as const;
const model = variationalAutoencoder({
  code: 2,
  encoder: [layers.flatten()],
  decoder: [layers.dense(size), layers.sigmoid(), layers.unflatten(shape)],
});

async function refusal(work: Promise<unknown>): Promise<UserError> {
  return await work.then(
    () => Promise.reject(new Error("nothing was refused")),
    (error: UserError) => error,
  );
}

describe("a trained model", () => {
  let trained: Trained;
  beforeAll(async () => {
    trained = await train(model, pictures, how).result;
  });
  afterAll(() => trained.dispose());

  it("is measured on the pictures that its training held back, beside baselines, and writes nothing", async () => {
    const found = await trained.evaluate();
    expect(found.images).toBe(12);
    expect(found.rows.map(({ what }) => what)).toEqual(["model", "pca", "meanImage"]);
    // As the last epoch's evaluation has them; codes and pictures are rounded to float32 on their way.
    expect(found.variational?.bce).toBeCloseTo(trained.last?.test.reconstruction ?? Number.NaN, 3);
    expect(found.classes.map(({ group, images: many }) => [group, many])).toEqual([
      ["across", 6],
      ["down", 6],
    ]);
    expect(found.variational?.kl).toBeCloseTo(trained.last?.test.kl ?? Number.NaN, 4);
    expect(found.worst).toHaveLength(12);
    expect(found.worstPixels?.originals).toHaveLength(12 * size);
    expect(found.worst[0]?.mse).toBeGreaterThanOrEqual(found.worst[1]?.mse ?? Number.POSITIVE_INFINITY);
    expect(found.files).toEqual({});
    expect(readdirSync(folder)).toEqual([]);
  });

  it("is measured on pictures that are handed in: labels name classes, a corruption is measured in its severities", async () => {
    const some = pixels.subarray(0, 10 * size);
    const found = await trained.evaluate(images(some, { shape, labels: labels.subarray(0, 10) }), {
      corrupt: [{ gaussianNoise: 0.1 }],
      severities: true,
    });
    expect(found.rows.map(({ what }) => what)).toEqual(["model", "pca", "pcaOfInput", "input", "meanImage"]);
    expect(found.corrupt).toEqual([{ gaussianNoise: expect.objectContaining({ sigma: 0.1 }) }]);
    expect(found.severities.map(({ severity }) => severity)).toEqual([1, 2, 3, 4, 5]);
    expect(found.classes.map(({ group }) => group)).toEqual(["across", "down"]);
    const clean = await trained.evaluate(some, { corrupt: [], baselines: false });
    expect(clean.rows.map(({ what }) => what)).toEqual(["model"]);
    const scores = await trained.score(some);
    expect(clean.model.mse).toBeCloseTo(scores.reduce((sum, score) => sum + score, 0) / 10, 6);
    const absolute = await trained.score(some, { by: "mae" });
    expect(clean.model.mae).toBeCloseTo(absolute.reduce((sum, score) => sum + score, 0) / 10, 6);
    const structural = await trained.score(some, { by: "ssim" });
    expect(clean.model.ssim).toBeCloseTo(1 - structural.reduce((sum, score) => sum + score, 0) / 10, 6);
    const { mean, logVariance } = await trained.posterior(some);
    const divergence = mean.reduce((sum, mu, i) => {
      const log = logVariance[i] ?? 0;
      return sum + (mu * mu + Math.exp(log) - log - 1) / 2;
    }, 0);
    const divergences = await trained.score(some, { by: "kl" });
    expect(divergences.reduce((sum, one) => sum + one, 0) / divergence).toBeCloseTo(1, 5);
    expect((await refusal(trained.score(some, { by: "mahalanobis" as "mae" }))).message).toBe(
      "there is no score mahalanobis without reference pictures",
    );
    expect((await refusal(trained.evaluate(some, { corrupt: ["gausianNoise" as "gaussianNoise"] }))).message).toBe(
      "no transform is called gausianNoise; did you mean gaussianNoise?",
    );
    const wrong = images(new Uint8Array(4), { shape: [1, 2, 2] });
    expect((await refusal(trained.evaluate(wrong))).message).toBe("has pictures of 1×2×2, the model takes 1×12×12");
  });

  it("gives the distribution of codes, whose means are the codes", async () => {
    const { mean, logVariance } = await trained.posterior(pixels);
    expect(mean).toEqual(await trained.encode(pixels));
    expect(logVariance).toHaveLength(count * 2);
  });

  it("writes pictures where it is told to", async () => {
    const files = join(folder, "files");
    const two = pixels.subarray(0, 2 * size);
    await trained.walk(two, { steps: 3, file: join(files, "walk.png") });
    await trained.walk(two, { steps: 3, file: join(files, "walk.gif") });
    const drawn = await trained.sample({ count: 4, file: join(files, "samples.png") });
    expect(drawn.images).toHaveLength(4 * size);
    expect((await trained.evaluate(two, { folder: files })).files).toEqual({ worst: join(files, "worst-images.png") });
    expect(readdirSync(files)).toEqual(["samples.png", "walk.gif", "walk.png", "worst-images.png"]);
    expect(readFileSync(join(files, "walk.gif")).subarray(0, 3).toString()).toBe("GIF");
    expect((await refusal(trained.walk(two, { file: "walk.jpg" }))).message).toContain("ends in .png, .gif or .webp");
    rmSync(files, { recursive: true });
  });

  it("ends each work with an AbortError, and goes on working", async () => {
    const aborted = { signal: AbortSignal.abort() };
    const two = pixels.subarray(0, 2 * size);
    for (const work of [
      () => trained.encode(pixels, aborted),
      () => trained.posterior(pixels, aborted),
      () => trained.decode(new Float32Array(2), aborted),
      () => trained.reconstruct(pixels, aborted),
      () => trained.score(pixels, aborted),
      () => trained.evaluate(undefined, aborted),
      () => trained.walk(two, aborted),
      () => trained.sample(aborted),
    ]) {
      expect((await refusal(work())).name).toBe("AbortError");
    }
    // In the middle of work: the answer is not waited for, and the thread hears it.
    const controller = new AbortController();
    const long = trained.reconstruct(new Uint8Array(20_000 * size), { signal: controller.signal });
    setTimeout(() => controller.abort("enough"), 50);
    const began = performance.now();
    expect(await refusal(long)).toMatchObject({ name: "AbortError", cause: "enough" });
    expect(await trained.encode(two)).toHaveLength(4);
    const waited = performance.now() - began;
    console.log(`aborted and encoded again after ${Math.round(waited)} ms`);
    expect(waited).toBeLessThan(5000);
  });

  it("is saved, and measured again where its pictures are handed in", async () => {
    const saved = join(folder, "saved");
    await trained.save(saved);
    const again = await loadRun(saved);
    expect((await refusal(again.evaluate())).message).toBe(
      "the pictures were handed in by a program and are kept nowhere",
    );
    const found = await again.evaluate(pixels);
    expect(found.rows.map(({ what }) => what)).toEqual(["model"]);
    expect(found.worstPixels).toBeUndefined();
    expect(found.notes[0]).toContain("the pictures that it learned from do not open here");
    expect(found.model).toMatchObject({ ...(await trained.evaluate(pixels)).model, title: "training, code of 2" });
    await again.dispose();
    expect((await refusal(evaluateRun({ run: saved }))).message).toContain("kept nowhere");
  });
});

describe("a run of data that open here", () => {
  it("is measured by the library as by the command", async () => {
    const data = { source: "mnist", limit: { train: 60, test: 20 } };
    const out = join(folder, "runs");
    const trained = await train("mnist-dense", data, {
      ...{ engine: "reference", epochs: 1, batchSize: 20, folder: out },
    }).result;
    const run = trained.run ?? "";
    const asked = await evaluateRun({ run, pictures: "no" });
    const again = await loadRun(run);
    for (const found of [await trained.evaluate(), await again.evaluate()]) {
      for (const name of ["rows", "classes", "worst", "own", "entropyFloor", "notes"] as const) {
        expect(found[name]).toEqual(asked[name]);
      }
    }
    await Promise.all([trained.dispose(), again.dispose()]);
  });
});

describe("a training that was stopped", () => {
  it("goes on from its saved folder with the pictures handed in again, as if it had not been stopped", async () => {
    const straight = await train(model, pictures, { ...how, epochs: 4 }).result;
    const training = train(model, pictures, { ...how, epochs: 4 });
    for await (const event of training) if (event.kind === "epoch" && event.record.epoch === 1) training.stop();
    const stopped = await training.result;
    expect(stopped.reason).toBe("stopped");
    const run = join(folder, "stopped");
    await stopped.save(run);
    const on = await train(run, pictures, { resume: true }).result;
    expect(on).toMatchObject({ reason: "done", run, step: straight.step });
    expect(on.records).toEqual(straight.records);
    expect(await on.encode(pixels)).toEqual(await straight.encode(pixels));
    const fewer = images(pixels.subarray(0, 30 * size), { shape });
    expect((await refusal(train(run, fewer, { resume: true }).result)).message).toContain(
      "this run began with 36 train",
    );
    expect(await refusal(train(run, pictures, { resume: true, epochs: 9 }).result)).toMatchObject({
      message: "does not go with resume: a run goes on as it was begun",
      at: "epochs",
    });
    await Promise.all([straight, stopped, on].map((one) => one.dispose()));
  });
});

describe("a classifier", () => {
  it("encodes, and says that it has no decoder", async () => {
    const trained = await train(classifier({ encoder: [layers.flatten(), layers.dense(2)] }), pictures, {
      ...how,
      loss: "crossEntropy",
      epochs: 1,
    }).result;
    expect(trained.kind).toBe("classifier");
    expect(await trained.encode(pixels)).toHaveLength(count * 2);
    for (const work of [
      () => trained.decode(new Float32Array(2)),
      () => trained.evaluate(),
      () => trained.score(pixels),
    ]) {
      expect((await refusal(work())).message).toContain("there is no decoder to make pictures of codes");
    }
    expect((await refusal(trained.posterior(pixels))).message).toContain("only a variational model gives one");
    await trained.dispose();
  });
});

describe("an experiment file and the same in plain JavaScript", () => {
  it.each<[string, object]>([
    ["a field", { los: "mse" }],
    ["a layer", { model: { kind: "autoencoder", input: [1, 2, 2], encoder: ["flaten"], decoder: [] } }],
    ["a value", { phases: [{ epochs: "three" }] }],
    ["an optimizer's option", { phases: [{ epochs: 1, optimizer: { adam: { learningRat: 1 } } }] }],
    ["a kind of model", { model: { kind: "autoencodr", input: [1, 2, 2], encoder: [] } }],
    [
      "a kind's option",
      { model: { kind: "sparseAutoencoder", input: [1, 2, 2], encoder: [], decoder: [], sparsity: -1 } },
    ],
    ["a source", { data: "mnsit" }],
    ["a module", { use: ["./none.mjs"] }],
  ])("make the same words of a mistake: %s", async (name, mistake) => {
    const experiment = {
      ...{ name: "mine", data: "mnist", loss: "mse", phases: [{ epochs: 1 }] },
      model: { kind: "autoencoder", input: [1, 2, 2], encoder: ["flatten"], decoder: [{ unflatten: [1, 2, 2] }] },
      ...mistake,
    };
    const file = join(folder, `${name.replaceAll(/\W/g, "-")}.yaml`);
    writeFileSync(file, JSON.stringify(experiment));
    const [written, plain] = [await refusal(train(file).result), await refusal(train(experiment as never).result)];
    expect(plain.name).toBe("UserError");
    expect(plain.message).toBe(written.message);
    expect(plain.hint).toBe(written.hint);
    // Only the place of the document differs.
    if (name !== "a module") expect(written.at).toBe(plain.at === "train" ? file : `${file}: ${plain.at}`);
  });
});
