import { describe, expect, it } from "vitest";
import { findPreset } from "../tasks/presetFiles.js";
import { parseYaml } from "./document.js";
import { fitText, meetByLook, meetOpened } from "./meetData.js";
import { readDocument } from "./resolved.js";

function preset(data: unknown, name = "mnist-dense", input?: readonly number[] | null) {
  const document = parseYaml(findPreset(name).text, name) as { readonly model: object };
  return readDocument({
    ...document,
    data,
    model: { ...document.model, ...(input === undefined ? {} : { input }) },
  });
}
const source = (...shapes: (readonly number[])[]) => ({ look: () => Promise.resolve(shapes) });

describe("a model that says its input", () => {
  it("has the pictures of a folder brought to it by the folder's own options", async () => {
    const met = await meetByLook(preset("folder:./photos"), source([3, 40, 60]));
    expect(met?.resolved.experiment.data).toEqual({ source: "folder", path: "./photos", size: [28, 28], grey: true });
    expect(met?.resolved.source.options).toMatchObject({ size: [28, 28], grey: true });
    expect(met?.resolved.model.inputShape).toEqual([1, 28, 28]);
    expect(met?.notes).toEqual([
      "the pictures are 3×40×60 and become 1×28×28: cut about the centre, made smaller, turned grey, as the model takes them and as restore does (--exact refuses, --set model.input=null adapts the layers instead)",
    ]);
  });

  it("says of a folder whose first picture fits what the others become, and notes nothing", async () => {
    const met = await meetByLook(preset("folder:./photos"), source([1, 28, 28], [3, 28, 28]));
    expect(met?.resolved.experiment.data).toEqual({ source: "folder", path: "./photos", size: [28, 28], grey: true });
    expect(met?.notes).toEqual([]);
  });

  it("has the pictures of other sources brought to it after they have been opened", async () => {
    const given = { source: "npy", path: "a.npy", limit: { train: 10 } };
    const met = await meetByLook(preset(given), source([1, 14, 14]));
    expect(met?.resolved.experiment.data).toEqual({ ...given, shape: [1, 28, 28] });
    expect(met?.resolved.source.shape).toEqual([1, 28, 28]);
    expect(met?.notes[0]).toContain("the pictures are 1×14×14 and become 1×28×28: enlarged, as");
  });

  it("has faces resized as they are read, and turned grey afterwards", async () => {
    const met = await meetByLook(preset("lfw"), source([3, 48, 48]));
    expect(met?.resolved.experiment.data).toEqual({ source: "lfw", size: [28, 28], shape: [1, 28, 28] });
  });

  it("leaves data that fit as they are written", async () => {
    const met = await meetByLook(preset("mnist"), source([1, 28, 28]));
    expect(met?.resolved.experiment.data).toBe("mnist");
    const faces = await meetByLook(preset("lfw", "faces"), source([3, 48, 48]));
    expect(faces?.resolved.experiment.data).toBe("lfw");
  });

  it("met once, meets the same data again without a change", async () => {
    const first = await meetByLook(preset("folder:./photos"), source([3, 40, 60]));
    const again = await meetByLook(readDocument(first?.resolved.experiment), source([1, 28, 28]));
    expect(again?.resolved.experiment).toEqual(first?.resolved.experiment);
    expect(again?.notes).toEqual([]);
  });

  it("refuses other pictures where exact", async () => {
    await expect(meetByLook(preset("folder:./photos"), source([3, 40, 60]), { exact: true })).rejects.toMatchObject({
      message: "the data has pictures of 3×40×60, the model takes 1×28×28",
      at: "model.input",
    });
    expect(() => meetOpened(preset("mnist"), [1, 14, 14], { exact: true })).toThrow("the model takes 1×28×28");
  });

  it("refuses pictures that cannot become its input, of two channels", async () => {
    const read = readDocument({
      name: "two",
      data: "mnist",
      model: { kind: "autoencoder", input: [2, 4, 4], encoder: ["flatten"], decoder: [{ unflatten: [2, 4, 4] }] },
      loss: "mse",
      phases: [{ epochs: 1 }],
    });
    await expect(meetByLook(read, source([1, 28, 28]))).rejects.toThrow("the model takes 2×4×4");
  });

  it("tells nothing where the look tells nothing, and meets what is opened", async () => {
    const read = preset({ source: "arrays", images: 5 });
    expect(await meetByLook(read, source())).toBeUndefined();
    const met = meetOpened(read, [3, 20, 20]);
    expect(met.resolved.experiment.data).toEqual({ source: "arrays", images: 5, shape: [1, 28, 28] });
    expect(met.notes[0]).toContain("enlarged, turned grey");
  });
});

describe("a model that says no input", () => {
  it("is adapted to the pictures, and the experiment has every layer", async () => {
    const met = await meetByLook(preset("folder:./photos", "mnist-dense", null), source([3, 32, 32]));
    expect(met?.resolved.experiment.data).toBe("folder:./photos");
    expect(met?.resolved.experiment.model).toMatchObject({
      input: [3, 32, 32],
      decoder: [{ dense: 3072 }, "sigmoid", { unflatten: [3, 32, 32] }],
    });
    expect(met?.notes).toEqual([
      "the model takes its input from the pictures, 3×32×32: its last dense gives 3072 numbers and unflatten 3×32×32 (all layers are in experiment.yaml)",
    ]);
  });

  it("has pictures brought to the nearest shape that it gives back", async () => {
    const met = await meetByLook(preset("folder:./photos", "mnist-conv", null), source([3, 32, 32]));
    expect(met?.resolved.model.inputShape).toEqual([3, 28, 28]);
    expect(met?.resolved.experiment.data).toEqual({ source: "folder:./photos", shape: [3, 28, 28] });
    expect(met?.notes[1]).toBe(
      "the pictures are 3×32×32 and become 3×28×28: made smaller, the nearest that its layers give back",
    );
    const again = await meetByLook(readDocument(met?.resolved.experiment), source([3, 28, 28]));
    expect(again?.resolved.experiment).toEqual(met?.resolved.experiment);
  });

  it("is refused where exact", async () => {
    await expect(
      meetByLook(preset("mnist", "mnist-dense", null), source([3, 32, 32]), { exact: true }),
    ).rejects.toThrow("decoder gives 1×28×28, the input is 3×32×32");
  });
});

describe("what is said of pictures", () => {
  it.each([
    [[1, 14, 14], [1, 28, 28], "enlarged"],
    [[3, 28, 40], [1, 28, 28], "cut about the centre, turned grey"],
    [[1, 56, 28], [3, 28, 14], "made smaller, grey repeated to colour"],
  ])("of %j that become %j", (from, to, text) => {
    expect(fitText(from, to).split(": ")[1]).toBe(text);
  });
});
