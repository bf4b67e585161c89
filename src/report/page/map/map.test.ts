// The pure parts of the explorations, by numbers worked out by hand or by going through all points.
import sharp from "sharp";
import { describe, expect, it, vi } from "vitest";
import { randomSequence } from "../../../base/random.js";
import { fitMixture, mixtureCodes } from "../../../latent/mixture.js";
import { colourOfShare, markOfClass, pointMarks, shapePath, valueRange } from "./colours.js";
import { decimalsOf, inColumn, said } from "./decode.js";
import { gifOf } from "./gif.js";
import { gridOfPictures } from "./gridOfPictures.js";
import { latest } from "./latest.js";
import { placedPictures, type Sheet, tileOf } from "./pictures.js";
import { mappedPlane, principalPlane, unitPlane } from "./planes.js";
import { pngOf } from "./png.js";
import { isInPolygon, pointIndex } from "./pointIndex.js";
import { drawCodes, samplers } from "./samplers.js";
import { joinedSelection, nextPoint, shownPoints } from "./shown.js";
import { stillMap } from "./still.js";
import { countsAt, rocOf } from "./thresholds.js";
import { deviations, extremes, groupDifference, histogramOf, traversalCodes, unitFacts } from "./units.js";
import { boundsOf, fitView, moved, toPlane, toScreen, zoomed } from "./view.js";
import { webpOf } from "./webp.js";

const random = randomSequence(5, "sample", 0, 0);
const cloud = Float32Array.from({ length: 2 * 3000 }, (_, i) => (i % 2 === 0 ? 3 : 1) * random.normal());
const size = { width: 600, height: 400 };

describe("a view", () => {
  const view = fitView({ left: 0, right: 10, bottom: 0, top: 2 }, size, 50);

  it("shows a box whole, its middle in the middle", () => {
    expect(view).toEqual({ x: 5, y: 1, scale: 50 });
    expect(toScreen(view, size, 0, 0)).toEqual([50, 250]);
    expect(toPlane(view, size, 50, 250)).toEqual([0, 0]);
  });

  it("keeps the place under the pointer when it is zoomed, and moves with the hand", () => {
    const near = zoomed(view, size, 3, [100, 120], [1, 1000]);
    expect(near.scale).toBe(150);
    const [before, after] = [toPlane(view, size, 100, 120), toPlane(near, size, 100, 120)];
    expect(after[0]).toBeCloseTo(before[0], 10);
    expect(after[1]).toBeCloseTo(before[1], 10);
    expect(toScreen(moved(view, 7, -4), size, 5, 1)).toEqual([307, 196]);
  });

  it("has a box also for points in one place, on a line, and for none", () => {
    expect(boundsOf(Float32Array.of(2, 3, 2, 3))).toEqual({ left: 1, right: 3, bottom: 2, top: 4 });
    expect(boundsOf(Float32Array.of(0, 5, 4, 5, Number.NaN, 0))).toEqual({ left: 0, right: 4, bottom: 3, top: 7 });
    expect(boundsOf(new Float32Array())).toEqual({ left: -1, right: 1, bottom: -1, top: 1 });
  });
});

