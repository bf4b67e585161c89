// The rooms that a page uses, bundled for one: nothing of Node is in them, and they compute there what they compute here.
import { readdirSync } from "node:fs";
import { builtinModules, createRequire } from "node:module";
import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { runInNewContext } from "node:vm";
import { gzipSync } from "node:zlib";
import { expect, it } from "vitest";
import type { Vite } from "vitest/node";
import { type PageWork, work } from "./page/work.js";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
/** Every file of these rooms, and single files of others. */
const rooms = ["experiment", "schema", "inference"];
const files = ["src/training/trainer.ts", "test/page/work.ts"];
/** All that a page may load besides; each has a build for pages. */
const packages = ["zod", "yaml", "@bufbuild/protobuf"];
/** What pages have of what Node has, beyond the language. */
const pageGlobals = { performance, TextEncoder, TextDecoder, MessageChannel, AbortController, atob };

/** Vitest brings it; as it is no dependency of this package, it is found from there. */
async function bundler(): Promise<typeof Vite> {
  const fromVitest = createRequire(createRequire(import.meta.url).resolve("vitest/package.json"));
  return (await import(pathToFileURL(fromVitest.resolve("vite")).href)) as typeof Vite;
}

const fromRoot = (path: string): string => relative(root, path).split(sep).join("/");

/** Names, one to a line, what of Node or beyond `packages` a file asks for. */
function refusing(problems: string[]): Vite.Plugin {
  return {
    name: "no-node",
    enforce: "pre",
    async resolveId(specifier, importer) {
      if (importer === undefined || /^[./\0]/.test(specifier)) return null;
      const packageName = specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
      const isNode = specifier.startsWith("node:") || builtinModules.includes(packageName);
      if (!isNode && packages.includes(packageName)) return null;
      problems.push(`${fromRoot(importer)} imports ${specifier}, which ${isNode ? "is Node's" : "no page needs"}`);
      return { id: specifier, external: true };
    },
  };
}

/** @param entry a module's text, whose exports the page has as `isthmus` */
async function bundle(entry: string): Promise<{ code: string; problems: string[] }> {
  const problems: string[] = [];
  const id = join(root, "test/page/entry.ts");
  const { build } = await bundler();
  const built = await build({
    ...{ root, configFile: false, envFile: false, publicDir: false, logLevel: "silent" },
    plugins: [
      {
        name: "entry",
        enforce: "pre",
        resolveId: (name) => (name === id ? id : null),
        load: (name) => (name === id ? entry : null),
      },
      refusing(problems),
    ],
    build: {
      write: false,
      target: "es2022",
      lib: { entry: id, formats: ["iife"], name: "isthmus", fileName: "isthmus" },
    },
  });
  const outputs = [built].flat().flatMap((result) => ("output" in result ? result.output : []));
  const code = outputs.map((output) => (output.type === "chunk" ? output.code : "")).join("");
  return { code, problems };
}

function roomFiles(room: string): string[] {
  return readdirSync(join(root, "src", room))
    .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"))
    .map((name) => `src/${room}/${name}`);
}

const experiment = `
name: page
data: mnist
model:
  kind: autoencoder
  input: [1, 8, 8]
  encoder: [{ conv2d: { channels: 4, kernel: 3, padding: 1 } }, batchNorm2d, elu, flatten, { dense: 3 }]
  decoder: [{ dense: 64 }, { unflatten: [1, 8, 8] }]
loss: bceWithLogits
phases: [{ epochs: 1, batchSize: 8, optimizer: { adam: { clipNorm: 1 } } }]
`;

it("bundles experiment, schema, inference and the trainer without anything of Node, and trains and encodes there", async () => {
  const all = [...rooms.flatMap(roomFiles), ...files];
  const { code, problems } = await bundle(
    all.map((path, i) => `export * as file${i} from ${JSON.stringify(join(root, path))};`).join("\n"),
  );
  expect(problems).toEqual([]);
  const kilobytes = (bytes: number): string => `${(bytes / 1000).toFixed(0)} kB`;
  console.log(
    `the bundle of ${rooms.join(", ")} and trainer.ts: ${kilobytes(Buffer.byteLength(code))}, ${kilobytes(gzipSync(code).length)} with gzip`,
  );

  const page = `${code}; ({ globals: [typeof process, typeof Buffer, typeof require, typeof setImmediate], done: isthmus.file${all.length - 1}.work(text) })`;
  const ran = runInNewContext(page, { ...pageGlobals, text: experiment }) as {
    globals: readonly string[];
    done: Promise<PageWork>;
  };
  expect(ran.globals).toEqual(Array(4).fill("undefined"));
  const there = await ran.done;
  const here = await work(experiment);
  // The same float64 loops on the same machine: the same bits.
  expect({ ...there.figures }).toEqual(here.figures);
  expect([...there.codes]).toEqual(here.codes);
  expect([...there.reconstruction]).toEqual(here.reconstruction);
  // Something was computed: of logits near 0 the cross-entropy is near log 2 in each pixel.
  expect(here.figures.objective).toBeGreaterThan(0.5);
  expect(here.codes.length).toBe(8 * 3);
});

it("names the file that asks for something of Node, or for a package that no page needs", async () => {
  const disk = join(root, "src/runs/diskFileSystem.ts");
  const { problems } = await bundle(
    `import sharp from "sharp"; export * from ${JSON.stringify(disk)}; export { sharp };`,
  );
  expect(problems).toContain("test/page/entry.ts imports sharp, which no page needs");
  expect(problems).toContain("src/runs/diskFileSystem.ts imports node:fs, which is Node's");
});
