import { expect, it } from "vitest";
import { colourCount, colourOf, colourValue, ownColour, select, unselect } from "./colours.js";

it("gives a run a colour that follows from its id", () => {
  // FNV-1a of "a" is 0xe40c292c = 3826002220, which leaves 4 of six.
  expect(ownColour("a")).toBe(4);
  const counts = new Array<number>(colourCount).fill(0);
  for (let i = 0; i < 6_000; i++) {
    const colour = ownColour(`2026-11-29-mnist-conv-${i}`);
    counts[colour] = (counts[colour] ?? 0) + 1;
  }
  for (const count of counts) expect(count).toBeGreaterThan(700);
});

it("lets selected runs have different colours as long as there are any", () => {
  let selected = select([], "a");
  expect(selected).toEqual([{ id: "a", colour: 4 }]);
  for (const id of ["b", "c", "d", "e", "f"]) selected = select(selected, id, 4);
  expect(selected.map(({ colour }) => colour)).toEqual([4, 0, 1, 2, 3, 5]);
  expect(select(selected, "g", 2).at(-1)).toEqual({ id: "g", colour: 2 });
  expect(select(selected, "c")).toBe(selected);
  expect(unselect(selected, "a")).toHaveLength(5);
});

it("takes the selected colour before the noted one, and that before its own", () => {
  expect(colourOf("a", [{ id: "a", colour: 2 }], 3)).toBe(2);
  expect(colourOf("a", [], 3)).toBe(3);
  expect(colourOf("a", [])).toBe(4);
  expect(colourValue(6)).toBe("var(--series-1)");
});
