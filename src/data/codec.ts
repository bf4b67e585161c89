// The codec of picture files, loaded once, with a sentence where it is missing. Whoever reads or writes them imports it from here.
import { loadPackage } from "./packages.js";

export const { default: sharp } = await loadPackage(
  "sharp",
  "reading and writing picture files",
  () => import("sharp"),
);
