// Choosing an engine: the self-check catches one that computes wrongly; names that do not exist are refused.
import { describe, expect, it } from "vitest";
import { UserError } from "../base/errors.js";
import type { Engine } from "./engine.js";
import { type EngineChoice, inspectEngines, type Openers, openEngine } from "./index.js";
import { onnxEngine } from "./onnx/index.js";
import { referenceEngine } from "./reference/index.js";
import { selfCheck } from "./selfCheck.js";

/** The reference, with weights off by a thousandth. */
function wrongEngine(): Engine {
  const reference = referenceEngine();
  return {
    ...reference,
    async open(state) {
      const session = await reference.open(state);
      return { ...session, read: async (name) => (await session.read(name)).map((value) => value + 1e-3) };
    },
  };
}

const missing = (message: string, hint: string) => (): never => {
  throw new UserError(message, { hint });
};
const noDnnl = missing("oneDNN could not be loaded.", "Install libdnnl2.");
/** A machine with nothing but this package's JavaScript. */
const bare: Openers = {
  onednn: noDnnl,
  onnx: (options) =>
    onnxEngine(options, {
      node: () => Promise.reject(new Error("Cannot find package 'onnxruntime-node' imported from here")),
      web: () => import("onnxruntime-web"),
    }),
  reference: referenceEngine,
};
const noRuntime = missing("ONNX Runtime could not be loaded.", "Install onnxruntime-node.");

describe("openEngine", () => {
  it("takes onednn for auto", async () => {
    expect((await openEngine("auto", { threads: 1 })).describe()).toMatchObject({ name: "onednn", threads: 1 });
  });

  it("takes onnx for auto where oneDNN does not open, and says what would be faster", async () => {
    const notices: string[] = [];
    const options = { threads: 1, notice: (line: string) => void notices.push(line) };
    const engine = await openEngine("auto", options, { onednn: noDnnl, onnx: onnxEngine, reference: referenceEngine });
    expect(engine.name).toBe("onnx");
    expect(notices).toEqual(["oneDNN would train about three times faster. Install libdnnl2."]);
  });

  it("takes the WebAssembly build for auto where neither oneDNN nor onnxruntime-node is there", async () => {
    const notices: string[] = [];
    const options = { threads: 2, notice: (line: string) => void notices.push(line) };
    const engine = await openEngine("auto", options, bare);
    expect(engine.describe().library).toMatch(/^ONNX Runtime .* \(web, WebAssembly\)$/);
    expect(notices).toEqual([
      "oneDNN would train about ten times faster. Install libdnnl2. The native build would compute more than twice as fast (onnxruntime-node is not installed): npm install onnxruntime-node@1.30.0 --ignore-scripts",
    ]);
  });

  it("takes onnx for auto where oneDNN computes wrongly, and does not say so of an engine that was asked for", async () => {
    const notices: string[] = [];
    const options = { threads: 1, notice: (line: string) => void notices.push(line) };
    const how = { onednn: () => wrongEngine(), onnx: onnxEngine, reference: referenceEngine };
    expect((await openEngine("auto", options, how)).name).toBe("onnx");
    expect(notices).toHaveLength(1);
    await openEngine("onnx", options, how);
    expect(notices).toHaveLength(1);
  });

  it("never takes the reference for auto: says that nothing opens, and what to do", async () => {
    await expect(
      openEngine("auto", {}, { onednn: noDnnl, onnx: noRuntime, reference: referenceEngine }),
    ).rejects.toMatchObject({
      message: "no engine opens here. oneDNN could not be loaded. ONNX Runtime could not be loaded.",
      at: "--engine",
      hint: "For oneDNN: Install libdnnl2. For ONNX Runtime: Install onnxruntime-node. Or take --engine reference, which is slow.",
    });
  });

  it("suggests the nearest name for one that does not exist", async () => {
    await expect(openEngine("onedn" as EngineChoice)).rejects.toThrow(
      'no engine is called "onedn"; did you mean onednn?',
    );
  });
});

describe("inspectEngines", () => {
  it("says what opens and what would mend the rest, on a machine without native libraries", async () => {
    expect(await inspectEngines({}, bare)).toMatchObject([
      { name: "onednn", opens: false, detail: "oneDNN could not be loaded.", remedy: "Install libdnnl2." },
      {
        name: "onnx",
        opens: true,
        detail: expect.stringMatching(/\(web, WebAssembly\), 1 thread$/),
        remedy: expect.stringMatching(/--ignore-scripts$/),
      },
      { name: "reference", opens: true },
    ]);
  });
});

describe("selfCheck", () => {
  it("passes every engine that opens", async () => {
    const reports = await inspectEngines();
    expect(reports.map(({ name, opens }) => [name, opens])).toEqual([
      ["onednn", true],
      ["onnx", true],
      ["reference", true],
    ]);
  });

  it("refuses an engine whose weights are off by a thousandth", async () => {
    await expect(selfCheck(wrongEngine())).rejects.toThrow("computes a tiny training step wrongly, by 0.0010.");
  });
});