describe("an index of points", () => {
  const index = pointIndex(cloud);
  const distance = (i: number, x: number, y: number): number =>
    Math.hypot((cloud[2 * i] ?? 0) - x, (cloud[2 * i + 1] ?? 0) - y);
  const all = Array.from({ length: 3000 }, (_, i) => i);

  it("finds the nearest points, as going through all does", () => {
    for (let n = 0; n < 50; n++) {
      const [x, y] = [4 * random.normal(), 2 * random.normal()];
      const order = [...all].sort((a, b) => distance(a, x, y) - distance(b, x, y));
      expect(index.nearest(x, y, 100)).toBe(order[0]);
      expect(index.nearestFew(x, y, 8)).toEqual(order.slice(0, 8));
      expect(index.nearest(x, y, 100, (i) => i % 7 === 3)).toBe(order.find((i) => i % 7 === 3));
      const least = distance(order[0] ?? 0, x, y);
      expect(index.nearest(x, y, 0.99 * least)).toBe(-1);
    }
  });

  it("finds what lies in a box and in a lasso, as going through all does", () => {
    const found: number[] = [];
    index.forEachIn({ left: -1, right: 2, bottom: -0.5, top: 0.7 }, (i) => found.push(i));
    const expected = all.filter((i) => {
      const [x, y] = [cloud[2 * i] ?? 0, cloud[2 * i + 1] ?? 0];
      return x >= -1 && x <= 2 && y >= -0.5 && y <= 0.7;
    });
    expect(expected.length).toBeGreaterThan(100);
    expect(found.sort((a, b) => a - b)).toEqual(expected);
    const star = [0, 1, 2, 3, 4].map(
      (k) => [3 * Math.sin(2.4 * Math.PI * k), 2 * Math.cos(2.4 * Math.PI * k)] as const,
    );
    expect(index.inPolygon(star)).toEqual(
      all.filter((i) => isInPolygon(star, cloud[2 * i] ?? 0, cloud[2 * i + 1] ?? 0)),
    );
  });

  it("copes with points that are no numbers, all in one place, and none", () => {
    expect(pointIndex(Float32Array.of(Number.NaN, 0, 1, 1)).nearest(0, 0, 10)).toBe(1);
    expect(pointIndex(Float32Array.of(2, 2, 2, 2)).nearest(0, 0, 10)).toBe(0);
    expect(pointIndex(new Float32Array()).nearest(0, 0, 10)).toBe(-1);
    expect(pointIndex(new Float32Array()).nearestFew(0, 0, 3)).toEqual([]);
  });

  it("counts a corner once, and leaves out what a crossing loop goes around twice", () => {
    const square = [
      [0, 0],
      [2, 0],
      [2, 2],
      [0, 2],
    ] as const;
    expect(
      [
        [1, 1],
        [3, 1],
        [1, 3],
        [-1, 0],
        [1, -1],
      ].map(([x = 0, y = 0]) => isInPolygon(square, x, y)),
    ).toEqual([true, false, false, false, false]);
    // A ray through the corner of a diamond.
    expect(
      isInPolygon(
        [
          [0, 1],
          [1, 0],
          [0, -1],
          [-1, 0],
        ],
        -5,
        0,
      ),
    ).toBe(false);
    expect(
      isInPolygon(
        [
          [0, 1],
          [1, 0],
          [0, -1],
          [-1, 0],
        ],
        0,
        0,
      ),
    ).toBe(true);
    const pentagram = [0, 1, 2, 3, 4].map((k) => [Math.sin(0.8 * Math.PI * k), Math.cos(0.8 * Math.PI * k)] as const);
    expect(isInPolygon(pentagram, 0, 0)).toBe(false);
    expect(isInPolygon(pentagram, 0, 0.7)).toBe(true);
  });
});

