// What a renderer of points is, and what it is told of a frame.
import type { Rgb } from "../../map/colours.js";
import type { View } from "../../map/view.js";

/** What a frame shows. */
export interface Frame {
  readonly view: View;
  /** In pixels of the page. */
  readonly size: { readonly width: number; readonly height: number };
  /** Pixels of the screen to a pixel of the page. */
  readonly ratio: number;
  /** Of a point, in pixels of the page. */
  readonly radius: number;
  /** Behind the points. */
  readonly ground: Rgb;
  /** How many of the points are drawn, from above 0 to 1, where drawing them is what takes the time: a sample, the same in each frame. */
  readonly share: number;
}

export interface PointRenderer {
  /** What draws, for people: `WebGL2`, `canvas`. */
  readonly name: string;
  /** @param points [point, 2] @param marks [point, 4]: red, green, blue, shape */
  setPoints(points: Float32Array, marks: Uint8Array): void;
  /** @param plain points drawn first, paler where there are others @param strong points drawn over them, larger */
  setOrder(plain: Uint32Array, strong: Uint32Array): void;
  draw(frame: Frame): void;
  dispose(): void;
}

/** How pale points are that are not selected, where others are. */
export const paleness = 0.75;
