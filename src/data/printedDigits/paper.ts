// Textures of paper: how much lighter or darker each pixel is than the paper's colour. Plain arithmetic, no canvas.
import { fillWords, type RandomSequence } from "../../base/random.js";
import type { Texture } from "./plan.js";

/** The most that a texture changes a pixel, of the whole range: ink and paper stay apart. */
export const largestShade = 0.15;

/**
 * Writes the shade of each pixel, from −`largestShade` to `largestShade`, in units of 255.
 * @param shades [row, column], `side` × `side`
 * @param random continues the picture's own sequence
 */
export function fillShades(shades: Float32Array, side: number, texture: Texture, random: RandomSequence): void {
  const strength = 255 * largestShade * (0.4 + 0.6 * random.uniform());
  switch (texture) {
    case "plain":
      shades.fill(0);
      break;
    case "grain":
      fillGrain(shades, strength, random.word());
      break;
    case "ruled":
    case "squared":
      fillLines(shades, side, -strength, texture === "squared", random);
      break;
    case "blotches":
      fillBlotches(shades, side, strength, random);
      break;
    case "light":
      fillLight(shades, side, strength, random);
      break;
  }
}

/** Independent for each pixel: the mean of two bytes, a triangle between −strength and strength. */
function fillGrain(shades: Float32Array, strength: number, seed: number): void {
  const words = new Uint32Array(Math.ceil(shades.length / 2));
  fillWords(words, seed, "sample", 1, 0);
  for (let i = 0; i < shades.length; i++) {
    const half = (words[i >> 1] as number) >>> (16 * (i & 1));
    shades[i] = strength * (((half & 255) + ((half >>> 8) & 255)) / 255 - 1);
  }
}

/** Lines of about a pixel at even distances, slightly turned; squares have a second set across. */
function fillLines(
  shades: Float32Array,
  side: number,
  shade: number,
  isSquared: boolean,
  random: RandomSequence,
): void {
  const distance = side * (0.07 + 0.13 * random.uniform());
  const halfWidth = Math.max(0.6, side * 0.006);
  const angle = (Math.PI / 180) * 6 * (2 * random.uniform() - 1);
  const [cosine, sine] = [Math.cos(angle), Math.sin(angle)];
  const [offsetX, offsetY] = [distance * random.uniform(), distance * random.uniform()];
  // How much of a line lies on a pixel: 1 on its middle, falling to 0 within a pixel of its edge.
  const cover = (position: number): number => {
    const away = Math.abs(position - distance * Math.round(position / distance));
    return Math.min(1, Math.max(0, halfWidth + 0.5 - away));
  };
  for (let y = 0, i = 0; y < side; y++) {
    for (let x = 0; x < side; x++, i++) {
      const across = cover(cosine * y - sine * x + offsetY);
      const along = isSquared ? cover(cosine * x + sine * y + offsetX) : 0;
      shades[i] = shade * Math.max(across, along);
    }
  }
}

/** Values drawn on a coarse grid, with straight passages between. */
function fillBlotches(shades: Float32Array, side: number, strength: number, random: RandomSequence): void {
  const cells = 3 + random.below(5);
  const corners = Float32Array.from({ length: (cells + 1) ** 2 }, () => strength * (2 * random.uniform() - 1));
  for (let y = 0, i = 0; y < side; y++) {
    const gridY = (y * cells) / side;
    const row = Math.floor(gridY);
    const down = gridY - row;
    for (let x = 0; x < side; x++, i++) {
      const gridX = (x * cells) / side;
      const column = Math.floor(gridX);
      const right = gridX - column;
      const corner = row * (cells + 1) + column;
      const top = (corners[corner] as number) * (1 - right) + (corners[corner + 1] as number) * right;
      const below = corner + cells + 1;
      const bottom = (corners[below] as number) * (1 - right) + (corners[below + 1] as number) * right;
      shades[i] = top * (1 - down) + bottom * down;
    }
  }
}

/** Light from one side: from −strength in one corner or edge to strength in the opposite one. */
function fillLight(shades: Float32Array, side: number, strength: number, random: RandomSequence): void {
  const angle = 2 * Math.PI * random.uniform();
  const [directionX, directionY] = [Math.cos(angle), Math.sin(angle)];
  const reach = (Math.abs(directionX) + Math.abs(directionY)) * (side / 2);
  for (let y = 0, i = 0; y < side; y++) {
    for (let x = 0; x < side; x++, i++) {
      const along = directionX * (x + 0.5 - side / 2) + directionY * (y + 0.5 - side / 2);
      shades[i] = (strength * along) / reach;
    }
  }
}
