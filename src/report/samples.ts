// Pictures made from codes drawn by lot, in rows under a line that says where they come from.

import { sizeOf } from "../tensor/index.js";
import { evenColumns, inRows, modelTiles } from "./pictureGrid.js";
import { renderPicturesInTurns } from "./pictures.js";

export interface SamplesInput {
  /** [image, channel, height, width] in [0, 1]; what lies outside is clipped. */
  readonly images: Float32Array;
  /** [channel, height, width] */
  readonly shape: readonly number[];
  readonly title: string;
}

const mostColumns = 16;

/**
 * A grid as near to a square as it can be, at most 16 wide, as PNG bytes. Each pixel becomes a square of whole pixels
 * (images come out about 64 pixels high).
 * @throws UserError when images have other than one or three channels; AbortError
 */
export async function renderSamples({ images, shape, title }: SamplesInput, signal?: AbortSignal): Promise<Buffer> {
  const count = images.length / sizeOf(shape);
  const columns = Math.min(mostColumns, Math.ceil(Math.sqrt(count)));
  const tiles = modelTiles(shape);
  return await renderPicturesInTurns(
    {
      title,
      hasSmallTitle: true,
      columns: evenColumns(columns, tiles.width, 4),
      rows: inRows(count, columns).map((places, row) => ({
        tiles: places.map((image) => tiles.tile(images, image)),
        height: tiles.height,
        gap: row > 0 ? 4 : 0,
      })),
      margin: [20, 20, 20, 20],
    },
    signal,
  );
}
