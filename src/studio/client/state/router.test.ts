import fc from "fast-check";
import { expect, it } from "vitest";
import { mostCompared, pages, pictureViews, placeAddress, readPlace, runParts, start } from "./router.js";

it("opens the table where the address says nothing, or what there is not", () => {
  for (const address of ["", "/", "/attic", "/run", "/run/?epoch=1"]) {
    expect({ ...readPlace(address), epoch: undefined, runs: [] }).toEqual({ ...start, epoch: undefined });
  }
});

it("reads run, part, epoch, image, view and what is selected", () => {
  const place = readPlace("/run/a%2Fb/network?epoch=12&image=0&view=split&selected=a%2Fb.2,c.d.5&curve=mse");
  expect(place).toEqual({
    ...{ page: "run", runs: ["a/b"], part: "network", epoch: 12, image: 0, view: "split", more: { curve: "mse" } },
    selected: [
      { id: "a/b", colour: 2 },
      { id: "c.d", colour: 5 },
    ],
  });
});

it("leaves out what cannot be read and keeps the rest", () => {
  const place = readPlace("/run/x/cellar?epoch=-1&image=1e3&view=upside&selected=a,b.x,,c.1&q=%E0%A4%A");
  expect(place.part).toBe("training");
  expect([place.epoch, place.image, place.view]).toEqual([undefined, undefined, undefined]);
  expect(place.selected).toEqual([{ id: "c", colour: 1 }]);
});

it(`compares ${mostCompared} runs at most`, () => {
  expect(readPlace("/compare/a.b.c.d.e.f.g").runs).toEqual(["a", "b", "c", "d", "e", "f"]);
});

it("gives every place again from its address", () => {
  const id = fc.stringMatching(/^[\w-]{1,12}$/);
  const place = fc.record(
    {
      page: fc.constantFrom(...pages),
      ids: fc.uniqueArray(id, { minLength: 1, maxLength: 6 }),
      part: fc.constantFrom(...runParts),
      epoch: fc.nat(100_000),
      image: fc.nat(31),
      view: fc.constantFrom(...pictureViews),
      q: fc.string({ minLength: 1 }),
      colour: fc.integer({ min: 0, max: 5 }),
    },
    { requiredKeys: ["page", "ids", "part", "q", "colour"] },
  );
  fc.assert(
    fc.property(place, ({ page, ids, part, q, colour, ...seen }) => {
      const runs = page === "run" ? ids.slice(0, 1) : page === "compare" ? ids : [];
      const selected = ids.map((run) => ({ id: run, colour }));
      const there = { page, runs, part: page === "run" ? part : "training", ...seen, more: { q }, selected } as const;
      expect(readPlace(placeAddress(there))).toEqual(there);
      expect(placeAddress(there).split("?")[0]).toMatch(/^(\/[\w.-]+)*$/);
    }),
  );
});
