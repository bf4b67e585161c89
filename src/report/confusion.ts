// A confusion matrix as a picture: counts in cells, darker where there are more.
import { createCanvas } from "../data/drawing.js";
import { titleBorder as border, drawTitle, titleFont, titleHeight } from "./canvas.js";
import { chartColours } from "./charts.js";
import { pictureFont, registerPictureFont } from "./fonts.js";

export interface ConfusionInput {
  readonly title: string;
  /** [true class][predicted class], counts. */
  readonly confusion: readonly (readonly number[])[];
  readonly classes: readonly string[];
  /** 0 to 1. */
  readonly accuracy: number;
}

const cell = 46;
const pixelRatio = 2;

/** PNG bytes at twice the size of its CSS pixels. A cell's shade is its share of its row, so classes of any size compare. */
export function renderConfusion({ title, confusion, classes, accuracy }: ConfusionInput): Buffer {
  registerPictureFont();
  const measuring = createCanvas(1, 1).getContext("2d");
  measuring.font = `13px ${pictureFont}`;
  const widest = Math.min(140, Math.max(...classes.map((name) => measuring.measureText(name).width)));
  const isTurned = widest > cell - 8;
  const left = border + 26 + widest + 10;
  const top = border + titleHeight + 24 + (isTurned ? widest : 14) + 8;
  const side = cell * classes.length;
  measuring.font = titleFont;
  const width = Math.ceil(Math.max(left + side + 64, measuring.measureText(title).width + 2 * border));
  const height = Math.ceil(top + side + border);
  const canvas = createCanvas(width * pixelRatio, height * pixelRatio);
  const context = canvas.getContext("2d");
  context.scale(pixelRatio, pixelRatio);
  context.fillStyle = "#ffffff";
  context.fillRect(0, 0, width, height);
  context.textBaseline = "middle";
  const write = (text: string, x: number, y: number, align: "left" | "center" | "right", colour: string): void => {
    context.textAlign = align;
    context.fillStyle = colour;
    context.fillText(text, x, y, 140);
  };

  const images = confusion.reduce((sum, row) => sum + row.reduce((of, count) => of + count, 0), 0);
  const right = `${(100 * accuracy).toFixed(2)}% of ${images.toLocaleString("en-US")} right`;
  drawTitle(context, title, right, width - 2 * border);

  context.font = `13px ${pictureFont}`;
  context.textAlign = "center";
  context.fillStyle = chartColours.ink;
  context.fillText("predicted class", left + side / 2, border + titleHeight + 8);
  context.fillText("right", left + side + 32, top - 14);
  context.save();
  context.translate(border + 6, top + side / 2);
  context.rotate(-Math.PI / 2);
  context.fillText("true class", 0, 0);
  context.restore();

  for (const [of, row] of confusion.entries()) {
    const middle = top + (of + 0.5) * cell;
    write(classes[of] ?? String(of), left - 10, middle, "right", chartColours.muted);
    if (isTurned) {
      context.save();
      context.translate(left + (of + 0.5) * cell, top - 8);
      context.rotate(-Math.PI / 2);
      write(classes[of] ?? String(of), 0, 0, "left", chartColours.muted);
      context.restore();
    } else {
      write(classes[of] ?? String(of), left + (of + 0.5) * cell, top - 14, "center", chartColours.muted);
    }
    const total = row.reduce((sum, count) => sum + count, 0);
    for (const [found, count] of row.entries()) {
      const share = total === 0 ? 0 : count / total;
      const isRight = of === found;
      // Mistakes are few beside what is right, so their shade rises as the root of their share.
      const strength = isRight ? share : Math.min(1, Math.sqrt(share));
      context.fillStyle = shade(isRight ? chartColours.blue : chartColours.vermillion, strength);
      context.fillRect(left + found * cell + 0.5, top + of * cell + 0.5, cell - 1, cell - 1);
      if (count > 0) {
        const colour = strength > 0.55 ? "#ffffff" : chartColours.ink;
        write(String(count), left + (found + 0.5) * cell, middle, "center", colour);
      }
    }
    const share = total === 0 ? "–" : `${((100 * (row[of] ?? 0)) / total).toFixed(1)}%`;
    write(share, left + side + 32, middle, "center", chartColours.muted);
  }
  return canvas.toBuffer("image/png");
}

/** The colour mixed with a light grey that shows where a cell is. */
function shade(colour: string, strength: number): string {
  const channel = (of: string, at: number): number => Number.parseInt(of.slice(1 + 2 * at, 3 + 2 * at), 16);
  const empty = "#f3f5f7";
  const mixed = [0, 1, 2].map((at) => Math.round(channel(empty, at) * (1 - strength) + channel(colour, at) * strength));
  return `rgb(${mixed.join(", ")})`;
}
