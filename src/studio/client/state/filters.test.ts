import { expect, it } from "vitest";
import { differingColumns, type Row, readFilter, readSorting, sortedPlaces, sortingText } from "./filters.js";

const rows: readonly Row[] = [
  { name: "mnist-conv-2", "test.mse": 0.0032, epochs: 3, star: true, tags: "best" },
  { name: "mnist-conv-10", "test.mse": 0.0019, epochs: 80, star: false, tags: "" },
  { name: "Faces wide", "test.mse": undefined, epochs: 5, star: false, tags: "old, faces" },
];
const columns = ["name", "test.mse", "epochs", "star", "tags"];
const found = (text: string): number[] =>
  rows.flatMap((row, place) => (readFilter(text, columns).matches(row) ? [place] : []));

it.each([
  ["", [0, 1, 2]],
  ["conv", [0, 1]],
  ["FACES", [2]],
  ["-conv", [2]],
  ['"faces wide"', [2]],
  ["name:mnist epochs>3", [1]],
  ["mse<0.0025", [1]],
  ["test.mse>=0.0032", [0]],
  ["-mse<1", [2]],
  ["epochs=80", [1]],
  ["star:yes", [0]],
  ["-star:yes tags:old", [2]],
  ["name=faces", []],
])("finds with %j the rows %j", (text, places) => {
  expect(found(text)).toEqual(places);
});

it("says which columns there are not, and looks for them as words", () => {
  expect(readFilter("colour:red mse<1", columns).unknown).toEqual(["colour"]);
  expect(found("colour:red")).toEqual([]);
});

it("sorts numbers by size, words as people count, and puts what is missing last either way", () => {
  const by = (text: string): number[] => sortedPlaces(rows, readSorting(text) ?? { column: "", descending: false });
  expect(by("test.mse")).toEqual([1, 0, 2]);
  expect(by("-test.mse")).toEqual([0, 1, 2]);
  expect(by("name")).toEqual([2, 0, 1]);
  expect(by("-star")).toEqual([0, 1, 2]);
  expect([readSorting("-"), readSorting(undefined)]).toEqual([undefined, undefined]);
  expect(sortingText({ column: "epochs", descending: true })).toBe("-epochs");
});

it("shows the columns that differ, all where there is nothing to differ from", () => {
  expect(differingColumns([{ a: 1, b: 2 }, { a: 1, b: 3 }, { a: 1 }], ["a", "b", "c"])).toEqual(["b"]);
  expect(differingColumns([{ a: 1 }], ["a", "b"])).toEqual(["a", "b"]);
});
