// Holds the rule of the house: who may import whom, which rooms stay pure, and that large folders say what they are.
import { readdirSync, readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { dirname, join, posix, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { describe, expect, it } from "vitest";

/** Floors from the ground up; on a floor, rooms from left to right. A room imports from floors below and from its left. */
const floors = [
  ["base", "schema", "formats"],
  ["tensor", "engines", "nn"],
  ["pixels", "data"],
  ["experiment", "runs", "training"],
  ["inference", "evaluation", "latent", "exchange", "report"],
  ["tasks"],
  ["cli", "studio", "browser"],
] as const;
/** Pairs that the order would allow and the design does not: engines and nn know tensor, not each other. */
const forbidden: readonly (readonly [from: string, to: string])[] = [["nn", "engines"]];
const pureRooms = ["base", "schema", "formats", "tensor", "nn", "pixels", "inference", "latent"];
/** Packages that run in a page as well as in Node. */
const purePackages = ["zod", "yaml", "@bufbuild/protobuf", "umap-js"];
/** What only Node has, though no import shows it. */
const nodeGlobals = ["process", "Buffer", "require", "__dirname", "__filename", "global", "setImmediate"];
const filesWithoutReadme = 5;

const builtins = new Set(builtinModules);
const rooms: readonly string[] = floors.flat();
const floorOf = (room: string): number => floors.findIndex((floor) => (floor as readonly string[]).includes(room));

/** A source file as the rule sees it. */
interface SourceFile {
  /** From the project's root, with forward slashes: `src/nn/layers/elu.ts`. */
  readonly path: string;
  readonly text: string;
}
interface Reference {
  readonly specifier: string;
  readonly line: number;
}

/** Everything that makes a file load or name another: import, export from, import(), import types, worker URLs. */
function referencesOf({ path, text }: SourceFile): { imports: Reference[]; globals: Reference[] } {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const imports: Reference[] = [];
  const globals: Reference[] = [];
  const at = (node: ts.Node, specifier: string): Reference => ({
    specifier,
    line: source.getLineAndCharacterOfPosition(node.getStart()).line + 1,
  });
  const visit = (node: ts.Node): void => {
    if ((ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier !== undefined) {
      if (ts.isStringLiteral(node.moduleSpecifier)) imports.push(at(node, node.moduleSpecifier.text));
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      const [argument] = node.arguments;
      if (argument !== undefined && ts.isStringLiteralLike(argument)) imports.push(at(node, argument.text));
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      if (ts.isStringLiteral(node.argument.literal)) imports.push(at(node, node.argument.literal.text));
    } else if (ts.isNewExpression(node) && node.expression.getText() === "URL") {
      const [argument, base] = node.arguments ?? [];
      if (argument !== undefined && ts.isStringLiteralLike(argument) && base?.getText() === "import.meta.url") {
        // A worker's file; other URLs name data, which is not imported.
        if (/^\..*\.js$/.test(argument.text)) imports.push(at(node, argument.text));
      }
    } else if (ts.isIdentifier(node) && nodeGlobals.includes(node.text) && isFreeName(node)) {
      globals.push(at(node, node.text));
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return { imports, globals };
}

/** Whether an identifier is read as a name of its own: the object of a property access, a call, an argument. */
function isFreeName(node: ts.Identifier): boolean {
  const parent = node.parent;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  return (ts.isCallExpression(parent) || ts.isNewExpression(parent)) && parent.expression === node;
}

/** The room of a file (`src/nn/…` is nn), undefined for files in src itself. */
function roomOf(path: string): string | undefined {
  const [, room, ...rest] = path.split("/");
  return rest.length === 0 ? undefined : room;
}

/** One sentence for each import that breaks the rule. */
function violationsOf(file: SourceFile): string[] {
  const room = roomOf(file.path);
  // The public library stands above all floors.
  if (room === undefined) return [];
  if (!rooms.includes(room)) return [`${file.path}: src/${room} is not a room of the house (${rooms.join(", ")})`];
  const { imports, globals } = referencesOf(file);
  const pure = pureRooms.includes(room);
  const problems: string[] = [];
  for (const { specifier, line } of imports) {
    const where = `${file.path}:${line} imports ${specifier}`;
    if (specifier.startsWith(".")) {
      const target = posix.normalize(posix.join(posix.dirname(file.path), specifier));
      const reason = reasonAgainst(room, target);
      if (reason !== undefined) problems.push(`${where}: ${reason}`);
      if (!/\.(js|json|svelte|css|woff2?)$/.test(specifier)) problems.push(`${where}: write the .js of the built file`);
    } else if (pure) {
      const packageName = specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
      if (specifier.startsWith("node:") || builtins.has(packageName)) {
        problems.push(`${where}: ${room} is pure, a page must be able to use it; have what it needs handed in`);
      } else if (!purePackages.includes(packageName)) {
        problems.push(`${where}: ${room} is pure and may only use ${purePackages.join(", ")}`);
      }
    }
  }
  for (const { specifier, line } of pure ? globals : []) {
    problems.push(`${file.path}:${line} uses ${specifier}: ${room} is pure, and pages have no ${specifier}`);
  }
  return problems;
}

function reasonAgainst(room: string, target: string): string | undefined {
  if (!target.startsWith("src/")) return "it lies outside src";
  const other = roomOf(target);
  if (other === room) return undefined;
  if (other === undefined) return "files in src itself stand above all rooms";
  if (!rooms.includes(other)) return `src/${other} is not a room of the house`;
  if (forbidden.some(([from, to]) => from === room && to === other)) return `${room} must not know ${other}`;
  const [own, its] = [floorOf(room), floorOf(other)];
  if (its > own) return `${other} is on a floor above ${room}; what ${room} needs of it must be handed in or move down`;
  if (its === own && rooms.indexOf(other) > rooms.indexOf(room)) {
    return `${other} stands to the right of ${room} on its floor, so ${other} may import ${room} and not the other way`;
  }
  return undefined;
}

const root = dirname(dirname(fileURLToPath(import.meta.url)));
function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesBelow(path) : [relative(root, path).split(sep).join("/")];
  });
}
const all = filesBelow(join(root, "src"));
/** What is built; tests and their helpers may use Node and any room. */
const sources = all.filter((path) => /\.(ts|svelte)$/.test(path) && !/\.test\.ts$|\/testing\//.test(path));

describe("the house", () => {
  it("lets each room import only from floors below and from its left, and keeps the pure rooms free of Node", () => {
    const files = sources
      .filter((path) => path.endsWith(".ts"))
      .map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));
    expect(files.length).toBeGreaterThan(20);
    expect(files.flatMap(violationsOf)).toEqual([]);
  });

  it("says what a folder of more than five source files is, in a README.md", () => {
    const counts = new Map<string, number>();
    for (const path of sources) counts.set(posix.dirname(path), (counts.get(posix.dirname(path)) ?? 0) + 1);
    const silent = [...counts]
      .filter(([folder, count]) => count > filesWithoutReadme && !all.includes(`${folder}/README.md`))
      .map(([folder, count]) => `${folder} has ${count} source files and no README.md`);
    expect(silent).toEqual([]);
  });
});

describe("the rule itself", () => {
  const check = (path: string, text: string): string[] => violationsOf({ path, text });

  it.each([
    ["src/nn/layers/elu.ts", 'import { ops } from "../../tensor/index.js";\nimport { z } from "zod";'],
    ["src/data/batches.ts", 'import { Worker } from "node:worker_threads";\nimport { x } from "../pixels/index.js";'],
    ["src/index.ts", 'export * from "./tasks/index.js";'],
    ["src/tensor/graph.ts", "interface Step { process: number }\nconst x = (s: Step) => s.process;"],
  ])("allows what %s imports", (path, text) => {
    expect(check(path, text)).toEqual([]);
  });

  it.each([
    ["src/tensor/a.ts", 'import { x } from "../nn/a.js";', "nn stands to the right of tensor"],
    ["src/base/a.ts", 'export { x } from "../tensor/a.js";', "tensor is on a floor above base"],
    ["src/nn/a.ts", 'import type { x } from "../engines/a.js";', "nn must not know engines"],
    ["src/runs/a.ts", 'const x = await import("../training/a.js");', "training stands to the right of runs"],
    ["src/pixels/a.ts", 'let x: import("../data/a.js").X;', "data stands to the right of pixels"],
    ["src/data/a.ts", 'new Worker(new URL("../tasks/w.js", import.meta.url));', "tasks is on a floor above data"],
    ["src/nn/a.ts", 'import { readFileSync } from "node:fs";', "nn is pure, a page must be able to use it"],
    ["src/formats/a.ts", 'import { join } from "path";', "formats is pure, a page must be able to use it"],
    [
      "src/latent/a.ts",
      'import sharp from "sharp";',
      "latent is pure and may only use zod, yaml, @bufbuild/protobuf, umap-js",
    ],
    ["src/pixels/a.ts", "const x = Buffer.from([1]);", "pages have no Buffer"],
    ["src/attic/a.ts", "", "src/attic is not a room of the house"],
    ["src/tasks/a.ts", 'import { x } from "../index.js";', "files in src itself stand above all rooms"],
    ["src/tasks/a.ts", 'import { x } from "../../bench/a.js";', "it lies outside src"],
    ["src/tasks/a.ts", 'import { x } from "./b";', "write the .js of the built file"],
  ])("refuses in %s: %s", (path, text, reason) => {
    const [problem, ...others] = check(path, text);
    expect(problem).toContain(reason);
    expect(others).toEqual([]);
  });
});
