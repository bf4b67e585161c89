// Words for people: nearest names, numbers with separators, sizes, durations.

import { sum } from "./numbers.js";

/** The candidate with the smallest edit distance to `word`, or undefined where none is near (more than a third away, at least 2). */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(word.length / 3)) + 1;
  for (const candidate of candidates) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** Levenshtein distance with transposition of neighbours counted as one (optimal string alignment). */
export function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = (above[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      let distance = Math.min((above[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, substitution);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        distance = Math.min(distance, (before[j - 2] ?? 0) + 1);
      }
      row.push(distance);
    }
    before = above;
    above = row;
  }
  return above[b.length] ?? 0;
}

/** 194499 becomes "194,499". */
export function withThousands(value: number): string {
  return value.toLocaleString("en-US");
}

/** 1 and "image" become "1 image", 1200 and "image" become "1,200 images". */
export function countText(count: number, thing: string): string {
  return `${withThousands(count)} ${thing}${count === 1 ? "" : "s"}`;
}

/** [1, 28, 28] becomes "1×28×28". */
export function timesText(shape: readonly number[]): string {
  return shape.length === 0 ? "scalar" : shape.join("×");
}

/** Epochs of several phases together: "12 epochs", "7.4 epochs" where the last one is not whole. */
export function epochsText(epochs: readonly number[]): string {
  const all = sum(epochs);
  return Number.isInteger(all) ? countText(all, "epoch") : `${all.toFixed(1)} epochs`;
}

/** Seconds as a person says them: "45 s", "12 min", "1 h 20 min". */
export function durationText(seconds: number): string {
  if (!Number.isFinite(seconds)) return "?";
  if (seconds < 9.95) return `${Math.max(0, seconds).toFixed(1)} s`;
  if (seconds < 90) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  return minutes % 60 === 0 ? `${minutes / 60} h` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** A cell of CSV, in quotes where it needs them. */
export function csvCell(value: string | number): string {
  const text = String(value);
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Lines of at most `width` characters, broken between words. A word that is longer stands alone. */
export function wrapped(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
