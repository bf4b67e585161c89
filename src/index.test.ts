import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { commands } from "./cli/commands/index.js";
import { inspectEngines } from "./engines/index.js";
import { summary } from "./index.js";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");

describe("the library", () => {
  it("takes the options of the command and gives its result", async () => {
    // The reference experiment's table of layers.
    expect((await summary({ experiment: "mnist-conv" })).parameters).toBe(194_499);
  });

  it("says which option does not fit", async () => {
    await expect(summary({ experiment: "mnist-conv", set: ["phases"] })).rejects.toThrow("expected PATH=VALUE");
    await expect(summary({ experimint: "mnist-conv" } as never)).rejects.toThrow("experimint");
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
      // 784 × 64 + 64 and 64 × 784 + 784
      expect(lines[0]).toBe("101200 parameters, a code of 64");
      const [, test = "", mean = ""] = /^([\d.]+) against ([\d.]+) of the mean image$/m.exec(lines.join("\n")) ?? [];
      expect(Number(test)).toBeLessThan(Number(mean));
      expect(lines.at(-1)).toMatch(/images\/reconstructions\.png$/);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
