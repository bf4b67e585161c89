// The typefaces of printed digits, registered with the canvas under names of their own.
import { readFileSync } from "node:fs";
import { UserError } from "../../base/errors.js";
import { GlobalFonts } from "../drawing.js";
import { fontFile } from "../fontFiles.js";

export type TypefaceKind = "serif" | "sans" | "mono" | "hand";

export interface Typeface {
  /** The npm package is `@fontsource/` and this. */
  readonly name: string;
  readonly kind: TypefaceKind;
  /** Regular, and bold where the family has it. */
  readonly weights: readonly number[];
}

const both = [400, 700];
const regular = [400];

/** Thirty families under the SIL Open Font License (permanent-marker: Apache 2.0). Their order is part of what a seed means. */
export const typefaces: readonly Typeface[] = [
  { name: "bitter", kind: "serif", weights: both },
  { name: "crimson-text", kind: "serif", weights: both },
  { name: "libre-baskerville", kind: "serif", weights: both },
  { name: "lora", kind: "serif", weights: both },
  { name: "merriweather", kind: "serif", weights: both },
  { name: "playfair-display", kind: "serif", weights: both },
  { name: "pt-serif", kind: "serif", weights: both },
  { name: "zilla-slab", kind: "serif", weights: both },
  { name: "bebas-neue", kind: "sans", weights: regular },
  { name: "inter", kind: "sans", weights: both },
  { name: "lato", kind: "sans", weights: both },
  { name: "montserrat", kind: "sans", weights: both },
  { name: "nunito", kind: "sans", weights: both },
  { name: "open-sans", kind: "sans", weights: both },
  { name: "oswald", kind: "sans", weights: both },
  { name: "raleway", kind: "sans", weights: both },
  { name: "roboto", kind: "sans", weights: both },
  { name: "courier-prime", kind: "mono", weights: both },
  { name: "ibm-plex-mono", kind: "mono", weights: both },
  { name: "roboto-mono", kind: "mono", weights: both },
  { name: "source-code-pro", kind: "mono", weights: both },
  { name: "space-mono", kind: "mono", weights: both },
  { name: "architects-daughter", kind: "hand", weights: regular },
  { name: "caveat", kind: "hand", weights: both },
  { name: "dancing-script", kind: "hand", weights: both },
  { name: "indie-flower", kind: "hand", weights: regular },
  { name: "kalam", kind: "hand", weights: both },
  { name: "patrick-hand", kind: "hand", weights: regular },
  { name: "permanent-marker", kind: "hand", weights: regular },
  { name: "shadows-into-light", kind: "hand", weights: regular },
];

/**
 * The family that canvas text asks for. One name for each weight: the canvas then has nothing to choose between, and
 * neither a font of the system nor another weight can take its place.
 */
export function fontFamily(typeface: Typeface, weight: number): string {
  return `isthmus ${typeface.name} ${weight}`;
}

export interface FontFile {
  readonly family: string;
  readonly bytes: Buffer;
}

/**
 * The font files of all typefaces, in order.
 * @param find the path of a typeface's file; throws where there is none
 * @throws UserError that names all packages that are missing
 */
export function readFontFiles(find: (name: string, weight: number) => string = fontFile): FontFile[] {
  const missing = new Set<string>();
  const files: FontFile[] = [];
  for (const typeface of typefaces) {
    for (const weight of typeface.weights) {
      const name = `@fontsource/${typeface.name}`;
      try {
        files.push({ family: fontFamily(typeface, weight), bytes: readFileSync(find(typeface.name, weight)) });
      } catch {
        missing.add(name);
      }
    }
  }
  if (missing.size > 0) {
    throw new UserError(
      `printed digits are drawn in ${typefaces.length} typefaces, and ${missing.size} of their packages ${missing.size === 1 ? "is" : "are"} not installed`,
      { at: "printed-digits", hint: `Run npm install ${[...missing].join(" ")}.` },
    );
  }
  return files;
}

let registered = false;

/**
 * Makes the typefaces known to the canvas, once. Each registration is checked, for the canvas would draw a family that
 * it does not know in some font of the system and say nothing.
 * @throws UserError for a file that is no font
 */
export function registerFonts(files: readonly FontFile[]): void {
  if (registered) return;
  for (const { family, bytes } of files) {
    if (GlobalFonts.register(bytes, family) === null || !GlobalFonts.has(family)) {
      throw new UserError("the font could not be read", {
        at: family.replace(/^isthmus /, "@fontsource/"),
        hint: "The package may be damaged: remove node_modules and run npm ci.",
      });
    }
  }
  registered = true;
}
