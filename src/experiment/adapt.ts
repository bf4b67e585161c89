// A model that takes its input from the data: its decoder's first and last layers become what gives the pictures' shape back.
// Encoders need no such thing, for layers take whatever comes.
import { UserError } from "../base/errors.js";
import { timesText } from "../base/text.js";
import type { LayerSpec, Model } from "../nn/models/define.js";
import { type ModelSpec, readModel, readModelShapes } from "../nn/models/index.js";
import { layerListShape } from "../nn/models/layerList.js";
import { isMapping } from "../schema/read.js";
import { type Shape, sameShape, sizeOf } from "../tensor/index.js";
import type { ExperimentModel } from "./schema.js";

export interface AdaptedModel {
  /** Its input is the pictures' shape, or the nearest that the network gives back. */
  readonly model: Model<ModelSpec>;
  /** What was changed, for people: `its last dense gives 3072 numbers and unflatten 3×32×32`. */
  readonly changes: readonly string[];
}

/**
 * The model for pictures of a shape that its decoder as written does not give back.
 *
 * - The end: a decoder that ends in `dense` and `unflatten` gives the pictures' numbers and shape; one that ends in `conv2d` or
 *   `convTranspose2d` their channels. What does not change the shape may follow (activations, normalisations, dropout), behind a
 *   convolution `upsample` too.
 * - The beginning: where it begins with `dense` and `unflatten` to a grid, the grid takes the height and width from which the
 *   layers give the pictures' height and width, or the nearest to them. The code keeps its size.
 * - Where the layers still give another shape back, that shape is the input, and pictures are to be brought to it.
 *
 * @param written without an input
 * @param pictures [channel, height, width]
 * @returns undefined where nothing of this helps
 */
export function adaptModel(written: ExperimentModel, pictures: Shape): AdaptedModel | undefined {
  const { input: _, ...spec } = written;
  const decoder: readonly LayerSpec[] = Array.isArray(spec.decoder) ? spec.decoder : [];
  const end = withEnd(decoder, pictures);
  const grid = withGrid(end.decoder, pictures);
  const candidates: (Change & { readonly input: Shape })[] = [{ ...end, input: pictures }];
  if (grid !== undefined) {
    candidates.push({ decoder: grid.decoder, changes: [...grid.changes, ...end.changes], input: grid.decoded });
  }
  const own = ownShape(spec, end.decoder, pictures);
  if (own !== undefined) candidates.push({ ...end, input: own });
  for (const { decoder: changed, changes, input } of candidates) {
    const model = attempt(() => readModel({ ...spec, input, decoder: changed }));
    if (model !== undefined) return { model, changes };
  }
  return undefined;
}

interface Change {
  readonly decoder: readonly LayerSpec[];
  readonly changes: readonly string[];
}

/** What leaves the shape of what comes as it is. Layers of one's own are not known to. */
const keepers: ReadonlySet<string> = new Set([
  ...["batchNorm1d", "batchNorm2d", "layerNorm", "groupNorm", "instanceNorm", "dropout", "dropout2d", "gaussianNoise"],
  ...["relu", "leakyRelu", "elu", "selu", "gelu", "silu", "mish", "sigmoid", "tanh", "softplus", "softmax"],
]);
const convolutions: ReadonlySet<string> = new Set(["conv2d", "convTranspose2d"]);

/** The decoder whose last layers give the pictures' numbers or channels; as it is where they do or it ends otherwise. */
function withEnd(decoder: readonly LayerSpec[], pictures: Shape): Change {
  const last = decoder.findLastIndex((layer) => !keepers.has(nameOf(layer)) && nameOf(layer) !== "upsample");
  const layer = decoder[last];
  const unchanged = { decoder, changes: [] };
  if (layer === undefined) return unchanged;
  const [channels = 1] = pictures;
  if (convolutions.has(nameOf(layer))) {
    if (optionOf(layer, "channels") === channels) return unchanged;
    return {
      decoder: replaced(decoder, last, withOption(layer, "channels", channels)),
      changes: [`its last ${nameOf(layer)} gives ${channels} ${channels === 1 ? "channel" : "channels"}`],
    };
  }
  const dense = decoder.slice(0, last).findLastIndex((before) => !keepers.has(nameOf(before)));
  const before = decoder[dense];
  if (nameOf(layer) !== "unflatten" || before === undefined || nameOf(before) !== "dense") return unchanged;
  const units = sizeOf(pictures);
  return {
    decoder: replaced(
      replaced(decoder, last, withOption(layer, "shape", [...pictures])),
      dense,
      withOption(before, "units", units),
    ),
    changes: [`its last dense gives ${units} numbers and unflatten ${timesText(pictures)}`],
  };
}

