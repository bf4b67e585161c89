// encode and decode: codes in files and back.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { run } from "../cli/testing/terminal.js";
import { encodeNpy } from "../formats/npy.js";
import { taskFunction } from "./call.js";
import { decodeCodes, encodeCodes } from "./codeFiles.js";
import { decode as decodeTask } from "./decode.js";
import { encode as encodeTask } from "./encode.js";
import { trainedRun } from "./testing/trainedRun.js";

const encode = taskFunction(encodeTask);
const decode = taskFunction(decodeTask);

const folder = mkdtempSync(join(tmpdir(), "isthmus-encode-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const inFolder = (...names: string[]): string => join(folder, ...names);
let path = "";
beforeAll(async () => {
  path = await trainedRun(folder);
}, 120_000);
const data = "{ source: mnist, limit: { train: 40, test: 20 } }";

describe("codes of a split", () => {
  it("come in each format with the same numbers, and decode to the same pictures", async () => {
    const found: Float32Array[] = [];
    for (const format of ["npy", "csv", "json"] as const) {
      const file = inFolder(`codes.${format}`);
      const { rows, width, labels } = await encode({ run: path, data, out: file });
      expect([rows, width]).toEqual([20, 4]);
      // The labels of MNIST's first test digits.
      expect(labels?.slice(0, 5)).toEqual([7, 2, 1, 0, 4]);
      found.push(decodeCodes(readFileSync(file), file, 4).values);
    }
    expect(found[1]).toEqual(found[0]);
    expect(found[2]).toEqual(found[0]);
    const { pictures } = await decode({ run: path, codes: inFolder("codes.npy"), out: inFolder("decoded") });
    expect(readdirSync(inFolder("decoded"))).toHaveLength(20);
    expect(pictures.at(-1)).toBe(inFolder("decoded", "19.png"));
    const grid = await decode({ run: path, codes: inFolder("codes.csv"), out: inFolder("grid"), grid: true });
    // 16 pictures of 28 pixels, twice as large, and 17 gaps of 2; two rows.
    const { width, height } = await sharp(grid.pictures[0]).metadata();
    expect([width, height]).toEqual([16 * 56 + 34, 2 * 56 + 6]);
  });
});

describe("the commands", () => {
  it("print codes of pictures as CSV or JSON with their names", async () => {
    const file = inFolder('a "b".png');
    await sharp(new Uint8Array(784), { raw: { width: 28, height: 28, channels: 1 } }).toFile(file);
    const csv = await run(["encode", path, file, "--format", "csv"]);
    const [head, row] = csv.stdout.split("\n");
    expect(head).toBe("image,code0,code1,code2,code3");
    expect(row?.startsWith(`"${file.replaceAll('"', '""')}",`)).toBe(true);
    const json = await run(["encode", path, file, "--json"]);
    const { images, codes } = JSON.parse(json.stdout);
    expect([images, codes.length, codes[0].length]).toEqual([[file], 1, 4]);
    expect(row?.split(",").slice(1).map(Number)).toEqual(codes[0]);
  });

  const says = async (words: readonly string[], text: string) =>
    expect(await run(words)).toEqual({ code: 1, stdout: "", stderr: `error: ${text}\n` });

  it("say what is missing or too much", async () => {
    const hint = "Name pictures or folders, or a source: --data mnist --on test.";
    await says(["encode", path], `IMAGES: no pictures are named\n  ${hint}`);
    await says(["encode", path, folder, "--data", "mnist"], `--data: goes without names of pictures\n  ${hint}`);
    await says(
      ["encode", path, "--data", data, "--on", "validation"],
      "--on: this source has no split validation\n  It has train, test.",
    );
  });

  it("say what is wrong with codes", async () => {
    const wrong = (name: string, bytes: Uint8Array | string): string => {
      writeFileSync(inFolder(name), bytes);
      return inFolder(name);
    };
    const npy = (shape: readonly number[], values: readonly number[]) =>
      encodeNpy({ type: "float32", shape, data: Float32Array.from(values) });
    const widths = "Were these codes made by another model? isthmus encode makes codes of this one.";
    const numbers = "Codes are finite numbers. Were they computed from damaged pictures, or divided by zero?";
    const narrow = wrong("narrow.npy", npy([2, 3], [1, 2, 3, 4, 5, 6]));
    await says(
      ["decode", path, narrow],
      `${narrow}: has codes of 3 numbers (shape 2×3), the model's codes have 4\n  ${widths}`,
    );
    const notFinite = wrong("nan.npy", npy([2, 4], [1, 2, 3, 4, 5, Number.NaN, 7, 8]));
    await says(["decode", path, notFinite], `${notFinite}: row 2 has NaN as number 2\n  ${numbers}`);
    const short = wrong("short.csv", "1,2,3,4\n1,2,3\n");
    await says(["decode", path, short], `${short}: has 3 numbers in row 2, the model's codes have 4\n  ${widths}`);
    const words = wrong("words.csv", "1,2,three,4\n");
    await says(["decode", path, words], `${words}: row 1 has NaN as number 3\n  ${numbers}`);
    const noJson = wrong("no.json", "codes");
    await says(["decode", path, noJson], `${noJson}: is not JSON\n  Expected { "codes": [[…], …] }.`);
    const text = wrong("codes.txt", "1 2 3 4");
    await says(
      ["decode", path, text],
      `${text}: is no file of codes\n  Codes are read from .npy, .csv and .json files.`,
    );
    const gone = inFolder("gone.npy");
    await says(["decode", path, gone], `${gone}: there is no such file or folder\n  Check the path.`);
    const none = wrong("none.json", "[]");
    await says(["decode", path, none], `${none}: has no codes in it\n  Encode some pictures first.`);
  });
});

describe("files of codes", () => {
  it("keep every bit of float32 in text", async () => {
    const values = Float32Array.of(Math.PI, 1e-30, -123456.789, 16777217, 0.1);
    for (const format of ["csv", "json"] as const) {
      const bytes = await encodeCodes({ rows: 1, width: 5, values, names: ["a,b"] }, format);
      expect(decodeCodes(bytes, `codes.${format}`, 5).values).toEqual(values);
    }
  });
});
