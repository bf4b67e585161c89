// Who is let in: one place that looks at every request before anything else does. It reads what the request says as it was sent,
// and decides; it answers nothing itself. Rules and reasons are in SECURITY.md.
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { type FoundRoute, findRoute, type Route, routes } from "./routes.js";

/** What a request says, undecoded. */
export interface Asked {
  readonly method: string;
  /** The request's target. */
  readonly target: string;
  /** Names and values by turns, as they came. */
  readonly rawHeaders: readonly string[];
}

export interface Secrets {
  /** Stands in the first address, for programs also in `Authorization: Bearer`. 128 bits, hexadecimal. */
  readonly token: string;
  /** What the cookie holds: another number than the token, so that what stood in an address opens nothing by itself later. */
  readonly cookie: string;
}

export function newSecrets(): Secrets {
  return { token: randomBytes(16).toString("hex"), cookie: randomBytes(16).toString("hex") };
}

export interface GuardSettings {
  readonly port: number;
  /** Names and addresses that the server is reached by beside this machine's own. */
  readonly hosts: readonly string[];
  readonly secrets: Secrets;
}

export type Verdict =
  | {
      readonly kind: "api";
      readonly name: keyof typeof routes;
      readonly params: Readonly<Record<string, string>>;
      readonly query: Readonly<Record<string, string>>;
    }
  | { readonly kind: "page" }
  | { readonly kind: "asset"; readonly path: string }
  /** The token was right: set the cookie and lead to the address without it. */
  | { readonly kind: "exchange"; readonly location: string; readonly cookie: string }
  /** `message`: none where not even that there is a server here is to be told. */
  | {
      readonly kind: "refused";
      readonly status: number;
      readonly message?: string;
      readonly hint?: string;
      readonly allow?: string;
    };

const refused = (status: number, message?: string, more: { hint?: string; allow?: string } = {}): Verdict => ({
  kind: "refused",
  status,
  ...(message === undefined ? {} : { message }),
  ...more,
});

/** The name of the cookie: ports of one machine share their cookies, and another studio's must not take its place. */
export function cookieName(port: number): string {
  return `isthmus-${port}`;
}

/** Names under which this machine calls itself. */
const ownHosts = ["localhost", "127.0.0.1", "[::1]"];

/** A function that judges requests. */
export function openGuard({ port, hosts, secrets }: GuardSettings): (asked: Asked) => Verdict {
  const known = new Set(
    [...ownHosts, ...hosts.map((host) => host.toLowerCase())].flatMap((host) => [
      `${host}:${port}`,
      ...(port === 80 ? [host] : []),
    ]),
  );
  const isToken = comparison(secrets.token);
  const isCookie = comparison(secrets.cookie);

  return ({ method, target, rawHeaders }) => {
    const headers = headersOf(rawHeaders);
    const host = only(headers.get("host"));
    if (host === undefined || !known.has(host.toLowerCase())) return refused(403);

    const one = (name: string): string | undefined => headers.get(name)?.[0];
    for (const name of onceAtMost) {
      if ((headers.get(name)?.length ?? 0) > 1) return refused(400, `the header ${name} stands in the request twice`);
    }
    // A page of another site that has this one do something in its name.
    const site = one("sec-fetch-site");
    const isNavigation = one("sec-fetch-mode") === "navigate" && one("sec-fetch-dest") === "document";
    if (site === "cross-site") return refused(403, "asked by another site's page");
    // Another port of this machine is the same site to a browser, and another program to us; a link there may lead here.
    if (site === "same-site" && !(isNavigation && method === "GET")) {
      return refused(403, "asked by another program's page");
    }
    const origin = one("origin");
    if (origin !== undefined && origin !== `http://${host.toLowerCase()}`)
      return refused(403, "asked by another origin's page");
    if (overrides.some((name) => headers.has(name))) return refused(400, "a method is not overridden here");

    if (!target.startsWith("/")) return refused(400, "expected an address of this server");
    const mark = target.indexOf("?");
    const path = mark < 0 ? target : target.slice(0, mark);
    const { found, methods } = findRoute(method, path);
    // It may lead to the page, which no other has a hold on. A report in a window of theirs would be one that they could talk to.
    if (site === "same-site" && found?.kind !== "page") return refused(403, "asked by another program's page");
    if (found === undefined && methods.length > 0) {
      return refused(405, "this address does not take that method", { allow: methods.join(", ") });
    }

    const asked = mark < 0 ? "" : target.slice(mark + 1);
    const exchange = /^token=([0-9a-f]{32})$/.exec(asked);
    if (found?.kind === "page" && exchange !== null && path === "/") {
      if (isToken(exchange[1] ?? "")) {
        return { kind: "exchange", location: "/", cookie: cookieText(port, secrets.cookie) };
      }
      return refused(401, notLetIn.message, { hint: notLetIn.hint });
    }

    const authorization = one("authorization");
    const isProgram = authorization !== undefined && isToken(/^Bearer ([0-9a-f]{32})$/.exec(authorization)?.[1] ?? "");
    const isPage = cookiesNamed(headers.get("cookie"), cookieName(port)).some(isCookie);
    if (!isProgram && !isPage) return refused(401, notLetIn.message, { hint: notLetIn.hint });
    if (found === undefined) return refused(404, "there is nothing at this address");

    const rule: Route | undefined = found.kind === "api" ? routes[found.name] : undefined;
    // Browsers say where a request comes from whenever it is no GET. Programs have the token, which no browser adds by itself.
    if (method !== "GET" && !isProgram && origin === undefined) return refused(403, "does not say which page asks");
    if (rule?.isStream === true && !isProgram && origin === undefined && site !== undefined && site !== "same-origin") {
      return refused(403, "events are for this server's own page");
    }
    const body = bodyProblem(rule, headers);
    if (body !== undefined) return body;
    return withQuery(found, rule, path, asked);
  };
}

