// Holds the rule of the house: who may import whom, which rooms and files stay pure, that no files import each other in a circle,
// and that large folders say what they are.
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
  ["experiment", "runs", "cluster", "training"],
  ["inference", "evaluation", "latent", "exchange", "report"],
  ["sweep", "tasks"],
  ["library", "studio", "cli", "browser", "playground"],
] as const;
/** Pairs that the order would allow and the design does not: engines and nn know tensor, not each other. */
const forbidden: readonly (readonly [from: string, to: string])[] = [["nn", "engines"]];
const pureRooms = ["base", "schema", "formats", "tensor", "nn", "pixels", "experiment", "runs", "inference", "latent"];
/** Files of pure rooms that need Node all the same: what a page has another one for. Pure files do not import them. */
const nodeFiles = [
  "src/runs/diskFileSystem.ts",
  "src/runs/thisProcess.ts",
  "src/runs/failPoints.ts",
  // Hands on the disk with the rest.
  "src/runs/index.ts",
];
/** Files of other rooms that are pure, and folders of them (ending in /). */
const pureFiles = [
  "src/engines/engine.ts",
  "src/engines/byBatchSize.ts",
  "src/engines/oneAfterAnother.ts",
  "src/engines/reference/",
  "src/training/trainer.ts",
  "src/training/metadata.ts",
  "src/report/page/decoder/",
  "src/report/page/map/",
  "src/training/nonFinite.ts",
  "src/data/descriptions/",
  "src/data/printedDigits/options.ts",
  "src/data/sampling.ts",
  "src/data/define.ts",
  "src/data/pictureFacts.ts",
  "src/evaluation/anomaly/roc.ts",
  "src/report/figures.ts",
  "src/report/chartSpec.ts",
  "src/report/chartOption.ts",
  "src/report/chartView.ts",
  "src/report/pictureGrid.ts",
  "src/report/curves.ts",
  "src/report/comparedCurves.ts",
  "src/report/reportCharts.ts",
  "src/report/confusion.ts",
  "src/report/learningRate.ts",
  "src/report/roc.ts",
  "src/report/severities.ts",
  "src/studio/api.ts",
];
/** Packages that run in a page as well as in Node. */
const purePackages = ["zod", "yaml", "@bufbuild/protobuf", "umap-js"];
/** What only Node has, though no import shows it. */
const nodeGlobals = ["process", "Buffer", "require", "__dirname", "__filename", "global", "setImmediate"];
const filesWithoutReadme = 5;

function isPure(path: string): boolean {
  if (nodeFiles.includes(path)) return false;
  if (pureFiles.some((pure) => (pure.endsWith("/") ? path.startsWith(pure) : path === pure))) return true;
  const room = roomOf(path);
  return room !== undefined && pureRooms.includes(room);
}

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
  /** What it names is there for the compiler alone and gone when the file runs. */
  readonly isType: boolean;
  /** By import() or as a worker: not before the file that names it is there. */
  readonly isLater: boolean;
}

