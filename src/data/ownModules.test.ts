import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { UserError } from "../base/errors.js";
import { definitions } from "../schema/defined.js";
import { definitionsForThread, takeDefinitions, useModules } from "./ownModules.js";

const folder = realpathSync(mkdtempSync(join(tmpdir(), "isthmus-modules-")));
const cache = process.env.ISTHMUS_CACHE;
beforeAll(() => {
  process.env.ISTHMUS_CACHE = join(folder, "cache");
});
afterEach(() => {
  definitions().modules.clear();
  definitions().elsewhere.clear();
  definitions().allowsCode = false;
});
afterAll(() => {
  if (cache === undefined) delete process.env.ISTHMUS_CACHE;
  else process.env.ISTHMUS_CACHE = cache;
  rmSync(folder, { recursive: true });
});

let count = 0;
/** A module that counts how often it is loaded. */
function written(text = ""): { readonly path: string; readonly times: () => number } {
  const name = `module${++count}`;
  const path = join(folder, `${name}.mjs`);
  writeFileSync(path, `globalThis.${name} = (globalThis.${name} ?? 0) + 1;\n${text}\n`);
  return { path, times: () => (Reflect.get(globalThis, name) as number | undefined) ?? 0 };
}
const file = join(folder, "experiment.yaml");
const run = join(folder, "runs", "1", "experiment.yaml");

function refusal(work: () => unknown): UserError {
  try {
    work();
  } catch (error) {
    return error as UserError;
  }
  throw new Error("nothing was refused");
}

describe("modules that an experiment names", () => {
  it("are found beside its file and loaded once", () => {
    const { path, times } = written();
    const name = `./module${count}.mjs`;
    expect(useModules([name], { file, isOwn: true })).toEqual([path]);
    expect(useModules([path, pathToFileURL(path).href], { file, isOwn: true })).toEqual([path, path]);
    expect(times()).toBe(1);
    expect(definitionsForThread().modules).toEqual([pathToFileURL(path).href]);
  });

  it("may be packages", () => {
    const home = join(folder, "node_modules", "my-layers");
    mkdirSync(home, { recursive: true });
    writeFileSync(join(home, "package.json"), '{ "name": "my-layers", "type": "module", "exports": "./main.js" }');
    writeFileSync(join(home, "main.js"), "export const loaded = true;\n");
    expect(useModules(["my-layers"], { file, isOwn: true })).toEqual([join(home, "main.js")]);
    expect(refusal(() => useModules(["my-other-layers"], { file, isOwn: true }))).toMatchObject({
      message: "there is no package my-other-layers",
      at: `${file}: use[0]`,
      hint: "Install it, or write a path: ./my-other-layers.mjs.",
    });
  });

  it("of a run folder are loaded only where this person has used the same file with the same bytes", () => {
    const { path, times } = written();
    expect(refusal(() => useModules([path], { file: run, isOwn: false }))).toMatchObject({
      message: `names code to be run that was not used on this machine before: ${path}`,
      at: `${run}: use`,
      hint: "Read it first. If you trust it, say so: --allow-code (in code: allowCode: true).",
    });
    expect(times()).toBe(0);
    useModules([path], { file, isOwn: true });
    definitions().modules.clear();
    expect(useModules([path], { file: run, isOwn: false })).toEqual([path]);
    // Other bytes are another module, and so are the same bytes elsewhere: what stands beside them is another's.
    writeFileSync(path, "globalThis.changed = true;\n");
    expect(refusal(() => useModules([path], { file: run, isOwn: false })).message).toContain(
      "not used on this machine",
    );
    const copy = written();
    writeFileSync(copy.path, readFileSync(path));
    expect(refusal(() => useModules([copy.path], { file: run, isOwn: false })).message).toContain("not used");
  });

  it("of a run folder are loaded where code is allowed, which is not remembered", () => {
    const { path, times } = written();
    definitions().allowsCode = true;
    useModules([path], { file: run, isOwn: false });
    expect(times()).toBe(1);
    definitions().allowsCode = false;
    expect(refusal(() => useModules([path], { file: run, isOwn: false })).message).toContain(
      "not used on this machine",
    );
  });

  it("say what is wrong with them", () => {
    expect(refusal(() => useModules(["./none.mjs"], { file, isOwn: true }))).toMatchObject({
      message: "there is no module ./none.mjs",
      hint: "A path is relative to the experiment file.",
    });
    const broken = written("throw new Error('half written');");
    expect(refusal(() => useModules([broken.path], { file, isOwn: true }))).toMatchObject({
      message: "can't be loaded: half written",
      at: broken.path,
    });
    const waiting = written("await 1;");
    expect(refusal(() => useModules([waiting.path], { file, isOwn: true })).message).toBe(
      "waits at its top level (await), which a module named by use may not",
    );
  });

  it("are loaded by a thread that is started, which knows what it lacks", () => {
    const { path, times } = written();
    takeDefinitions({ modules: [pathToFileURL(path).href], names: ["layer double"], allowsCode: false });
    expect(times()).toBe(1);
    expect([...definitions().elsewhere]).toEqual(["layer double"]);
  });
});
