// Heat maps: an error at each place as a colour over the picture, and the scale that says which colour is how much.

import { InternalError } from "../base/errors.js";
import { createCanvas, type SKRSContext2D } from "../data/drawing.js";
import { type Fit, innerSize, middlePiece, type Picture } from "../pixels/index.js";
import { pictureCanvas } from "./canvas.js";
import { chartThemes } from "./chartOption.js";
import { figureText } from "./figures.js";
import { pictureFont, registerPictureFont } from "./fonts.js";

/** Steps of the colour scale. */
const steps = 256;

/**
 * Colours from 0 to 1, [step, red green blue]: from a dark violet through red to a pale yellow. Their lightness in Oklab
 * (Ottosson 2020) grows evenly, so they are in order for every kind of colour vision and in grey; their chroma is what sRGB has room
 * for, up to a bound.
 */
export const heatColours: Uint8Array = makeColours();

function makeColours(): Uint8Array {
  const colours = new Uint8Array(steps * 3);
  for (let step = 0; step < steps; step++) {
    const t = step / (steps - 1);
    const lightness = 0.16 + 0.8 * t;
    const hue = ((300 + 165 * t) * Math.PI) / 180;
    let chroma = 0.19;
    while (chroma > 0 && !isWithin(linearOf(lightness, chroma, hue))) chroma -= 0.002;
    const linear = linearOf(lightness, Math.max(0, chroma), hue);
    colours.set(
      linear.map((value) => Math.round(255 * encoded(Math.min(1, Math.max(0, value))))),
      step * 3,
    );
  }
  return colours;
}

/** Linear red, green and blue of Oklab's lightness, chroma and hue. */
function linearOf(lightness: number, chroma: number, hue: number): [number, number, number] {
  const [a, b] = [chroma * Math.cos(hue), chroma * Math.sin(hue)];
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ];
}

function isWithin(linear: readonly number[]): boolean {
  return linear.every((value) => value >= 0 && value <= 1);
}

/** sRGB's transfer function. */
function encoded(linear: number): number {
  return linear <= 0.0031308 ? 12.92 * linear : 1.055 * linear ** (1 / 2.4) - 0.055;
}

/** From 0 to 1: how far the colour covers the picture; wholly from half the scale on. */
function coverOf(t: number): number {
  return Math.min(1, 0.25 + 1.5 * t);
}

export interface HeatInput {
  /** As it came, of any size. */
  readonly original: Picture;
  /** [height, width], as the model sees it. */
  readonly error: Float64Array;
  readonly height: number;
  readonly width: number;
  /** How the picture was made ready for the model, which says where the error lies in it. */
  readonly fit: Fit;
  /** The error that has the last colour; larger ones have it too. */
  readonly top: number;
}

/**
 * The picture in grey and dimmed, and over it the colours of the error, at the picture's own size. Where the model did not look (beside
 * the middle piece that `cover` takes) it stays grey.
 */
export function heatPicture({ original, error, height, width, fit, top }: HeatInput): Picture {
  if (error.length !== height * width) throw new InternalError("an error map is of another size than the model");
  const seen = fit === "cover" ? middlePiece(original, height, width) : original;
  const left = Math.floor((original.width - seen.width) / 2);
  const upper = Math.floor((original.height - seen.height) / 2);
  // Of `contain` the picture is a part of what the model saw.
  const inner = fit === "contain" ? innerSize(original, height, width) : { height, width };
  const inLeft = Math.floor((width - inner.width) / 2);
  const inTop = Math.floor((height - inner.height) / 2);
  const bytes = new Uint8Array(original.width * original.height * 3);
  for (let y = 0, at = 0; y < original.height; y++) {
    const errorY = inTop + ((y - upper + 0.5) * inner.height) / seen.height - 0.5;
    for (let x = 0; x < original.width; x++, at++) {
      const grey = 0.8 * greyAt(original, at);
      const isSeen = x >= left && x < left + seen.width && y >= upper && y < upper + seen.height;
      const errorX = inLeft + ((x - left + 0.5) * inner.width) / seen.width - 0.5;
      const t = isSeen ? Math.min(1, Math.max(0, between(error, height, width, errorY, errorX) / top)) : 0;
      const cover = isSeen ? coverOf(t) : 0;
      const colour = 3 * Math.round(t * (steps - 1));
      for (let channel = 0; channel < 3; channel++) {
        bytes[3 * at + channel] = Math.round((1 - cover) * grey + cover * (heatColours[colour + channel] as number));
      }
    }
  }
  return { width: original.width, height: original.height, channels: 3, bytes };
}

