// Long work in turns: it gives the thread back now and then, so that others get it, and hears there that it is aborted.

/** What aborted work throws, whatever the signal's own reason was; that is its `cause` then. */
export class AbortError extends Error {
  override readonly name = "AbortError";
}

/** Whether work has ended because it was aborted: what this package throws then, `fetch` and other libraries too. */
export function isAbortError(error: unknown): boolean {
  return error instanceof Error && error.name === "AbortError";
}

/** @throws `abortError` where the signal is aborted */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw abortError(signal);
}

/**
 * What work that a signal aborted ends with: the signal's reason where it is an AbortError, as it is unless somebody gave
 * another; else an AbortError with that reason as its cause.
 */
export function abortError(signal: AbortSignal | undefined): Error {
  const reason: unknown = signal?.reason;
  return reason instanceof Error && isAbortError(reason)
    ? reason
    : new AbortError("the work was aborted", { cause: reason });
}

/** How long work keeps the thread, in milliseconds: unnoticed by a person, and a thousand times what a turn costs. */
const longest = 30;
/** When the thread was last given back by this package. A fact about the thread, so there is one for all that runs on it. */
let turned = performance.now();

/** Whether the thread has been kept so long that it should be given back: for loops too hot to call `pause` each time. */
export function isPauseDue(): boolean {
  return performance.now() - turned >= longest;
}

/**
 * Gives the thread back where it has been kept for 30 ms; costs next to nothing where not, so that a loop may call it with each batch.
 * @throws AbortError where the signal is aborted, before or after the turn
 */
export async function pause(signal?: AbortSignal): Promise<void> {
  throwIfAborted(signal);
  if (!isPauseDue()) return;
  await turn();
  turned = performance.now();
  throwIfAborted(signal);
}

interface Turns {
  /** Node's: after everything that has come in, signals of the system too. */
  readonly setImmediate?: (run: () => void) => unknown;
  /** Pages': before other tasks that wait, after input. */
  readonly scheduler?: { readonly yield?: () => Promise<void> };
  readonly MessageChannel: new () => {
    readonly port1: { onmessage: (() => void) | null; close(): void };
    readonly port2: { postMessage(message: unknown): void };
  };
}

/** One turn of the event loop. */
function turn(): Promise<void> {
  const { setImmediate: afterInput, scheduler, MessageChannel: Messages } = globalThis as unknown as Turns;
  if (afterInput !== undefined) return new Promise((resolve) => void afterInput(resolve));
  if (scheduler?.yield !== undefined) return scheduler.yield();
  // Pages make timers of 0 wait for 4 ms; messages do not wait.
  return new Promise((resolve) => {
    const { port1, port2 } = new Messages();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}