describe("what is shown", () => {
  const classes = Uint8Array.from({ length: 3000 }, (_, i) => i % 5);

  it("keeps every point's number, and so its picture and class, after lasso, isolate and filter", () => {
    const sheets: Sheet[] = [
      { url: "a", columns: 40, tile: [8, 8], count: 2000 },
      { url: "b", columns: 40, tile: [8, 8], first: 2000, count: 1000 },
    ];
    const index = pointIndex(cloud);
    const lasso = [
      [-2, -1],
      [3, -1.5],
      [2, 2],
      [-1, 1],
    ] as const;
    const selected = joinedSelection(new Set(), index.inPolygon(lasso), "replace");
    const shown = shownPoints(3000, { only: selected, hiddenClasses: new Set([1, 3]), classes });
    expect(shown.count).toBeGreaterThan(200);
    const view = fitView(boundsOf(cloud, shown.indices), size);
    const placed = placedPictures(index, cloud, shown, { view, size, side: 30 });
    expect(placed.length).toBeGreaterThan(40);
    for (const { index: i, x, y } of placed) {
      // The point is one of the chosen, of a class that is shown, and lies in the square that its picture fills.
      expect(isInPolygon(lasso, cloud[2 * i] ?? 0, cloud[2 * i + 1] ?? 0)).toBe(true);
      expect([0, 2, 4]).toContain(i % 5);
      const [px, py] = toScreen(view, size, cloud[2 * i] ?? 0, cloud[2 * i + 1] ?? 0);
      expect(Math.max(Math.abs(px - x), Math.abs(py - y))).toBeLessThan(15.01);
      // Its tile is the one of its number in the whole set.
      const tile = tileOf(sheets, i);
      const place = i < 2000 ? i : i - 2000;
      expect([tile?.sheet.url, tile?.x, tile?.y]).toEqual([
        i < 2000 ? "a" : "b",
        8 * (place % 40),
        8 * Math.floor(place / 40),
      ]);
    }
    expect(new Set(placed.map(({ x, y }) => `${x} ${y}`)).size).toBe(placed.length);
    // Moving the map moves pictures and changes none that stay in view.
    const later = placedPictures(index, cloud, shown, { view: moved(view, 41, -13), size, side: 30 });
    const known = new Map(placed.map((each) => [each.index, each]));
    const both = later.filter((each) => known.has(each.index));
    expect(both.length).toBeGreaterThan(30);
    for (const each of both) expect(each.x - (known.get(each.index)?.x ?? 0)).toBeCloseTo(41, 6);
    expect(tileOf(sheets, 3000)).toBeUndefined();
  });

  it("goes from point to point around the end, within a class where asked, over what is hidden", () => {
    const shown = shownPoints(8, { hiddenClasses: new Set([2]), classes: [0, 1, 2, 0, 1, 2, 0, 1] });
    expect([...shown.indices]).toEqual([0, 1, 3, 4, 6, 7]);
    expect([nextPoint(shown, -1, 1), nextPoint(shown, -1, -1), nextPoint(shown, 1, 1), nextPoint(shown, 7, 1)]).toEqual(
      [0, 7, 3, 0],
    );
    // From a point that was hidden meanwhile.
    expect([nextPoint(shown, 2, 1), nextPoint(shown, 2, -1)]).toEqual([3, 1]);
    const classes = [0, 1, 2, 0, 1, 2, 0, 1];
    expect([
      nextPoint(shown, 0, 1, classes),
      nextPoint(shown, 6, 1, classes),
      nextPoint(shown, 0, -1, classes),
    ]).toEqual([3, 0, 6]);
    expect(nextPoint(shownPoints(0), 3, 1)).toBe(-1);
  });

  it("joins selections", () => {
    const before = new Set([1, 2]);
    expect([...joinedSelection(before, [2, 3], "add")]).toEqual([1, 2, 3]);
    expect([...joinedSelection(before, [2, 3], "remove")]).toEqual([1]);
    expect([...joinedSelection(before, [2, 3], "replace")]).toEqual([2, 3]);
    expect([...before]).toEqual([1, 2]);
  });
});

describe("looks", () => {
  it("differ by colour or shape for 36 classes", () => {
    const marks = Array.from({ length: 36 }, (_, k) => JSON.stringify(markOfClass(k)));
    expect(new Set(marks).size).toBe(36);
    expect([
      ...pointMarks(2, { by: "class", classes: [1, 7], names: [] }, [
        [1, 1, 1],
        [9, 8, 7],
        ...new Array(4).fill([0, 0, 0]),
      ]),
    ]).toEqual([9, 8, 7, 1, 9, 8, 7, 2]);
  });

  it("of values get lighter from the lowest to the highest, outliers aside", () => {
    const light = (share: number): number =>
      colourOfShare(share).reduce((sum, part, c) => sum + part * [0.2126, 0.7152, 0.0722][c as 0], 0);
    for (let k = 0; k < 20; k++) expect(light((k + 1) / 20)).toBeGreaterThan(light(k / 20));
    expect(valueRange([...Array.from({ length: 101 }, (_, i) => i), 1e9, Number.NaN])).toEqual([1, 100]);
    expect(valueRange([])).toEqual([0, 1]);
  });

  it("stand still as a few paths with every point in view, or an even choice of very many", () => {
    const colouring = { by: "class", classes: Uint8Array.from({ length: 3000 }, (_, i) => i % 3), names: [] } as const;
    const shown = shownPoints(3000);
    const still = stillMap(cloud, colouring, { view: fitView(boundsOf(cloud), size), size, indices: shown.indices });
    expect([still.drawn, still.paths.length]).toEqual([2500, 3]);
    const few = stillMap(
      Float32Array.of(0, 0, 1, 1, 99, 99),
      { by: "nothing" },
      { view: { x: 0, y: 0, scale: 10 }, size, indices: [0, 1, 2] },
    );
    expect(few).toEqual({
      drawn: 2,
      paths: [{ fill: "var(--series-1)", d: shapePath(0, 300, 200, 2) + shapePath(0, 310, 190, 2) }],
    });
  });
});

