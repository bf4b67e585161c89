// The sockets: two servers on this machine's own addresses, with bounds on everything that a stranger could draw out, and the guard
// before whatever answers.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { type Asked, safeHeaders, type Verdict } from "./guard.js";

export interface ListenLimits {
  readonly sockets: number;
  readonly headerBytes: number;
  /** Milliseconds for a request's headers, and for all of it. */
  readonly headersTimeout: number;
  readonly requestTimeout: number;
  readonly keepAliveTimeout: number;
}

export const listenLimits: ListenLimits = {
  sockets: 256,
  headerBytes: 16 * 2 ** 10,
  headersTimeout: 10_000,
  requestTimeout: 60_000,
  keepAliveTimeout: 10_000,
};

export interface Listening {
  readonly port: number;
  /** The port that was wished for was taken. */
  readonly isOther: boolean;
  close(): Promise<void>;
}

/** What takes requests that the guard has let in. */
export type Answer = (
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  verdict: Exclude<Verdict, { kind: "refused" | "exchange" }>,
) => void;

/** Ports after the wished one that are tried. */
const mostTries = 50;

/**
 * Listens on all addresses with one port, the wished one or the next that is free on each.
 * @param open makes the guard, for which the port must be known
 * @throws the system's error where an address is not this machine's
 */
export async function listen(
  addresses: readonly string[],
  wished: number,
  open: (port: number) => (asked: Asked) => Verdict,
  answer: Answer,
  limits: ListenLimits = listenLimits,
): Promise<Listening> {
  let guard: ((asked: Asked) => Verdict) | undefined;
  const sockets = boundedSockets(limits.sockets);
  const make = (): Server => {
    const server = createServer({
      maxHeaderSize: limits.headerBytes,
      headersTimeout: limits.headersTimeout,
      requestTimeout: limits.requestTimeout,
      keepAliveTimeout: limits.keepAliveTimeout,
      connectionsCheckingInterval: Math.min(1000, limits.headersTimeout / 2),
      insecureHTTPParser: false,
      // The guard says what is wrong with a Host.
      requireHostHeader: false,
    });
    server.maxRequestsPerSocket = 10_000;
    server.on("connection", sockets.add);
    const onRequest = (incoming: IncomingMessage, outgoing: ServerResponse): void => {
      sockets.heard(incoming.socket);
      incoming.on("error", () => {});
      for (const [name, value] of Object.entries(safeHeaders)) outgoing.setHeader(name, value);
      const { method = "", url = "", rawHeaders } = incoming;
      const verdict = guard?.({ method, target: url, rawHeaders }) ?? { kind: "refused", status: 503 };
      if (verdict.kind === "refused") {
        refuse(incoming, outgoing, verdict);
        return;
      }
      if (verdict.kind === "exchange") {
        outgoing.writeHead(303, { Location: verdict.location, "Set-Cookie": verdict.cookie, "Content-Length": 0 });
        outgoing.end();
        return;
      }
      answer(incoming, outgoing, verdict);
    };
    server.on("request", onRequest);
    // Who asks first whether a body may come is told by the same guard.
    server.on("checkContinue", (incoming: IncomingMessage, outgoing: ServerResponse) => {
      const { method = "", url = "", rawHeaders } = incoming;
      if (guard?.({ method, target: url, rawHeaders }).kind === "api") outgoing.writeContinue();
      onRequest(incoming, outgoing);
    });
    server.on("checkExpectation", (_incoming: IncomingMessage, outgoing: ServerResponse) => {
      outgoing.writeHead(417, { ...safeHeaders, "Content-Length": 0, Connection: "close" });
      outgoing.end();
    });
    // Neither is ever granted.
    for (const event of ["connect", "upgrade"] as const) {
      server.on(event, (_incoming: IncomingMessage, socket: Socket) => closeWith(socket, "405 Method Not Allowed"));
    }
    server.on("clientError", (error: NodeJS.ErrnoException, socket: Socket) => {
      const isLong = error.code === "HPE_HEADER_OVERFLOW";
      const isLate = error.code === "ERR_HTTP_REQUEST_TIMEOUT";
      closeWith(
        socket,
        isLong ? "431 Request Header Fields Too Large" : isLate ? "408 Request Timeout" : "400 Bad Request",
      );
    });
    return server;
  };

  for (let attempt = 0; ; attempt++) {
    // After so many neighbours, whichever the system gives.
    const port = wished === 0 || attempt >= mostTries ? 0 : wished + attempt;
    const servers: Server[] = [];
    try {
      let given = port;
      for (const [i, address] of addresses.entries()) {
        const server = make();
        try {
          given = await listenOn(server, address, given);
        } catch (error) {
          // A machine without IPv6 has no ::1; the first address must be there, and one that a person has named.
          if (
            i > 0 &&
            ["::1", "::"].includes(address) &&
            ["EADDRNOTAVAIL", "EAFNOSUPPORT"].includes((error as NodeJS.ErrnoException).code ?? "")
          )
            continue;
          throw error;
        }
        servers.push(server);
      }
      guard = open(given);
      return {
        port: given,
        isOther: wished !== 0 && given !== wished,
        async close() {
          sockets.close();
          await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
        },
      };
    } catch (error) {
      await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
      const { code } = error as NodeJS.ErrnoException;
      const isTaken = code === "EADDRINUSE" || (code === "EACCES" && port > 0) || code === "ERR_SOCKET_BAD_PORT";
      if (!isTaken || attempt > mostTries + 10) throw error;
    }
  }
}

function listenOn(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host, port, exclusive: true, ipv6Only: true }, () => {
      server.removeListener("error", reject);
      server.on("error", () => {});
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : port);
    });
  });
}

function refuse(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  verdict: Extract<Verdict, { kind: "refused" }>,
): void {
  const { status, message, hint, allow } = verdict;
  const body =
    message === undefined ? "" : JSON.stringify({ error: { message, ...(hint === undefined ? {} : { hint }) } });
  // What comes after a refused request is not read: a body may be endless.
  outgoing.writeHead(status, {
    ...(body === "" ? {} : { "Content-Type": "application/json" }),
    ...(allow === undefined ? {} : { Allow: allow }),
    "Content-Length": Buffer.byteLength(body),
    Connection: "close",
  });
  outgoing.end(body, () => {
    if (!incoming.complete) incoming.socket.destroySoon();
  });
}

function closeWith(socket: Socket, status: string): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const headers = Object.entries(safeHeaders).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status}\r\n${headers.join("")}Content-Length: 0\r\nConnection: close\r\n\r\n`, () =>
    socket.destroy(),
  );
}

/** At most so many sockets: where there are more, the oldest goes that has not asked anything yet, so that half-open ones shut nobody out. */
function boundedSockets(most: number) {
  const silent = new Set<Socket>();
  const all = new Set<Socket>();
  return {
    add(socket: Socket): void {
      all.add(socket);
      silent.add(socket);
      socket.on("error", () => {});
      socket.once("close", () => {
        all.delete(socket);
        silent.delete(socket);
      });
      if (all.size <= most) return;
      const [oldest] = silent;
      (oldest ?? socket).destroy();
    },
    heard: (socket: Socket): void => void silent.delete(socket),
    close(): void {
      for (const socket of all) socket.destroy();
    },
  };
}
