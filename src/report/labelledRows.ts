// Rows of images as one picture, each row with its name: what a data set looks like, and what transforms make of it.
import { textWidth } from "./chartOption.js";
import { evenColumns, modelTiles } from "./pictureGrid.js";
import { renderPictures } from "./pictures.js";

export interface LabelledRow {
  readonly label: string;
  /** Places in `images`, from left to right. */
  readonly images: readonly number[];
}

export interface LabelledRowsInput {
  /** [image, channel, height, width] in [0, 1]; what lies outside is clipped. */
  readonly images: Float32Array;
  /** [channel, height, width], one channel or three. */
  readonly shape: readonly number[];
  readonly rows: readonly LabelledRow[];
  /** Rows that belong together, with more room around them. Default 1. */
  readonly rowsPerGroup?: number;
}

const widestLabel = 220;

/**
 * PNG bytes. Each pixel of an image becomes a square of whole pixels (images come out about 64 pixels high), so nothing is
 * smoothed. A label that finds no room is cut short.
 * @throws UserError when images have other than one or three channels
 */
export function renderLabelledRows({ images, shape, rows, rowsPerGroup = 1 }: LabelledRowsInput): Buffer {
  const tiles = modelTiles(shape);
  const labelWidth = Math.min(widestLabel, Math.max(0, ...rows.map(({ label }) => Math.ceil(textWidth(label, 15)))));
  return renderPictures({
    columns: evenColumns(Math.max(0, ...rows.map((row) => row.images.length)), tiles.width, 4),
    rows: rows.map(({ label, images: places }, row) => ({
      label: [{ text: label }],
      tiles: places.map((image) => tiles.tile(images, image)),
      height: tiles.height,
      gap: row === 0 ? 0 : rowsPerGroup > 1 && row % rowsPerGroup === 0 ? 20 : 4,
    })),
    margin: [20, 20 + labelWidth + 12, 20, 20],
    labelAlign: "left",
  });
}