describe("planes", () => {
  const codes = Float32Array.from(
    { length: 200 * 5 },
    (_, i) => ([4, 3, 0.01, 1, 0.5][i % 5] as number) * random.normal(),
  );

  it("decode a place exactly along principal directions: what lies there maps back to it", async () => {
    const plane = await principalPlane(codes, 5);
    const code = plane.codeAt(1.5, -2.25);
    // Into the middle of the same codes it maps to the place, since directions are perpendicular and of length 1.
    const mean = plane.codeAt(0, 0);
    const [first, second] = [plane.codeAt(1, 0), plane.codeAt(0, 1)];
    const along = (direction: Float32Array): number =>
      code.reduce((sum, value, u) => sum + (value - (mean[u] ?? 0)) * ((direction[u] ?? 0) - (mean[u] ?? 0)), 0);
    expect(along(first)).toBeCloseTo(1.5, 5);
    expect(along(second)).toBeCloseTo(-2.25, 5);
    expect(plane.axes?.[0]).toMatch(/^first direction, \d\d\.\d% of the variance$/);
  });

  it("take two units as they are, the others at their mean", () => {
    const plane = unitPlane(Float32Array.of(1, 10, 5, 3, 20, 7), 3, [2, 0]);
    expect([...plane.points]).toEqual([5, 1, 7, 3]);
    expect([...plane.codeAt(-1, 4)]).toEqual([4, 15, -1]);
    expect([...unitPlane(Float32Array.of(1, 3), 1, [0, 0]).codeAt(9, 9)]).toEqual([9]);
  });

  it("blend the nearest codes where there is no way back: a point's own code at a point, the middle half way", () => {
    const points = Float32Array.of(0, 0, 2, 0);
    const plane = mappedPlane(points, Float32Array.of(1, 5, 3, 9), 2);
    expect([...plane.codeAt(2, 0)]).toEqual([3, 9]);
    expect([...plane.codeAt(1, 0)]).toEqual([2, 7]);
    // Distances 1/2 and 3/2: weights 4 and 4/9, that is 0.9 and 0.1.
    expect(plane.codeAt(0.5, 0)[0]).toBeCloseTo(0.9 * 1 + 0.1 * 3, 6);
  });
});

describe("units", () => {
  it("come in the order of what they do, with the dead ones known", () => {
    const facts = unitFacts(Float32Array.of(1, 0, 5, 3, 0, 5, 1, 4, 5, 3, 4, 5), 3);
    expect(facts.map(({ unit, mean, deviation, isDead }) => [unit, mean, deviation, isDead])).toEqual([
      [1, 2, 2, false],
      [0, 2, 1, false],
      [2, 5, 0, true],
    ]);
    const byKl = unitFacts(Float32Array.of(0, 0, 2, 4), 2, [1.5, 0.001]);
    expect(byKl.map(({ unit, isDead }) => [unit, isDead])).toEqual([
      [0, false],
      [1, true],
    ]);
  });

  it("have histograms, extremes and traversals", () => {
    expect(histogramOf([0, 1, 1, 4, Number.NaN], 4)).toEqual({ low: 0, high: 4, counts: [1, 2, 0, 1] });
    expect(extremes([3, 9, -1, 5], 2)).toEqual({ largest: [1, 3], smallest: [2, 0] });
    expect(deviations(3)).toEqual([-3, 0, 3]);
    const codes = traversalCodes([7, 8], [{ unit: 1, mean: 1, deviation: 2 }], [-1, 2]);
    expect([...codes]).toEqual([7, -1, 7, 5]);
  });

  it("differ between groups", () => {
    expect([...groupDifference(Float32Array.of(1, 2, 3, 4, 10, 0), 2, [0, 0, 1], [0, 1])]).toEqual([-8, 3]);
    expect(() => groupDifference(Float32Array.of(1), 1, [0], [0, 3])).toThrow("group 3 has no members");
  });
});