/** The decoder whose first grid is the one from which its layers give the pictures' height and width, or the nearest. */
function withGrid(
  decoder: readonly LayerSpec[],
  [, height = 1, width = 1]: Shape,
): (Change & { readonly decoded: Shape }) | undefined {
  const first = decoder.findIndex((layer) => !keepers.has(nameOf(layer)));
  const dense = decoder[first];
  const place = decoder.findIndex((layer, i) => i > first && !keepers.has(nameOf(layer)));
  const unflatten = decoder[place];
  if (dense === undefined || nameOf(dense) !== "dense") return undefined;
  if (unflatten === undefined || nameOf(unflatten) !== "unflatten") return undefined;
  const written = gridOf(unflatten);
  if (written === undefined || place === decoder.length - 1) return undefined;
  const [channels, rows, columns] = written;
  const decodedOf = (grid: Shape) => {
    const layers = replaced(decoder, place, withOption(unflatten, "shape", [...grid])).slice(place);
    return attempt(() => layerListShape(layers, [sizeOf(grid)], "model.decoder"));
  };
  const gridRows = nearestSide(height, (side) => decodedOf([channels, side, columns])?.[1]);
  const gridColumns = nearestSide(width, (side) => decodedOf([channels, rows, side])?.[2]);
  if (gridRows === undefined || gridColumns === undefined) return undefined;
  const grid = [channels, gridRows, gridColumns];
  const decoded = decodedOf(grid);
  if (decoded === undefined) return undefined;
  const units = sizeOf(grid);
  return {
    decoder: replaced(
      replaced(decoder, place, withOption(unflatten, "shape", grid)),
      first,
      withOption(dense, "units", units),
    ),
    changes: [`its first dense gives ${units} numbers and unflatten ${timesText(grid)}`],
    decoded,
  };
}

/** The side of a grid whose picture's side is nearest to the wanted one, the larger of two; sides grow with the grid's. */
function nearestSide(wanted: number, sideOf: (grid: number) => number | undefined): number | undefined {
  let best: { readonly grid: number; readonly distance: number } | undefined;
  for (let grid = 1; grid <= wanted; grid++) {
    const side = sideOf(grid);
    if (side === undefined) continue;
    const distance = Math.abs(side - wanted);
    if (best === undefined || distance <= best.distance) best = { grid, distance };
    if (side >= wanted) break;
  }
  return best?.grid;
}

/** The shape that the layers give back for a picture of that same shape: what a grid that is written down, or halving, allows. */
function ownShape(
  spec: Omit<ExperimentModel, "input">,
  decoder: readonly LayerSpec[],
  pictures: Shape,
): Shape | undefined {
  const start = decoder.findIndex((layer) => nameOf(layer) === "unflatten");
  const grid = start < 0 ? undefined : gridOf(decoder[start] as LayerSpec);
  if (grid !== undefined) {
    return attempt(() => layerListShape(decoder.slice(start), [sizeOf(grid)], "model.decoder"));
  }
  let input = pictures;
  for (let round = 0; round < 3; round++) {
    const decoded = attempt(() => readModelShapes({ ...spec, input, decoder }))?.decoded;
    if (decoded === undefined || sameShape(decoded, input)) return decoded;
    input = decoded;
  }
  return undefined;
}

function attempt<Result>(work: () => Result): Result | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

function nameOf(layer: LayerSpec): string {
  return typeof layer === "string" ? layer : (Object.keys(layer)[0] ?? "");
}

/** An option of a layer whose name has it, or the value that stands for it. */
function optionOf(layer: LayerSpec, option: string): unknown {
  const value = typeof layer === "string" ? undefined : layer[nameOf(layer)];
  return isMapping(value) ? value[option] : value;
}

function withOption(layer: LayerSpec, option: string, value: unknown): LayerSpec {
  const options = typeof layer === "string" ? undefined : layer[nameOf(layer)];
  return { [nameOf(layer)]: isMapping(options) ? { ...options, [option]: value } : value };
}

function gridOf(unflatten: LayerSpec): readonly [number, number, number] | undefined {
  const shape = optionOf(unflatten, "shape");
  const sides = Array.isArray(shape) ? shape.filter((side): side is number => Number.isInteger(side) && side > 0) : [];
  const [channels, height, width] = sides;
  return sides.length !== 3 || channels === undefined || height === undefined || width === undefined
    ? undefined
    : [channels, height, width];
}

function replaced(layers: readonly LayerSpec[], place: number, layer: LayerSpec): readonly LayerSpec[] {
  return layers.map((one, i) => (i === place ? layer : one));
}
