import { describe, expect, it } from "vitest";
import { buildLayer, evaluate, thrownBy } from "../testing/evaluate.js";
import { readLayer } from "./index.js";

const dense = { dense: { units: 2, bias: false } };

describe("layers made of layers", () => {
  it("name parameters as PyTorch's nested Sequential does, repeated layers each their own", () => {
    const { parameters, rows } = buildLayer(
      { sequential: [dense, { repeat: { times: 2, layers: [dense, "elu"] } }] },
      [1, 2],
    );
    expect(parameters.map(({ name }) => name)).toEqual([
      "encoder.0.0.weight",
      "encoder.0.1.0.weight",
      "encoder.0.1.2.weight",
    ]);
    expect(rows).toMatchObject([{ title: "Sequential", parameters: 12, outputShape: [2] }]);
  });

  it("frozen keeps the weights of all within, however deep, and computes as sequential does", () => {
    const { program, parameters, rows } = buildLayer({ frozen: [{ sequential: [dense] }, "relu"] }, [1, 2]);
    expect(parameters).toMatchObject([{ name: "encoder.0.0.0.weight", trainable: false }]);
    expect(rows).toMatchObject([{ title: "Frozen", parameters: 4, trainable: 0 }]);
    // relu [1 + 2, -3·2]
    expect(evaluate(program, { input: [1, 2], "encoder.0.0.0.weight": [1, 1, 0, -3] }).outputs.output).toEqual([3, 0]);
  });

  it("residual adds its input to what its layers make of it, by hand", () => {
    const { program } = buildLayer({ residual: [dense] }, [1, 2]);
    const given = { input: [1, 2], "encoder.0.0.weight": [1, 1, 0, 3] };
    // [1 + 2, 3·2] + [1, 2]
    expect(evaluate(program, given).outputs.output).toEqual([4, 8]);
  });

  it("residual takes its input through a projection where the layers change the shape", () => {
    const { program, parameters } = buildLayer({ residual: [{ dense: { units: 1, bias: false } }] }, [1, 2]);
    expect(parameters[1]).toEqual({
      name: "encoder.0.shortcut.weight",
      shape: [1, 2],
      initialise: { uniform: 1 / Math.sqrt(2) },
      trainable: true,
    });
    const given = { input: [1, 2], "encoder.0.0.weight": [1, 1], "encoder.0.shortcut.weight": [10, 100] };
    expect(evaluate(program, given).outputs.output).toEqual([213]);
  });

  it("sum adds what each of its layers makes of the same input, by hand, numbered through", () => {
    const { program, parameters } = buildLayer({ sum: [dense, { sequential: [dense, "relu"] }] }, [1, 2]);
    expect(parameters.map(({ name }) => name)).toEqual(["encoder.0.0.weight", "encoder.0.1.0.weight"]);
    const given = { input: [1, 2], "encoder.0.0.weight": [1, 1, 0, 3], "encoder.0.1.0.weight": [10, 0, 0, -10] };
    // [1 + 2, 3·2] + relu [10, -20]
    expect(evaluate(program, given).outputs.output).toEqual([13, 6]);
    expect(thrownBy(() => buildLayer({ sum: [dense, { dense: 3 }] }, [1, 2]))).toMatchObject({
      at: "encoder[0] sum",
      message: "sum cannot add 3 of its layer 1 to 2 of its layer 0",
    });
  });

  it("say for a mistake inside where it is", () => {
    expect(thrownBy(() => buildLayer({ residual: ["flatten"] }, [1, 2, 2, 2]))).toMatchObject({
      at: "encoder[0] residual",
      message: "residual cannot add its input 2×2×2 to its layers' output 8",
    });
    expect(
      thrownBy(() => buildLayer({ sequential: ["elu", { conv2d: { channels: 1, kernel: 3 } }] }, [1, 1, 2, 2])),
    ).toMatchObject({
      at: "encoder[0].layers[1] conv2d",
      message: "kernel 3 does not fit an input of 2×2",
    });
    expect(
      thrownBy(() => readLayer({ sequential: ["elu", { dense: { units: -1 } }] }, "model.encoder[2]")),
    ).toMatchObject({
      at: "model.encoder[2].sequential.layers[1].dense.units",
      message: "expected a positive whole number, got -1",
    });
    expect(thrownBy(() => readLayer({ sequential: ["eluu"] }, "model.encoder[2]"))).toMatchObject({
      at: "model.encoder[2].sequential.layers[0]",
      message: "no layer is called eluu; did you mean elu?",
    });
    expect(thrownBy(() => readLayer({ repeat: { times: 2, layers: [] } }, "model.encoder[2]"))).toMatchObject({
      message: "expected a list of one layer or more, got []",
    });
  });
});
