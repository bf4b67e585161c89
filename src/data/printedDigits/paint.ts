// Paints printed digits: from a seed and an image's number to pixels.

import { randomSequence } from "../../base/random.js";
import { createCanvas } from "../drawing.js";
import { fillShades } from "./paper.js";
import { type DigitPlan, planDigit } from "./plan.js";
import { fontFamily, readFontFiles, registerFonts } from "./typefaces.js";

export interface PaintedDigit {
  readonly plan: DigitPlan;
  /** Height of the ink in pixels (where it covers at least half of one) over the picture's. */
  readonly size: number;
}

export interface DigitPainter {
  /**
   * Paints image number `image`, which shows the digit `image` mod 10. It depends on the seed and this number alone.
   * @param out [3, side, side]: red, green, blue, 0 to 255
   */
  paint(image: number, out: Uint8Array): PaintedDigit;
}

/** Empty border at the picture's edges, of its side. */
const border = 0.02;
/** Font size at which digits are measured, in pixels. */
const measuredAt = 200;
const covered = 128;

/** Ink of an upright digit around the point where text begins, in font sizes. */
interface InkBox {
  readonly left: number;
  readonly right: number;
  readonly ascent: number;
  readonly descent: number;
}

/**
 * @param side height and width of the pictures
 * @throws UserError where a typeface is missing or damaged
 */
export function digitPainter(seed: number, side: number): DigitPainter {
  registerFonts(readFontFiles());
  const canvas = createCanvas(side, side);
  const context = canvas.getContext("2d");
  context.fillStyle = "#ffffff";
  const shades = new Float32Array(side * side);
  const boxes = new Map<string, InkBox>();

  const inkBox = (digit: number, family: string): InkBox => {
    const key = `${digit} ${family}`;
    const known = boxes.get(key);
    if (known !== undefined) return known;
    context.font = `${measuredAt}px "${family}"`;
    const measured = context.measureText(String(digit));
    const box = {
      left: measured.actualBoundingBoxLeft / measuredAt,
      right: measured.actualBoundingBoxRight / measuredAt,
      ascent: measured.actualBoundingBoxAscent / measuredAt,
      descent: measured.actualBoundingBoxDescent / measuredAt,
    };
    boxes.set(key, box);
    return box;
  };

  /** How much of each pixel the digit covers, as the alpha of red, green, blue, alpha bytes. */
  const drawInk = ({ digit, typeface, weight, height, turn, place }: DigitPlan): Uint8ClampedArray => {
    const family = fontFamily(typeface, weight);
    const { left, right, ascent, descent } = inkBox(digit, family);
    const angle = (Math.PI / 180) * turn;
    const [cosine, sine] = [Math.cos(angle), Math.sin(angle)];
    const [upright, across] = [ascent + descent, left + right];
    // Width and height of the turned box, in font sizes.
    const turnedWidth = across * cosine + upright * Math.abs(sine);
    const turnedHeight = upright * cosine + across * Math.abs(sine);
    const room = (1 - 2 * border) * side;
    const fontSize = Math.min((height * side) / upright, room / turnedHeight, room / turnedWidth);
    const [boxWidth, boxHeight] = [turnedWidth * fontSize, turnedHeight * fontSize];
    const middleX = border * side + boxWidth / 2 + place[0] * (room - boxWidth);
    const middleY = border * side + boxHeight / 2 + place[1] * (room - boxHeight);

    context.resetTransform();
    context.clearRect(0, 0, side, side);
    context.setTransform(cosine, sine, -sine, cosine, middleX, middleY);
    context.font = `${fontSize}px "${family}"`;
    context.fillText(String(digit), ((left - right) / 2) * fontSize, ((ascent - descent) / 2) * fontSize);
    return context.getImageData(0, 0, side, side).data;
  };

  return {
    paint(image, out) {
      const random = randomSequence(seed, "sample", 0, image);
      const plan = planDigit(image % 10, random);
      const ink = drawInk(plan);
      fillShades(shades, side, plan.texture, random);
      const area = side * side;
      for (let channel = 0; channel < 3; channel++) {
        const paperValue = plan.paper[channel] as number;
        const inkValue = plan.ink[channel] as number;
        for (let pixel = 0, first = channel * area; pixel < area; pixel++) {
          const paper = Math.min(255, Math.max(0, paperValue + (shades[pixel] as number)));
          const cover = (ink[4 * pixel + 3] as number) / 255;
          out[first + pixel] = Math.floor(paper + (inkValue - paper) * cover + 0.5);
        }
      }
      return { plan, size: inkHeight(ink, side) / side };
    },
  };
}

/** Rows from the first to the last with a pixel that ink covers by half. */
function inkHeight(ink: Uint8ClampedArray, side: number): number {
  const isInked = (row: number): boolean => {
    for (let x = 0; x < side; x++) if ((ink[4 * (row * side + x) + 3] as number) >= covered) return true;
    return false;
  };
  let top = 0;
  while (top < side && !isInked(top)) top++;
  let bottom = side - 1;
  while (bottom > top && !isInked(bottom)) bottom--;
  return top === side ? 0 : bottom - top + 1;
}
