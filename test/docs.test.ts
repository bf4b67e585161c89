// What the written pages name is there: links, files, commands, and functions in the files that they are said to be in.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const read = (path: string): string => readFileSync(join(root, path), "utf8");

function filesBelow(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = posix.join(folder, entry.name);
    return entry.isDirectory() ? filesBelow(path) : [path];
  });
}
const ours = ["src", "test", "docs", "bench", "scripts", "kernels", "presets"].flatMap(filesBelow);
/** Pages that are written by hand and speak of what is now. */
const pages = ["README.md", "CONTRIBUTING.md", ...ours].filter(
  (path) => path.endsWith(".md") && !path.startsWith("docs/collections/"),
);

/** The file of this package that a page means: a path from the page, from the root or from src; a bare name lies at the page or below it. */
function fileOf(page: string, named: string): string | undefined {
  const source = named.replace(/\.js$/, ".ts");
  const folder = posix.dirname(page);
  const paths = [folder, ".", "src"].flatMap((from) => [posix.join(from, named), posix.join(from, source)]);
  const exact = paths.find((path) => ours.includes(path) || (!path.startsWith("../") && existsSync(join(root, path))));
  if (exact !== undefined || named.includes("/")) return exact;
  const below = folder === "." || folder === "docs" ? "" : `${folder}/`;
  return ours.find((path) => path.startsWith(below) && posix.basename(path) === source);
}

const codeFile = /^[\w./-]+\.(ts|js|mjs|py|md)$/;
/** Stands for the name of what a reader adds. */
const isPlaceholder = (path: string): boolean => /^name\./i.test(posix.basename(path));

function missingIn(page: string, text: string): string[] {
  const prose = text.replace(/```[\s\S]*?```/g, "");
  const links = [...prose.matchAll(/\]\((?!https?:)([^)#]+)/g)]
    .map(([, path = ""]) => path)
    .filter((path) => !existsSync(join(root, dirname(page), path)));
  const files = [...prose.matchAll(/`([^`\n]+)`/g)]
    .map(([, path = ""]) => path)
    .filter((path) => codeFile.test(path) && !isPlaceholder(path) && fileOf(page, path) === undefined);
  const { scripts } = JSON.parse(read("package.json")) as { readonly scripts: Readonly<Record<string, string>> };
  const commands = [...text.matchAll(/npm run (?:--silent )?([\w:-]+)/g)]
    .map(([, name = ""]) => name)
    .filter((name) => !Object.hasOwn(scripts, name));
  const misplaced = placedNames(prose)
    .filter(({ path }) => !isPlaceholder(path))
    .filter(({ name, path }) => !new RegExp(`\\b${name}\\b`).test(read(fileOf(page, path) ?? page)));
  return [
    ...links.map((path) => `${page} links ${path}, which is not there`),
    ...files.map((path) => `${page} names ${path}, which is not there`),
    ...commands.map((name) => `${page} names npm run ${name}, which package.json does not have`),
    ...misplaced.map(({ name, path }) => `${page} says that ${name} is in ${path}, which does not have it`),
  ];
}

/** `name` (`file`) and `name` in `file`. */
function placedNames(prose: string): { readonly name: string; readonly path: string }[] {
  return [...prose.matchAll(/`(\w+)` (?:\(|in )`([\w./-]+\.ts)`/g)].map(([, name = "", path = ""]) => ({ name, path }));
}

describe("the pages", () => {
  it("name files, commands and functions that are there", () => {
    expect(pages.length).toBeGreaterThan(30);
    expect(pages.flatMap((page) => missingIn(page, read(page)))).toEqual([]);
  });

  it("are linked from README.md, what the code is made of among them", () => {
    const linked = ["docs/architecture.md", "docs/run-folder.md", "CONTRIBUTING.md"];
    expect(linked.filter((path) => !read("README.md").includes(`](${path})`))).toEqual([]);
    expect(read("CONTRIBUTING.md")).toContain("](docs/architecture.md)");
  });

  it("walk one picture through functions that are named with their files", () => {
    const named = placedNames(read("docs/architecture.md"));
    expect(new Set(named.map(({ path }) => path.split("/", 1)[0])).size).toBeGreaterThanOrEqual(14);
    expect(named.length).toBeGreaterThan(30);
  });

  it.each([
    ["src/nn/README.md", "`programs.ts`, `layers/elu.ts`, `define.ts` and `../tensor/graph.ts`; `NAME.ts`", []],
    ["src/nn/README.md", "`spec.ts`", ["src/nn/README.md names spec.ts, which is not there"]],
    ["docs/a.md", "`nn/spec.js`", ["docs/a.md names nn/spec.js, which is not there"]],
    ["docs/a.md", "[b](b.md)", ["docs/a.md links b.md, which is not there"]],
    ["README.md", "npm run fly", ["README.md names npm run fly, which package.json does not have"]],
    [
      "docs/a.md",
      "`openTrainer` (`nn/programs.ts`)",
      ["docs/a.md says that openTrainer is in nn/programs.ts, which does not have it"],
    ],
  ])("of %s with %s: what is wrong is named", (page, text, problems) => {
    expect(missingIn(page, text)).toEqual(problems);
  });
});
