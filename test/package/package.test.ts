// The package as its users get it: packed from the build, in a project of its own, under strict settings.
import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const root = resolve(".");
const project = mkdtempSync(join(tmpdir(), "isthmus-project-"));
const own = { ISTHMUS_CACHE: join(project, "cache") };
afterAll(() => rmSync(project, { recursive: true, force: true }));

function run(words: readonly string[], environment: Readonly<Record<string, string>> = {}): SpawnSyncReturns<string> {
  return spawnSync(process.execPath, words, {
    cwd: project,
    encoding: "utf8",
    env: { ...process.env, ...own, ...environment, NO_COLOR: "1" },
  });
}
const command = (words: readonly string[], environment: Readonly<Record<string, string>> = {}) =>
  run([join("node_modules", "isthmus", "dist", "cli", "main.js"), ...words], environment);

function succeeded({ status, stdout, stderr }: SpawnSyncReturns<string>): string {
  expect({ status, stderr: status === 0 ? "" : stderr }).toEqual({ status: 0, stderr: "" });
  return stdout;
}

beforeAll(() => {
  if (!existsSync("dist/library/train.js")) throw new Error("the package is not built: npm run build");
  const packed = spawnSync("npm", ["pack", "--silent", "--pack-destination", project], { encoding: "utf8" });
  expect(packed.status).toBe(0);
  // What npm install would do, without the network: the package unpacked, its dependencies beside it.
  const modules = join(project, "node_modules");
  const home = join(modules, "isthmus");
  mkdirSync(home, { recursive: true });
  const tarball = join(project, packed.stdout.trim().split("\n").at(-1) ?? "");
  expect(spawnSync("tar", ["xzf", tarball, "--strip-components=1", "-C", home]).status).toBe(0);
  for (const name of readdirSync(join(root, "node_modules"))) {
    if (!name.startsWith(".")) symlinkSync(join(root, "node_modules", name), join(modules, name));
  }
  cpSync(join(root, "examples"), project, { recursive: true });
  writeFileSync(join(project, "package.json"), '{ "name": "a-project", "type": "module", "private": true }');
  writeFileSync(
    join(project, "tsconfig.json"),
    JSON.stringify({
      compilerOptions: {
        target: "ES2022",
        module: "NodeNext",
        types: ["node"],
        strict: true,
        exactOptionalPropertyTypes: true,
        noUncheckedIndexedAccess: true,
        verbatimModuleSyntax: true,
        // The declarations of ONNX Runtime name types of a page.
        skipLibCheck: true,
      },
      include: ["*.ts"],
    }),
  );
  const compiled = run([join("node_modules", "typescript", "bin", "tsc"), "-p", "."]);
  expect(compiled.stdout).toBe("");
  expect(compiled.status).toBe(0);
}, 300_000);

describe("a project that uses the package", () => {
  it("runs the example: the error falls, and a picture becomes a code", () => {
    const lines = succeeded(run(["autoencoder.js"]))
      .trimEnd()
      .split("\n");
    const errors = lines.slice(0, 3).map((line) => Number(line.split(" ")[1]));
    expect(errors[2]).toBeLessThan(errors[0] ?? 0);
    expect(lines.at(-1)).toBe("16 numbers stand for a picture of 784");
  });

  it("runs the example of own arrays, which stops, scores and saves", () => {
    expect(
      succeeded(run(["own-arrays.js", "saved"]))
        .trimEnd()
        .split("\n"),
    ).toEqual([
      expect.stringMatching(/^stopped after [5-9] epochs$/),
      "noise scores far above a disc",
      "loaded again: true",
    ]);
    expect(succeeded(command(["summary", "saved"]))).toContain("Linear-2");
  });

  it("trains with an own layer and loss, in code and from a file", () => {
    const [, figure = ""] = /^charbonnier (.*)$/m.exec(succeeded(run(["train-own-layers.js"]))) ?? [];
    // Of pictures in [0, 1] the mean distance is below a half even before training.
    expect(Number(figure)).toBeGreaterThan(0);
    expect(Number(figure)).toBeLessThan(0.5);

    succeeded(command(["train", "own-layers.yaml", "--engine", "reference"]));
    const [name = ""] = readdirSync(join(project, "runs"));
    const folder = join("runs", name);
    expect(readFileSync(join(project, folder, "experiment.yaml"), "utf8")).toContain(join(project, "own-layers.js"));
    expect(succeeded(command(["summary", folder]))).toContain("LearnedLeak-3");

    // On another machine the module was never used: the run folder alone does not make it run.
    const elsewhere = { ISTHMUS_CACHE: join(project, "other-cache") };
    for (const named of [folder, join(folder, "experiment.yaml")]) {
      const refused = command(["summary", named], elsewhere);
      expect(refused.status).toBe(2);
      expect(refused.stderr).toContain("names code to be run that was not used on this machine before");
      expect(refused.stderr).toContain("--allow-code");
    }
    expect(succeeded(command(["summary", folder, "--allow-code"], elsewhere))).toContain("LearnedLeak-3");
  });

  it("imports the library in a moment, and finds every entry", () => {
    const measured = (entry: string) => {
      const code = `const t = performance.now(); await import("${entry}"); console.log(performance.now() - t);`;
      const times = Array.from({ length: 5 }, () => Number(succeeded(run(["--input-type=module", "-e", code]))));
      return Math.min(...times);
    };
    const milliseconds = Object.fromEntries(
      ["isthmus", "isthmus/nn", "isthmus/engines", "isthmus/formats"].map((entry) => [entry, measured(entry)]),
    );
    console.log("import takes", milliseconds, "ms");
    // What it loads is counted in src/index.test.ts; this only tells that nothing is waited for.
    expect(milliseconds.isthmus).toBeLessThan(150);
  });

  it("is found without fault by publint and attw", () => {
    const checked = spawnSync(process.execPath, ["scripts/check-package.mjs"], { encoding: "utf8" });
    expect(checked.stderr).toBe("");
    expect(checked.stdout).toContain("publint and attw find no fault");
  });
});
