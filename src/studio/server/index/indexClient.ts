// The server's side of the thread that reads run folders.
import { Worker } from "node:worker_threads";
import type { CommandAnswer, FolderCommand } from "../../../runs/commands.js";
import type { RecordRange, RunNotes, RunRow } from "../../api.js";
import type { IndexNews, OwnTraining } from "./runIndex.js";

export type { IndexNews, OwnTraining } from "./runIndex.js";

export interface IndexThreadData {
  readonly root: string;
  readonly lookMilliseconds: number;
}

/** What is asked of the thread. */
export type IndexAsk =
  | { readonly kind: "table"; readonly start: string; readonly lastEvent: string }
  | { readonly kind: "settings" }
  | { readonly kind: "place" | "stamp" | "detail" | "experiment" | "pictures"; readonly run: string }
  | { readonly kind: "records"; readonly run: string; readonly range: RecordRange }
  | { readonly kind: "picture"; readonly run: string; readonly picture: string }
  | { readonly kind: "notes"; readonly run: string; readonly notes: RunNotes }
  /** Tells the training of another process something, and asks what it has answered to what was told under this id. */
  | { readonly kind: "command"; readonly run: string; readonly id: string; readonly command: FolderCommand }
  | { readonly kind: "answer"; readonly run: string; readonly id: string };

export type IndexCall =
  | { readonly kind: "ask"; readonly id: number; readonly ask: IndexAsk }
  | { readonly kind: "watch"; readonly runs: readonly string[] }
  | { readonly kind: "nudge"; readonly folder: string }
  | { readonly kind: "own"; readonly trainings: readonly OwnTraining[] };

export type IndexReply =
  | { readonly kind: "bytes"; readonly bytes: Uint8Array<ArrayBuffer>; readonly type?: string; readonly name?: string }
  | { readonly kind: "place"; readonly folder: string; readonly row: RunRow }
  /** Another stamp means that what a report is made of has changed. */
  | { readonly kind: "stamp"; readonly folder: string; readonly stamp: string; readonly isTraining: boolean }
  | { readonly kind: "answer"; readonly answer: CommandAnswer | undefined }
  | { readonly kind: "error"; readonly status: number; readonly message: string; readonly hint?: string };

export type IndexMessage =
  | { readonly kind: "reply"; readonly id: number; readonly reply: IndexReply }
  | { readonly kind: "news"; readonly news: IndexNews }
  | { readonly kind: "looked"; readonly pending: number };

export interface IndexClient {
  ask(ask: IndexAsk): Promise<IndexReply>;
  watch(runs: readonly string[]): void;
  nudge(folder: string): void;
  own(trainings: readonly OwnTraining[]): void;
  /** Resolves when the folder was read whole for the first time. */
  readonly first: Promise<void>;
  close(): Promise<void>;
}

/**
 * Starts the thread; where it ends by itself, a new one takes its place and open questions get an error.
 * @param lookMilliseconds between two looks
 */
export function startIndex(
  root: string,
  onNews: (news: IndexNews) => void,
  { lookMilliseconds = 500 }: { readonly lookMilliseconds?: number } = {},
): IndexClient {
  const open = new Map<number, (reply: IndexReply) => void>();
  let next = 0;
  let isClosed = false;
  let last: { watched: readonly string[]; own: readonly OwnTraining[] } = { watched: [], own: [] };
  let isRead = (): void => {};
  const first = new Promise<void>((resolve) => {
    isRead = resolve;
  });
  let worker = start();

  function start(): Worker {
    const data: IndexThreadData = { root, lookMilliseconds };
    const thread = new Worker(new URL("./indexThread.js", import.meta.url), { workerData: data });
    thread.on("message", (message: IndexMessage) => {
      if (message.kind === "news") onNews(message.news);
      else if (message.kind === "looked") {
        if (message.pending === 0) isRead();
      } else {
        open.get(message.id)?.(message.reply);
        open.delete(message.id);
      }
    });
    thread.on("error", (error) => process.emitWarning(`the thread that reads run folders ended: ${error.message}`));
    thread.on("exit", () => {
      for (const answer of open.values()) {
        answer({
          kind: "error",
          status: 500,
          message: "the thread that reads run folders has ended; a new one is there",
        });
      }
      open.clear();
      if (isClosed) return;
      setTimeout(() => {
        if (isClosed) return;
        worker = start();
        post({ kind: "watch", runs: last.watched });
        post({ kind: "own", trainings: last.own });
      }, 1000).unref();
    });
    return thread;
  }
  const post = (call: IndexCall): void => worker.postMessage(call);

  return {
    first,
    ask(ask) {
      next += 1;
      const id = next;
      return new Promise((resolve) => {
        open.set(id, resolve);
        post({ kind: "ask", id, ask });
      });
    },
    watch(runs) {
      last = { ...last, watched: runs };
      post({ kind: "watch", runs });
    },
    nudge: (folder) => post({ kind: "nudge", folder }),
    own(trainings) {
      last = { ...last, own: trainings };
      post({ kind: "own", trainings });
    },
    async close() {
      isClosed = true;
      await worker.terminate();
    },
  };
}
