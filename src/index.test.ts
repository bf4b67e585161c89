import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { commands } from "./cli/commands/index.js";
import { inspectEngines } from "./engines/index.js";
import { summary } from "./index.js";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");

/** Every file and package that importing a file loads, before anything of it is called. */
function loadedBy(path: string, found: { readonly files: Set<string>; readonly packages: Set<string> }): typeof found {
  if (found.files.has(path)) return found;
  found.files.add(path);
  for (const node of ts.createSourceFile(path, readFileSync(path, "utf8"), ts.ScriptTarget.Latest).statements) {
    if (!ts.isImportDeclaration(node) && !ts.isExportDeclaration(node)) continue;
    const isTypes = ts.isImportDeclaration(node) ? node.importClause?.isTypeOnly === true : node.isTypeOnly;
    if (isTypes || node.moduleSpecifier === undefined || !ts.isStringLiteral(node.moduleSpecifier)) continue;
    const names = ts.isImportDeclaration(node) ? node.importClause?.namedBindings : node.exportClause;
    const hasValues =
      names === undefined ||
      !(ts.isNamedImports(names) || ts.isNamedExports(names)) ||
      names.elements.some(({ isTypeOnly }) => !isTypeOnly);
    if (!hasValues) continue;
    const { text } = node.moduleSpecifier;
    if (text.startsWith(".")) loadedBy(resolve(dirname(path), text.replace(/\.js$/, ".ts")), found);
    else if (!text.startsWith("node:")) found.packages.add(text);
  }
  return found;
}
const loaded = (file: string) => {
  const { files, packages } = loadedBy(fileURLToPath(new URL(file, import.meta.url)), {
    files: new Set(),
    packages: new Set(),
  });
  const root = fileURLToPath(new URL(".", import.meta.url));
  return { files: [...files].map((path) => relative(root, path)), packages: [...packages] };
};

describe("the library", () => {
  it("takes the options of the command and gives its result", async () => {
    // The reference experiment's table of layers.
    expect((await summary({ experiment: "mnist-conv" })).parameters).toBe(194_499);
  });

  it("says which option does not fit", async () => {
    await expect(summary({ experiment: "mnist-conv", set: ["phases"] })).rejects.toThrow("expected PATH=VALUE");
    await expect(summary({ experimint: "mnist-conv" } as never)).rejects.toThrow("experimint");
  });

  it("loads no package, engine or codec before it is used", () => {
    const { files, packages } = loaded("./index.ts");
    expect(packages).toEqual([]);
    expect(files.filter((file) => /^(engines|formats|nn|tensor|pixels|experiment|tasks)\//.test(file))).toEqual([]);
    expect(files.length).toBeLessThan(25);
  });

  it("loads with isthmus/engines no engine, and with isthmus/formats no more than ONNX's schema and the run folder's", () => {
    expect(loaded("./library/engines.ts").packages).toEqual([]);
    expect(loaded("./library/formats.ts").packages.filter((name) => !name.startsWith("@bufbuild/"))).toEqual(["zod"]);
    const withNode = ["koffi", "sharp", "@napi-rs/canvas", "echarts", "onnxruntime-node", "onnxruntime-web"];
    expect(loaded("./library/nn.ts").packages.filter((name) => withNode.includes(name))).toEqual([]);
  });
});

describe("the README", () => {
  it("names only commands that exist", () => {
    // Of `data list` and its like the first word stands for all.
    const first = commands.map(({ name }) => name.split(" ")[0]);
    const named = [...readme.matchAll(/npx isthmus (\w+)/g)].map(([, name]) => name);
    expect(named.length).toBeGreaterThan(5);
    expect(first).toEqual(expect.arrayContaining(named));
  });

  it("has a library example that runs and trains below the mean image's error", async () => {
    const engines = await inspectEngines();
    // Without the fast engine the example would take minutes; doctor's tests cover that machine.
    if (!engines.some(({ name, opens }) => name === "onednn" && opens)) return;
    const [, example = ""] = /```ts\n([\s\S]*?)```/.exec(readme) ?? [];
    const folder = mkdtempSync(join(tmpdir(), "isthmus-readme-"));
    try {
      const file = join(folder, "example.mts");
      writeFileSync(file, example.replace('"isthmus"', JSON.stringify(new URL("./index.js", import.meta.url).href)));
      const loader = new URL("../scripts/register-typescript.mjs", import.meta.url).href;
      const lines = execFileSync(process.execPath, ["--import", loader, file], { cwd: folder, encoding: "utf8" })
        .trimEnd()
        .split("\n");
      const errors = lines.slice(0, 2).map((line) => Number(/^epoch \d: ([\d.]+)$/.exec(line)?.[1]));
      expect(errors[1]).toBeLessThan(errors[0] ?? 0);
      // The mean image's, as the README has it.
      expect(errors[1]).toBeLessThan(0.0675);
      expect(lines.at(-1)).toBe("a code of 64 numbers, a picture of 784");
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
