import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { run } from "../cli/testing/terminal.js";
import { decodeNpy } from "../formats/npy.js";
import { decodeOnnx, encodeOnnx } from "../formats/onnx.js";
import { taskFunction } from "./call.js";
import { exportRun as exportTask } from "./export.js";
import { restore as task } from "./restore.js";
import { trainedRun } from "./testing/trainedRun.js";

const restore = taskFunction(task);
const exportRun = taskFunction(exportTask);

const folder = mkdtempSync(join(tmpdir(), "isthmus-restore-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const inFolder = (...names: string[]): string => join(folder, ...names);
let path = "";
let encoder = "";
let decoder = "";

/** A square of 60 pixels' side, `ink` on `paper`, with a bar in the middle. */
async function picture(name: string, paper: number, ink: number, width = 60, height = 60): Promise<string> {
  const bytes = new Uint8Array(width * height).fill(paper);
  for (let y = 10; y < height - 10; y++) bytes.fill(ink, y * width + 25, y * width + 35);
  const file = inFolder(name);
  await sharp(bytes, { raw: { width, height, channels: 1 } }).toFile(file);
  return file;
}

beforeAll(async () => {
  path = await trainedRun(folder);
  encoder = join(path, "exports", "encoder.onnx");
  decoder = join(path, "exports", "decoder.onnx");
}, 120_000);

const sizeOfFile = async (file: string): Promise<readonly (number | undefined)[]> => {
  const { width, height, channels } = await sharp(file).metadata();
  return [width, height, channels];
};

describe("a training's end", () => {
  it("leaves encoder and decoder, which give the run's own numbers", async () => {
    expect(readdirSync(join(path, "exports"))).toEqual(["decoder.onnx", "encoder.onnx"]);
    const file = await picture("both.png", 0, 255);
    const own = await restore({ run: path, images: [file], out: inFolder("own") });
    const exported = await restore({ encoder, decoder, images: [file], out: inFolder("exported") });
    const [a, b] = [own.restorations[0]?.code ?? [], exported.restorations[0]?.code ?? []];
    expect(a).toHaveLength(4);
    // Sums of 784 products of numbers below 1 in float32.
    for (const [i, value] of a.entries()) expect(b[i]).toBeCloseTo(value, 4);
    expect(own.notes).toEqual([]);
  });

  it("can be written again elsewhere, in either format", async () => {
    const again = await exportRun({ run: path, out: inFolder("again") });
    expect(again.check).toMatchObject({ on: "test images", batchSizes: [1, 3, 7] });
    expect(readFileSync(inFolder("again", "encoder.onnx")).equals(readFileSync(encoder))).toBe(true);
    const weights = await exportRun({ run: path, out: inFolder("again"), format: "safetensors" });
    expect(weights.files).toEqual([inFolder("again", "model.safetensors")]);
  });
});

describe("restored pictures", () => {
  it("have the model's size, or the scale of what the model saw", async () => {
    const file = await picture("wide.png", 0, 255, 120, 60);
    const sizes: unknown[] = [];
    for (const [fit, size] of [
      ["cover", "model"],
      ["cover", "original"],
      ["contain", "original"],
      ["stretch", "original"],
    ] as const) {
      const { restorations } = await restore({ run: path, images: [file], fit, size, out: inFolder(`${fit} ${size}`) });
      sizes.push(await sizeOfFile(restorations[0]?.restored ?? ""));
    }
    expect(sizes).toEqual([
      [28, 28, 1],
      [60, 60, 1],
      [120, 60, 1],
      [120, 60, 1],
    ]);
  });

  it("of a folder and those in it never collide, nor write over an input; what is no picture is left out", async () => {
    const pictures = inFolder("pictures");
    mkdirSync(join(pictures, "in it"), { recursive: true });
    for (const name of ["a.png", "a.jpg", "in it/a.png", "a-restored.png"]) await picture(`pictures/${name}`, 0, 255);
    writeFileSync(join(pictures, "text.png"), "this is a text");
    writeFileSync(join(pictures, "notes.txt"), "no picture either, by its name");
    const before = readFileSync(join(pictures, "a-restored.png"));
    const { restorations, notes } = await restore({ run: path, images: [pictures], out: pictures });
    const written = restorations.map(({ restored }) => restored.slice(pictures.length + 1)).sort();
    expect(written).toEqual([
      "a-2-restored.png",
      "a-3-restored.png",
      "a-restored-restored.png",
      "in it/a-restored.png",
    ]);
    expect(readFileSync(join(pictures, "a-restored.png")).equals(before)).toBe(true);
    expect(notes).toEqual([`${join(pictures, "text.png")} was left out: this is no picture`]);
  });

  it("come from an input that is corrupted first, the same at each call", async () => {
    const file = await picture("clean.png", 0, 255);
    const codes = inFolder("codes.npy");
    const noisy = { run: path, images: [file], corrupt: ["gaussianNoise: 0.4"], out: inFolder("noisy") };
    const [first, second] = [await restore({ ...noisy, codes }), await restore(noisy)];
    const clean = await restore({ run: path, images: [file], out: inFolder("clean") });
    expect(second.restorations).toEqual(first.restorations);
    expect(first.restorations[0]?.code).not.toEqual(clean.restorations[0]?.code);
    const { shape, data } = decodeNpy(readFileSync(codes), codes);
    expect(shape).toEqual([1, 4]);
    expect(Array.from(data)).toEqual(first.restorations[0]?.code);
  });

  it("of dark ink on paper come with a warning for a model of light on dark, which --invert heeds", async () => {
    const file = await picture("paper.png", 240, 20);
    const { notes } = await restore({ run: path, images: [file], out: inFolder("paper") });
    const said = "looks dark on light, and the model was trained on light on dark. --invert turns it around.";
    const many = await restore({ run: path, images: [file, file, file], out: inFolder("papers") });
    expect(many.notes).toEqual([`${file} and 2 other pictures: each ${said}`]);
    expect(notes).toEqual([`${file} ${said}`]);
    expect((await restore({ run: path, images: [file], invert: true, out: inFolder("paper") })).notes).toEqual([]);
  });
});

describe("the command restore", () => {
  it("prints where the pictures are and their codes", async () => {
    const file = await picture("typed.png", 0, 255);
    const { code, stdout, stderr } = await run(["restore", path, file, "--out", inFolder("typed")]);
    expect([code, stderr]).toEqual([0, ""]);
    const [where, head, numbers] = stdout.split("\n");
    expect(where).toBe(`${file}: ${inFolder("typed", "typed-restored.png")}, ${inFolder("typed", "typed-strip.png")}`);
    expect(head).toBe("  code of 4:");
    expect(numbers?.trim().split(/\s+/)).toHaveLength(4);
    expect(existsSync(inFolder("typed", "typed-strip.png"))).toBe(true);
  });

  it("takes files in place of a run", async () => {
    const file = await picture("files.png", 0, 255);
    const words = ["restore", "--encoder", encoder, "--decoder", decoder, file, "--json", "--out", inFolder("files")];
    const { code, stdout } = await run(words);
    expect(code).toBe(0);
    expect(JSON.parse(stdout).restorations[0].picture).toBe(file);
  });

  const says = async (words: readonly string[], code: number, text: string) =>
    expect(await run(["restore", ...words])).toEqual({ code, stdout: "", stderr: `error: ${text}\n` });

  it("says what is missing", async () => {
    const usage = "isthmus restore RUN photo.png, or isthmus restore --encoder FILE --decoder FILE photo.png";
    await says([], 2, `isthmus restore: no run and no picture is named\n  ${usage}`);
    await says([path], 2, `isthmus restore: no picture is named\n  ${usage}`);
    const file = await picture("one.png", 0, 255);
    await says(["--encoder", encoder, file], 1, "--decoder: is missing beside --encoder\n  Name both ONNX files.");
    await says(
      [path, inFolder("gone.png")],
      1,
      `${inFolder("gone.png")}: there is no such file or folder\n  Check the path.`,
    );
    await says(
      [inFolder("pictures"), file],
      1,
      `${inFolder("pictures")}: is not a run folder: it has no experiment.yaml\n  Name a folder that isthmus train has made; one whose start was interrupted can be deleted.`,
    );
  });

  it("says which file is no picture, and which no model", async () => {
    const file = await picture("good.png", 0, 255);
    const text = inFolder("text.png");
    writeFileSync(text, "this is a text");
    const noPicture = await run(["restore", path, text]);
    expect([noPicture.code, noPicture.stderr.split("\n")[0]]).toEqual([1, `error: ${text}: this is no picture`]);
    await says(
      ["--encoder", text, "--decoder", decoder, file],
      1,
      `${text}: is not an ONNX model, or a damaged one.\n  Get or export it again.`,
    );
    await says(
      ["--encoder", decoder, "--decoder", encoder, file],
      1,
      `${decoder}: is a decoder, --encoder names an encoder\n  Are --encoder and --decoder exchanged?`,
    );
    const empty = inFolder("empty");
    mkdirSync(empty);
    expect((await run(["restore", path, empty])).stderr).toContain(`${empty}: has no pictures in it`);
  });

  it("says that encoder and decoder do not fit each other, or are of different trainings", async () => {
    const file = await picture("pair.png", 0, 255);
    const model = decodeOnnx(readFileSync(decoder), decoder);
    const wide = inFolder("wide.onnx");
    const [input] = model.graph.inputs;
    const weights = model.graph.initializers.map((tensor) =>
      tensor.name === "decoder.0.weight" ? { ...tensor, shape: [784, 5], data: new Float32Array(784 * 5) } : tensor,
    );
    const widened = [{ name: input?.name ?? "", type: "float32" as const, shape: ["batch", 5] }];
    const graph = { ...model.graph, inputs: widened, initializers: weights };
    writeFileSync(wide, encodeOnnx({ ...model, graph }));
    await says(
      ["--encoder", encoder, "--decoder", wide, file],
      1,
      `${wide}: takes codes of 5, ${encoder} gives codes of 4\n  Take encoder and decoder of one run.`,
    );
    const other = inFolder("other.onnx");
    writeFileSync(other, encodeOnnx({ ...model, metadata: { ...model.metadata, weights: "another" } }));
    const { code, stderr } = await run([
      "restore",
      "--encoder",
      encoder,
      "--decoder",
      other,
      file,
      "--out",
      inFolder("o"),
    ]);
    expect([code, stderr]).toEqual([
      0,
      `warning: ${encoder} and ${other} are of different trainings: their codes mean different things\n`,
    ]);
  });

  it("asks how pictures are made ready for files of another program, whose shapes are their graphs'", async () => {
    const file = await picture("foreign.png", 0, 255);
    const foreign = [encoder, decoder].map((from, i) => {
      const { metadata: _, ...model } = decodeOnnx(readFileSync(from), from);
      const to = inFolder(`foreign-${i}.onnx`);
      writeFileSync(to, encodeOnnx(model));
      return to;
    });
    const [a = "", b = ""] = foreign;
    await says(
      ["--encoder", a, "--decoder", b, file],
      1,
      `${a}: does not say how pictures are made ready for it: it was not written by isthmus export\n  Say it: --fit cover, contain or stretch, and --range -1,1 where black is -1 and white 1 to it.`,
    );
    const out = inFolder("foreign");
    const plain = await restore({ encoder: a, decoder: b, images: [file], fit: "cover", out });
    const own = await restore({ encoder, decoder, images: [file], out });
    expect(plain.restorations).toEqual(own.restorations);
    const scaled = await restore({ encoder: a, decoder: b, images: [file], fit: "cover", range: "-1,1", out });
    expect(scaled.restorations[0]?.code).not.toEqual(own.restorations[0]?.code);
  });
});
