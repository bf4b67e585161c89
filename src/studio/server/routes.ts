// The allow-list: every method and address that the server answers, and what may come with it. The guard refuses all else before
// anything runs, and the handlers are hung on these entries by name, so that a new one cannot be reached without a line here.
import { pageNames } from "../api.js";

export interface Route {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** Parts between slashes; `:name` takes a word of letters, digits, `-` and `_`. */
  readonly path: string;
  /** Names that may stand in the query, each once, and what their values look like. */
  readonly query?: Readonly<Record<string, RegExp>>;
  /** What a body may be; without it there may be none. */
  readonly body?: BodyRule;
  /** A stream of events, which is asked for from our own page alone though it is a GET. */
  readonly isStream?: boolean;
}

export interface BodyRule {
  readonly types: readonly string[];
  readonly bytes: number;
}

export const mostBodyBytes = 2 ** 20;
export const mostUploadBytes = 32 * 2 ** 20;

const json: BodyRule = { types: ["application/json"], bytes: mostBodyBytes };
const pack: BodyRule = { types: ["application/x-isthmus-pack"], bytes: mostBodyBytes };
const picture: BodyRule = { types: ["application/octet-stream"], bytes: mostUploadBytes };
/** Of counts in queries. */
const count = /^\d{1,9}$/;

export const routes = {
  health: { method: "GET", path: "/healthz" },
  studio: { method: "GET", path: "/api/studio" },
  events: { method: "GET", path: "/api/events", query: { runs: /^[0-9a-f,]{0,2000}$/ }, isStream: true },

  runs: { method: "GET", path: "/api/runs" },
  settings: { method: "GET", path: "/api/settings" },
  run: { method: "GET", path: "/api/runs/:run" },
  experiment: { method: "GET", path: "/api/runs/:run/experiment" },
  records: { method: "GET", path: "/api/runs/:run/records", query: { from: count, to: count, points: count } },
  pictures: { method: "GET", path: "/api/runs/:run/pictures" },
  picture: { method: "GET", path: "/api/runs/:run/pictures/:picture", query: { v: /^[\w-]{1,64}$/ } },
  notes: { method: "PUT", path: "/api/runs/:run/notes", body: json },
  command: { method: "POST", path: "/api/runs/:run/command", body: json },
  report: { method: "GET", path: "/api/runs/:run/report/:section" },
  reportPage: { method: "GET", path: "/api/runs/:run/report.html" },
  decode: { method: "POST", path: "/api/runs/:run/decode", body: pack },
  encode: { method: "POST", path: "/api/runs/:run/encode", body: json },
  images: { method: "POST", path: "/api/runs/:run/images", body: json },
  restore: { method: "POST", path: "/api/runs/:run/restore", body: json },
  selection: { method: "POST", path: "/api/runs/:run/selection", body: json },

  jobs: { method: "GET", path: "/api/jobs" },
  ask: { method: "POST", path: "/api/jobs", body: json },
  job: { method: "GET", path: "/api/jobs/:job" },
  cancel: { method: "DELETE", path: "/api/jobs/:job" },
  moveJob: { method: "POST", path: "/api/jobs/:job/move", body: json },
  result: { method: "GET", path: "/api/jobs/:job/result" },
  resultFile: { method: "GET", path: "/api/jobs/:job/files/:file" },

  uploads: { method: "POST", path: "/api/uploads", body: picture },
  presets: { method: "GET", path: "/api/presets" },
  schema: { method: "GET", path: "/api/schema" },
  collections: { method: "GET", path: "/api/collections" },
  validate: { method: "POST", path: "/api/validate", body: json },
} as const satisfies Readonly<Record<string, Route>>;

export type RouteName = keyof typeof routes;

export type FoundRoute =
  /** A handler's. */
  | { readonly kind: "api"; readonly name: RouteName; readonly params: Readonly<Record<string, string>> }
  /** The page itself, whatever view of it is asked for. */
  | { readonly kind: "page" }
  /** Perhaps a file of the page: to be looked up in the list of those that were built. */
  | { readonly kind: "asset" };

/** What an id in an address looks like. */
const word = /^[A-Za-z0-9_-]{1,80}$/;
const entries = (Object.entries(routes) as [RouteName, Route][]).map(([name, route]) => ({
  name,
  method: route.method,
  parts: route.path.split("/").slice(1),
}));

/**
 * The route of an address, and the methods that it has.
 * @param path as it stands in the request, nothing decoded
 */
export function findRoute(
  method: string,
  path: string,
): { readonly found?: FoundRoute; readonly methods: readonly string[] } {
  // Nothing that the server answers needs an escape, two dots or an empty part: what has them is not there.
  if (!/^(\/[A-Za-z0-9_.-]+)*\/?$/.test(path) || /(^|\/)\.{1,2}(\/|$)/.test(path)) return { methods: [] };
  const parts = path.split("/").slice(1);
  const fitting = entries.filter(({ parts: own }) => fits(own, parts));
  if (fitting.length > 0) {
    const entry = fitting.find((candidate) => candidate.method === method);
    if (entry === undefined) return { methods: fitting.map((candidate) => candidate.method) };
    const params = Object.fromEntries(
      entry.parts.flatMap((part, i) => (part.startsWith(":") ? [[part.slice(1), parts[i] ?? ""]] : [])),
    );
    return { found: { kind: "api", name: entry.name, params }, methods: [entry.method] };
  }
  const [first = ""] = parts;
  if (first === "api") return { methods: [] };
  const isPage = path === "/" || (pageNames as readonly string[]).includes(first);
  if (method !== "GET") return { methods: ["GET"] };
  return { found: { kind: isPage ? "page" : "asset" }, methods: ["GET"] };
}

function fits(own: readonly string[], parts: readonly string[]): boolean {
  return (
    own.length === parts.length &&
    own.every((part, i) => (part.startsWith(":") ? word.test(parts[i] ?? "") : part === parts[i]))
  );
}
