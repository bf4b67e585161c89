// The process that has models open for pages: sliders, walks and maps ask it for codes and pictures many times a second.
import { rmSync } from "node:fs";
import { InternalError, UserError } from "../../base/errors.js";
import { randomSequence } from "../../base/random.js";
import { readPictureHeader } from "../../data/decode.js";
import type { OpenSource } from "../../data/define.js";
import { readPixels } from "../../data/imageStore.js";
import { parseYaml } from "../../experiment/index.js";
import { hasDecoder } from "../../inference/index.js";
import { type Picture, peakSignalToNoise, unitFromPixels } from "../../pixels/index.js";
import { pipeline, readTransforms } from "../../pixels/transforms/index.js";
import { openDataOnce } from "../../tasks/codeSpace.js";
import { contraryText, fitFor, readyPicture } from "../../tasks/pictureInputs.js";
import { openRunModel, type RunModel } from "../../tasks/runModel.js";
import { splitOf } from "../../tasks/splitOf.js";
import { sizeOf } from "../../tensor/index.js";
import { packError } from "../../training/protocol.js";
import { type MadeReady, writePack } from "../api.js";
import type { ChosenPictures, FromModels, ModelCall, ToModels } from "./modelCalls.js";

const mostOpen = 2;
const mostPictures = 256;

interface OpenModel {
  readonly model: RunModel;
  readonly data: () => Promise<OpenSource>;
}
/** By the run's path and checkpoint, the one that was used last at the end. */
const open = new Map<string, Promise<OpenModel>>();

process.on("message", (message: ToModels) => void answer(message));
process.on("disconnect", () => process.exit(0));

// One after another: two models that compute at once would only wait for each other.
let before: Promise<unknown> = Promise.resolve();
function answer({ id, call }: ToModels): void {
  before = before.then(async () => {
    let reply: FromModels;
    try {
      const made = await replyTo(call);
      reply = made instanceof Uint8Array ? { id, pack: made } : { id, value: made };
    } catch (error) {
      reply = { id, error: packError(error) };
    }
    process.send?.(reply);
  });
}

async function replyTo(call: ModelCall): Promise<Uint8Array<ArrayBuffer> | { readonly value: unknown }> {
  if (call.kind === "measure") return { value: await measured(call) };
  const { model, data } = await opened(call.run);
  const codeSize = sizeOf(model.codeShape);
  const size = sizeOf(model.inputShape);
  if (call.kind === "decode") {
    const count = call.codes.length / codeSize;
    if (!Number.isInteger(count) || count < 1 || count > mostPictures) {
      throw new UserError(`${call.codes.length} numbers are no codes of ${codeSize}`, { at: "codes" });
    }
    const pixels = clipped(await decoderOf(model, call.run).decode(call.codes));
    return writePack({ codeSize }, { pixels: { shape: [count, ...model.inputShape], values: pixels } });
  }
  if (call.kind === "images") {
    const { source, pixels, count, labels, inSplit } = await imagesOf(call.pictures, data);
    const shape = source.splits.train.shape;
    return writePack(
      { shape, classes: source.classes ?? [], count: inSplit },
      {
        pixels: { shape: [count, ...shape], values: pixels },
        ...(labels === undefined ? {} : { labels: { shape: [count], values: labels } }),
      },
    );
  }
  const { inputs, ready } = await inputsOf(call.pictures, { model, data }, call.kind === "encode" && call.isInverted);
  const count = inputs.length / size;
  const images = (values: Float32Array) => ({ shape: [count, ...model.inputShape], values });
  if (call.kind === "encode") {
    const codes = await model.encode(inputs);
    const restored = hasDecoder(model) ? clipped(await model.decode(codes)) : undefined;
    return writePack(
      { codeSize, ...(ready === undefined ? {} : { ready }) },
      {
        codes: { shape: [count, codeSize], values: codes },
        pixels: images(inputs),
        ...(restored === undefined ? {} : { restored: images(restored) }),
      },
    );
  }
  const corrupted = corruptedBy(call.corrupt, call.seed, inputs, model.inputShape);
  const restored = clipped(await decoderOf(model, call.run).reconstruct(corrupted));
  const psnr = Array.from({ length: count }, (_, i) => {
    const part = (values: Float32Array) => values.subarray(i * size, (i + 1) * size);
    const of = (values: Float32Array) => peakSignalToNoise(part(values), part(inputs));
    // JSON has no infinity: a picture that is the same has 999.
    return { corrupted: Math.min(999, of(corrupted)), restored: Math.min(999, of(restored)) };
  });
  return writePack({ psnr }, { pixels: images(inputs), corrupted: images(corrupted), restored: images(restored) });
}