/** Everything that makes a file load or name another: import, export from, import(), import types, worker URLs. */
function referencesOf({ path, text }: SourceFile): { imports: Reference[]; globals: Reference[] } {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const imports: Reference[] = [];
  const globals: Reference[] = [];
  const at = (node: ts.Node, specifier: string, { isType = false, isLater = false } = {}): Reference => ({
    specifier,
    line: source.getLineAndCharacterOfPosition(node.getStart()).line + 1,
    isType,
    isLater,
  });
  const visit = (node: ts.Node): void => {
    if ((ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier !== undefined) {
      const isType = ts.isExportDeclaration(node) ? node.isTypeOnly : node.importClause?.isTypeOnly === true;
      if (ts.isStringLiteral(node.moduleSpecifier)) imports.push(at(node, node.moduleSpecifier.text, { isType }));
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      const [argument] = node.arguments;
      if (argument !== undefined && ts.isStringLiteralLike(argument)) {
        imports.push(at(node, argument.text, { isLater: true }));
      }
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      if (ts.isStringLiteral(node.argument.literal))
        imports.push(at(node, node.argument.literal.text, { isType: true }));
    } else if (ts.isNewExpression(node) && node.expression.getText() === "URL") {
      const [argument, base] = node.arguments ?? [];
      if (argument !== undefined && ts.isStringLiteralLike(argument) && base?.getText() === "import.meta.url") {
        // A worker's file; other URLs name data, which is not imported.
        if (/^\..*\.js$/.test(argument.text)) imports.push(at(node, argument.text, { isLater: true }));
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
  const pure = isPure(file.path);
  // A room's name where all of it is pure, else the file's.
  const who = pureRooms.includes(room) ? room : file.path;
  const problems: string[] = [];
  for (const { specifier, line, isType } of imports) {
    const where = `${file.path}:${line} imports ${specifier}`;
    if (specifier.startsWith(".")) {
      const target = targetOf(file.path, specifier);
      const reason = reasonAgainst(room, target);
      if (reason !== undefined) problems.push(`${where}: ${reason}`);
      if (!/\.(js|json|svelte|css|woff2?)$/.test(specifier)) problems.push(`${where}: write the .js of the built file`);
      else if (pure && !isType && reason === undefined && !isPure(target)) {
        problems.push(`${where}: ${who} is pure and ${target} is not; have what it gives handed in`);
      }
    } else if (pure) {
      const packageName = specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
      if (specifier.startsWith("node:") || builtins.has(packageName)) {
        problems.push(`${where}: ${who} is pure, a page must be able to use it; have what it needs handed in`);
      } else if (!purePackages.includes(packageName)) {
        problems.push(`${where}: ${who} is pure and may only use ${purePackages.join(", ")}`);
      }
    }
  }
  for (const { specifier, line } of pure ? globals : []) {
    problems.push(`${file.path}:${line} uses ${specifier}: ${who} is pure, and pages have no ${specifier}`);
  }
  return problems;
}

/** The source file that a relative import names. */
function targetOf(path: string, specifier: string): string {
  return posix.normalize(posix.join(posix.dirname(path), specifier)).replace(/\.js$/, ".ts");
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

/** Circles of imports, each as its files in the order in which one imports the next. A file that is loaded later, by import() or as a worker, closes none. */
function circlesOf(files: readonly SourceFile[]): string[] {
  const known = new Set(files.map(({ path }) => path));
  const targets = new Map(
    files.map((file) => [
      file.path,
      referencesOf(file)
        .imports.filter(({ specifier, isLater }) => specifier.startsWith(".") && !isLater)
        .map(({ specifier }) => targetOf(file.path, specifier))
        .filter((target) => known.has(target)),
    ]),
  );
  const circles: string[] = [];
  const done = new Set<string>();
  const visit = (path: string, above: readonly string[]): void => {
    const start = above.indexOf(path);
    if (start >= 0) circles.push([...above.slice(start), path].join(" → "));
    if (start >= 0 || done.has(path)) return;
    for (const target of targets.get(path) ?? []) visit(target, [...above, path]);
    done.add(path);
  };
  for (const { path } of files) visit(path, []);
  return circles;
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
const readSources = (): readonly SourceFile[] =>
  sources
    .filter((path) => path.endsWith(".ts"))
    .map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));

describe("the house", () => {
  it("lets each room import only from floors below and from its left, and keeps the pure files free of Node", () => {
    const files = readSources();
    expect(files.length).toBeGreaterThan(20);
    expect(files.flatMap(violationsOf)).toEqual([]);
  });

  it("has no files that import each other in a circle, types included", () => {
    expect(circlesOf(readSources())).toEqual([]);
  });

  it("names only files that are there as pure, or as pure rooms' exceptions", () => {
    const missing = [...nodeFiles, ...pureFiles].filter((path) => !sources.some((source) => source.startsWith(path)));
    expect(missing).toEqual([]);
    expect(nodeFiles.filter((path) => !pureRooms.includes(roomOf(path) ?? ""))).toEqual([]);
  });

  it("is in CONTRIBUTING.md as it is here: every room on its floor, in order, and which are pure", () => {
    const text = readFileSync(join(root, "CONTRIBUTING.md"), "utf8");
    const named = (part: string): string[] => [...part.matchAll(/`(\w+)`/g)].map(([, name = ""]) => name);
    // What stands in brackets explains.
    const rows = [...text.matchAll(/^\| \w+ \| ([^|(]+)/gm)].map(([, cell = ""]) => named(cell));
    const written = rows.filter((row) => row.some((name) => rooms.includes(name)));
    const there = new Set(sources.map(roomOf));
    // Rooms that are planned may be left out, and none that is there.
    const expected = floors.map((floor) => floor.filter((room) => there.has(room) || written.flat().includes(room)));
    expect(written).toEqual(expected);
    expect(named(/^(.*) are pure: /m.exec(text)?.[1] ?? "")).toEqual(pureRooms);
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
    ["src/runs/diskFileSystem.ts", 'import { join } from "node:path";'],
    ["src/experiment/a.ts", 'import type { x } from "../data/decode.js";\nimport { y } from "../data/sampling.js";'],
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
    [
      "src/experiment/a.ts",
      'import { x } from "../data/decode.js";',
      "experiment is pure and src/data/decode.ts is not",
    ],
    ["src/runs/a.ts", 'import { x } from "./diskFileSystem.js";', "runs is pure and src/runs/diskFileSystem.ts is not"],
    ["src/runs/a.ts", 'const x = await import("./failPoints.js");', "runs is pure and src/runs/failPoints.ts is not"],
    ["src/data/descriptions/a.ts", 'import "node:fs";', "src/data/descriptions/a.ts is pure, a page must"],
    ["src/data/sampling.ts", 'export { x } from "./split.js";', "src/data/sampling.ts is pure and src/data/split.ts"],
  ])("refuses in %s: %s", (path, text, reason) => {
    const [problem, ...others] = check(path, text);
    expect(problem).toContain(reason);
    expect(others).toEqual([]);
  });

  it.each([
    [
      { a: 'import { x } from "./b.js";', b: 'export { y } from "./a.js";' },
      ["src/base/a.ts → src/base/b.ts → src/base/a.ts"],
    ],
    [
      { a: 'import type { x } from "./b.js";', b: 'import "./c.js";', c: 'let x: import("./b.js").X;' },
      ["src/base/b.ts → src/base/c.ts → src/base/b.ts"],
    ],
    [{ a: 'import { x } from "./b.js";', b: 'const x = await import("./a.js");' }, []],
    [{ a: 'import "./b.js"; import "./c.js";', b: 'import "./c.js";', c: "" }, []],
  ])("sees circles in %j", (texts, circles) => {
    const files = Object.entries(texts).map(([name, text]) => ({ path: `src/base/${name}.ts`, text }));
    expect(circlesOf(files)).toEqual(circles);
  });
});
