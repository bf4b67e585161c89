// Telling a running training something through its run folder: others add lines to commands.jsonl, the training hears them and
// answers in answers.jsonl. Whoever may write into the folder may do that, so that a studio steers what another process trains.
import { z } from "zod";
import { escapeName } from "../base/controls.js";
import { UserError } from "../base/errors.js";
import { countText } from "../base/text.js";
import { fileErrorReason, withFileErrors } from "./fileSystem.js";
import { parseJson, type RunFolder, readText } from "./runFolder.js";
import { whereDamaged } from "./schemas.js";
import { kindWithin } from "./withinFolder.js";

/** What a training can be told through its folder; the same words as its other commands. */
export type FolderCommand =
  | { readonly kind: "pause" }
  | { readonly kind: "resume" }
  /** Finish the step, save a checkpoint, end. */
  | { readonly kind: "stop" }
  | { readonly kind: "setLearningRate"; readonly learningRate: number };

/** A line of answers.jsonl. What was not heard by the training that had the folder then is never obeyed. */
export type CommandAnswer =
  /** @param heard when, ISO 8601 */
  | { readonly id: string; readonly command: FolderCommand["kind"]; readonly heard: string }
  | { readonly id: string; readonly refused: string };

/** Who asks makes it up, so as to find the answer: 1 to 64 letters, digits, `-` and `_`. */
const idSchema = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, "expected 1 to 64 letters, digits, - or _");

/** A line of commands.jsonl. */
const lineSchema = z.discriminatedUnion("command", [
  z.strictObject({ id: idSchema, command: z.literal("pause") }),
  z.strictObject({ id: idSchema, command: z.literal("resume") }),
  z.strictObject({ id: idSchema, command: z.literal("stop") }),
  z.strictObject({ id: idSchema, command: z.literal("setLearningRate"), learningRate: z.number().positive() }),
]);

const answerSchema: z.ZodType<CommandAnswer> = z.union([
  z.object({ id: idSchema, command: z.enum(["pause", "resume", "stop", "setLearningRate"]), heard: z.string() }),
  z.object({ id: idSchema, refused: z.string() }),
]);

const commandsName = "commands.jsonl";
const answersName = "answers.jsonl";

/** A command has some 100 bytes: ten thousand of them, and no more is read of what one training is told. */
const mostBytes = 2 ** 20;
/** How often the folder is looked into: a person does not wait, and a step of a millisecond does not notice. */
const betweenLooks = 1000;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * Tells the training that has the run folder something; where none has it, nobody will ever hear it. `findAnswer` says what became of it.
 * @param id new for each command
 * @throws UserError where the id or the command is none, or the folder can't be written
 */
export function askTraining(run: RunFolder, id: string, command: FolderCommand): void {
  const at = run.files.join(run.path, commandsName);
  const { kind, ...values } = command;
  const parsed = lineSchema.safeParse({ id, command: kind, ...values });
  if (!parsed.success) {
    throw new UserError(
      `is no command for a training: ${whereDamaged(parsed.error, "a command")
        .slice("is damaged".length)
        .replace(/^[: ]+/, "")}`,
      { at },
    );
  }
  withFileErrors(
    { at, what: "the training can't be told anything here", hint: "Check that you may write to the run folder." },
    () => run.files.append(at, encoder.encode(`${JSON.stringify(parsed.data)}\n`)),
  );
}

/** What the training that has, or had, the folder has answered; undefined until it has. @throws UserError where the file is no such file */
export function findAnswer(run: RunFolder, id: string): CommandAnswer | undefined {
  const at = run.files.join(run.path, answersName);
  if (!run.files.exists(at)) return undefined;
  for (const line of readText(run, answersName, "Check that you may read it.").split("\n").slice(0, -1)) {
    const parsed = answerSchema.safeParse(parseJson(line, at, "Remove this line if it is damaged."));
    if (parsed.success && parsed.data.id === id) return parsed.data;
  }
  return undefined;
}

