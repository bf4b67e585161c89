// One train command, from its first word to its pictures: the document is parsed once, the model built once, an engine and the
// data opened once, over all threads together. V8's own counters say how often each function was called.
import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, describe, expect, it } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "isthmus-once-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** What is to happen once: which file's functions of which name are counted together. */
const counted = {
  "YAML documents parsed": [/\/yaml\/dist\/public-api\.js$/, "parseDocument"],
  "experiments read": [/\/src\/experiment\/resolved\.ts$/, "readDocument"],
  "models built": [/\/src\/nn\/models\/index\.ts$/, "readModel"],
  "engines asked for": [/\/src\/engines\/index\.ts$/, "openEngine"],
  "engines opened": [/\/src\/engines\/[a-z]+\/index\.ts$/, /^[a-z]+Engine$/],
  "sources opened": [/\/src\/data\/sources\/index\.ts$/, "open"],
  "data opened": [/\/src\/data\/sources\/(?!index\.ts)\w+\.ts$/, "open"],
} as const satisfies Record<string, readonly [file: RegExp, name: string | RegExp]>;

interface Coverage {
  readonly result: readonly {
    readonly url: string;
    readonly functions: readonly {
      readonly functionName: string;
      readonly ranges: readonly { readonly count: number }[];
    }[];
  }[];
}

/** How often what is counted was called while a command ran, in all of its threads. */
async function callsOf(words: readonly string[]): Promise<Record<string, number>> {
  const counts = mkdtempSync(join(folder, "counts-"));
  await promisify(execFile)(
    process.execPath,
    ["--import", "./scripts/register-typescript.mjs", "src/cli/main.ts", ...words],
    { env: { ...process.env, ISTHMUS_CACHE: join(folder, "cache"), NODE_V8_COVERAGE: counts } },
  );
  const scripts = readdirSync(counts).flatMap(
    (file) => (JSON.parse(readFileSync(join(counts, file), "utf8")) as Coverage).result,
  );
  return Object.fromEntries(
    Object.entries(counted).map(([what, [file, name]]) => {
      const calls = scripts
        .filter(({ url }) => file.test(url))
        .flatMap(({ functions }) => functions)
        .filter(({ functionName }) => (typeof name === "string" ? name === functionName : name.test(functionName)))
        .reduce((sum, { ranges }) => sum + (ranges[0]?.count ?? 0), 0);
      return [what, calls];
    }),
  );
}

const once = Object.fromEntries(Object.keys(counted).map((what) => [what, 1]));

function experimentFile(name: string, input: string, ending = ""): string {
  const path = join(folder, `${name}.yaml`);
  writeFileSync(
    path,
    `name: ${name}
data: { source: mnist, limit: { train: 32, test: 16 } }
model:
  kind: autoencoder
${input}  encoder: [flatten, { dense: 4 }]
  decoder: [{ dense: 784 }, { unflatten: [1, 28, 28] }]
loss: bceWithLogits
phases: [{ epochs: 1, batchSize: 16 }]
${ending}`,
  );
  return path;
}

describe("a train command", () => {
  it.each([
    ["that says its input", "  input: [1, 28, 28]\n"],
    ["that takes its input from the data", ""],
  ])("opens and reads everything once, with a model %s", async (name, input) => {
    const file = experimentFile(name.replaceAll(" ", "-"), input);
    const out = join(folder, name.replaceAll(" ", "-"));
    expect(await callsOf(["train", file, "--engine", "reference", "--out", out])).toEqual(once);
    const [run = ""] = readdirSync(out);
    // It was a whole one: trained, drawn and exported.
    expect(readdirSync(join(out, run, "images")).sort()).toEqual([
      "curves.png",
      "curves.svg",
      "epochs",
      "reconstructions.png",
    ]);
    expect(readdirSync(join(out, run, "exports")).sort()).toEqual(["decoder.onnx", "encoder.onnx"]);
    // Its pictures are drawn again where they are missing, with everything opened once as well.
    rmSync(join(out, run, "images"), { recursive: true });
    expect(await callsOf(["train", join(out, run), "--resume"])).toEqual(once);
    // But for those of its epochs, whose weights are gone.
    expect(readdirSync(join(out, run, "images"))).toHaveLength(3);
  });

  it("does so too where its file names modules of one's own, which run in each of its threads once", async () => {
    const module = join(folder, "own.mjs");
    writeFileSync(
      module,
      `import { appendFileSync } from "node:fs";\nappendFileSync(${JSON.stringify(join(folder, "loads"))}, "x");\n`,
    );
    const file = experimentFile("with-modules", "", "use: [./own.mjs]\n");
    const out = join(folder, "with-modules");
    const calls = await callsOf(["train", file, "--engine", "reference", "--out", out, "--data-threads", "1"]);
    expect(calls).toEqual(once);
    // The thread that trains; batches of so few images are made by it, or by one thread more.
    expect(readFileSync(join(folder, "loads"), "utf8").length).toBeLessThanOrEqual(2);
    const [run = ""] = readdirSync(out);
    expect(readFileSync(join(out, run, "experiment.yaml"), "utf8")).toContain(`- ${module}`);
    rmSync(join(out, run, "images"), { recursive: true });
    expect(await callsOf(["train", join(out, run), "--resume"])).toEqual(once);
  });
});