describe("samplers", () => {
  it("fit a mixture that finds two groups, its likelihood never falling", async () => {
    const codes = Float32Array.from(
      { length: 2000 },
      (_, i) => (i % 4 < 2 ? 5 : -5) + (i % 2 === 0 ? 1 : 0.2) * random.normal(),
    );
    const mixture = await fitMixture(codes, 2, { parts: 2, seed: 1 });
    const order = (mixture.means[0] ?? 0) > 0 ? [0, 1] : [1, 0];
    expect(mixture.means[2 * (order[0] ?? 0)]).toBeCloseTo(5, 0);
    expect(mixture.means[2 * (order[1] ?? 0)]).toBeCloseTo(-5, 0);
    expect(mixture.weights[0]).toBeCloseTo(0.5, 3);
    expect(Math.sqrt(mixture.variances[1] ?? 0)).toBeCloseTo(0.2, 1);
    const rises = mixture.logLikelihoods.slice(1).map((value, i) => value - (mixture.logLikelihoods[i] ?? 0));
    expect(Math.min(...rises)).toBeGreaterThan(-1e-9);
    const drawn = mixtureCodes(mixture, 4000, 2);
    const positive = drawn.filter((_, i) => i % 2 === 0).filter((value) => value > 0).length;
    // Four standard deviations of a fair coin thrown 4,000 times.
    expect(Math.abs(positive - 2000)).toBeLessThan(4 * Math.sqrt(1000));
  });

  it.each(samplers.map(({ name }) => name))("draw the same codes for a seed, others for another: %s", async (name) => {
    const codes = cloud.subarray(0, 400);
    const drawn = await drawCodes(name, codes, 2, { count: 6, seed: 3 });
    expect(drawn.length).toBe(12);
    expect(await drawCodes(name, codes, 2, { count: 6, seed: 3 })).toEqual(drawn);
    expect(await drawCodes(name, codes, 2, { count: 6, seed: 4 })).not.toEqual(drawn);
  });
});

describe("thresholds", () => {
  it("say what follows, by hand", () => {
    const figures = countsAt([1, 2, 3, 4, 5], [0, 0, 1, 0, 1], 3);
    expect(figures).toEqual({
      found: 2,
      missed: 0,
      falseAlarms: 1,
      passed: 2,
      recall: 1,
      falseAlarmRate: 1 / 3,
      precision: 2 / 3,
    });
  });

  it("have a curve whose area is how often an anomalous image scores above a normal one", () => {
    const scores = Array.from({ length: 300 }, (_, i) => Math.round(3 * random.normal() + (i % 3 === 0 ? 3 : 0)));
    const kinds = scores.map((_, i) => (i % 3 === 0 ? 1 : 0));
    let [above, pairs] = [0, 0];
    scores.forEach((a, i) => {
      scores.forEach((b, j) => {
        if (kinds[i] !== 1 || kinds[j] !== 0) return;
        pairs++;
        above += a > b ? 1 : a === b ? 0.5 : 0;
      });
    });
    expect(rocOf(scores, kinds)?.area).toBeCloseTo(above / pairs, 12);
    expect(rocOf([3, 2, 1], [1, 0, 0])).toEqual({
      points: [
        [0, 0],
        [0, 1],
        [1, 1],
      ],
      area: 1,
    });
    expect(rocOf([1, 2], [0, 0])).toBeUndefined();
  });
});

