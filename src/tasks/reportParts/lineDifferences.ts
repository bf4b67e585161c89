// What differs between two texts, line by line. Pure.

/** Lines around a change that are kept. */
const around = 2;
/** Beyond this many lines the tables would be large; no experiment has as many. */
const mostLines = 2000;

/**
 * Lines of both texts by a longest common subsequence: `-` before those that only `before` has, `+` before those that only `after` has,
 * a space before those of both that stand near a change, and `…` where others were left out. Empty where nothing differs.
 */
export function lineDifferences(before: string, after: string): readonly string[] {
  const [a, b] = [before.trimEnd().split("\n"), after.trimEnd().split("\n")];
  if (a.length > mostLines || b.length > mostLines) return [`… ${a.length} and ${b.length} lines are too many to show`];
  const width = b.length + 1;
  // [line of a, line of b]: length of the longest common subsequence of what follows.
  const common = new Uint16Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      common[i * width + j] =
        a[i] === b[j]
          ? (common[(i + 1) * width + j + 1] as number) + 1
          : Math.max(common[(i + 1) * width + j] as number, common[i * width + j + 1] as number);
    }
  }
  const all: string[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      all.push(` ${a[i]}`);
      i++;
      j++;
    } else if (
      i < a.length &&
      (j === b.length || (common[(i + 1) * width + j] as number) >= (common[i * width + j + 1] as number))
    ) {
      all.push(`-${a[i++]}`);
    } else all.push(`+${b[j++]}`);
  }
  return nearChanges(all);
}

function nearChanges(lines: readonly string[]): readonly string[] {
  const changed = lines.map((line) => !line.startsWith(" "));
  if (!changed.includes(true)) return [];
  const isNear = lines.map((_, at) => changed.slice(Math.max(0, at - around), at + around + 1).includes(true));
  return lines.flatMap((line, at) => {
    if (isNear[at] === true) return [line];
    return at === 0 || isNear[at - 1] === true ? ["…"] : [];
  });
}
