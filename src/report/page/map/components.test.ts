// What the explorations say without script, and that words from outside stay words.
import { render } from "svelte/server";
import { expect, it } from "vitest";
import Anomaly from "./Anomaly.svelte";
import Arithmetic from "./Arithmetic.svelte";
import PlaneChoice from "./PlaneChoice.svelte";
import PointMap from "./PointMap.svelte";
import Restore from "./Restore.svelte";
import Samples from "./Samples.svelte";
import Traversal from "./Traversal.svelte";
import UnitCard from "./UnitCard.svelte";
import UnitSliders from "./UnitSliders.svelte";
import { unitFacts } from "./units.js";
import Walk from "./Walk.svelte";

const text = (html: string): string =>
  html
    .replaceAll(/<!--.*?-->|<[^>]*>/g, " ")
    .replaceAll(/&nbsp;|\s+/g, " ")
    .replaceAll("&lt;", "<");
const codes = Float32Array.of(0, 5, 2, 5, 4, 5);
const units = unitFacts(codes, 2);
const shape = [1, 2, 2];
const pictures = (count: number): Float32Array => Float32Array.from({ length: 4 * count }, (_, i) => (i % 5) / 4);
const decode = async (given: Float32Array): Promise<Float32Array> => pictures(given.length / 2);

it("a map stands still with a path for each class, a legend, counts and the selection as a table", () => {
  const { body } = render(PointMap, {
    props: {
      title: "Codes",
      points: Float32Array.of(0, 0, 1, 1, 2, 0),
      classes: { of: [0, 1, 1], names: ["<b>seven", "eight"] },
      values: [{ title: "error", unit: "mse", of: [0.5, 0.25, 0.125] }],
      sheets: [{ url: "sheet.webp", columns: 2, tile: [28, 28], count: 3 }],
      selected: new Set([2]),
    },
  });
  expect(body.match(/<path fill="var\(--series-[12]\)"/g)?.length).toBe(4);
  const words = text(body);
  expect(words).toContain("3 of 3 points shown, 1 selected");
  expect(words).toContain("<b>seven 1");
  expect(words).toContain("eight 2");
  expect(body).not.toContain("<b>seven");
  expect(words).toContain("image 3 eight 0.125");
  // The third picture is the first of the second row.
  expect(body).toMatch(/<image href="sheet.webp" x="0" y="-28" width="56" height="56"/);
});

it("sliders come in the order of what units do, dead ones named, with the decoded picture as an image", () => {
  const props = { units, start: Float32Array.of(1, 5), picture: pictures(1), shape, decode };
  const { body } = render(UnitSliders, { props });
  expect(text(body)).toMatch(/unit 1 1\.00 σ 1\.63 unit 2, dead 5\.00 σ 0\.00/);
  expect(body).toMatch(/<img src="data:image\/png;base64,[^"]+" alt="" width="168"/);
  expect(body).toMatch(/aria-valuetext="1, −0.612 standard deviations from the mean"/);
});

it("a traversal, a walk, samples, arithmetic and a unit's card are figures with words", () => {
  const traversal = render(Traversal, { props: { units, at: [-3, 0, 3], pictures: pictures(6), shape } });
  expect(text(traversal.body)).toMatch(
    /from −3 to 3 standard deviations about its mean unit 1 σ 1.63 unit 2, dead σ 0/,
  );
  const walk = render(Walk, {
    props: { stops: Float32Array.of(0, 0, 1, 1), codeSize: 2, names: ["a", "b"], shape, pictures: pictures(9), decode },
  });
  expect(text(walk.body)).toContain("a → b, straight");
  expect(walk.body).toContain('aria-label="9 pictures from a to b"');
  const draw = async (): Promise<Float32Array> => codes;
  const samples = render(Samples, { props: { first: "prior", pictures: pictures(4), shape, draw, decode } });
  expect(text(samples.body)).toContain(
    "standard normal codes, as a variational autoencoder is trained towards; draw 0",
  );
  const groups = { of: [0, 2, 2], names: ["zero", "one", "two"] };
  const arithmetic = render(Arithmetic, {
    props: { codes, codeSize: 2, groups, start: Float32Array.of(1, 5), picture: pictures(1), shape, decode },
  });
  // A group without members is no choice.
  expect(text(arithmetic.body)).toMatch(/code \+ 0 · \(mean of zero two − mean of zero two ?\)/);
  const [facts] = units;
  if (facts === undefined) throw new Error("no unit");
  const card = render(UnitCard, { props: { facts, values: Float32Array.of(0, 2, 4), traversal: pictures(3), shape } });
  expect(text(card.body)).toContain("mean 2, σ 1.63");
  expect(card.body).toContain('aria-label="values over the images: from 0 to 4"');
});

it("restoring says how near both pictures are, anomalies what follows from the threshold", () => {
  const first = {
    corruption: "blur",
    strength: 2,
    input: Float32Array.of(0, 0, 0, 0),
    output: Float32Array.of(1, 1, 1, 0.9),
  };
  const restore = render(Restore, {
    props: {
      ...{ picture: Float32Array.of(1, 1, 1, 1), shape, corruptions: [{ name: "blur" }], first },
      restore: async () => first,
    },
  });
  // 10·log10(1 / mean squared error): errors of 1, and of 0.01 in one of four pixels.
  expect(text(restore.body)).toMatch(/given, 0.0 dB.*restored, 26.0 dB/);
  const anomaly = render(Anomaly, {
    props: { scores: [1, 2, 3, 4], isAnomalous: [0, 0, 1, 1], threshold: 2, title: "score" },
  });
  expect(text(anomaly.body)).toMatch(
    /found 2 of 2 100.0% normal, false alarms 1 of 2 50.0% alarms that are right 2 of 3 66.7%/,
  );
  expect(text(anomaly.body)).toContain("area 1.0000");
});

it("a choice of planes names UMAP only where it can be had", () => {
  const props = { codes, codeSize: 2, units, onplane: () => {} };
  expect(text(render(PlaneChoice, { props }).body)).not.toContain("UMAP");
  const umap = async (): Promise<Float32Array> => new Float32Array(6);
  expect(text(render(PlaneChoice, { props: { ...props, umap } }).body)).toContain("UMAP");
});
