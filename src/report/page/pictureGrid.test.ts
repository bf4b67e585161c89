import { render } from "svelte/server";
import { expect, it } from "vitest";
import PictureGrid from "./PictureGrid.svelte";

const sheet = { url: "sheet.webp", columns: 8, rows: 4, tile: { width: 28, height: 28 } };

it("shows of the sheet the tile of each picture, with its name, and words from outside as text", () => {
  const { body } = render(PictureGrid, {
    props: { sheet, name: "worst", pictures: [{ tile: 10, name: "<img onerror>", caption: "0.1 </script>" }] },
  });
  // Tile 10 of eight columns: column 2, row 1, at two pixels each.
  expect(body).toContain("translate(-112px, -56px)");
  expect(body).toContain("width: 448px");
  expect(body).toContain('aria-label="&lt;img onerror>"');
  expect(body).toContain("0.1 &lt;/script>");
  expect(body).not.toContain("<button");
});

it("has one stop of the tab key, the chosen picture", () => {
  const pictures = [0, 1, 2].map((tile) => ({ tile, name: `picture ${tile}` }));
  const { body } = render(PictureGrid, { props: { sheet, name: "all", pictures, selected: 1, onselect: () => {} } });
  expect([...body.matchAll(/aria-pressed="(\w+)" tabindex="(-?\d)"/g)].map(([, ...of]) => of)).toEqual([
    ["false", "-1"],
    ["true", "0"],
    ["false", "-1"],
  ]);
});
