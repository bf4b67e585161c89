// Values in [0, 1] painted on a canvas, pixel for pixel.
import { byteOf } from "../map/png.js";

/** @param values [channel, height, width], one channel or three */
export function paint(canvas: HTMLCanvasElement, values: ArrayLike<number>, shape: readonly number[]): void {
  const [channels, height, width] = shape;
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  const context = canvas.getContext("2d");
  if (context === null) return;
  const image = context.createImageData(width, height);
  const plane = height * width;
  for (let i = 0; i < plane; i++) {
    for (let c = 0; c < 3; c++) image.data[4 * i + c] = byteOf(values[(channels === 3 ? c : 0) * plane + i]);
    image.data[4 * i + 3] = 255;
  }
  context.putImageData(image, 0, 0);
}
