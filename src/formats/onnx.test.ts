import { describe, expect, it } from "vitest";
import { UserError } from "../base/errors.js";
import { decodeOnnx, encodeOnnx, type OnnxModel } from "./onnx.js";

const model: OnnxModel = {
  irVersion: 10,
  operatorSets: { "": 21, "com.example": 1 },
  producer: { name: "isthmus", version: "0.1.0" },
  description: "a small one",
  metadata: { code: "49", µ: "ä" },
  graph: {
    name: "encoder",
    nodes: [
      {
        operator: "Conv",
        name: "encoder.0",
        inputs: ["x", "w", ""],
        outputs: ["h"],
        attributes: { pads: { ints: [1, 0, -1, 2] }, group: { int: 1 }, auto_pad: { string: "NOTSET" } },
      },
      {
        operator: "Odd",
        domain: "com.example",
        inputs: ["h"],
        outputs: ["y"],
        attributes: {
          alpha: { float: 0.5 },
          scales: { floats: [1, 2.5] },
          words: { strings: ["a", "ö"] },
          value: { tensor: { name: "", type: "bool", shape: [2], data: new Uint8Array([1, 0]) } },
        },
      },
    ],
    inputs: [{ name: "x", type: "float32", shape: ["batch", 1, 28, 28], description: "images in [0, 1]" }],
    outputs: [{ name: "y", type: "float32", shape: ["batch", 49] }],
    initializers: [
      { name: "w", type: "float32", shape: [1, 1, 1, 2], data: new Float32Array([1.5, -2]) },
      { name: "ends", type: "int64", shape: [2], data: new BigInt64Array([-1n, 2n ** 63n - 1n]) },
      { name: "exact", type: "float64", shape: [], data: new Float64Array([0.1]) },
      { name: "small", type: "int32", shape: [1], data: new Int32Array([-7]) },
    ],
  },
};

/** A message field of length-delimited bytes, by protocol buffers' definition: key = field · 8 + 2, length, bytes. */
const field = (number: number, ...bytes: number[]): number[] => [number * 8 + 2, bytes.length, ...bytes];

function mistake(bytes: Uint8Array): string {
  try {
    decodeOnnx(bytes, "encoder.onnx");
  } catch (error) {
    if (error instanceof UserError && error.at === "encoder.onnx") return error.message;
    throw error;
  }
  return "no mistake";
}

describe("the ONNX codec", () => {
  it("reads what it wrote", () => {
    expect(decodeOnnx(encodeOnnx(model), "encoder.onnx")).toEqual(model);
  });

  it("writes a smallest model as the format says, byte by byte", () => {
    const bytes = encodeOnnx({
      irVersion: 8,
      operatorSets: { "": 17 },
      graph: {
        name: "g",
        nodes: [{ operator: "Relu", inputs: ["x"], outputs: ["y"] }],
        inputs: [{ name: "x", type: "float32", shape: [2] }],
        outputs: [],
        initializers: [],
      },
    });
    const node = field(1, 0x0a, 1, 0x78, 0x12, 1, 0x79, 0x22, 4, 0x52, 0x65, 0x6c, 0x75);
    const shape = field(2, ...field(1, 0x08, 2));
    const value = field(11, 0x0a, 1, 0x78, ...field(2, ...field(1, 0x08, 1, ...shape)));
    const graph = field(7, ...node, ...field(2, 0x67), ...value);
    expect([...bytes]).toEqual([0x08, 8, ...graph, ...field(8, 0x0a, 0, 0x10, 17)]);
  });

  it("reads numbers that are packed or stand outside of raw data, as other writers leave them", () => {
    // dims packed [2, 1], data_type float, float_data packed [1, −2], name "w".
    const tensor = [...field(1, 2, 1), 0x10, 1, ...field(4, 0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0), ...field(8, 0x77)];
    const { graph } = decodeOnnx(new Uint8Array([0x08, 8, ...field(7, ...field(5, ...tensor))]), "encoder.onnx");
    expect(graph.initializers).toEqual([
      { name: "w", type: "float32", shape: [2, 1], data: new Float32Array([1, -2]) },
    ]);
  });

  it("refuses what is no model, cut short, or of a kind that it does not hold", () => {
    const wrong = "is not an ONNX model, or a damaged one.";
    expect(mistake(new Uint8Array())).toBe(wrong);
    expect(mistake(new TextEncoder().encode("PK not a model"))).toBe(wrong);
    const bytes = encodeOnnx(model);
    for (const share of [0.1, 0.5, 0.9]) {
      expect(mistake(bytes.subarray(0, Math.floor(bytes.length * share)))).toBe(wrong);
    }
    // A tensor of data_type 16, bfloat16.
    const tensor = field(5, 0x10, 16);
    expect(mistake(new Uint8Array([0x08, 8, ...field(7, ...tensor)]))).toBe(
      "the ONNX model has values of element type 16, which is not supported.",
    );
  });

  it("refuses data of another type or size than it says, as a bug", () => {
    const withTensor = (tensor: OnnxModel["graph"]["initializers"][number]): OnnxModel => ({
      ...model,
      graph: { ...model.graph, initializers: [tensor] },
    });
    const data = new Float32Array(3);
    expect(() => encodeOnnx(withTensor({ name: "w", type: "int64", shape: [3], data }))).toThrow(
      "internal: tensor w is written as int64 but comes in a Float32Array",
    );
    expect(() => encodeOnnx(withTensor({ name: "w", type: "float32", shape: [2], data }))).toThrow(
      "internal: tensor w of shape [2] has 3 elements",
    );
  });

  it("reads from the middle of a Buffer, whose slices share their memory", () => {
    const inside = Buffer.concat([Buffer.alloc(3), encodeOnnx(model)]).subarray(3);
    expect(decodeOnnx(inside, "model.onnx")).toEqual(decodeOnnx(encodeOnnx(model), "model.onnx"));
  });
});
