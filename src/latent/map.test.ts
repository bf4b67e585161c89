import { describe, expect, it } from "vitest";
import { randomSequence } from "../base/random.js";
import { neighbourMap, principalMap } from "./map.js";

describe("principalMap", () => {
  it("finds the two directions of codes that lie in a plane, the longer one first", async () => {
    // Along (3, 4, 0)/5 by ±2 and along (0, 0, 1) by ±1, about (1, 1, 1).
    const codes = new Float32Array([2.2, 2.6, 1, -0.2, -0.6, 1, 1, 1, 2, 1, 1, 0]);
    const { points, shares } = await principalMap(codes, 3);
    const expected = [2, 0, -2, 0, 0, 1, 0, -1];
    for (const [i, value] of expected.entries()) expect(points[i]).toBeCloseTo(value, 6);
    expect(shares[0]).toBeCloseTo(0.8, 6);
    expect(shares[1]).toBeCloseTo(0.2, 6);
  });

  it("says where a place of the map lies among the codes: these lie in their plane, and come back", async () => {
    const codes = new Float32Array([2.2, 2.6, 1, -0.2, -0.6, 1, 1, 1, 2, 1, 1, 0]);
    const { points, mean, directions } = await principalMap(codes, 3);
    for (const [at, code] of codes.entries()) {
      const [point, unit] = [Math.floor(at / 3), at % 3];
      const along = (axis: number): number => (points[2 * point + axis] ?? 0) * (directions[3 * axis + unit] ?? 0);
      expect((mean[unit] ?? 0) + along(0) + along(1)).toBeCloseTo(code, 6);
    }
  });

  it("draws codes of one number on a line, and codes that are all the same in one place", async () => {
    const line = await principalMap(new Float32Array([0, 1, 2]), 1);
    expect([...line.points]).toEqual([-1, 0, 0, 0, 1, 0]);
    expect(line.shares).toEqual([1, 0]);
    expect(await principalMap(new Float32Array([1, 2, 1, 2]), 2)).toMatchObject({
      points: new Float32Array(4),
      shares: [0, 0],
    });
  });
});

describe("principalMap of long codes", () => {
  it("follows the directions in which they vary, without a matrix of the code's size squared", async () => {
    const random = randomSequence(9, "sample", 0, 0);
    const [count, size] = [40, 5000];
    // Deviations 3 and 2 along two known directions, 0.01 along each unit.
    const known = [0, 1].map((k) =>
      Float64Array.from({ length: size }, (_, i) => (i % 2 === k ? Math.sqrt(2 / size) : 0)),
    );
    const weights = Array.from({ length: count }, () => [3 * random.normal(), 2 * random.normal()] as const);
    const codes = Float32Array.from({ length: count * size }, (_, at) => {
      const [first, second] = weights[Math.floor(at / size)] as readonly [number, number];
      const unit = at % size;
      return first * (known[0]?.[unit] ?? 0) + second * (known[1]?.[unit] ?? 0) + 0.001 * random.normal();
    });
    const { points, shares } = await principalMap(codes, size);
    const mean = [0, 1].map((k) => weights.reduce((sum, weight) => sum + (weight[k as 0 | 1] ?? 0) / count, 0));
    const radius = (x: number, y: number): number => Math.hypot(x, y);
    // Any two perpendicular directions of the plane leave distances from the mean as they are.
    weights.forEach(([first, second], i) => {
      const expected = radius(first - (mean[0] ?? 0), second - (mean[1] ?? 0));
      expect(radius(points[2 * i] ?? 0, points[2 * i + 1] ?? 0)).toBeCloseTo(expected, 2);
    });
    expect(shares[0] + shares[1]).toBeGreaterThan(0.99);
    expect(shares[0]).toBeGreaterThan(shares[1]);
  });
});

describe("neighbourMap", () => {
  const clusters = (): Float32Array => {
    const random = randomSequence(5, "sample", 0, 0);
    return Float32Array.from({ length: 60 * 8 }, (_, at) => (at < 30 * 8 ? 0 : 10) + random.normal());
  };
  const options = { neighbours: 5, minimumDistance: 0.1, seed: 0 };

  it("keeps two groups of codes apart: each point's nearest one is of its own group", async () => {
    const points = await neighbourMap(clusters(), 8, options);
    for (let i = 0; i < 60; i++) {
      let nearest = -1;
      let least = Number.POSITIVE_INFINITY;
      for (let j = 0; j < 60; j++) {
        const [dx, dy] = [0, 1].map((axis) => (points[2 * i + axis] ?? 0) - (points[2 * j + axis] ?? 0));
        const distance = Math.hypot(dx ?? 0, dy ?? 0);
        if (j !== i && distance < least) [nearest, least] = [j, distance];
      }
      expect(nearest < 30).toBe(i < 30);
    }
  });

  it("is the same for the same seed, and another for another", async () => {
    const points = await neighbourMap(clusters(), 8, options);
    expect(await neighbourMap(clusters(), 8, options)).toEqual(points);
    expect(await neighbourMap(clusters(), 8, { ...options, seed: 1 })).not.toEqual(points);
  });

  it("tells its progress, and stops where that throws", async () => {
    const told: number[] = [];
    await neighbourMap(clusters(), 8, { ...options, progress: (done) => told.push(done) });
    expect(told.length).toBeGreaterThan(5);
    expect(Math.max(...told)).toBeLessThan(1);
    const stop = neighbourMap(clusters(), 8, {
      ...options,
      progress: () => {
        throw new Error("stop");
      },
    });
    await expect(stop).rejects.toThrow("stop");
  });
});
