// What a look at some pictures of a data set tells of all of them: grey or colour, strokes, drawings or photographs, dark or light,
// whether a mirror image is as good. Pure: who decodes them hands them in.
import { lumaOf } from "../pixels/index.js";
import { sizeOf } from "../tensor/index.js";

/**
 * What the pictures show. Strokes: lines on an even ground, as digits and writing. Drawings: even areas, as icons and flags.
 * Photographs: everything else.
 */
export type PictureKind = "strokes" | "drawings" | "photographs";

/** What is known of a data set before an experiment is made of it. */
export interface PictureFacts {
  /** Pictures that are trained on. */
  readonly trained: number;
  readonly tested: number;
  /** [height, width] of all pictures, where they share it; else a size that no more than a tenth of them are smaller than. */
  readonly size: readonly [height: number, width: number];
  /** Different sizes among those looked at. */
  readonly sizes: number;
  /** Channels as the files have them. */
  readonly channels: 1 | 3;
  /** Files of three channels whose pictures are all grey. */
  readonly isGreyAll: boolean;
  /** Share of the pictures that have transparent parts, 0 to 1. */
  readonly transparent: number;
  readonly kind: PictureKind;
  /** Brightness around the edge, 0 to 1, where it is the same in nearly all pictures. */
  readonly ground?: number;
  /** A mirror image is as likely as the picture: the mean picture is its own mirror image. */
  readonly isMirrored: boolean;
  /** Names of the classes, where there are labels. */
  readonly classes?: readonly string[];
  /** Pictures of each class, where a folder was looked at. */
  readonly classCounts?: readonly number[];
  /** The folders train and test, or a source's own parting. */
  readonly isParted: boolean;
  /** Seconds that opening the data takes, as far as the look can tell. */
  readonly secondsToOpen: number;
}

/** Values of 8 bits, [channel, height, width], all of one shape. */
export interface Pictures {
  readonly shape: readonly number[];
  readonly pictures: readonly Uint8Array[];
}

export type SampleFacts = Pick<PictureFacts, "isGreyAll" | "kind" | "ground" | "isMirrored">;

/** Steps of 8 bits by which two channels, or two neighbours, may differ and count as the same: what JPEG does to grey and to even areas. */
const sameWithin = 6;
/** Steps of 8 bits from the ground at which a pixel is part of the figure. */
const figureFrom = 48;

/** What some pictures tell of all. At least one picture. */
export function factsOf({ shape, pictures }: Pictures): SampleFacts {
  const luma = pictures.map((picture) => lumaPlane(picture, shape));
  const [, height = 1, width = 1] = shape;
  const grounds = luma.map((plane) => groundOf(plane, height, width));
  const even = grounds.filter((ground) => ground !== undefined);
  // In nearly all pictures: a few with something at the edge change nothing.
  const hasGround = even.length >= 0.8 * pictures.length;
  const ground = hasGround ? commonGround(even) : undefined;
  const kind = kindOf(luma, grounds, { height, width, hasGround });
  return {
    isGreyAll: pictures.every((picture) => isGrey(picture, shape)),
    kind,
    ...(ground === undefined ? {} : { ground }),
    isMirrored: kind !== "strokes" && isMirrorLike(luma, height, width),
  };
}

function lumaPlane(picture: Uint8Array, shape: readonly number[]): Float32Array {
  const values = Float32Array.from(picture);
  return shape[0] === 3 ? lumaOf(values, new Float32Array(sizeOf(shape.slice(1)))) : values;
}

function isGrey(picture: Uint8Array, shape: readonly number[]): boolean {
  if (shape[0] !== 3) return true;
  const plane = sizeOf(shape.slice(1));
  for (let i = 0; i < plane; i++) {
    const [red, green, blue] = [picture[i] as number, picture[plane + i] as number, picture[2 * plane + i] as number];
    if (Math.max(red, green, blue) - Math.min(red, green, blue) > sameWithin) return false;
  }
  return true;
}