const notLetIn = {
  message: "this server does not know you",
  hint: "Open the address that isthmus studio has printed: it holds the token of this start.",
};

function withQuery(found: FoundRoute, rule: Route | undefined, path: string, asked: string): Verdict {
  if (found.kind === "page") {
    // The page reads its own address; the token has no place in it any more.
    return /(^|&)token=/i.test(asked) ? refused(400, "the token is not needed in this address") : { kind: "page" };
  }
  if (found.kind === "asset")
    return asked === "" ? { kind: "asset", path } : refused(400, "this address takes no query");
  const query: Record<string, string> = Object.create(null);
  for (const part of asked === "" ? [] : asked.split("&")) {
    const equals = part.indexOf("=");
    const name = equals < 0 ? part : part.slice(0, equals);
    const rules = rule?.query ?? {};
    const shape = Object.hasOwn(rules, name) ? rules[name] : undefined;
    if (shape === undefined) return refused(400, "this address does not take that query");
    const value = decoded(part.slice(equals + 1));
    if (equals < 0 || value === undefined || !shape.test(value) || Object.hasOwn(query, name)) {
      return refused(400, `${name} in the query is not as expected`);
    }
    query[name] = value;
  }
  return { kind: "api", name: found.name, params: found.params, query };
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** Whether a body may come as it says it will. */
function bodyProblem(rule: Route | undefined, headers: ReadonlyMap<string, readonly string[]>): Verdict | undefined {
  const length = headers.get("content-length")?.[0];
  const coding = headers.get("transfer-encoding")?.[0];
  if (length !== undefined && coding !== undefined) return refused(400, "says its length in two ways");
  if (headers.has("content-encoding")) return refused(415, "bodies are taken as they are, not compressed");
  const hasBody = coding !== undefined || (length !== undefined && length !== "0");
  if (rule?.body === undefined) return hasBody ? refused(413, "this address takes no body") : undefined;
  if (coding !== undefined && coding.toLowerCase() !== "chunked") return refused(400, "expected a plain body");
  const type = (headers.get("content-type")?.[0] ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";
  if (!rule.body.types.includes(type)) return refused(415, `expected ${rule.body.types.join(" or ")}`);
  if (length !== undefined && !(Number(length) <= rule.body.bytes)) {
    return refused(413, `a body has at most ${rule.body.bytes} bytes here`);
  }
  return undefined;
}

/** What would mean two things if it stood there twice. */
const onceAtMost = [
  "origin",
  "authorization",
  "content-type",
  "content-length",
  "transfer-encoding",
  "sec-fetch-site",
  "content-encoding",
];
const overrides = ["x-http-method-override", "x-http-method", "x-method-override"];

function headersOf(raw: readonly string[]): Map<string, string[]> {
  const headers = new Map<string, string[]>();
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = (raw[i] ?? "").toLowerCase();
    const values = headers.get(name);
    if (values === undefined) headers.set(name, [raw[i + 1] ?? ""]);
    else values.push(raw[i + 1] ?? "");
  }
  return headers;
}

function only(values: readonly string[] | undefined): string | undefined {
  return values?.length === 1 ? values[0] : undefined;
}

/** Other programs on this machine can set cookies of that name: any that is right counts. */
function cookiesNamed(headers: readonly string[] = [], name: string): string[] {
  return headers
    .flatMap((header) => header.split(";"))
    .map((part) => part.trim())
    .filter((part) => part.startsWith(`${name}=`))
    .map((part) => part.slice(name.length + 1))
    .slice(0, 8);
}

function cookieText(port: number, value: string): string {
  return `${cookieName(port)}=${value}; Path=/; HttpOnly; SameSite=Strict`;
}

/** Compares in a time that does not tell how much of it is right. */
function comparison(secret: string): (given: string) => boolean {
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  const own = digest(secret);
  return (given) => timingSafeEqual(own, digest(given));
}

/** Headers of every answer. */
export const safeHeaders: Readonly<Record<string, string>> = {
  "Content-Security-Policy": [
    "default-src 'self'",
    "script-src 'self' 'wasm-unsafe-eval'",
    // Drawings (SVG) carry their styles as attributes. A style runs nothing, and can load from here alone.
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' blob: data:",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; "),
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "DENY",
  "Referrer-Policy": "no-referrer",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
  "Cache-Control": "no-store",
};

/**
 * Headers of a report, in place of the others of their names. It is a page with words of a run folder and a script of its own inside:
 * in a sandbox it has no origin, so that even a script that somebody got into it could ask this server nothing.
 * @param policy what the report itself says it may do
 */
export const reportHeaders = (policy: string): Readonly<Record<string, string>> => ({
  "Content-Security-Policy": `sandbox allow-scripts allow-downloads; ${policy}; frame-ancestors 'none'`,
  // Browsers refuse to open a sandboxed page that asks for a group of its own.
  "Cross-Origin-Opener-Policy": "unsafe-none",
});
