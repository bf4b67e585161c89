// A picture's way through a model, side by side: original, input, restored, difference.
import { type Picture, pictureOfPlanes } from "../pixels/index.js";
import { boxedTile, modelTiles, pictureOf } from "./pictureGrid.js";
import { renderPictures } from "./pictures.js";

export { pictureOf, pictureOfPlanes };

export interface RestorationInput {
  /** As it came, of any size. */
  readonly original: Picture;
  /** What the model took, [channel, height, width] in [0, 1]; so are the others. */
  readonly input: Float32Array;
  readonly restored: Float32Array;
  /** What `restored` is held against: the input before it was corrupted. */
  readonly target: Float32Array;
  /** [channel, height, width] */
  readonly shape: readonly number[];
}

/** Height of a small model's images, in pixels; larger ones are shown as they are. */
const usualHeight = 192;
const gap = 16;
/** Narrow images still need room for their names. */
const leastWidth = 88;

/**
 * Four images of one height as PNG bytes. The model's own images are magnified by whole numbers, so that their pixels stay
 * squares; the difference is |restored − target|, black where they are equal.
 */
export function renderRestoration({ original, input, restored, target, shape }: RestorationInput): Buffer {
  const [, height = 1, width = 1] = shape;
  const magnification = Math.max(1, Math.round(usualHeight / height));
  const tiles = modelTiles(shape, magnification * Math.max(height, width));
  const difference = restored.map((value, i) => Math.abs(Math.min(1, Math.max(0, value)) - (target[i] ?? 0)));
  const shown = [
    // A panorama would push the others out of sight.
    boxedTile(original, 3 * tiles.height, tiles.height),
    ...[input, restored, difference].map((image) => tiles.tile(image, 0)),
  ];
  return renderPictures({
    columns: shown.map((tile) => ({ gap, width: Math.max(leastWidth, Math.round(tile.width)) })),
    rows: [
      {
        tiles: shown.map((tile, i) => ({
          ...tile,
          caption: [{ text: ["original", "input", "restored", "difference"][i] ?? "", look: "label" as const }],
        })),
        height: tiles.height,
        captionHeight: 34,
      },
    ],
    margin: [gap, 0, 0, gap],
  });
}
