// Many small pictures composed into one, row by row, magnified without smoothing.
import { InternalError, UserError } from "../base/errors.js";
import { pause } from "../base/turns.js";
import { pixelFromUnit } from "./convert.js";

/** A picture as bytes: grey (one channel) or red, green, blue (three), pixel by pixel, row by row. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  /** [height, width, channel] */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

export interface ImageGridOptions {
  /** [image, channel, height, width], in [0, 1]; values outside are clipped. */
  readonly images: Float32Array;
  /** [channel, height, width], one channel or three. */
  readonly shape: readonly number[];
  /** For each row of the grid which images stand in it, by their index in `images`; null leaves a place empty. */
  readonly rows: readonly (readonly (number | null)[])[];
  /** Output pixels along each side of an image's pixel, a positive whole number. Default 2. */
  readonly magnification?: number;
  /** Output pixels between neighbours. Default 2. */
  readonly gap?: number;
  /** Rows that belong together (an original over its reconstruction). Default 1. */
  readonly rowsPerGroup?: number;
  /** Output pixels between groups of rows. Default three gaps. */
  readonly groupGap?: number;
  /** Output pixels around the whole: [top, left, bottom, right]. Default the gap on all sides. Labels find room here. */
  readonly margin?: readonly [number, number, number, number];
  /** Brightness of everything that is not an image, 0 to 255. Default 255, white. */
  readonly background?: number;
}

export interface ImageGrid extends Picture {
  /** Left edge of each column, in output pixels. */
  readonly left: readonly number[];
  /** Upper edge of each row, in output pixels. */
  readonly top: readonly number[];
  /** Width and height of one image, in output pixels. */
  readonly cell: { readonly width: number; readonly height: number };
}

/** @throws UserError when images have other than one or three channels */
export function imageGrid(options: ImageGridOptions): ImageGrid {
  const { grid, drawRow } = emptyGrid(options);
  for (let row = 0; row < options.rows.length; row++) drawRow(row);
  return grid;
}

/** As `imageGrid`, giving the thread back between rows: for thousands of images. @throws AbortError */
export async function imageGridInTurns(options: ImageGridOptions, signal?: AbortSignal): Promise<ImageGrid> {
  const { grid, drawRow } = emptyGrid(options);
  for (let row = 0; row < options.rows.length; row++) {
    await pause(signal);
    drawRow(row);
  }
  return grid;
}

/** The grid without its images, and what draws a row of them. */
function emptyGrid(options: ImageGridOptions): { readonly grid: ImageGrid; readonly drawRow: (row: number) => void } {
  const { images, rows, magnification = 2, gap = 2, rowsPerGroup = 1, background = 255 } = options;
  const { groupGap = 3 * gap, margin = [gap, gap, gap, gap] } = options;
  const [channels = 0, height = 0, width = 0] = options.shape;
  if (channels !== 1 && channels !== 3) {
    throw new UserError(`a picture has 1 or 3 channels, these images have ${channels}`);
  }
  if (!Number.isInteger(magnification) || magnification < 1) {
    throw new InternalError(`the magnification must be a positive whole number, not ${magnification}`);
  }
  const size = channels * height * width;
  const cell = { width: width * magnification, height: height * magnification };
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const [marginTop, marginLeft, marginBottom, marginRight] = margin;
  const left = Array.from({ length: columns }, (_, column) => marginLeft + column * (cell.width + gap));
  // The gap before a row: none before the first, a wide one where a group begins.
  const gapBefore = (row: number): number =>
    row === 0 ? 0 : rowsPerGroup > 1 && row % rowsPerGroup === 0 ? groupGap : gap;
  const top: number[] = [];
  for (let row = 0, y = marginTop; row < rows.length; row++) {
    y += gapBefore(row);
    top.push(y);
    y += cell.height;
  }
  const totalWidth = (left.at(-1) ?? marginLeft - cell.width) + cell.width + marginRight;
  const totalHeight = (top.at(-1) ?? marginTop - cell.height) + cell.height + marginBottom;
  const bytes = new Uint8Array(totalHeight * totalWidth * channels).fill(background);

  const drawRow = (r: number): void => {
    rows[r]?.forEach((image, column) => {
      if (image === null) return;
      if (!Number.isInteger(image) || image < 0 || (image + 1) * size > images.length) {
        throw new InternalError(`image ${image} of a grid is not among the ${images.length / size} images`);
      }
      for (let y = 0; y < cell.height; y++) {
        const source = image * size + Math.floor(y / magnification) * width;
        const target = (((top[r] ?? 0) + y) * totalWidth + (left[column] ?? 0)) * channels;
        for (let x = 0; x < cell.width; x++) {
          const from = source + Math.floor(x / magnification);
          for (let c = 0; c < channels; c++) {
            bytes[target + x * channels + c] = pixelFromUnit(images[from + c * height * width] as number);
          }
        }
      }
    });
  };
  return { grid: { width: totalWidth, height: totalHeight, channels, bytes, left, top, cell }, drawRow };
}
