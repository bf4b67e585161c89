// Originals over their reconstructions, or over what was made of them and what a model restored, as one picture, each row
// with its name.

import { InternalError } from "../base/errors.js";
import { sizeOf } from "../tensor/index.js";
import { evenColumns, inRows, modelTiles } from "./pictureGrid.js";
import { renderPictures } from "./pictures.js";

export interface ReconstructionsInput {
  /** [image, channel, height, width] in [0, 1]; what lies outside is clipped. Channels: 1 (grey) or 3 (red, green, blue). */
  readonly originals: Float32Array;
  /** As `originals`. */
  readonly reconstructions: Float32Array;
  /** As `originals`: what the model was given, where that is something else. */
  readonly inputs?: Float32Array;
  /** [channel, height, width] */
  readonly shape: readonly number[];
  /** Images side by side; default 16. */
  readonly columns?: number;
}

/**
 * Rows of `columns` originals, each over the row of their reconstructions; with `inputs` each over the rows of inputs, of what
 * was restored and of how far (the absolute difference, white is 1) that lies from the original. PNG bytes. Each pixel of an image becomes
 * a square of whole pixels (images come out about 64 pixels high), so nothing is smoothed.
 * @throws UserError when images have other than one or three channels
 */
export function renderReconstructions({
  originals,
  reconstructions,
  inputs,
  shape,
  columns = 16,
}: ReconstructionsInput): Buffer {
  const sets: readonly (readonly [label: string, images: Float32Array])[] =
    inputs === undefined
      ? [
          ["original", originals],
          ["reconstruction", reconstructions],
        ]
      : [
          ["original", originals],
          ["input", inputs],
          ["restored", reconstructions],
          ["difference", originals.map((value, i) => Math.abs(value - (reconstructions[i] ?? value)))],
        ];
  if (sets.some(([, images]) => images.length !== originals.length))
    throw new InternalError("originals and reconstructions differ in number");
  const tiles = modelTiles(shape);
  const count = originals.length / sizeOf(shape);
  return renderPictures({
    columns: evenColumns(Math.min(columns, count), tiles.width, 4),
    rows: inRows(count, columns).flatMap((places, group) =>
      sets.map(([label, images], set) => ({
        label: [{ text: label }],
        tiles: places.map((image) => tiles.tile(images, image)),
        height: tiles.height,
        gap: set > 0 ? 4 : group > 0 ? 20 : 0,
      })),
    ),
    margin: [20, 136, 20, 20],
  });
}