function decoderOf(model: RunModel, at: string) {
  if (hasDecoder(model)) return model;
  throw new UserError("has no decoder to make pictures of codes", { at, hint: "Name the run of an autoencoder." });
}

/** What a page shows lies in [0, 1]; a decoder's output may not quite. */
function clipped(values: Float32Array): Float32Array {
  return values.map((value) => Math.min(1, Math.max(0, value)));
}

async function opened(run: string): Promise<OpenModel> {
  const known = open.get(run);
  open.delete(run);
  const found = known ?? openModel(run);
  open.set(run, found);
  for (const [path, old] of open) {
    if (open.size <= mostOpen) break;
    open.delete(path);
    void old.then(({ model }) => model.dispose()).catch(() => {});
  }
  try {
    return await found;
  } catch (error) {
    open.delete(run);
    throw error;
  }
}

async function openModel(run: string): Promise<OpenModel> {
  const model = await openRunModel(run);
  return { model, data: openDataOnce(model, { report: () => {} }) };
}

async function imagesOf(pictures: ChosenPictures, data: () => Promise<OpenSource>) {
  if ("files" in pictures) throw new InternalError("uploaded pictures are no images of the data");
  const source = await data();
  const set = splitOf(source, pictures.on);
  const { places } = pictures;
  if (places.length < 1 || places.length > mostPictures) {
    throw new UserError(`expected 1 to ${mostPictures} pictures, got ${places.length}`, { at: "places" });
  }
  const size = sizeOf(set.shape);
  const pixels = new Uint8Array(places.length * size);
  for (const [i, place] of places.entries()) {
    if (!Number.isSafeInteger(place) || place < 0 || place >= set.count) {
      throw new UserError(`there is no image ${place} in the split ${pictures.on}, which has ${set.count}`, {
        at: "places",
      });
    }
    pixels.set(readPixels(set, place, 1), i * size);
  }
  const { labels } = set;
  return {
    source,
    pixels,
    count: places.length,
    inSplit: set.count,
    labels: labels === undefined ? undefined : Int32Array.from(places, (place) => labels[place] as number),
  };
}

/** Pictures as the model takes them. */
async function inputsOf(
  pictures: ChosenPictures,
  { model, data }: OpenModel,
  isInverted: boolean,
): Promise<{ readonly inputs: Float32Array; readonly ready?: readonly MadeReady[] }> {
  if (!("files" in pictures)) return { inputs: unitFromPixels((await imagesOf(pictures, data)).pixels) };
  const fit = fitFor(model, undefined, undefined);
  const size = sizeOf(model.inputShape);
  const inputs = new Float32Array(pictures.files.length * size);
  const ready: MadeReady[] = [];
  for (const [i, path] of pictures.files.entries()) {
    const file = { path, name: "picture", isFound: false };
    const { input, original } = await readyPicture(file, model, { fit, isInverted, note: () => {} });
    inputs.set(input, i * size);
    const contrary = contraryText(input, model);
    ready.push({ channels: hasColour(original) ? 3 : 1, fit, ...(contrary === undefined ? {} : { contrary }) });
  }
  return { inputs, ready };
}

/** A file may have three channels and be grey. */
function hasColour({ channels, bytes }: Picture): boolean {
  if (channels === 1) return false;
  for (let i = 0; i < bytes.length; i += 3) if (bytes[i] !== bytes[i + 1] || bytes[i] !== bytes[i + 2]) return true;
  return false;
}

function corruptedBy(specs: readonly string[], seed: number, inputs: Float32Array, shape: readonly number[]) {
  const corrupted = inputs.slice();
  if (specs.length === 0) return corrupted;
  const written = specs.map((spec) => parseYaml(spec, "corrupt"));
  const change = pipeline(readTransforms(written, "corrupt", "corrupt"), shape);
  const size = sizeOf(shape);
  for (let i = 0; i * size < corrupted.length; i++) {
    change(corrupted.subarray(i * size, (i + 1) * size), randomSequence(seed, "corrupt", 0, i));
  }
  return corrupted;
}

async function measured({ file, mostPixels }: Extract<ModelCall, { kind: "measure" }>) {
  try {
    const { width, height } = await readPictureHeader(file, { limitPixels: mostPixels, at: "the picture" });
    return { width, height };
  } catch (error) {
    rmSync(file, { force: true });
    throw error;
  }
}
