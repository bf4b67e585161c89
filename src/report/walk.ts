// A walk through the codes as one picture: the decoded path above, the originals below.
import { evenColumns, inRows, modelTiles, type PictureRow } from "./pictureGrid.js";
import { renderPicturesInTurns } from "./pictures.js";

export interface WalkStep {
  /** What stands under the original. */
  readonly caption: string;
  /** A stop that was asked for; else the original is the nearest image. */
  readonly isStop: boolean;
}

export interface WalkInput {
  /** The decoded path, [step, channel, height, width] in [0, 1]; what lies outside is clipped. */
  readonly decoded: Float32Array;
  /** As `decoded`: at a stop its image, else the nearest one. */
  readonly originals: Float32Array;
  readonly steps: readonly WalkStep[];
  /** [channel, height, width] */
  readonly shape: readonly number[];
}

/** Steps side by side; longer walks go on in the next two rows. */
const mostColumns = 16;

/**
 * Two rows, as PNG bytes: the decoded path, and under it the originals, with a caption each; stops have a frame and a
 * darker caption. Each pixel becomes a square of whole pixels (images come out about 64 pixels high).
 * @throws UserError when images have other than one or three channels
 */
export async function renderWalk({ decoded, originals, steps, shape }: WalkInput): Promise<Buffer> {
  const tiles = modelTiles(shape);
  return await renderPicturesInTurns({
    columns: evenColumns(Math.min(mostColumns, steps.length), tiles.width, 4),
    rows: inRows(steps.length, mostColumns).flatMap((places, group): PictureRow[] => [
      {
        label: [{ text: "decoded path" }],
        tiles: places.map((step) => tiles.tile(decoded, step)),
        height: tiles.height,
        gap: group > 0 ? 16 : 0,
      },
      {
        label: [{ text: "originals" }, { text: "nearest test images", look: "muted" }],
        tiles: places.map((step) => {
          const { caption = "", isStop = false } = steps[step] ?? {};
          return {
            ...tiles.tile(originals, step),
            caption: [{ text: caption, look: isStop ? "strong" : "muted" }],
            isFramed: isStop,
          };
        }),
        height: tiles.height,
        gap: 4,
        captionHeight: 22,
      },
    ]),
    margin: [20, 144, 20, 20],
  });
}
