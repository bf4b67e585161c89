// Pictures of this project as a canvas has them.
import { type Canvas, createCanvas, ImageData, type SKRSContext2D } from "../data/drawing.js";
import type { Picture } from "../pixels/index.js";
import { chartThemes } from "./chartOption.js";
import { pictureFont } from "./fonts.js";

/** A canvas of the picture's size that shows it: what another canvas can draw, scaled. */
export function pictureCanvas(picture: Picture): Canvas {
  const canvas = createCanvas(picture.width, picture.height);
  canvas.getContext("2d").putImageData(new ImageData(withAlpha(picture), picture.width, picture.height), 0, 0);
  return canvas;
}

/** Red, green, blue, alpha bytes, as a canvas has them. */
export function withAlpha({ width, height, channels, bytes }: Picture): Uint8ClampedArray {
  const colours = new Uint8ClampedArray(width * height * 4);
  if (channels === 1) {
    // A pixel at a time: pictures of a thousand images have millions.
    const pixels = new DataView(colours.buffer);
    for (let pixel = 0; pixel < width * height; pixel++) {
      pixels.setUint32(pixel * 4, (bytes[pixel] as number) * 0x01010100 + 0xff);
    }
    return colours;
  }
  for (let pixel = 0; pixel < width * height; pixel++) {
    for (let channel = 0; channel < 3; channel++) {
      colours[pixel * 4 + channel] = bytes[pixel * channels + channel] as number;
    }
    colours[pixel * 4 + 3] = 255;
  }
  return colours;
}

/** Where a titled picture's title begins, from the left and from the top. */
export const titleBorder = 24;
/** What the title and the line under it take of the height, below the border. */
export const titleHeight = 62;
export const titleFont = `600 19px ${pictureFont}`;

/** The title of a picture and a line under it, as a chart has them; both squeezed to `width` pixels where they are wider. */
export function drawTitle(context: SKRSContext2D, title: string, subtitle: string, width: number): void {
  context.textAlign = "left";
  context.textBaseline = "middle";
  context.font = titleFont;
  context.fillStyle = chartThemes.light.ink;
  context.fillText(title, titleBorder, titleBorder + 10, width);
  context.font = `14px ${pictureFont}`;
  context.fillStyle = chartThemes.light.muted;
  context.fillText(subtitle, titleBorder, titleBorder + 36, width);
}

/** The text, or its beginning with an ellipsis where it is wider than `width` pixels in the context's font. */
export function shortened(context: SKRSContext2D, text: string, width: number): string {
  if (context.measureText(text).width <= width) return text;
  const letters = [...text];
  while (letters.length > 1 && context.measureText(`${letters.join("")}…`).width > width) letters.pop();
  return `${letters.join("")}…`;
}