/** What hears commands in a run folder. */
export interface CommandBox {
  /** Commands that have come since it was last asked, in their order; nothing follows a `stop`. Looks at most once a second. */
  poll(): readonly FolderCommand[];
  /** What was no command, and what is wrong with the file, each told once, a sentence. */
  problems(): readonly string[];
}

/**
 * Opens the box of the training that has the folder's lock. What lies in it is of an earlier training, or of none, and goes.
 * @param milliseconds a clock that never goes back
 * @param time ISO 8601, for answers
 */
export function openCommandBox(
  run: RunFolder,
  { milliseconds, time }: { readonly milliseconds: () => number; readonly time: () => string },
): CommandBox {
  const { files, path } = run;
  const at = files.join(path, commandsName);
  const problems: string[] = [];
  let lastProblem = "";
  const complain = (problem: string): void => {
    if (problem !== lastProblem) problems.push(problem);
    lastProblem = problem;
  };
  /** What is not there any more, or can't be looked at, is no reason to end a training. */
  const quietly = (what: string, work: () => void): void => {
    try {
      work();
    } catch (error) {
      const reason = error instanceof UserError ? error.message : fileErrorReason(error);
      if (reason === undefined) throw error;
      complain(`${what}: ${reason}`);
    }
  };
  for (const name of [commandsName, answersName]) {
    // A folder that a person has put there is not removed with all that is in it.
    quietly(`${name} is left as it is`, () => {
      const place = files.join(path, name);
      if (files.kind(place) === "file" || files.kind(place) === "link") files.remove(place);
    });
  }
  let isStopped = false;
  let looked = Number.NEGATIVE_INFINITY;
  /** Bytes that were heard. */
  let heard = 0;
  const answer = (line: CommandAnswer): void =>
    quietly("a command can't be answered", () =>
      files.append(files.join(path, answersName), encoder.encode(`${JSON.stringify(line)}\n`)),
    );

  const look = (): readonly FolderCommand[] => {
    if (kindWithin(files, path, at) === undefined) {
      heard = 0;
      return [];
    }
    const size = files.size(at);
    // One that has become shorter was written anew.
    if (size < heard) heard = 0;
    if (size === heard) return [];
    if (size > mostBytes) {
      complain(`${commandsName} is heard no more: it has ${size} bytes, expected at most ${mostBytes}`);
      return [];
    }
    const bytes = files.read(at);
    // A line without its end is still being written.
    const end = bytes.lastIndexOf(10) + 1;
    if (end <= heard) return [];
    const lines = decoder.decode(bytes.subarray(heard, end)).split("\n").slice(0, -1);
    heard = end;
    const commands: FolderCommand[] = [];
    const junk: string[] = [];
    for (const line of lines) {
      const asked = commandOf(line);
      if (typeof asked === "string") junk.push(asked);
      else if (isStopped) answer({ id: asked.id, refused: "the training was told to stop before" });
      else {
        answer({ id: asked.id, command: asked.command.kind, heard: time() });
        commands.push(asked.command);
        isStopped = asked.command.kind === "stop";
      }
    }
    if (junk.length > 0) {
      complain(
        `${countText(junk.length, "line")} of ${commandsName} ${junk.length === 1 ? "is" : "are"} no command and ignored: ${junk[0]}`,
      );
    }
    return commands;
  };
  return {
    poll() {
      const now = milliseconds();
      if (isStopped || now - looked < betweenLooks) return [];
      looked = now;
      let commands: readonly FolderCommand[] = [];
      quietly(`${commandsName} is not heard`, () => {
        commands = look();
      });
      return commands;
    },
    problems: () => problems.splice(0),
  };
}

/** The command of a line, or what is wrong with it. */
function commandOf(line: string): { readonly id: string; readonly command: FolderCommand } | string {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return `it is not JSON (${escapeName(line.slice(0, 40))})`;
  }
  const parsed = lineSchema.safeParse(value);
  if (!parsed.success)
    return whereDamaged(parsed.error, "a command")
      .replace(/^is damaged/, "wrong")
      .slice(0, 200);
  const { id, command: kind, ...values } = parsed.data;
  return { id, command: { kind, ...values } as FolderCommand };
}
