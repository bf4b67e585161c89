// The cases of the studio's safety, against a server that runs and trains: each is refused in a few words, and the training ends with
// the bytes of one that nobody disturbed. What requests look like is written as bytes, for fetch would put much of it right.
import { readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Job, RunDetail } from "../api.js";
import { cookieName } from "./guard.js";
import { mostBodyBytes, routes } from "./routes.js";
import { openStudio, raw, statusOf, type TestStudio, tinyText } from "./testing/server.js";

let studio: TestStudio;
let other: TestStudio;
let training: Job;
/** The same training where nobody disturbs it. */
let undisturbed: Job;
const work = { kind: "train", experiment: { text: tinyText("watched", 4) }, engine: "reference" } as const;
beforeAll(async () => {
  [studio, other] = await Promise.all([openStudio(), openStudio()]);
  [training, undisturbed] = await Promise.all([studio.start(work), other.start(work)]);
}, 300_000);
afterAll(() => Promise.all([studio.close(), other.close()]));

interface Written {
  readonly method?: string;
  readonly target?: string;
  /** Replaces the right one; undefined leaves it out. */
  readonly headers?: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body?: string;
}

/** A request as the studio's own page sends it, but for what is said. */
function request({ method = "GET", target = "/api/studio", headers = {}, body = "" }: Written): string {
  const all = {
    Host: `localhost:${studio.port}`,
    Cookie: `${cookieName(studio.port)}=${studio.secrets.cookie}`,
    Connection: "close",
    ...(method === "GET" ? {} : { Origin: `http://localhost:${studio.port}`, "Sec-Fetch-Site": "same-origin" }),
    ...(body === "" ? {} : { "Content-Type": "application/json", "Content-Length": String(Buffer.byteLength(body)) }),
    ...headers,
  };
  const lines = Object.entries(all).flatMap(([name, value]) =>
    value === undefined ? [] : [value].flat().map((one) => `${name}: ${one}\r\n`),
  );
  return `${method} ${target} HTTP/1.1\r\n${lines.join("")}\r\n${body}`;
}
const answerTo = (written: Written, host?: string): Promise<string> => raw(studio.port, request(written), host);
const port = (): number => studio.port;
/** The part after the headers. */
const bodyOf = (answer: string): string => answer.slice(answer.indexOf("\r\n\r\n") + 4);

describe("the right request", () => {
  it.each(["127.0.0.1", "::1"])("is answered on %s", async (address) => {
    expect(statusOf(await answerTo({}, address))).toBe(200);
  });

  it.each(["localhost", "127.0.0.1", "[::1]"])("is answered for the Host %s", async (name) => {
    expect(statusOf(await answerTo({ headers: { Host: `${name}:${port()}` } }))).toBe(200);
  });

  it("has the headers that keep its answer to itself", async () => {
    for (const target of ["/", "/api/runs", "/nothing", "/healthz"]) {
      const answer = await answerTo({ target });
      expect(answer).toMatch(/content-security-policy: default-src 'self'; script-src 'self' 'wasm-unsafe-eval';/i);
      expect(answer).toMatch(/frame-ancestors 'none'/);
      expect(answer).toMatch(/x-frame-options: DENY/i);
      expect(answer).toMatch(/x-content-type-options: nosniff/i);
      expect(answer).toMatch(/cross-origin-opener-policy: same-origin/i);
      expect(answer).toMatch(/cross-origin-embedder-policy: require-corp/i);
      expect(answer).toMatch(/cross-origin-resource-policy: same-origin/i);
      expect(answer).toMatch(/referrer-policy: no-referrer/i);
      expect(answer).toMatch(/cache-control: no-store/i);
      expect(answer).not.toMatch(/access-control-/i);
    }
  });
});

