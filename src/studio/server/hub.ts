// What happens, told to every page that listens: numbered, and kept for a while, so that a lost connection goes on where it was.
import type { EventFilter, StudioEvent } from "../api.js";

export interface Hub {
  /** Id of the newest event. */
  readonly last: string;
  readonly listeners: number;
  publish(event: StudioEvent): void;
  /**
   * Hands events to `write` as they come, after what was missed since `since`.
   * @param write takes text of the stream; false where the listener takes no more, which ends it: it comes back for the rest
   * @returns ends it
   */
  listen(filter: EventFilter, since: string | undefined, write: (text: string) => boolean, end: () => void): () => void;
  /** Runs that anyone listens for. */
  watched(): readonly string[];
  /** A comment to every listener, so that each side sees a connection that is gone. */
  beat(): void;
  close(): void;
}

interface Kept {
  readonly number: number;
  readonly event: StudioEvent;
  readonly text: string;
}

/** Events that are kept for those who come back: some hundred epochs of several trainings. */
const mostKept = 2000;
const mostKeptCharacters = 4 * 2 ** 20;
export const mostListeners = 64;

/**
 * @param start names this start of the server
 * @param onWatched called when other runs are listened for
 */
export function openHub(start: string, onWatched: (runs: readonly string[]) => void = () => {}): Hub {
  let number = 0;
  let kept: Kept[] = [];
  let characters = 0;
  const listeners = new Set<{
    readonly runs: ReadonlySet<string>;
    readonly write: (text: string) => boolean;
    readonly end: () => void;
  }>();
  const watched = (): readonly string[] => [...new Set([...listeners].flatMap(({ runs }) => [...runs]))];
  let told = "";
  const tellWatched = (): void => {
    const runs = [...watched()].sort();
    if (runs.join() === told) return;
    told = runs.join();
    onWatched(runs);
  };
  const isWanted = (event: StudioEvent, runs: ReadonlySet<string>): boolean => !("run" in event) || runs.has(event.run);

  const hub: Hub = {
    get last() {
      return `${start}-${number}`;
    },
    get listeners() {
      return listeners.size;
    },
    publish(event) {
      let text: string;
      // Only the newest step is of interest: it has no number, and nobody gets it late.
      if (event.kind === "step") text = messageText(event);
      else {
        number += 1;
        text = messageText(event, `${start}-${number}`);
        kept.push({ number, event, text });
        characters += text.length;
        if (kept.length > mostKept || characters > mostKeptCharacters) {
          kept = kept.slice(Math.ceil(kept.length / 2));
          characters = kept.reduce((sum, one) => sum + one.text.length, 0);
        }
      }
      for (const listener of listeners) {
        if (!isWanted(event, listener.runs)) continue;
        if (listener.write(text)) continue;
        listeners.delete(listener);
        listener.end();
      }
      tellWatched();
    },
    listen({ runs = [] }, since, write, end) {
      const listener = { runs: new Set(runs), write, end };
      const hello = messageText({ kind: "hello", start });
      const missed = since === undefined ? [] : missedSince(since);
      const text =
        missed === undefined
          ? messageText({ kind: "reset" }, hub.last)
          : missed
              .filter(({ event }) => isWanted(event, listener.runs))
              .map((one) => one.text)
              .join("");
      // From here on the page has a place to go on from, even if nothing comes for a while.
      const place = missed !== undefined && missed.length === 0 ? `id: ${hub.last}\n\n` : "";
      write(`retry: 1000\n\n${hello}${text}${place}`);
      listeners.add(listener);
      tellWatched();
      return () => {
        listeners.delete(listener);
        tellWatched();
      };
    },
    watched,
    beat() {
      for (const listener of listeners) {
        if (listener.write(": \n\n")) continue;
        listeners.delete(listener);
        listener.end();
      }
      tellWatched();
    },
    close() {
      for (const { end } of listeners) end();
      listeners.clear();
    },
  };

  /** Undefined where some of it is not kept any more, or it is of another start. */
  function missedSince(since: string): readonly Kept[] | undefined {
    const dash = since.lastIndexOf("-");
    const from = Number(since.slice(dash + 1));
    if (since.slice(0, dash) !== start || !Number.isSafeInteger(from) || from < 0 || from > number) return undefined;
    const first = kept[0]?.number ?? number + 1;
    return from + 1 < first ? undefined : kept.filter((one) => one.number > from);
  }

  return hub;
}

/** JSON holds no line end, so that an event is one line of data. */
function messageText(event: StudioEvent, id?: string): string {
  return `${id === undefined ? "" : `id: ${id}\n`}data: ${JSON.stringify(event)}\n\n`;
}
