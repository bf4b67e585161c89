// A page of scored pictures, the worst first: each as it came, its reconstruction and the heat map of the error.

import { type Fit, type Picture, shrinkPicture } from "../pixels/index.js";
import { heatPicture } from "./heat.js";
import { boxedTile, inRows, type PictureTile, pictureOf } from "./pictureGrid.js";
import { renderPicturesInTurns } from "./pictures.js";

export interface ScoredTile {
  /** As it came, or smaller. */
  readonly original: Picture;
  /** [channel, height, width] in [0, 1]; what lies outside is clipped. */
  readonly reconstruction: Float32Array;
  /** [height, width]: the absolute error. */
  readonly error: Float64Array;
  readonly isAnomalous: boolean;
  /** Two lines below. */
  readonly caption: readonly [string, string];
}

export interface ScoredInput {
  readonly title: string;
  readonly subtitle: string;
  readonly tiles: readonly ScoredTile[];
  /** [channel, height, width] */
  readonly shape: readonly number[];
  readonly fit: Fit;
  /** The error that has the last colour, on the whole page. */
  readonly top: number;
}

const tileHeight = 112;
const gap = 6;
const cellGap = 28;
const columns = 3;

/** A small picture of an original, as large as a tile shows it. */
export function thumbnail(original: Picture): Picture {
  return shrinkPicture(original, 2 * tileHeight);
}

/** PNG bytes, three pictures in a row. The heat maps share one scale, drawn at the right. @throws AbortError */
export async function renderScored(input: ScoredInput, signal?: AbortSignal): Promise<Buffer> {
  const { title, subtitle, tiles, shape, fit, top } = input;
  const [channels = 1, height = 1, width = 1] = shape;
  const tileWidth = Math.min(2 * tileHeight, Math.max(60, Math.round((tileHeight * width) / height)));
  const across = Math.min(columns, Math.max(1, tiles.length));
  const boxed = (picture: Picture): PictureTile => boxedTile(picture, tileWidth, tileHeight);
  const tilesOf = ({ original, reconstruction, error, caption, isAnomalous }: ScoredTile): PictureTile[] => [
    {
      ...boxed(original),
      // Anomalous is said in words too: a colour alone is not for everybody.
      caption: [
        { text: caption[0], look: isAnomalous ? "alarm" : "strong" },
        { text: caption[1], look: "muted" },
      ],
      captionColumns: 3,
    },
    boxed(pictureOf(reconstruction, channels, height, width)),
    boxed(heatPicture({ original, error, height, width, fit, top })),
  ];
  return await renderPicturesInTurns(
    {
      title,
      subtitle,
      columns: Array.from({ length: 3 * across }, (_, column) => ({
        gap: column === 0 ? 0 : column % 3 === 0 ? cellGap : gap,
        width: tileWidth,
      })),
      rows: inRows(tiles.length, columns).map((places, row) => ({
        tiles: places.flatMap((place) => tilesOf(tiles[place] as ScoredTile)),
        height: tileHeight,
        captionHeight: 56,
        ...(row === 0 ? { heads: places.flatMap(() => ["original", "reconstruction", "error"]) } : {}),
      })),
      margin: [22, 24, 12, cellGap],
      leastWidth: 560,
      heat: { top, name: "abs. error" },
    },
    signal,
  );
}
