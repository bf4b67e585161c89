// The images that a model does worst, over what it made of them and the training image that this is nearest to.
import { figureText } from "./figures.js";
import { evenColumns, inRows, modelTiles, type PictureRow, type Words } from "./pictureGrid.js";
import { renderPictures } from "./pictures.js";

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
  const tiles = modelTiles(shape, 84);
  const captionLabels: readonly Words[] = [
    { text: "mean squared error", look: "muted" },
    ...(isTall ? (["class", "the nearest image's class"] as const) : (["class, and the nearest image's"] as const)).map(
      (text) => ({ text, look: "muted" as const }),
    ),
  ];
  return renderPictures({
    columns: evenColumns(Math.min(columns, count), tiles.width, 6),
    rows: inRows(count, columns).flatMap((places, group) =>
      parts.map(({ label, images }, part): PictureRow => {
        const isLast = part === parts.length - 1;
        return {
          label: [{ text: label }],
          tiles: places.map((image) => ({
            ...tiles.tile(images, image),
            ...(isLast ? { caption: captionOf(captions[image], isTall) } : {}),
          })),
          height: tiles.height,
          gap: part > 0 ? 6 : group > 0 ? 16 : 0,
          ...(isLast ? { captionHeight: isTall ? 58 : 40, captionLabels } : {}),
        };
      }),
    ),
    margin: [20, 200, 20, 20],
  });
}

function captionOf(caption: WorstCaption | undefined, isTall: boolean): readonly Words[] {
  if (caption === undefined) return [];
  const { error, class: of, neighbourClass } = caption;
  const first = { text: figureText(error) };
  if (of === undefined) return [first];
  const look = neighbourClass !== undefined && neighbourClass !== of ? "alarm" : "muted";
  if (isTall) return [first, { text: of, look: "muted" }, { text: neighbourClass ?? of, look }];
  return [first, { text: neighbourClass === undefined ? of : `${of} – ${neighbourClass}`, look }];
}
