// The images that a model does worst, over what it made of them and the training image that this is nearest to.
import { createCanvas, ImageData, type SKRSContext2D } from "../data/drawing.js";
import { imageGrid } from "../pixels/index.js";
import { sizeOf } from "../tensor/index.js";
import { withAlpha } from "./canvas.js";
import { chartThemes } from "./chartOption.js";
import { figureText } from "./figures.js";
import { pictureFont, registerPictureFont } from "./fonts.js";

export interface WorstCaption {
  /** Mean squared error. */
  readonly error: number;
  readonly class?: string;
  /** Of the nearest training image. */
  readonly neighbourClass?: string;
}

export interface WorstInput {
  /** [image, channel, height, width] in [0, 1]; what lies outside is clipped. So are the others. */
  readonly originals: Float32Array;
  /** The corrupted inputs, where they were corrupted. */
  readonly inputs?: Float32Array;
  readonly reconstructions: Float32Array;
  readonly neighbours: Float32Array;
  /** [channel, height, width] */
  readonly shape: readonly number[];
  readonly captions: readonly WorstCaption[];
}

const border = 20;
const labelWidth = 200;
const columns = 8;

/**
 * PNG bytes: groups of rows, eight images wide. Under each column stand its error and its class, and the neighbour's class,
 * in another colour where it is another one.
 * @throws UserError when images have other than one or three channels
 */
export function renderWorst(input: WorstInput): Buffer {
  const { originals, inputs, reconstructions, neighbours, shape, captions } = input;
  const parts = [
    { label: "original", images: originals },
    ...(inputs === undefined ? [] : [{ label: "input", images: inputs }]),
    { label: inputs === undefined ? "reconstruction" : "restored", images: reconstructions },
    { label: "nearest training image", images: neighbours },
  ];
  const count = captions.length;
  // Names of classes that find no room side by side stand under each other.
  const isTall = captions.some(({ class: of = "", neighbourClass = "" }) => of.length + neighbourClass.length > 8);
  const captionHeight = isTall ? 58 : 40;
  const size = sizeOf(shape);
  const images = new Float32Array(parts.length * count * size);
  for (const [part, { images: of }] of parts.entries()) images.set(of.subarray(0, count * size), part * count * size);
  const rows: number[][] = [];
  for (let first = 0; first < count; first += columns) {
    for (const part of parts.keys()) {
      rows.push(Array.from({ length: Math.min(columns, count - first) }, (_, column) => part * count + first + column));
    }
  }
  const grid = imageGrid({
    images,
    shape,
    rows,
    magnification: Math.max(1, Math.round(84 / Math.max(shape[1] ?? 1, shape[2] ?? 1))),
    gap: 6,
    rowsPerGroup: parts.length,
    groupGap: captionHeight + 16,
    margin: [border, labelWidth, border + captionHeight, border],
  });
  registerPictureFont();
  const canvas = createCanvas(grid.width, grid.height);
  const context = canvas.getContext("2d");
  context.putImageData(new ImageData(withAlpha(grid), grid.width, grid.height), 0, 0);
  context.textBaseline = "middle";
  for (const [row, top] of grid.top.entries()) {
    const part = row % parts.length;
    context.textAlign = "right";
    context.fillStyle = chartThemes.light.ink;
    context.font = `15px ${pictureFont}`;
    context.fillText(parts[part]?.label ?? "", labelWidth - 14, top + grid.cell.height / 2);
    if (part < parts.length - 1) continue;
    const below = top + grid.cell.height;
    context.fillStyle = chartThemes.light.muted;
    context.font = `12px ${pictureFont}`;
    context.fillText("mean squared error", labelWidth - 14, below + 12);
    if (isTall) context.fillText("class", labelWidth - 14, below + 29);
    context.fillText(
      isTall ? "the nearest image's class" : "class, and the nearest image's",
      labelWidth - 14,
      below + (isTall ? 46 : 29),
    );
    context.textAlign = "center";
    for (const [column, image] of (rows[row] ?? []).entries()) {
      const caption = captions[image % count];
      const middle = (grid.left[column] ?? 0) + grid.cell.width / 2;
      if (caption !== undefined) writeCaption(context, caption, { middle, below, width: grid.cell.width + 4, isTall });
    }
  }
  return canvas.toBuffer("image/png");
}

function writeCaption(
  context: SKRSContext2D,
  { error, class: of, neighbourClass }: WorstCaption,
  {
    middle,
    below,
    width,
    isTall,
  }: { readonly middle: number; readonly below: number; readonly width: number; readonly isTall: boolean },
): void {
  context.fillStyle = chartThemes.light.ink;
  context.font = `12px ${pictureFont}`;
  context.fillText(figureText(error), middle, below + 12);
  if (of === undefined) return;
  if (isTall) {
    context.fillStyle = chartThemes.light.muted;
    context.fillText(of, middle, below + 29, width);
  }
  const differs = neighbourClass !== undefined && neighbourClass !== of;
  context.fillStyle = differs ? chartThemes.light.series[1] : chartThemes.light.muted;
  if (differs) context.font = `600 12px ${pictureFont}`;
  const text = neighbourClass === undefined ? of : isTall ? neighbourClass : `${of} – ${neighbourClass}`;
  context.fillText(text, middle, below + (isTall ? 46 : 29), width);
}