/** The brightness of nine tenths of the edge, within a step of JPEG's noise; undefined where the edge is not even. */
function groundOf(plane: Float32Array, height: number, width: number): number | undefined {
  const edge: number[] = [];
  for (let x = 0; x < width; x++) edge.push(plane[x] as number, plane[(height - 1) * width + x] as number);
  for (let y = 1; y < height - 1; y++) edge.push(plane[y * width] as number, plane[y * width + width - 1] as number);
  edge.sort((a, b) => a - b);
  const middle = edge[Math.floor(edge.length / 2)] as number;
  const near = edge.filter((value) => Math.abs(value - middle) <= figureFrom / 2).length;
  return near >= 0.9 * edge.length ? middle : undefined;
}

/** The ground in [0, 1] where four fifths of the pictures share it; black and white paper alike leave none. */
function commonGround(grounds: readonly number[]): number | undefined {
  const sorted = [...grounds].sort((a, b) => a - b);
  const middle = sorted[Math.floor(sorted.length / 2)] as number;
  const near = sorted.filter((value) => Math.abs(value - middle) <= figureFrom / 2).length;
  return near >= 0.8 * sorted.length ? Math.round((middle / 255) * 100) / 100 : undefined;
}

/** A stroke is thinner than this part of the picture's shorter side: 3 of 28 pixels for MNIST's digits. */
const strokeWidth = 0.17;
/** Pairs of neighbours in the figure that are the same: above this share the picture is drawn. Photographs of the same size have less than a third. */
const evenShare = 0.5;

function kindOf(
  planes: readonly Float32Array[],
  grounds: readonly (number | undefined)[],
  { height, width, hasGround }: { readonly height: number; readonly width: number; readonly hasGround: boolean },
): PictureKind {
  let [pairs, same] = [0, 0];
  const widths: number[] = [];
  planes.forEach((plane, number) => {
    const ground = grounds[number];
    const inFigure = (at: number): boolean =>
      ground === undefined || Math.abs((plane[at] as number) - ground) >= figureFrom;
    let [area, border] = [0, 0];
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const at = y * width + x;
        if (!inFigure(at)) continue;
        area++;
        const right = x + 1 < width && inFigure(at + 1);
        const below = y + 1 < height && inFigure(at + width);
        const left = x > 0 && inFigure(at - 1);
        const above = y > 0 && inFigure(at - width);
        if (!right) border++;
        if (!left) border++;
        if (!below) border++;
        if (!above) border++;
        if (right) {
          pairs++;
          if (Math.abs((plane[at] as number) - (plane[at + 1] as number)) <= 2) same++;
        }
      }
    }
    // A band of width w and length l has an area of w·l and a border of about 2·l.
    if (ground !== undefined && area > 0) widths.push((2 * area) / border);
  });
  widths.sort((a, b) => a - b);
  const middle = widths[Math.floor(widths.length / 2)] ?? Number.POSITIVE_INFINITY;
  if (hasGround && middle < strokeWidth * Math.min(height, width)) return "strokes";
  return pairs > 0 && same / pairs > evenShare ? "drawings" : "photographs";
}

/** The mean's asymmetry beside what chance leaves of it in so many pictures: below this it is chance, or too little to matter. */
const asymmetryOfChance = 3;

/** Whether the mean picture is its own mirror image, as far as the pictures' number can tell. */
function isMirrorLike(planes: readonly Float32Array[], height: number, width: number): boolean {
  const count = planes.length;
  let [asymmetry, chance, spread] = [0, 0, 0];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < Math.floor(width / 2); x++) {
      const [a, b] = [y * width + x, y * width + width - 1 - x];
      // The difference of a pixel and its mirror image: its mean, and how far that scatters.
      let [sum, squares, both] = [0, 0, 0];
      for (const plane of planes) {
        const [left, right] = [plane[a] as number, plane[b] as number];
        sum += left - right;
        squares += (left - right) ** 2;
        both += left ** 2 + right ** 2 - (left + right) ** 2 / 2;
      }
      const mean = sum / count;
      asymmetry += mean ** 2;
      chance += Math.max(0, squares / count - mean ** 2) / count;
      spread += both / count;
    }
  }
  return asymmetry <= asymmetryOfChance * chance || asymmetry <= 0.01 * spread;
}
