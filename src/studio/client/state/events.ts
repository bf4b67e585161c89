// The stream of events as it comes through the wire, and what keeps it: server-sent events read by hand, because a page must hear
// the comments too (silence is a lost connection) and say where it was when it comes back.
import type { StudioEvent } from "../../api.js";

/** A message of a text/event-stream; a comment has no data. */
export interface Message {
  readonly id?: string;
  readonly data?: string;
}

/**
 * Reads pieces of a text/event-stream, which may end anywhere. Gives the messages that are whole, comments as empty ones.
 * Of the format (WHATWG HTML, server-sent events) it knows `data`, `id` and comments; other fields are passed over.
 */
export function messageReader(): (piece: string) => Message[] {
  let rest = "";
  let data: string[] = [];
  let id: string | undefined;
  return (piece) => {
    const messages: Message[] = [];
    rest += piece;
    const lines = rest.split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? "";
    for (const line of lines) {
      if (line.startsWith(":")) messages.push({});
      else if (line === "") {
        if (data.length > 0) messages.push({ data: data.join("\n"), ...(id === undefined ? {} : { id }) });
        data = [];
        id = undefined;
      } else {
        const [, field, value = ""] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? [];
        if (field === "data") data.push(value);
        else if (field === "id" && !value.includes("\0")) id = value;
      }
    }
    return messages;
  };
}

/** `live`: what is shown is what is. `lost`: nothing was heard for too long, or the server is not there; what is shown is old. */
export type Connection = "connecting" | "live" | "lost";

/** A message comes every 15 seconds at least; who hears nothing for so long has lost the connection. */
export const silenceMilliseconds = 40_000;

/** How long to wait before another try: from half a second, doubled, to 8 seconds. */
export function retryMilliseconds(failures: number): number {
  return Math.min(8_000, 500 * 2 ** Math.max(0, failures - 1));
}

export interface EventsOf {
  readonly address: string;
  /** The last event that is known; events after it are asked for. */
  readonly lastEvent?: string;
  readonly onEvent: (event: StudioEvent, id: string | undefined) => void;
  readonly onConnection: (connection: Connection) => void;
  readonly signal: AbortSignal;
  readonly fetch: (address: string, init: RequestInit) => Promise<Response>;
  /** Resolves after so many milliseconds, at once where the signal is aborted. */
  readonly wait: (milliseconds: number, signal: AbortSignal) => Promise<void>;
}

/**
 * Follows the events until the signal is aborted: when the connection is lost it says so, tries again and goes on after the last
 * event that came. An event that can't be read is passed over; the next ones still count.
 */
export async function followEvents(options: EventsOf): Promise<void> {
  const { address, onEvent, onConnection, signal, fetch, wait } = options;
  let lastEvent = options.lastEvent;
  let failures = 0;
  onConnection("connecting");
  while (!signal.aborted) {
    const attempt = new AbortController();
    const stop = (): void => attempt.abort();
    signal.addEventListener("abort", stop);
    try {
      const headers = {
        accept: "text/event-stream",
        ...(lastEvent === undefined ? {} : { "last-event-id": lastEvent }),
      };
      const response = await fetch(address, { headers, signal: attempt.signal, cache: "no-store" });
      if (!response.ok || response.body === null) throw new Error(`events: ${response.status}`);
      const reader = response.body.getReader();
      const decoder = new TextDecoder();
      const messages = messageReader();
      onConnection("live");
      for (;;) {
        const { done, value } = await heard(reader.read(), wait, attempt);
        if (done) break;
        failures = 0;
        for (const { id, data } of messages(decoder.decode(value, { stream: true }))) {
          if (data === undefined) continue;
          const event = readEvent(data);
          if (id !== undefined) lastEvent = id;
          if (event !== undefined) onEvent(event, id);
        }
      }
    } catch {
      // Whatever it was, the answer is the same: say so, and try again.
    } finally {
      signal.removeEventListener("abort", stop);
      attempt.abort();
    }
    if (signal.aborted) return;
    failures++;
    onConnection("lost");
    await wait(retryMilliseconds(failures), signal);
  }
}

/** What was read, unless nothing comes for too long. */
async function heard<Read>(read: Promise<Read>, wait: EventsOf["wait"], attempt: AbortController): Promise<Read> {
  const timer = new AbortController();
  const silence = wait(silenceMilliseconds, timer.signal).then((): Read => {
    throw new Error("events: silence");
  });
  // The loser of the race must not be an error that nobody catches.
  silence.catch(() => {});
  read.catch(() => {});
  try {
    return await Promise.race([read, silence]);
  } catch (error) {
    attempt.abort();
    throw error;
  } finally {
    timer.abort();
  }
}

function readEvent(data: string): StudioEvent | undefined {
  try {
    const event: unknown = JSON.parse(data);
    const isEvent = typeof event === "object" && event !== null && "kind" in event && typeof event.kind === "string";
    return isEvent ? (event as StudioEvent) : undefined;
  } catch {
    return undefined;
  }
}
