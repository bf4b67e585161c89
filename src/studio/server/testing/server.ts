// A studio for tests: on any free port, with a client that speaks as a browser's page or as a program, and one that writes bytes.
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Job, JobWork, RunTable, StudioEvent } from "../../api.js";
import { cookieName } from "../guard.js";
import { type Studio, type StudioOptions, startStudio } from "../studio.js";

export interface TestStudio extends Studio {
  readonly root: string;
  /** As the studio's own page asks. */
  ask(path: string, init?: RequestInit): Promise<Response>;
  json<Answer>(path: string, init?: RequestInit): Promise<Answer>;
  post(path: string, body: unknown): Promise<Response>;
  start(work: JobWork, request?: string): Promise<Job>;
  /** Events as they come; `since` as a browser sends it. */
  events(query?: string, since?: string): AsyncGenerator<{ readonly id?: string; readonly event: StudioEvent }>;
  /** Waits for an event that fits. */
  until<Found>(find: (event: StudioEvent) => Found | undefined, query?: string): Promise<Found>;
  runs(): Promise<RunTable>;
}

export function newRoot(): string {
  return mkdtempSync(join(tmpdir(), "isthmus-studio-test-"));
}

let requests = 0;

export async function openStudio(options: Partial<StudioOptions> = {}): Promise<TestStudio> {
  const root = options.root ?? newRoot();
  const studio = await startStudio({ port: 0, lookMilliseconds: 50, ...options, root });
  await studio.read;
  const { port, secrets } = studio;
  const origin = `http://localhost:${port}`;
  const headers = { Cookie: `${cookieName(port)}=${secrets.cookie}`, Origin: origin, "Sec-Fetch-Site": "same-origin" };
  const ask: TestStudio["ask"] = async (path, init = {}) =>
    await fetch(`${origin}${path}`, { redirect: "manual", ...init, headers: { ...headers, ...init.headers } });
  const post: TestStudio["post"] = (path, body) =>
    ask(path, { method: "POST", body: JSON.stringify(body), headers: { "Content-Type": "application/json" } });
  const expectOk = async (response: Response): Promise<Response> => {
    if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
    return response;
  };
  async function* events(query = "", since?: string) {
    const stop = new AbortController();
    const response = await expectOk(
      await ask(`/api/events${query}`, {
        signal: stop.signal,
        ...(since === undefined ? {} : { headers: { "Last-Event-ID": since } }),
      }),
    );
    let rest = "";
    try {
      const decoder = new TextDecoder();
      for await (const piece of response.body as unknown as AsyncIterable<Uint8Array>) {
        rest += decoder.decode(piece, { stream: true });
        const messages = rest.split("\n\n");
        rest = messages.pop() ?? "";
        for (const message of messages) {
          const data = /^data: (.*)$/m.exec(message)?.[1];
          const id = /^id: (.*)$/m.exec(message)?.[1];
          if (data === undefined) continue;
          yield { event: JSON.parse(data) as StudioEvent, ...(id === undefined ? {} : { id }) };
        }
      }
    } finally {
      stop.abort();
    }
  }
  return {
    ...studio,
    root,
    ask,
    post,
    events,
    async json<Answer>(path: string, init?: RequestInit) {
      return (await (await expectOk(await ask(path, init))).json()) as Answer;
    },
    async start(work, request = `request-${++requests}`) {
      return (await (await expectOk(await post("/api/jobs", { request, work }))).json()) as Job;
    },
    until(find, query) {
      const found = (async () => {
        for await (const { event } of events(query)) {
          const some = find(event);
          if (some !== undefined) return some;
        }
        throw new Error("the events ended");
      })();
      // Who has found it in another way waits no more.
      found.catch(() => {});
      return found;
    },
    async runs() {
      return (await (await expectOk(await ask("/api/runs"))).json()) as RunTable;
    },
    async close() {
      await studio.close();
      if (options.root === undefined) rmSync(root, { recursive: true, force: true });
    },
  };
}

/**
 * Writes bytes to the server as they are and waits until it closes.
 * @returns all that it answered
 */
export function raw(port: number, text: string | Uint8Array, host = "127.0.0.1"): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, host);
    let answer = "";
    socket.setEncoding("latin1");
    socket.on("data", (piece: string) => {
      answer += piece;
    });
    // A server that has refused what is still being written closes under it.
    socket.on("error", () => {});
    socket.on("close", () => resolve(answer));
    socket.write(text);
  });
}

/** `403` of `HTTP/1.1 403 Forbidden`; 0 where nothing came. */
export function statusOf(answer: string): number {
  return Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0);
}

/** An experiment that trains in a moment. */
export const tinyText = (name: string, epochs: number): string => `name: ${name}
data: { source: mnist, limit: { train: 64, test: 32 } }
model: { kind: autoencoder, encoder: [flatten, dense: 8], decoder: [dense: 784, unflatten: [1, 28, 28]] }
loss: mse
phases: [{ epochs: ${epochs}, batchSize: 16, optimizer: adam }]
`;
