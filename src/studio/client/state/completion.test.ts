import { expect, it } from "vitest";
import { parseDocument } from "yaml";
import { experimentJsonSchema } from "../../../experiment/jsonSchema.js";
import { alternativesOf, fieldOf, offeredKeys, offeredValues, type RootSchema, schemaAt } from "./schemaWalk.js";
import { yamlPlace } from "./yamlPlace.js";

const root = experimentJsonSchema() as RootSchema;
const text = `name: a
data: mnist
model:
  kind: autoencoder
  input: [1, 28, 28]
  encoder:
    - flatten
    - dense: { units: 128 }
    - conv2d:
        channels: 16
        kernel: 3
  decoder:
  - dense: 784
loss: mse
phases:
  - epochs: 3
    optimizer: { adam: { learningRate: 0.001 } }
`;

/** The place of the bar in a text. */
const placeOf = (marked: string) => yamlPlace(marked.replace("|", ""), marked.indexOf("|"));

it.each([
  ["na|", [], true, "na"],
  ["data: mn|", ["data"], false, "mn"],
  ["model:\n  ki|", ["model"], true, "ki"],
  ["model:\n  encoder:\n    - flatten\n    - de|", ["model", "encoder", 1], true, "de"],
  ["model:\n  encoder:\n  - flatten\n  - |", ["model", "encoder", 1], true, ""],
  ["model:\n  encoder:\n    - conv2d:\n        cha|", ["model", "encoder", 0, "conv2d"], true, "cha"],
  ["phases:\n  - epochs: 3\n    bat|", ["phases", 0], true, "bat"],
  ["phases:\n  - epochs: 3\n  - epochs: |", ["phases", 1, "epochs"], false, ""],
  ["phases:\n  - optimizer: { adam: { lea|", ["phases", 0, "optimizer", "adam"], true, "lea"],
  ["phases:\n  - optimizer: { adam: { learningRate: 0.1, |", ["phases", 0, "optimizer", "adam"], true, ""],
  ["phases:\n  - augment: [flip, ran|", ["phases", 0, "augment", 1], false, "ran"],
  ["model:\n  encoder:\n    - a\nlo|", [], true, "lo"],
])("knows where %j stands", (marked, path, isKey, begun) => {
  expect(placeOf(marked)).toMatchObject({ path, isKey, begun });
});

it("offers nothing in a comment or right behind a colon", () => {
  expect(placeOf("name: a # de|")).toBeUndefined();
  expect(placeOf("name:|")).toBeUndefined();
});

it("offers what may stand at a place, with its sentence", () => {
  const value: unknown = parseDocument(text).toJS();
  const top = schemaAt(root, value, []);
  expect(offeredKeys(top.alternatives, top.value).map(({ word }) => word)).toEqual(
    expect.arrayContaining(["seed", "metrics", "initialise"]),
  );
  expect(offeredKeys(top.alternatives, top.value).map(({ word }) => word)).not.toContain("loss");
  const layer = schemaAt(root, value, ["model", "encoder", 0]);
  expect(offeredValues(layer.alternatives).map(({ word }) => word)).toEqual(expect.arrayContaining(["flatten", "elu"]));
  expect(offeredKeys(layer.alternatives, layer.value).map(({ word }) => word)).toEqual(
    expect.arrayContaining(["conv2d", "dense"]),
  );
  const adam = schemaAt(root, value, ["phases", 0, "optimizer", "adam"]);
  const keys = offeredKeys(adam.alternatives, adam.value);
  expect(keys.map(({ word }) => word)).not.toContain("learningRate");
  expect(keys.every(({ what }) => what.length > 0)).toBe(true);
  expect(offeredValues(schemaAt(root, value, ["data"]).alternatives).map(({ word }) => word)).toContain(
    "fashion-mnist",
  );
});

it("finds the field that suits each place", () => {
  const value: unknown = parseDocument(text).toJS();
  const kind = (...path: (string | number)[]): string => {
    const at = schemaAt(root, value, path);
    return fieldOf(root, at.alternatives, at.value).kind;
  };
  expect(kind()).toBe("group");
  expect(kind("name")).toBe("words");
  expect(kind("model")).toBe("group");
  expect(kind("model", "encoder")).toBe("list");
  expect(kind("model", "encoder", 2)).toBe("entry");
  expect(kind("loss")).toBe("entry");
  expect(kind("phases", 0, "epochs")).toBe("number");
  expect(kind("phases", 0, "optimizer", "adam", "learningRate")).toBe("number");
  expect(kind("seed")).toBe("number");
  const layer = schemaAt(root, value, ["model", "encoder", 2]);
  expect(fieldOf(root, layer.alternatives, layer.value)).toMatchObject({
    chosen: "conv2d",
    inner: { channels: 16, kernel: 3 },
  });
  expect(alternativesOf(root, undefined, 1)).toEqual([]);
});

it("takes the alternative whose literal is written: a source has its own settings and says what it is itself", () => {
  const value = { data: { source: "mnist", limit: { train: 10 } } };
  const { alternatives, value: data } = schemaAt(root, value, ["data"]);
  const field = fieldOf(root, alternatives, data);
  if (field.kind !== "group") throw new Error(field.kind);
  const names = field.properties.map(([name]) => name);
  expect(names).toEqual(["source", "folder", "classes", "validation", "limit", "shape"]);
  const source = field.properties.find(([name]) => name === "source")?.[1];
  expect(source?.description).toMatch(/^Handwritten digits/);
  const choice = fieldOf(root, alternativesOf(root, source, "mnist"), "mnist");
  // Any other source may be chosen in its place.
  expect(choice.kind === "choice" && choice.choices.map(({ word }) => word)).toEqual([
    ...["mnist", "fashion-mnist", "lfw", "printed-digits", "folder", "idx", "npy"],
  ]);
  const keys = offeredKeys(alternatives, data).map(({ word }) => word);
  expect(keys).toEqual(["folder", "classes", "validation", "shape"]);
  const folder = schemaAt(root, { data: { source: "folder:/a", size: 28 } }, ["data"]);
  expect(offeredKeys(folder.alternatives, folder.value).map(({ word }) => word)).toContain("fit");
});

it("shows what is written for another alternative, so that it can be taken out", () => {
  const { alternatives, value: data } = schemaAt(root, { data: { source: "mnist", path: "a.npy" } }, ["data"]);
  const field = fieldOf(root, alternatives, data);
  const path = field.kind === "group" ? field.properties.find(([name]) => name === "path") : undefined;
  expect(path?.[2]).toBe(false);
});
