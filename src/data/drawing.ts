// The canvas that pictures are drawn on, loaded once, with a sentence where it is missing. Drawing files import it from here.
import { loadPackage } from "./packages.js";

export type { Canvas, SKRSContext2D } from "@napi-rs/canvas";

export const { createCanvas, GlobalFonts, ImageData } = await loadPackage(
  "@napi-rs/canvas",
  "drawing pictures",
  () => import("@napi-rs/canvas"),
);
