import { expect, it } from "vitest";
import type { RunRow, SettingsTable } from "../../api.js";
import { allColumns, differingSettings, rowOf, settingPaths, settingsReader, shownColumns } from "./columns.js";

const run = (id: string, more: Partial<RunRow> = {}): RunRow => ({
  ...{ id, folder: `runs/${id}`, name: "mnist-conv", state: "done", started: null, changed: 0, epochs: 3, step: 30 },
  ...more,
});
const settings: SettingsTable = {
  pending: 0,
  paths: ["name", "loss", "phases.0.batchSize", "model.encoder.2", "seed"],
  values: ["a", "b", "mse", 64, 128, "relu", 0, null],
  // a: mse, 64, relu, 0; b: mse, 128, no such layer, 0.
  experiments: [
    [0, 0, 1, 2, 2, 3, 3, 5, 4, 6],
    [0, 1, 1, 2, 2, 4, 4, 6],
  ],
  runs: { x: 0, y: 1, z: 0 },
};

it("names the settings that differ, one that is missing counting as different", () => {
  expect(differingSettings([run("x"), run("y")], settings)).toEqual(["phases.0.batchSize", "model.encoder.2"]);
  expect(differingSettings([run("x"), run("z"), run("unread")], settings)).toEqual([]);
  expect(settingPaths([run("y")], settings)).toEqual(["loss", "phases.0.batchSize", "seed"]);
});

it("puts figures, settings, notes and what is wrong into the cells", () => {
  const read = settingsReader(settings);
  expect(read("x")).toBe(read("z"));
  const row = rowOf(
    run("y", {
      test: { mse: 0.01 },
      problems: ["metrics.jsonl ends early."],
      notes: { note: "mine", tags: ["a", "b"], star: true },
    }),
    read("y"),
  );
  expect(row).toMatchObject({ "test.mse": 0.01, "phases.0.batchSize": 128, name: "runs/y", star: true, tags: "a, b" });
  expect(row.note).toBe("metrics.jsonl ends early. mine");
  expect(read("unread")).toBeUndefined();
});

it("shows who a run is and its figures always, the rest where it differs or where all is wanted", () => {
  const columns = allColumns([run("x", { test: { mse: 1 }, lowest: { mse: 1 } }), run("y")], settings);
  const ids = (onlyDiffering: boolean): string[] =>
    shownColumns(columns, new Set(["phases.0.batchSize", "data"]), onlyDiffering).map(({ id }) => id);
  expect(ids(true)).toEqual(["name", "state", "epochs", "test.mse", "data", "phases.0.batchSize", "tags", "note"]);
  expect(ids(false)).toEqual(columns.map(({ id }) => id));
  expect(columns.find(({ id }) => id === "model.encoder.2")?.title).toBe("encoder.2");
});
