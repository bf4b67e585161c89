// Pictures whose decoding may take any time and memory are decoded in a process of their own, one after the other. It is ended
// where one takes more than its budget: what the decoder computes in a thread can't be.
import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { UserError } from "../base/errors.js";
import { withThousands } from "../base/text.js";
import type { DecodedPicture, PictureHeader, Sides } from "./decodeHere.js";

/** What decoding one picture may take: seconds of the processor's time (of any, whatever else they do), and bytes of memory. */
export interface DecodeBudget {
  readonly seconds: number;
  readonly bytes: number;
}
export const decodeBudget: DecodeBudget = { seconds: 30, bytes: 1_500_000_000 };

/** Times the budget that a picture may take by the clock: a disk or a system that stands still. */
const patience = 10;
/** Milliseconds without a picture after which the process is ended. */
const idleMilliseconds = 10_000;

export type ApartRequest =
  | { readonly kind: "header"; readonly source: Uint8Array | string }
  | {
      readonly kind: "picture";
      /** The file's bytes, or its path. */
      readonly source: Uint8Array | string;
      readonly header: PictureHeader;
      /** To decode to, where that is not the picture's own. */
      readonly size: Sides | undefined;
      readonly isDrawn: boolean;
    };

/** What the process says: what was asked for, the decoder's words, or what it has run out of. */
export type ApartReply =
  | { readonly header: PictureHeader }
  | { readonly picture: DecodedPicture }
  | { readonly failure: string }
  | { readonly exceeded: "seconds" | "bytes" }
  /** Said of it: the decoder itself has failed, or the system has ended it for want of memory. */
  | { readonly ended: true };

interface Apart {
  readonly child: ChildProcess;
  idle?: ReturnType<typeof setTimeout>;
}
let apart: Apart | undefined;
/** Ends when all that was asked for is done. */
let before: Promise<unknown> = Promise.resolve();

/**
 * @throws UserError where the picture takes more than its budget; else what the decoder throws
 */
export function decodeApart(
  request: ApartRequest & { kind: "header" },
  where: Where,
  budget?: DecodeBudget,
): Promise<PictureHeader>;
export function decodeApart(
  request: ApartRequest & { kind: "picture" },
  where: Where,
  budget?: DecodeBudget,
): Promise<DecodedPicture>;
export async function decodeApart(
  request: ApartRequest,
  where: Where,
  budget: DecodeBudget = decodeBudget,
): Promise<PictureHeader | DecodedPicture> {
  const reply = before.then(() => ask(request, budget));
  before = reply.catch(() => {});
  const answer = await reply;
  if ("header" in answer) return answer.header;
  if ("picture" in answer) return answer.picture;
  if ("failure" in answer) throw new Error(answer.failure);
  if ("ended" in answer) {
    throw new UserError("the process that decodes the picture has ended", {
      ...where,
      hint: "The memory may be full. Make the picture smaller, or leave it out.",
    });
  }
  const what =
    answer.exceeded === "seconds"
      ? `${withThousands(budget.seconds)} s of the processor`
      : `${withThousands(Math.round(budget.bytes / 1e6))} MB of memory`;
  throw new UserError(`decoding the picture takes more than ${what}`, {
    ...where,
    hint: "Make it smaller or simpler, or leave it out.",
  });
}

interface Where {
  readonly at?: string;
}

function ask(request: ApartRequest, budget: DecodeBudget): Promise<ApartReply> {
  apart ??= start();
  const mine = apart;
  const { child } = mine;
  clearTimeout(mine.idle);
  return new Promise((resolve, reject) => {
    // Only while it is asked does it keep this process alive.
    child.ref();
    child.channel?.ref();
    const timer = setTimeout(
      () => {
        end(mine);
        done(() => resolve({ exceeded: "seconds" }));
      },
      patience * budget.seconds * 1000,
    );
    const onMessage = (reply: ApartReply): void => {
      // What has run out may be running still.
      if ("exceeded" in reply) end(mine);
      done(() => resolve(reply));
    };
    const onExit = (): void => {
      if (apart === mine) apart = undefined;
      done(() => resolve({ ended: true }));
    };
    const onError = (cause: Error): void => {
      if (apart === mine) apart = undefined;
      done(() => reject(notStarted(cause)));
    };
    const done = (settle: () => void): void => {
      clearTimeout(timer);
      child.off("message", onMessage).off("exit", onExit).off("error", onError);
      child.unref();
      child.channel?.unref();
      mine.idle = setTimeout(() => end(mine), idleMilliseconds);
      mine.idle.unref();
      settle();
    };
    child.on("message", onMessage).on("exit", onExit).on("error", onError);
    child.send({ request, budget });
  });
}

function start(): Apart {
  let child: ChildProcess;
  try {
    child = fork(fileURLToPath(new URL("./decodeProcess.js", import.meta.url)), [], {
      // Structures are cloned, so that pixels stay arrays of bytes.
      serialization: "advanced",
      stdio: ["ignore", "ignore", "ignore", "ipc"],
      execArgv: loaders(process.execArgv),
    });
  } catch (cause) {
    throw notStarted(cause);
  }
  // It may end at any time; whoever asks hears of it.
  child.on("error", () => {});
  return { child };
}

function notStarted(cause: unknown): UserError {
  const { code, message } = cause as NodeJS.ErrnoException;
  return new UserError(`the process that decodes the picture can't be started (${code ?? message})`, {
    hint: "Check how many files and processes one may have open: ulimit -n, ulimit -u.",
    cause,
  });
}

function end(one: Apart): void {
  if (apart === one) apart = undefined;
  one.child.kill("SIGKILL");
}

/** What makes Node read other files than scripts; nothing that listens, profiles or prints. */
function loaders(given: readonly string[]): string[] {
  const kept: string[] = [];
  for (const [i, word] of given.entries()) {
    if (/^--(import|loader|experimental-loader|require|conditions)=/.test(word)) kept.push(word);
    else if (/^(--(import|loader|experimental-loader|require|conditions)|-r|-C)$/.test(word))
      kept.push(word, given[i + 1] ?? "");
  }
  return kept;
}
