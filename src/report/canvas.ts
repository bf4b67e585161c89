// Pictures of this project as a canvas has them.
import { type Canvas, createCanvas, ImageData } from "@napi-rs/canvas";
import type { Picture } from "../pixels/index.js";

/** A canvas of the picture's size that shows it: what another canvas can draw, scaled. */
export function pictureCanvas(picture: Picture): Canvas {
  const canvas = createCanvas(picture.width, picture.height);
  canvas.getContext("2d").putImageData(new ImageData(withAlpha(picture), picture.width, picture.height), 0, 0);
  return canvas;
}

/** Red, green, blue, alpha bytes, as a canvas has them. */
export function withAlpha({ width, height, channels, bytes }: Picture): Uint8ClampedArray {
  const colours = new Uint8ClampedArray(width * height * 4);
  for (let pixel = 0; pixel < width * height; pixel++) {
    for (let channel = 0; channel < 3; channel++) {
      colours[pixel * 4 + channel] = bytes[pixel * channels + (channels === 1 ? 0 : channel)] as number;
    }
    colours[pixel * 4 + 3] = 255;
  }
  return colours;
}
