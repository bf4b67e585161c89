import { describe, expect, it } from "vitest";
import { readModel } from "../nn/models/index.js";
import { modelMetadata, readModelMetadata } from "./metadata.js";

const model = readModel({
  kind: "variationalAutoencoder",
  input: [3, 4, 6],
  code: 2,
  beta: 4,
  encoder: ["flatten", { dense: 8 }],
  decoder: [{ dense: 72 }, { unflatten: [3, 4, 6] }],
});

describe("a model's metadata", () => {
  it("are enough to build the model again and to make pictures ready for it", () => {
    const brightness = { brightness: 0.25, edgeBrightness: 0.5 };
    const found = readModelMetadata(modelMetadata(model, { isthmus: "1.2.3", brightness }));
    expect(readModel(found.model).spec).toEqual(model.spec);
    expect(found.codeShape).toEqual([2]);
    expect(found.preprocessing).toMatchObject({
      channels: 3,
      size: [4, 6],
      range: [0, 1],
      fit: "cover",
      ...brightness,
    });
  });

  it("of another program, or damaged, say nothing", () => {
    expect(readModelMetadata({})).toEqual({});
    const damaged = { preprocessing: "{", codeShape: '["two"]', model: "a: [" };
    expect(readModelMetadata(damaged)).toEqual({});
    expect(readModelMetadata({ preprocessing: '{"channels":0,"size":[1]}' })).toEqual({});
  });
});
