// Which points of a map are selected, as words of an address: `0-12,40`. Long selections don't fit into an address and are left out.

/** Letters that a selection may take in an address. */
export const mostPicked = 1500;

/** @returns undefined where it would be too long */
export function pickedText(points: Iterable<number>): string | undefined {
  const sorted = [...points].sort((a, b) => a - b);
  const parts: string[] = [];
  for (let i = 0; i < sorted.length; ) {
    let end = i;
    while (sorted[end + 1] === (sorted[end] as number) + 1) end++;
    parts.push(end === i ? String(sorted[i]) : `${sorted[i]}-${sorted[end]}`);
    i = end + 1;
  }
  const text = parts.join(",");
  return text.length > mostPicked ? undefined : text;
}

/** What cannot be read, and what is not below `count`, is left out. */
export function readPicked(text: string, count: number): ReadonlySet<number> {
  const points = new Set<number>();
  for (const part of text.split(",")) {
    const [, from, to] = /^(\d{1,8})(?:-(\d{1,8}))?$/.exec(part) ?? [];
    if (from === undefined) continue;
    for (let point = Number(from); point <= Math.min(Number(to ?? from), count - 1); point++) points.add(point);
  }
  return points;
}
