// Pictures in rows with words beside, above and below them: what such a page shows, as plain data. Drawn by pictures.ts.
import { UserError } from "../base/errors.js";
import { type Picture, pictureOfPlanes, pixelsFromUnit } from "../pixels/index.js";

export interface PictureGrid {
  /** At the top left, and a line under it; with `hasSmallTitle` the title alone, in the size of labels. */
  readonly title?: string;
  readonly subtitle?: string;
  readonly hasSmallTitle?: boolean;
  /** Of each column the room before it and its own, in pixels. */
  readonly columns: readonly { readonly gap: number; readonly width: number }[];
  readonly rows: readonly PictureRow[];
  /** Room in pixels: above the first row (below a title), before the first column, below the last row, after the last column. */
  readonly margin: readonly [top: number, left: number, bottom: number, right: number];
  readonly labelAlign?: "left" | "right";
  readonly leastWidth?: number;
  /** After which column a line parts the rest. */
  readonly partedAfter?: number;
  /** The scale of heat maps, after the last column: the error that has the last colour. */
  readonly heat?: { readonly top: number; readonly name: string };
}

export interface PictureRow {
  /** Beside the first column, line under line. */
  readonly label?: readonly Words[];
  readonly tiles: readonly (PictureTile | null)[];
  /** In pixels. */
  readonly height: number;
  /** Room above, in pixels, beside the margin. */
  readonly gap?: number;
  /** Room for captions below. */
  readonly captionHeight?: number;
  /** What the captions' lines are, beside them. */
  readonly captionLabels?: readonly Words[];
  /** Above the columns. */
  readonly heads?: readonly string[];
}

export interface PictureTile {
  readonly picture: Picture;
  /** As it is drawn, in pixels, in the middle of its place. Whole multiples of the picture's own are drawn as squares. */
  readonly width: number;
  readonly height: number;
  readonly isFramed?: boolean;
  /** Below, line under line. */
  readonly caption?: readonly Words[];
  /** How many columns the caption goes over, from the left; default 1, in the middle. */
  readonly captionColumns?: number;
}

/** A line of words, and how it looks: large as a row's label, plain, as what stands beside, as what matters, as a warning. */
export interface Words {
  readonly text: string;
  readonly look?: "label" | "plain" | "muted" | "strong" | "alarm";
}

/** Columns of one width. */
export function evenColumns(count: number, width: number, gap: number): PictureGrid["columns"] {
  return Array.from({ length: count }, (_, column) => ({ gap: column === 0 ? 0 : gap, width }));
}

/** Images of a model as tiles whose longer side is about `side` pixels, each pixel a square of whole pixels. */
export interface ModelTiles {
  readonly width: number;
  readonly height: number;
  /** @param images [image, channel, height, width] in [0, 1]; what lies outside is clipped */
  tile(images: Float32Array, image: number): PictureTile;
}

/** @throws UserError when images have other than one or three channels */
export function modelTiles(shape: readonly number[], side = 64): ModelTiles {
  const [channels = 0, height = 1, width = 1] = shape;
  if (channels !== 1 && channels !== 3) {
    throw new UserError(`a picture has 1 or 3 channels, these images have ${channels}`);
  }
  const size = channels * height * width;
  const magnification = Math.max(1, Math.round(side / Math.max(height, width)));
  const drawn = { width: width * magnification, height: height * magnification };
  return {
    ...drawn,
    tile: (images, image) => ({
      picture: pictureOf(images.subarray(image * size, (image + 1) * size), channels, height, width),
      ...drawn,
    }),
  };
}

/** [channel, height, width] in [0, 1] (clipped) as bytes pixel by pixel. */
export function pictureOf(image: Float32Array, channels: number, height: number, width: number): Picture {
  return pictureOfPlanes(pixelsFromUnit(image), channels, height, width);
}

/** A picture of any size as large as a box allows. */
export function boxedTile(picture: Picture, boxWidth: number, boxHeight: number): PictureTile {
  const scale = Math.min(boxWidth / picture.width, boxHeight / picture.height);
  return { picture, width: picture.width * scale, height: picture.height * scale };
}

/** How many images there are, in rows of at most so many: their places. */
export function inRows(count: number, columns: number): readonly (readonly number[])[] {
  return Array.from({ length: Math.ceil(count / columns) }, (_, row) =>
    Array.from({ length: Math.min(columns, count - row * columns) }, (_, column) => row * columns + column),
  );
}