function greyAt({ channels, bytes }: Picture, pixel: number): number {
  if (channels === 1) return bytes[pixel] as number;
  const at = 3 * pixel;
  return 0.299 * (bytes[at] as number) + 0.587 * (bytes[at + 1] as number) + 0.114 * (bytes[at + 2] as number);
}

/** The value at a place between the centres of a map, bilinear; beyond its edge that of the edge. */
function between(map: Float64Array, height: number, width: number, y: number, x: number): number {
  const [cy, cx] = [Math.min(height - 1, Math.max(0, y)), Math.min(width - 1, Math.max(0, x))];
  const [y0, x0] = [Math.floor(cy), Math.floor(cx)];
  const [y1, x1] = [Math.min(height - 1, y0 + 1), Math.min(width - 1, x0 + 1)];
  const [fy, fx] = [cy - y0, cx - x0];
  const at = (row: number, column: number): number => map[row * width + column] as number;
  return (1 - fy) * ((1 - fx) * at(y0, x0) + fx * at(y0, x1)) + fy * ((1 - fx) * at(y1, x0) + fx * at(y1, x1));
}

/** Draws the scale as an upright bar with its ends written beside it; the last colour is also that of larger errors. */
export function drawHeatScale(
  context: SKRSContext2D,
  place: { readonly left: number; readonly top: number; readonly height: number },
  top: number,
): void {
  const { left, top: y, height } = place;
  for (let row = 0; row < height; row++) {
    const colour = 3 * Math.round((1 - row / Math.max(1, height - 1)) * (steps - 1));
    const [red, green, blue] = heatColours.subarray(colour, colour + 3);
    context.fillStyle = `rgb(${red}, ${green}, ${blue})`;
    context.fillRect(left, y + row, heatBar, 1);
  }
  context.fillStyle = chartThemes.light.muted;
  context.font = `12px ${pictureFont}`;
  context.textAlign = "left";
  context.textBaseline = "middle";
  for (const [share, text] of [
    [1, `${figureText(top)}+`],
    [0.5, figureText(top / 2)],
    [0, "0"],
  ] as const) {
    context.fillText(text, left + heatBar + 6, y + (1 - share) * (height - 1));
  }
}

const heatBar = 14;
/** Room that the scale takes: bar and words. */
export const heatScaleWidth = heatBar + 58;

/** The longest side of a heat map's file; larger pictures are drawn smaller. */
const longestSide = 2048;

/** A heat map with its scale, as PNG bytes. */
export function renderHeat(input: HeatInput): Buffer {
  registerPictureFont();
  const picture = heatPicture(input);
  const scale = Math.min(1, longestSide / Math.max(picture.width, picture.height));
  // Small pictures are shown in squares, so that there is room for the scale.
  const magnification = Math.max(1, Math.round(192 / Math.max(picture.width, picture.height)));
  const width = Math.max(1, Math.round(picture.width * scale)) * magnification;
  const height = Math.max(1, Math.round(picture.height * scale)) * magnification;
  const barHeight = Math.max(height, 60);
  const canvas = createCanvas(width + 16 + heatScaleWidth + 12, barHeight + 24 + 20);
  const context = canvas.getContext("2d");
  context.fillStyle = "#ffffff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.imageSmoothingEnabled = magnification === 1;
  context.imageSmoothingQuality = "high";
  context.drawImage(pictureCanvas(picture), 12, 12, width, height);
  drawHeatScale(context, { left: width + 12 + 16, top: 12, height: barHeight }, input.top);
  context.textAlign = "left";
  context.textBaseline = "middle";
  context.fillText("absolute error", 12, barHeight + 12 + 18);
  return canvas.toBuffer("image/png");
}
