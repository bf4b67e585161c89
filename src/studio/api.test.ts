import { describe, expect, it } from "vitest";
import { paths, readPack, writePack } from "./api.js";
import { findRoute } from "./server/routes.js";

describe("a pack", () => {
  it("comes back as it was, its arrays at multiples of eight", () => {
    const pack = writePack(
      { name: "Δ" },
      {
        points: { shape: [3, 1], values: Float32Array.of(1.5, -2, 3) },
        labels: { shape: [2], values: Int32Array.of(-1, 7) },
        pixels: { shape: [3], values: Uint8Array.of(1, 2, 255) },
      },
    );
    const { head, arrays } = readPack<{ readonly name: string }>(pack.buffer);
    expect(head.name).toBe("Δ");
    expect([...(arrays.points?.values ?? [])]).toEqual([1.5, -2, 3]);
    expect([...(arrays.labels?.values ?? [])]).toEqual([-1, 7]);
    expect([...(arrays.pixels?.values ?? [])]).toEqual([1, 2, 255]);
    expect(arrays.points?.shape).toEqual([3, 1]);
    expect(pack.length % 8).toBe(0);
  });

  it.each([
    ["nothing", []],
    ["a head that is longer than it", [255, 0, 0, 0, 123]],
    ["a head that is no JSON", [1, 0, 0, 0, 123]],
    ["no arrays", [2, 0, 0, 0, 123, 125]],
  ])("is not %s", (_, bytes) => {
    expect(() => readPack(Uint8Array.from(bytes).buffer)).toThrow(RangeError);
  });

  it.each([
    { name: "a", type: "float64", shape: [1], offset: 0 },
    { name: "a", type: "float32", shape: [2 ** 40], offset: 0 },
    { name: "a", type: "float32", shape: [-1], offset: 0 },
    { name: "a", type: "float32", shape: [1], offset: 3 },
    { name: "a", type: "toString", shape: [1], offset: 0 },
    null,
  ])("has no array %j", (entry) => {
    const text = JSON.stringify({ arrays: [entry] });
    const head = new TextEncoder().encode(text + " ".repeat((12 - (text.length % 8)) % 8));
    const bytes = new Uint8Array(4 + head.length);
    new DataView(bytes.buffer).setUint32(0, head.length, true);
    bytes.set(head, 4);
    expect(() => readPack(bytes.buffer)).toThrow(RangeError);
  });
});

it("has an address for each route and a route for each address", () => {
  const id = "0123456789ab";
  const addresses = [
    ...[paths.health, paths.studio, paths.events({ runs: [id] }), paths.runs, paths.settings, paths.run(id)],
    ...[
      paths.experiment(id),
      paths.records(id, { from: 1, points: 5 }),
      paths.pictures(id),
      paths.picture(id, "latest", "x"),
    ],
    ...[paths.report(id, "curves"), paths.jobs, paths.job("j1"), paths.result("j1"), paths.resultFile("j1", 0)],
    ...[paths.presets, paths.schema, paths.collections],
  ];
  for (const address of addresses) {
    expect([address, findRoute("GET", address.split("?")[0] ?? "").found?.kind]).toEqual([address, "api"]);
  }
  for (const address of [
    paths.command(id),
    paths.decode(id),
    paths.encode(id),
    paths.images(id),
    paths.restore(id),
    paths.jobs,
    paths.moveJob("j1"),
    paths.uploads,
    paths.validate,
  ]) {
    expect([address, findRoute("POST", address).found?.kind]).toEqual([address, "api"]);
  }
  expect(findRoute("PUT", paths.notes(id)).found?.kind).toBe("api");
  expect(findRoute("DELETE", paths.job("j1")).found?.kind).toBe("api");
});
