// Which points of a map are selected, as words of an address: `0-12,40`, or, where that is shorter, one bit for each point as
// base64url after a dot. What fits neither way is left out.

/** Letters that a selection may take in an address. */
export const mostPicked = 2000;
/** Letters up to which ranges stay: they can be read. */
const readable = 120;
/** Points whose bits fit. */
const mostBits = 6 * mostPicked;

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
  const ranges = parts.join(",");
  const last = sorted.at(-1) ?? 0;
  const bits = ranges.length > readable && last < mostBits ? bitsText(sorted, last) : ranges;
  const text = bits.length < ranges.length ? bits : ranges;
  return text.length > mostPicked ? undefined : text;
}

function bitsText(sorted: readonly number[], last: number): string {
  const bytes = new Uint8Array(Math.floor(last / 8) + 1);
  for (const point of sorted) bytes[point >> 3] = (bytes[point >> 3] ?? 0) | (1 << (point & 7));
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return `.${btoa(text).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "")}`;
}

/** What cannot be read, and what is not below `count`, is left out. */
export function readPicked(text: string, count: number): ReadonlySet<number> {
  const points = new Set<number>();
  if (/^\.[\w-]+$/.test(text)) {
    let bytes = "";
    try {
      bytes = atob(text.slice(1).replaceAll("-", "+").replaceAll("_", "/"));
    } catch {
      return points;
    }
    for (let point = 0; point < Math.min(count, 8 * bytes.length); point++) {
      if ((bytes.charCodeAt(point >> 3) >> (point & 7)) & 1) points.add(point);
    }
    return points;
  }
  for (const part of text.split(",")) {
    const [, from, to] = /^(\d{1,8})(?:-(\d{1,8}))?$/.exec(part) ?? [];
    if (from === undefined) continue;
    for (let point = Number(from); point <= Math.min(Number(to ?? from), count - 1); point++) points.add(point);
  }
  return points;
}
