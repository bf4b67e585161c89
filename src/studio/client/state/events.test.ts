import { expect, it } from "vitest";
import type { StudioEvent } from "../../api.js";
import { type Connection, followEvents, messageReader, retryMilliseconds } from "./events.js";

it("reads messages that are cut anywhere, comments, ids and lines of data", () => {
  const text = ': beat\n\nid: 7\ndata: {"kind":\ndata: "reset"}\n\nevent: x\nid\ndata:no space\r\n\r\ndata: rest';
  const whole = [{}, { id: "7", data: '{"kind":\n"reset"}' }, { id: "", data: "no space" }];
  expect(messageReader()(text)).toEqual(whole);
  for (let cut = 0; cut <= text.length; cut++) {
    const read = messageReader();
    expect([...read(text.slice(0, cut)), ...read(text.slice(cut))]).toEqual(whole);
  }
  const read = messageReader();
  expect([...text].flatMap((letter) => read(letter))).toEqual(whole);
});

it("waits half a second, then doubles up to eight", () => {
  expect([1, 2, 3, 4, 5, 6, 60].map(retryMilliseconds)).toEqual([500, 1_000, 2_000, 4_000, 8_000, 8_000, 8_000]);
});

/** A server that answers each connection with the next script: pieces of the stream, then it ends, hangs or refuses. */
function follow(
  answers: readonly ({ readonly pieces: readonly string[]; readonly end: "closed" | "silent" } | "refused")[],
) {
  const stop = new AbortController();
  const events: [StudioEvent, string | undefined][] = [];
  const connections: Connection[] = [];
  const asked: (string | undefined)[] = [];
  const waited: number[] = [];
  const done = followEvents({
    address: "/api/events",
    signal: stop.signal,
    onEvent: (event, id) => events.push([event, id]),
    onConnection: (connection) => connections.push(connection),
    fetch: async (_, init) => {
      asked.push(new Headers(init.headers).get("last-event-id") ?? undefined);
      const answer = answers[asked.length - 1];
      if (answer === undefined) stop.abort();
      if (answer === undefined || answer === "refused") throw new TypeError("failed to fetch");
      const body = new ReadableStream<Uint8Array>({
        start(controller) {
          for (const piece of answer.pieces) controller.enqueue(new TextEncoder().encode(piece));
          if (answer.end === "closed") controller.close();
        },
      });
      return new Response(body);
    },
    // Time passes only where nothing else can happen: silence ends after what has come was read.
    wait: async (milliseconds, signal) => {
      for (let turn = 0; turn < 20 && !signal.aborted; turn++) await new Promise((resolve) => setImmediate(resolve));
      if (!signal.aborted) waited.push(milliseconds);
      else await new Promise((resolve) => setImmediate(resolve));
    },
  });
  return { done, events, connections, asked, waited };
}

it("goes on after the last event when the connection comes back, and never calls what is old live", async () => {
  const followed = follow([
    { pieces: ['id: 1\ndata: {"kind":"hello","start":"a"}\n\nid: 2\nda', 'ta: {"kind":"reset"}\n\n'], end: "closed" },
    "refused",
    "refused",
    { pieces: ["data: not json\n\n", 'id: 3\ndata: {"kind":"jobs","order":[]}\n\n'], end: "closed" },
  ]);
  await followed.done;
  expect(followed.events.map(([event, id]) => [event.kind, id])).toEqual([
    ["hello", "1"],
    ["reset", "2"],
    ["jobs", "3"],
  ]);
  expect(followed.asked).toEqual([undefined, "2", "2", "2", "3"]);
  expect(followed.connections).toEqual(["connecting", "live", "lost", "lost", "lost", "live", "lost"]);
  // Waiting begins anew after something was heard.
  expect(followed.waited).toEqual([500, 1_000, 2_000, 500]);
});

it("takes 40 seconds of silence for a lost connection", async () => {
  const followed = follow([{ pieces: [": beat\n\n"], end: "silent" }]);
  await followed.done;
  expect(followed.waited).toEqual([40_000, 500]);
  expect(followed.connections).toEqual(["connecting", "live", "lost"]);
});
