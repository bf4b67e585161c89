import { createCanvas } from "@napi-rs/canvas";
import { describe, expect, it } from "vitest";
import { fontFamily, readFontFiles, registerFonts, typefaces } from "./typefaces.js";

describe("typefaces", () => {
  it("are thirty families: serif, sans, mono and hand", () => {
    expect(new Set(typefaces.map(({ name }) => name)).size).toBe(30);
    expect(new Set(typefaces.map(({ kind }) => kind))).toEqual(new Set(["serif", "sans", "mono", "hand"]));
  });

  it("each draw their own digits: none falls back to another font", () => {
    registerFonts(readFontFiles());
    const canvas = createCanvas(600, 80);
    const context = canvas.getContext("2d");
    const drawn = (family: string): string => {
      context.clearRect(0, 0, 600, 80);
      context.font = `50px "${family}"`;
      context.fillText("0123456789", 20, 60);
      return canvas.toDataURL("image/png");
    };
    const families = typefaces.flatMap((typeface) => typeface.weights.map((weight) => fontFamily(typeface, weight)));
    const pictures = new Set(families.map(drawn));
    pictures.add(drawn("a family that nobody registered"));
    expect(pictures.size).toBe(families.length + 1);
  });

  it("names every package that is not installed, and how to install it", () => {
    const find = (file: string): string => {
      if (file.includes("lora") || file.includes("caveat")) throw new Error("not found");
      return import.meta.filename;
    };
    expect(() => readFontFiles(find)).toThrow(
      expect.objectContaining({
        name: "UserError",
        at: "printed-digits",
        message: "printed digits are drawn in 30 typefaces, and 2 of their packages are not installed",
        hint: "Run npm install @fontsource/lora @fontsource/caveat.",
      }),
    );
  });
});
