// Lines of two texts, what was taken away and what was added: for experiment files, which are short.

export interface DifferentLine {
  readonly kind: "same" | "removed" | "added";
  readonly text: string;
  /** From 1, in the first and in the second text. */
  readonly before?: number;
  readonly after?: number;
}

/** Lines that changed, with the lines around them; `skipped` lines that are the same stand before. */
export interface Change {
  readonly skipped: number;
  readonly lines: readonly DifferentLine[];
}

/**
 * Every line of both texts in order, by their longest common subsequence (lines × lines steps; the same lines at both ends
 * are taken off first). Of longer texts than 5,000 lines what is left in the middle counts as changed.
 */
export function lineDifference(before: string, after: string): DifferentLine[] {
  const [a, b] = [linesOf(before), linesOf(after)];
  let start = 0;
  while (start < Math.min(a.length, b.length) && a[start] === b[start]) start++;
  let end = 0;
  while (end < Math.min(a.length, b.length) - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end++;
  const [middleA, middleB] = [a.slice(start, a.length - end), b.slice(start, b.length - end)];
  const lines: DifferentLine[] = [];
  const same = (i: number, j: number): void => {
    lines.push({ kind: "same", text: a[i] ?? "", before: i + 1, after: j + 1 });
  };
  for (let i = 0; i < start; i++) same(i, i);
  let [i, j] = [0, 0];
  for (const [p, q] of [...commonLines(middleA, middleB), [middleA.length, middleB.length] as const]) {
    for (; i < p; i++) lines.push({ kind: "removed", text: middleA[i] ?? "", before: start + i + 1 });
    for (; j < q; j++) lines.push({ kind: "added", text: middleB[j] ?? "", after: start + j + 1 });
    if (p < middleA.length && q < middleB.length) same(start + p, start + q);
    [i, j] = [p + 1, q + 1];
  }
  for (let k = end; k > 0; k--) same(a.length - k, b.length - k);
  return lines;
}

/** Only what changed, with `around` lines on either side. Empty where the texts are the same. */
export function changesOf(lines: readonly DifferentLine[], around = 2): Change[] {
  const near = lines.map((_, i) =>
    lines.slice(Math.max(0, i - around), i + around + 1).some(({ kind }) => kind !== "same"),
  );
  const changes: Change[] = [];
  let current: DifferentLine[] = [];
  let skipped = 0;
  lines.forEach((line, i) => {
    if (near[i]) current.push(line);
    if (!near[i] || i === lines.length - 1) {
      if (current.length > 0) {
        changes.push({ skipped, lines: current });
        current = [];
        skipped = 0;
      }
      if (!near[i]) skipped++;
    }
  });
  return changes;
}

const mostLines = 5_000;

/** Places of the longest common subsequence, as pairs of indices. */
function commonLines(a: readonly string[], b: readonly string[]): (readonly [number, number])[] {
  if (a.length > mostLines || b.length > mostLines) return [];
  const width = b.length + 1;
  const lengths = new Uint16Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      const next = a[i] === b[j] ? at(lengths, (i + 1) * width + j + 1) + 1 : -1;
      lengths[i * width + j] = Math.max(next, at(lengths, (i + 1) * width + j), at(lengths, i * width + j + 1));
    }
  }
  const pairs: (readonly [number, number])[] = [];
  let [i, j] = [0, 0];
  while (i < a.length && j < b.length) {
    if (a[i] === b[j]) {
      pairs.push([i, j]);
      i++;
      j++;
    } else if (at(lengths, (i + 1) * width + j) >= at(lengths, i * width + j + 1)) i++;
    else j++;
  }
  return pairs;
}

const at = (values: Uint16Array, index: number): number => values[index] ?? 0;

function linesOf(text: string): string[] {
  const lines = text.split(/\r?\n/);
  if (lines.at(-1) === "") lines.pop();
  return lines;
}
