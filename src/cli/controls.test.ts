// Names out of foreign files do nothing to a terminal.
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { escapeControls, escapeJson, escapeName } from "../base/controls.js";
import { trainTiny } from "../training/testing/tiny.js";
import { shownOutput, styleFor } from "./terminal.js";
import { run } from "./testing/terminal.js";

const folder = mkdtempSync(join(tmpdir(), "isthmus-controls-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Clears the screen, sets the title, writes backwards, begins the line again. */
const evil = "\u001b[2J\u001b]0;x\u0007\u009b1A\u202etxt\u2066\r\u007f";
const shown = "\\u001b[2J\\u001b]0;x\\u0007\\u009b1A\\u202etxt\\u2066\\u000d\\u007f";
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
const controls = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/;

describe("text", () => {
  it("shows what would not be shown, and leaves all else", () => {
    expect(escapeControls(evil)).toBe(shown);
    expect(escapeControls("a\tb\nzoë 日本 🙂 −1 × 2")).toBe("a\tb\nzoë 日本 🙂 −1 × 2");
    expect(escapeName("a\tb\nc")).toBe("a\\u0009b\\u000ac");
  });

  it("as JSON stays the same JSON", () => {
    const value = { [evil]: [evil, "\u0000\u2029"] };
    expect(JSON.parse(escapeJson(JSON.stringify(value)))).toEqual(value);
    expect(escapeJson(JSON.stringify(value))).not.toMatch(controls);
  });
});

describe("an output", () => {
  const written = (isTerminal: boolean, isProse: boolean, text: string): string => {
    let all = "";
    shownOutput({ write: (part) => (all += part), isTerminal, columns: 80 }, isProse).write(text);
    return all;
  };

  it("of a terminal keeps the program's own colours and lines drawn anew, and nothing else", () => {
    const style = styleFor({ write: () => {}, isTerminal: true, columns: 80 }, {});
    const own = `\r\u001b[K${style.red("error:")} ${style.bold(style.dim("x"))}\n`;
    expect(written(true, true, own)).toBe(own);
    expect(written(true, false, own)).toBe(own);
    expect(written(true, true, `${style.red(evil)}\r\u001b[K`)).toBe(`${style.red(shown)}\\u000d\\u001b[K`);
    expect(written(true, false, evil)).toBe(shown);
  });

  it("of a file escapes prose, and gives results as they are: a file's name stays its name", () => {
    expect(written(false, true, evil)).toBe(shown);
    expect(written(false, false, evil)).toBe(evil);
  });
});

describe("a command", { timeout: 60_000 }, () => {
  it("shows the host of a lock, the name of a file and what it was called with escaped", async () => {
    const trained = (await trainTiny(folder, { commands: { 1: [{ kind: "stop" }] } })).run.path;
    const path = join(folder, `run-${evil}\n`);
    cpSync(trained, path, { recursive: true });
    writeFileSync(join(path, "lock.json"), JSON.stringify({ process: 7, started: "1", host: `there${evil}` }));
    for (const words of [
      ["train", path, "--resume"],
      ["evaluate", join(path, evil)],
      ["train", `${evil}.yaml`],
      [`--${evil}`],
      [evil],
      ["presets", evil],
    ]) {
      const { code, stdout, stderr } = await run(words);
      expect(code, words.join(" ")).not.toBe(0);
      expect(stdout + stderr).not.toMatch(controls);
      expect(stderr).not.toContain("internal:");
    }
    const { stderr } = await run(["train", path, "--resume"]);
    expect(stderr).toContain(`process 7 on there${shown} trains this run`);
  });
});