describe("files", () => {
  const colours = Float32Array.from({ length: 3 * 5 * 4 }, (_, i) => (i % 6) / 5);

  it("of PNG are read by a codec as they were written", async () => {
    const grey = Float32Array.from({ length: 70_000 }, (_, i) => (i % 256) / 255);
    for (const [values, shape] of [
      [colours, [3, 5, 4]],
      [grey, [1, 200, 350]],
    ] as const) {
      const { data, info } = await sharp(pngOf(values, shape)).raw().toBuffer({ resolveWithObject: true });
      expect([info.height, info.width]).toEqual(shape.slice(1));
      const plane = shape[1] * shape[2];
      const step = info.channels;
      for (let i = 0; i < plane; i++)
        for (let c = 0; c < shape[0]; c++)
          expect(data[step * i + c]).toBe(Math.round(255 * (values[c * plane + i] ?? 0)));
    }
  });

  it("of GIF have every frame, greys to the level", async () => {
    // Noise fills the table of codes, so that it is begun anew.
    const frames = [0, 1, 2].map(() => Float32Array.from({ length: 60 * 70 }, () => random.uniform()));
    const { data, info } = await sharp(gifOf(frames, [1, 60, 70], { framesASecond: 5, scale: 2 }), { pages: -1 })
      .raw()
      .toBuffer({ resolveWithObject: true });
    expect([info.width, info.height]).toEqual([140, 360]);
    frames.forEach((frame, f) => {
      for (const [row, column] of [
        [0, 0],
        [17, 3],
        [59, 69],
        [30, 44],
      ] as const) {
        const at = ((f * 120 + 2 * row + 1) * 140 + 2 * column) * info.channels;
        expect(data[at]).toBe(Math.round(255 * (frame[row * 70 + column] ?? 0)));
      }
    });
    const { data: coloured, info: colouredInfo } = await sharp(gifOf([colours], [3, 5, 4], { framesASecond: 5 }))
      .raw()
      .toBuffer({ resolveWithObject: true });
    // Six levels of red: fifths are exact.
    expect(coloured[4 * colouredInfo.channels]).toBe(Math.round(255 * (colours[4] ?? 0)));
  });

  it("move as a WebP, each frame without loss for its time", async () => {
    const frames = [0, 1, 2].map((at) => Uint8Array.from({ length: 3 * 7 * 5 }, (_, i) => (37 * i + 91 * at) % 256));
    const stills = await Promise.all(
      frames.map((pixels) =>
        sharp(pixels, { raw: { width: 7, height: 5, channels: 3 } })
          .webp({ lossless: true })
          .toBuffer(),
      ),
    );
    const moving = sharp(webpOf(stills, { size: [7, 5], framesASecond: 8 }), { pages: -1 });
    const { pages, delay, loop } = await moving.metadata();
    expect({ pages, delay, loop }).toEqual({ pages: 3, delay: [125, 125, 125], loop: 0 });
    const { data, info } = await moving.removeAlpha().raw().toBuffer({ resolveWithObject: true });
    expect([info.width, info.height]).toEqual([7, 15]);
    expect([...data]).toEqual(frames.flatMap((pixels) => [...pixels]));
  });

  it("of a grid have each picture in its place", () => {
    const { values, shape } = gridOfPictures(Float32Array.of(1, 2, 3, 4, 5, 6), [1, 1, 2], 2);
    expect(shape).toEqual([1, 2, 4]);
    expect([...values]).toEqual([1, 2, 3, 4, 5, 6, 0, 0]);
  });
});

it("lets the newest question count, and drops those between", async () => {
  const answers: number[] = [];
  const asked: number[] = [];
  const ask = latest(
    async (question: number) => {
      asked.push(question);
      await new Promise((resolve) => setTimeout(resolve, 2));
      return 10 * question;
    },
    (answer) => answers.push(answer),
    () => {},
  );
  for (const question of [1, 2, 3, 4]) ask(question);
  await vi.waitFor(() => expect(answers.length).toBe(2), 5000);
  expect(asked).toEqual([1, 4]);
  expect(answers).toEqual([10, 40]);
});

it("writes figures of a column with the same decimals and a minus sign, and zero without one", () => {
  const decimals = decimalsOf([0.31, -2.4, Number.NaN]);
  expect(decimals).toBe(2);
  expect([-2.4, 0.31, -0.001, Number.NaN].map((value) => inColumn(value, decimals))).toEqual([
    ...["−2.40", "0.31", "0.00", "–"],
  ]);
  expect([decimalsOf([]), decimalsOf([1234]), decimalsOf([0.0123])]).toEqual([2, 0, 4]);
  expect(said(-0.12345)).toBe("−0.123");
});
