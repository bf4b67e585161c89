// What a training is told through its folder: heard once and in order, answered, and never what a stranger has put there.

import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { UserError } from "../base/errors.js";
import { askTraining, type CommandBox, findAnswer, openCommandBox } from "./commands.js";
import { diskFileSystem } from "./diskFileSystem.js";
import type { RunFolder } from "./runFolder.js";
import { withinFolder } from "./withinFolder.js";

const folder = mkdtempSync(join(tmpdir(), "isthmus-commands-"));
afterAll(() => rmSync(folder, { recursive: true }));

let made = 0;
let run: RunFolder;
let now = 0;
let reads = 0;
beforeEach(() => {
  const path = join(folder, String(++made));
  mkdirSync(path);
  const files = withinFolder(diskFileSystem, path);
  reads = 0;
  run = {
    path,
    files: {
      ...files,
      read(at) {
        reads += 1;
        return files.read(at);
      },
    },
  };
});
const open = (): CommandBox => openCommandBox(run, { milliseconds: () => now, time: () => "2026-11-29T18:00:00Z" });
/** A second later. */
const later = (box: CommandBox) => {
  now += 1000;
  return box.poll();
};
const file = () => join(run.path, "commands.jsonl");

describe("commands", () => {
  it("are heard once, in their order, and answered", () => {
    const box = open();
    expect(later(box)).toEqual([]);
    askTraining(run, "a1", { kind: "pause" });
    askTraining(run, "a2", { kind: "setLearningRate", learningRate: 0.001 });
    expect(findAnswer(run, "a1")).toBeUndefined();
    expect(later(box)).toEqual([{ kind: "pause" }, { kind: "setLearningRate", learningRate: 0.001 }]);
    expect(findAnswer(run, "a2")).toEqual({ id: "a2", command: "setLearningRate", heard: "2026-11-29T18:00:00Z" });
    expect(later(box)).toEqual([]);
    askTraining(run, "a3", { kind: "resume" });
    expect(later(box)).toEqual([{ kind: "resume" }]);
    expect(box.problems()).toEqual([]);
  });

  it("are looked for once a second at most, and read only where there are new ones", () => {
    const box = open();
    askTraining(run, "a", { kind: "pause" });
    for (let step = 0; step < 10_000; step++) {
      now += 0.25;
      box.poll();
    }
    // 2.5 seconds: three looks, one of them reads.
    expect(reads).toBe(1);
  });

  it("after a stop are refused, and nothing is heard any more", () => {
    const box = open();
    askTraining(run, "s", { kind: "stop" });
    askTraining(run, "r", { kind: "setLearningRate", learningRate: 1 });
    expect(later(box)).toEqual([{ kind: "stop" }]);
    expect(findAnswer(run, "r")).toEqual({ id: "r", refused: "the training was told to stop before" });
    expect(later(box)).toEqual([]);
  });

  it("for an earlier training are obeyed by no later one", () => {
    askTraining(run, "early", { kind: "stop" });
    const box = open();
    expect(later(box)).toEqual([]);
    expect(findAnswer(run, "early")).toBeUndefined();
    askTraining(run, "now", { kind: "stop" });
    expect(later(box)).toEqual([{ kind: "stop" }]);
    expect(later(open())).toEqual([]);
  });

  it("that are not whole yet are waited for", () => {
    const box = open();
    writeFileSync(file(), '{"id":"a","comm');
    expect(later(box)).toEqual([]);
    appendFileSync(file(), 'and":"pause"}\n');
    expect(later(box)).toEqual([{ kind: "pause" }]);
  });

  it("from a file that was written anew are heard", () => {
    const box = open();
    askTraining(run, "first-with-a-long-id", { kind: "pause" });
    later(box);
    truncateSync(file(), 0);
    askTraining(run, "b", { kind: "resume" });
    expect(later(box)).toEqual([{ kind: "resume" }]);
    rmSync(file());
    expect(later(box)).toEqual([]);
    askTraining(run, "c", { kind: "pause" });
    expect(later(box)).toEqual([{ kind: "pause" }]);
  });

  it("that are none are refused where they are asked", () => {
    const refused = (work: () => void): string => {
      try {
        work();
      } catch (error) {
        if (error instanceof UserError) return error.message;
      }
      return "";
    };
    expect(refused(() => askTraining(run, "../x", { kind: "stop" }))).toBe(
      "is no command for a training: at id: expected 1 to 64 letters, digits, - or _",
    );
    expect(refused(() => askTraining(run, "x", { kind: "setLearningRate", learningRate: -1 }))).toBe(
      "is no command for a training: at learningRate: Too small: expected number to be >0",
    );
  });
});

describe("what is no command", () => {
  it("is said and ignored, and what comes after it is heard", () => {
    const box = open();
    const junk = [
      "rm -rf / \u001b[2J",
      '{"id":"a","command":"delete"}',
      '{"id":"a","command":"setLearningRate","learningRate":"1"}',
      '{"id":"a","command":"stop","and":"more"}',
      '{"id":"<img onerror>","command":"stop"}',
      "[]",
      "\u0000\u0000",
      "",
    ];
    writeFileSync(file(), `${junk.join("\n")}\n`);
    askTraining(run, "b", { kind: "pause" });
    expect(later(box)).toEqual([{ kind: "pause" }]);
    expect(box.problems()).toEqual([
      "8 lines of commands.jsonl are no command and ignored: it is not JSON (rm -rf / \\u001b[2J)",
    ]);
    // Told once.
    expect(box.problems()).toEqual([]);
  });

  it.each<[string, () => void, RegExp]>([
    [
      "a link",
      () => {
        writeFileSync(join(folder, "elsewhere.jsonl"), '{"id":"a","command":"stop"}\n');
        symlinkSync(join(folder, "elsewhere.jsonl"), file());
      },
      /^commands\.jsonl is not heard: is a link/,
    ],
    ["a folder", () => mkdirSync(file()), /^commands\.jsonl is not heard: is a folder, expected a file/],
    [
      "a pipe that nobody writes to",
      () => void execFileSync("mkfifo", [file()]),
      /^commands\.jsonl is not heard: is neither a file nor a folder/,
    ],
    [
      "a file of a gigabyte",
      () => {
        writeFileSync(file(), "");
        truncateSync(file(), 2 ** 30);
      },
      /^commands\.jsonl is heard no more: it has 1073741824 bytes, expected at most 1048576/,
    ],
  ])("%s is not read", (_, put, problem) => {
    const box = open();
    put();
    expect([later(box), later(box)]).toEqual([[], []]);
    expect(reads).toBe(0);
    expect(box.problems()).toEqual([expect.stringMatching(problem)]);
  });

  it("is not removed where it is a folder, nor answered through a link", () => {
    mkdirSync(join(run.path, "commands.jsonl"));
    writeFileSync(join(run.path, "commands.jsonl", "mine"), "");
    const box = open();
    expect(later(box)).toEqual([]);
    rmSync(join(run.path, "commands.jsonl"), { recursive: true });
    const outside = join(folder, "outside.txt");
    writeFileSync(outside, "mine");
    symlinkSync(outside, join(run.path, "answers.jsonl"));
    askTraining(run, "a", { kind: "pause" });
    // Obeyed all the same: once.
    expect(later(box)).toEqual([{ kind: "pause" }]);
    expect(readFileSync(outside, "utf8")).toBe("mine");
    expect(box.problems().at(-1)).toMatch(/^a command can't be answered: is a link/);
  });
});