describe("Host", () => {
  it.each([
    ["foreign", () => "evil.example"],
    ["foreign with this port", () => `evil.example:${port()}`],
    ["rebound with this name inside", () => `localhost.evil.example:${port()}`],
    ["missing", () => undefined],
    ["empty", () => ""],
    ["without its port", () => "localhost"],
    ["with a wrong port", () => `localhost:${port() + 1}`],
    ["IPv6-mapped", () => `[::ffff:127.0.0.1]:${port()}`],
    ["a number for the address", () => `2130706433:${port()}`],
    ["doubled", () => [`localhost:${port()}`, `localhost:${port()}`]],
    ["doubled with a foreign one", () => [`localhost:${port()}`, "evil.example"]],
  ])("%s is refused without a word", async (_, host) => {
    const answer = await answerTo({ headers: { Host: host() } });
    expect([statusOf(answer), bodyOf(answer)]).toEqual([403, ""]);
  });

  it("in the address in place of the header does not count", async () => {
    expect(statusOf(await answerTo({ target: "http://evil.example/api/studio" }))).toBe(400);
    expect(statusOf(await answerTo({ target: `http://localhost:${port()}/api/studio` }))).toBe(400);
  });
});

describe("Origin", () => {
  const origins = ["http://evil.example", "null", "https://localhost", "file://"];
  it.each(Object.entries(routes))("of others is refused for %s", async (_, { method, path }) => {
    const target = path.replace(/:\w+/g, "000000000000");
    for (const origin of [...origins, `http://localhost:${port() + 1}`, `https://localhost:${port()}`]) {
      expect(statusOf(await answerTo({ method, target, headers: { Origin: origin } }))).toBe(403);
    }
    if (method === "GET") return;
    expect(statusOf(await answerTo({ method, target, headers: { Origin: undefined } }))).toBe(403);
  });

  it("is asked of another site's images, scripts, forms and event streams by what browsers say of them", async () => {
    for (const destination of ["image", "script", "iframe", "document", "empty", "style"]) {
      for (const site of ["cross-site", "same-site"]) {
        const headers = { "Sec-Fetch-Site": site, "Sec-Fetch-Dest": destination, "Sec-Fetch-Mode": "no-cors" };
        expect(statusOf(await answerTo({ target: "/api/runs", headers }))).toBe(403);
        expect(statusOf(await answerTo({ target: "/api/events", headers }))).toBe(403);
      }
    }
    const headers = { Origin: "http://evil.example", Accept: "text/event-stream" };
    expect(statusOf(await answerTo({ target: "/api/events", headers }))).toBe(403);
  });

  it("of another program's page may lead to the studio's, and to nothing else that it answers", async () => {
    const headers = { "Sec-Fetch-Site": "same-site", "Sec-Fetch-Dest": "document", "Sec-Fetch-Mode": "navigate" };
    for (const target of ["/", "/runs", "/run/000000000000"]) {
      expect([target, statusOf(await answerTo({ target, headers }))]).not.toEqual([target, 403]);
    }
    for (const { path } of Object.values(routes)) {
      const target = path.replace(/:\w+/g, "000000000000");
      expect([target, statusOf(await answerTo({ target, headers }))]).toEqual([target, 403]);
    }
    expect(statusOf(await answerTo({ target: "/assets/x.js", headers }))).toBe(403);
  });

  it.each(["text/plain", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded", "text/json", ""])(
    "aside, a form of type %s is none of ours",
    async (type) => {
      const body = JSON.stringify({ request: "from-a-form", work });
      const headers = { "Content-Type": type };
      expect(statusOf(await answerTo({ method: "POST", target: "/api/jobs", headers, body }))).toBe(415);
    },
  );
});

describe("the token", () => {
  const without = { Cookie: undefined };
  it("is needed for everything", async () => {
    for (const target of [
      "/",
      "/runs",
      "/healthz",
      "/api/runs",
      "/api/events",
      "/assets/index.js",
      "/nothing",
      "/favicon.ico",
    ]) {
      expect([target, statusOf(await answerTo({ target, headers: without }))]).toEqual([target, 401]);
    }
  });

  it("is exchanged once for a cookie and led away from", async () => {
    const answer = await answerTo({ target: `/?token=${studio.secrets.token}`, headers: without });
    expect(statusOf(answer)).toBe(303);
    expect(answer).toMatch(/\r\nlocation: \/\r\n/i);
    const cookie = `${cookieName(port())}=${studio.secrets.cookie}; Path=/; HttpOnly; SameSite=Strict`;
    expect(answer).toContain(`Set-Cookie: ${cookie}`);
    expect(studio.secrets.cookie).not.toBe(studio.secrets.token);
    expect(studio.secrets.token).toMatch(/^[0-9a-f]{32}$/);
  });

  it.each([
    ["wrong", () => `/?token=${"0".repeat(32)}`],
    ["of another start", () => `/?token=${other.secrets.token}`],
    ["cut short", () => `/?token=${studio.secrets.token.slice(0, 31)}`],
    ["the cookie's", () => `/?token=${studio.secrets.cookie}`],
    ["twice", () => `/?token=${studio.secrets.token}&token=${studio.secrets.token}`],
    ["with something beside it", () => `/?next=//evil.example&token=${studio.secrets.token}`],
    ["at another address", () => `/api/runs?token=${studio.secrets.token}`],
  ])("%s lets nobody in", async (_, target) => {
    expect(statusOf(await answerTo({ target: target(), headers: without }))).toBe(401);
  });

  it("in the query after the exchange is refused", async () => {
    for (const path of ["/api/runs", "/runs", "/healthz"]) {
      expect(statusOf(await answerTo({ target: `${path}?token=${studio.secrets.token}` }))).toBe(400);
    }
  });

  it.each([
    ["a cookie of another start", () => ({ Cookie: `${cookieName(port())}=${other.secrets.cookie}` })],
    ["a cookie of another port", () => ({ Cookie: `${cookieName(other.port)}=${studio.secrets.cookie}` })],
    ["the token in the cookie's place", () => ({ Cookie: `${cookieName(port())}=${studio.secrets.token}` })],
    ["a wrong word for a program", () => ({ Cookie: undefined, Authorization: `Bearer ${other.secrets.token}` })],
    ["the token as a password", () => ({ Cookie: undefined, Authorization: `Basic ${studio.secrets.token}` })],
  ])("is not %s", async (_, headers) => {
    expect(statusOf(await answerTo({ headers: headers() }))).toBe(401);
  });

  it("of a program needs no Origin, and a cookie that another program has set beside ours does no harm", async () => {
    const headers = { Cookie: undefined, Origin: undefined, "Sec-Fetch-Site": undefined };
    const program = { ...headers, Authorization: `Bearer ${studio.secrets.token}` };
    const body = JSON.stringify({ text: "name: x" });
    expect(statusOf(await answerTo({ method: "POST", target: "/api/validate", headers: program, body }))).toBe(200);
    const name = cookieName(port());
    const tossed = { Cookie: `${name}=0; ${name}=${studio.secrets.cookie}` };
    expect(statusOf(await answerTo({ headers: tossed }))).toBe(200);
  });
});

describe("methods", () => {
  it.each(["TRACE", "PROPFIND", "OPTIONS", "HEAD", "PUT", "PATCH", "DELETE", "LOCK", "QUERY"])(
    "%s is not taken where it is not listed",
    async (method) => {
      for (const target of ["/api/runs", "/", "/healthz"]) {
        expect(statusOf(await answerTo({ method, target }))).toBe(405);
      }
    },
  );

  it("that nobody has invented are no requests", async () => {
    expect(statusOf(await answerTo({ method: "STEAL" }))).toBe(400);
    expect(statusOf(await answerTo({ method: "get" }))).toBe(400);
  });

  it("CONNECT and upgrades are refused", async () => {
    expect(statusOf(await answerTo({ method: "CONNECT", target: "evil.example:443" }))).toBe(405);
    const headers = { Connection: "Upgrade", Upgrade: "websocket", "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==" };
    expect(statusOf(await answerTo({ target: "/api/events", headers }))).toBe(405);
  });

  it.each(["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"])(
    "are not overridden by %s",
    async (name) => {
      expect(statusOf(await answerTo({ headers: { [name]: "DELETE" } }))).toBe(400);
    },
  );
});

describe("sizes", () => {
  it("a megabyte of headers is cut off", async () => {
    expect(statusOf(await answerTo({ headers: { "X-Long": "x".repeat(2 ** 20) } }))).toBe(431);
    expect([400, 431]).toContain(statusOf(await raw(port(), `GET /${"x".repeat(2 ** 20)} HTTP/1.1\r\n\r\n`)));
  });

  it("a gigabyte is refused before it comes", async () => {
    const headers = { "Content-Length": String(2 ** 30), "Content-Type": "application/json" };
    expect(statusOf(await answerTo({ method: "POST", target: "/api/jobs", headers }))).toBe(413);
    const asking = { ...headers, Expect: "100-continue" };
    expect(statusOf(await answerTo({ method: "POST", target: "/api/jobs", headers: asking }))).toBe(413);
    expect(statusOf(await answerTo({ headers }))).toBe(413);
  });

  it("a body without an end is cut off where it is longer than may be", async () => {
    const head = request({
      method: "POST",
      target: "/api/validate",
      headers: { "Transfer-Encoding": "chunked", "Content-Type": "application/json" },
    });
    const piece = "x".repeat(2 ** 16);
    const pieces = `${(2 ** 16).toString(16)}\r\n${piece}\r\n`.repeat(mostBodyBytes / 2 ** 16 + 2);
    expect(statusOf(await raw(port(), head + pieces))).toBe(413);
  });

  it("both lengths, two lengths and other codings are refused", async () => {
    const post = { method: "POST", target: "/api/validate" };
    const type = { "Content-Type": "application/json" };
    for (const headers of [
      { ...type, "Content-Length": "5", "Transfer-Encoding": "chunked" },
      { ...type, "Content-Length": ["5", "6"] },
      { ...type, "Content-Length": "-1" },
      { ...type, "Transfer-Encoding": "gzip, chunked" },
    ]) {
      expect(statusOf(await raw(port(), `${request({ ...post, headers })}0\r\n\r\n`))).toBe(400);
    }
    for (const coding of ["gzip", "br", "deflate", "zstd"]) {
      const headers = { "Content-Encoding": coding };
      expect(statusOf(await answerTo({ ...post, headers, body: "{}" }))).toBe(415);
    }
  });

  it("requests in one piece are judged each, and nothing is read after one that is refused", async () => {
    const right = request({ headers: { Connection: "keep-alive" } });
    const wrong = request({ headers: { Host: "evil.example", Connection: "keep-alive" } });
    const answer = await raw(port(), right + wrong + right);
    expect([...answer.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status)).toEqual(["200", "403"]);
    // What follows the last request that a connection was to have is none.
    const late = await raw(port(), request({}) + right);
    expect(late.match(/HTTP\/1\.1/g)).toHaveLength(1);
  });

  it("a request that is cut off harms nobody", async () => {
    await new Promise<void>((resolve) => {
      const headers = { "Content-Length": "1000", "Content-Type": "application/json" };
      const socket = connect(port(), "127.0.0.1");
      socket.on("close", () => resolve());
      socket.on("error", () => {});
      socket.end(`${request({ method: "POST", target: "/api/validate", headers })}{"text"`);
      socket.resume();
    });
    expect(statusOf(await answerTo({}))).toBe(200);
  });

  it("ranges, however many, are answered whole", async () => {
    const ranges = Array.from({ length: 1000 }, (_, i) => `${i}-`).join(",");
    expect(statusOf(await answerTo({ headers: { Range: `bytes=${ranges}` } }))).toBe(200);
    expect(statusOf(await answerTo({ target: "/", headers: { Range: "bytes=0-1" } }))).toBe(200);
  });

  it("500 half-open sockets and slow bodies are shed, and shut nobody out", async () => {
    const slow = await openStudio({ limits: { sockets: 40, headersTimeout: 1000, requestTimeout: 2000 } });
    const sockets: Socket[] = [];
    try {
      const closed: Promise<void>[] = [];
      for (let i = 0; i < 500; i++) {
        const socket = connect(slow.port, "127.0.0.1");
        socket.on("error", () => {});
        // What is not read is never at its end.
        socket.resume();
        closed.push(new Promise((resolve) => socket.on("close", () => resolve())));
        socket.write("GET / HTTP/1.1\r\nHost: loc");
        sockets.push(socket);
      }
      expect((await slow.ask("/healthz")).status).toBe(200);
      const head = `POST /api/validate HTTP/1.1\r\nHost: localhost:${slow.port}\r\nContent-Type: application/json\r\n`;
      const authorization = `Authorization: Bearer ${slow.secrets.token}\r\n`;
      const drop = await raw(slow.port, `${head}${authorization}Content-Length: 100\r\n\r\n{`);
      expect([0, 408]).toContain(statusOf(drop));
      // Those that were not shed at once are after their time.
      await Promise.all(closed);
      expect((await slow.ask("/healthz")).status).toBe(200);
    } finally {
      for (const socket of sockets) socket.destroy();
      await slow.close();
    }
  });
});

describe("addresses", () => {
  it.each([
    "/../package.json",
    "/../../../../etc/passwd",
    "/assets/../../../package.json",
    "/%2e%2e/package.json",
    "/%252e%252e/package.json",
    "/..%2fpackage.json",
    "/..%252fpackage.json",
    "/assets/..%5c..%5cpackage.json",
    "/assets\\..\\package.json",
    "/C:/Windows/win.ini",
    "/c:%5cwindows",
    "/CON",
    "/aux.txt",
    "//proc/self/root",
    "//evil.example/",
    "/proc/self/root",
    "/file:///etc/passwd",
    "/api/runs/../../etc/passwd",
    "/api/runs/..",
    "/api/runs/%2e%2e",
    "/api/runs/.",
    "/api/runs/runs-secret",
    "/api/runs/%EF%BC%8E%EF%BC%8E",
    "/api/runs/\u00e9",
    "/api/runs/-1",
    "/api/runs/NaN",
    "/api/runs/__proto__",
    "/api/runs/constructor",
    "/api/runs/toString/records",
    "/api/runs/0x10",
    "/api/runs/000000000000/pictures/..",
    "/api/runs/000000000000/pictures/__proto__",
    "/api/runs/000000000000/pictures/latest.png",
    "/api/jobs/__proto__",
    "/api/jobs/hasOwnProperty/result",
    "/api/jobs/x/files/-1",
    "/api/jobs/x/files/NaN",
    "/api/jobs/x/files/1e3",
    "/api/runs//",
    "/api/",
    "/api/runs/000000000000%00",
    "/index.html.map",
  ])("%s leads nowhere", async (target) => {
    const answer = await answerTo({ target });
    expect([400, 404]).toContain(statusOf(answer));
    expect(answer).not.toMatch(/root:|"name": "isthmus"/);
  });

  it.each([
    "/api/runs?path=/etc/passwd",
    "/api/studio?x",
    "/api/runs/000000000000/records?from=-1",
    "/api/runs/000000000000/records?from=NaN",
    "/api/runs/000000000000/records?from=1&from=2",
    "/api/runs/000000000000/records?__proto__=1",
    "/api/runs/000000000000/pictures/latest?v=%2e%2e%2f",
    "/api/runs/000000000000/records?from=%zz",
    "/healthz?path=file:///etc/passwd",
  ])("%s takes no such query", async (target) => {
    expect(statusOf(await answerTo({ target }))).toBe(400);
  });
});

describe("bodies", () => {
  const post = (target: string, body: unknown) =>
    answerTo({ method: "POST", target, body: typeof body === "string" ? body : JSON.stringify(body) });
  it("that are not what they should be are refused in a sentence that says where", async () => {
    for (const [body, at] of [
      ["{", "body"],
      ["\u0000", "body"],
      [[], "body"],
      [{ request: "x", work }, "request"],
      [{ request: "longenough", work: { kind: "rm" } }, "work.kind"],
      [{ request: "longenough", work: { kind: "resume", run: "../../etc" } }, "work.run"],
      [{ request: "longenough", work: { ...work, experiment: { preset: "../../package" } } }, "work.experiment.preset"],
      ['{"request":"longenough","work":{"kind":"resume","run":"000000000000","__proto__":{"x":1}}}', "work"],
    ] as const) {
      const answer = await post("/api/jobs", body);
      expect(statusOf(answer)).toBe(409);
      expect((JSON.parse(bodyOf(answer)) as { error: { at: string } }).error.at).toBe(at);
    }
  });

  it("name no files: where results go, and other models, are nobody's to say", async () => {
    for (const name of ["out", "encoder", "decoder", "data", "reference", "in", "run", "codes"]) {
      const asked = { kind: "task", task: "score", run: "000000000000", options: { [name]: "/etc/passwd" } };
      const answer = await post("/api/jobs", { request: `file-option-${name}`, work: asked });
      expect(statusOf(answer)).toBe(409);
      expect(bodyOf(answer)).toContain("this option is not a page's to choose");
    }
    const stops = { kind: "task", task: "walk", run: "000000000000", options: { stops: ["0", "/etc/passwd"] } };
    expect(statusOf(await post("/api/jobs", { request: "file-as-a-stop", work: stops }))).toBe(409);
    const upload = { kind: "task", task: "find", run: "000000000000", options: { pictures: ["0".repeat(32)] } };
    expect(statusOf(await post("/api/jobs", { request: "unknown-upload", work: upload }))).toBe(404);
  });

  it("name presets of this package, and no folder where the server was started", async () => {
    const asked = { kind: "findLearningRate", experiment: { preset: "src" } } as const;
    const job = await studio.start(asked);
    const isEnded = (some: Job): boolean => some.id === job.id && some.ended !== undefined;
    const ended = studio.until((event) => (event.kind === "job" && isEnded(event.job) ? event.job : undefined));
    const now = await studio.json<Job>(`/api/jobs/${job.id}`);
    const { state, error } = isEnded(now) ? now : await ended;
    expect([state, error?.message]).toEqual(["failed", 'no preset is called "src"']);
  }, 300_000);

  it("load no modules", async () => {
    const answer = await post("/api/validate", { text: `use: [./evil.mjs]\n${tinyText("evil", 1)}` });
    expect(bodyOf(answer)).toContain("modules are not loaded");
  });
});

it("hears of no harm done: the training ends with the bytes of one that nobody disturbed", async () => {
  const endOf = async (of: TestStudio, { id }: Job): Promise<string> => {
    const found = of.until((event) =>
      event.kind === "job" && event.job.id === id && event.job.ended !== undefined ? event.job : undefined,
    );
    const now = await of.json<Job>(`/api/jobs/${id}`);
    const job = now.ended === undefined ? await found : now;
    expect([job.state, job.error]).toEqual(["done", undefined]);
    const { row } = await of.json<RunDetail>(`/api/runs/${job.run}`);
    return join(of.root, row.folder);
  };
  const [disturbed, alone] = await Promise.all([endOf(studio, training), endOf(other, undisturbed)]);
  for (const name of ["metrics.jsonl", "checkpoints/16/model.safetensors", "checkpoints/16/optimizer.safetensors"]) {
    expect(readFileSync(join(disturbed, name)).equals(readFileSync(join(alone, name)))).toBe(true);
  }
}, 600_000);
