import fc from "fast-check";
import { expect, it } from "vitest";
import { changesOf, lineDifference } from "./difference.js";

const text = (...lines: string[]): string => lines.map((line) => `${line}\n`).join("");

it("says which lines were removed and added, and where", () => {
  const lines = lineDifference(
    text("name: a", "seed: 0", "loss: mse"),
    text("name: b", "seed: 0", "loss: mse", "use: []"),
  );
  expect(lines).toEqual([
    { kind: "removed", text: "name: a", before: 1 },
    { kind: "added", text: "name: b", after: 1 },
    { kind: "same", text: "seed: 0", before: 2, after: 2 },
    { kind: "same", text: "loss: mse", before: 3, after: 3 },
    { kind: "added", text: "use: []", after: 4 },
  ]);
});

it("gives both texts again, with as few changes as there can be", () => {
  const some = fc.array(fc.constantFrom("a", "b", "c", "d"), { maxLength: 12 });
  fc.assert(
    fc.property(some, some, (a, b) => {
      const lines = lineDifference(text(...a), text(...b));
      expect(lines.filter(({ kind }) => kind !== "added").map((line) => line.text)).toEqual(a);
      expect(lines.filter(({ kind }) => kind !== "removed").map((line) => line.text)).toEqual(b);
      const same = lines.filter(({ kind }) => kind === "same");
      expect(same).toHaveLength(longestCommon(a, b));
      for (const { before = 0, after = 0 } of same) expect(a[before - 1]).toBe(b[after - 1]);
    }),
  );
});

it("keeps only what changed and two lines around it", () => {
  const before = Array.from({ length: 30 }, (_, i) => `line ${i + 1}`);
  const after = before.map((line, i) => (i === 9 || i === 24 ? `${line}!` : line));
  const changes = changesOf(lineDifference(text(...before), text(...after)));
  expect(changes.map(({ skipped, lines }) => [skipped, lines[0]?.text, lines.length])).toEqual([
    [7, "line 8", 6],
    [10, "line 23", 6],
  ]);
  expect(changesOf(lineDifference(text(...before), text(...before)))).toEqual([]);
});

/** By its definition, slowly. */
function longestCommon(a: readonly string[], b: readonly string[]): number {
  const [first, ...rest] = a;
  if (first === undefined) return 0;
  const place = b.indexOf(first);
  const without = longestCommon(rest, b);
  return place < 0 ? without : Math.max(without, 1 + longestCommon(rest, b.slice(place + 1)));
}
