// What draws the points of a map: WebGL2 where a graphics processor does the work, else the page by hand.
import type { PointRenderer } from "./frame.js";
import { handRenderer } from "./handRenderer.js";
import { webglRenderer } from "./webglRenderer.js";

export type RendererChoice = "auto" | "webgl" | "canvas";

/**
 * The renderer for a canvas that nothing was drawn in yet. A WebGL that is computed by the processor is slower than drawing by
 * hand, and some machines have none.
 * @param onlost called where the graphics processor went away: the canvas is empty then, and needs another renderer
 */
export function openRenderer(canvas: HTMLCanvasElement, choice: RendererChoice, onlost: () => void): PointRenderer {
  if (choice !== "canvas") {
    const found = webglRenderer(canvas, choice === "webgl", onlost);
    if (found !== undefined) return found;
  }
  return handRenderer(canvas);
}
