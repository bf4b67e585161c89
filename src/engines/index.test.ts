// Choosing an engine: the self-check catches one that computes wrongly; names that do not exist are refused.
import { describe, expect, it } from "vitest";
import type { Engine } from "./engine.js";
import { type EngineChoice, inspectEngines, openEngine } from "./index.js";
import { referenceEngine } from "./reference/index.js";
import { selfCheck } from "./selfCheck.js";

describe("openEngine", () => {
  it("takes onednn for auto", async () => {
    expect((await openEngine("auto", { threads: 1 })).describe()).toMatchObject({ name: "onednn", threads: 1 });
  });

  it("suggests the nearest name for one that does not exist", async () => {
    await expect(openEngine("onedn" as EngineChoice)).rejects.toThrow(
      'no engine is called "onedn"; did you mean onednn?',
    );
  });
});

describe("selfCheck", () => {
  it("passes every engine that opens", async () => {
    const reports = await inspectEngines();
    expect(reports.map(({ name, opens }) => [name, opens])).toEqual([
      ["onednn", true],
      ["reference", true],
    ]);
  });

  it("refuses an engine whose weights are off by a thousandth", async () => {
    const reference = referenceEngine();
    const wrong: Engine = {
      ...reference,
      async open(state) {
        const session = await reference.open(state);
        return { ...session, read: (name) => session.read(name).map((value) => value + 1e-3) };
      },
    };
    await expect(selfCheck(wrong)).rejects.toThrow("computes a tiny training step wrongly, by 0.0010.");
  });
});
