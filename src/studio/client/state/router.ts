// Where one is, as an address and back: everything that is looked at stands in the URL, so that a link shows the same and back works.

/** The server answers each of them with the page, whatever stands behind. */
export const pages = ["runs", "run", "compare", "new", "queue", "help"] as const;
export type PageName = (typeof pages)[number];

/** What a run's page shows: places of its own, each with an address. */
export const runParts = [
  "training",
  "report",
  "network",
  "data",
  "map",
  "units",
  "walk",
  "restore",
  "anomaly",
  "probe",
  "files",
] as const;
export type RunPart = (typeof runParts)[number];

export const pictureViews = ["pair", "split", "blink", "difference"] as const;
export type PictureView = (typeof pictureViews)[number];

/** A place in the studio. What is undefined is left out of the address. */
export interface Place {
  readonly page: PageName;
  /** Ids of runs: one on its page, two to six when compared. */
  readonly runs: readonly string[];
  readonly part: RunPart;
  /** The epoch that every picture of the page is from; the last one where it is not said. */
  readonly epoch?: number | undefined;
  /** The test image that is looked at, from 0. */
  readonly image?: number | undefined;
  readonly view?: PictureView | undefined;
  /** What else a page keeps: filters, sorting, axes. */
  readonly more: Readonly<Record<string, string>>;
  /** Runs that are selected, with the number of the colour each has. Goes along wherever one goes. */
  readonly selected: readonly SelectedRun[];
}

export interface SelectedRun {
  readonly id: string;
  /** From 0. */
  readonly colour: number;
}

export const start: Place = { page: "runs", runs: [], part: "training", more: {}, selected: [] };

const ownKeys = new Set(["epoch", "image", "view", "selected"]);
/** Runs that one comparison takes: as many as there are colours that can be told apart. */
export const mostCompared = 6;

// Between runs stands a dot: the server takes no other sign in a path than letters, digits, `.`, `-` and `_`.

/** Reads an address (`/run/abc/network?epoch=3`). What cannot be read is left out: an old link still opens something. */
export function readPlace(address: string): Place {
  const text = address.replace(/^\//, "");
  const cut = text.indexOf("?");
  const path = (cut < 0 ? text : text.slice(0, cut)).split("/").map(decoded).filter(Boolean);
  const query = new URLSearchParams(cut < 0 ? "" : text.slice(cut + 1));
  const page = pages.find((name) => name === path[0]) ?? "runs";
  const named = path[1] ?? "";
  const runs = page === "run" ? [named] : page === "compare" ? named.split(".") : [];
  const epoch = wholeNumber(query.get("epoch"));
  const image = wholeNumber(query.get("image"));
  const view = pictureViews.find((name) => name === query.get("view"));
  const more: Record<string, string> = {};
  for (const [key, value] of query) if (!ownKeys.has(key)) more[key] = value;
  return {
    page: page === "run" && named === "" ? "runs" : page,
    runs: runs.filter(Boolean).slice(0, mostCompared),
    part: runParts.find((name) => page === "run" && name === path[2]) ?? "training",
    ...(epoch === undefined ? {} : { epoch }),
    ...(image === undefined ? {} : { image }),
    ...(view === undefined ? {} : { view }),
    more,
    selected: readSelected(query.get("selected") ?? ""),
  };
}

/** The address of a place. `readPlace` of it gives the place again. */
export function placeAddress(place: Place): string {
  const path: string[] = [place.page];
  if (place.page === "run" || place.page === "compare") path.push(place.runs.map(encodeURIComponent).join("."));
  if (place.page === "run" && place.part !== "training") path.push(place.part);
  const query = new URLSearchParams();
  if (place.epoch !== undefined) query.set("epoch", String(place.epoch));
  if (place.image !== undefined) query.set("image", String(place.image));
  if (place.view !== undefined) query.set("view", place.view);
  for (const [key, value] of Object.entries(place.more)) if (value !== "") query.set(key, value);
  if (place.selected.length > 0) {
    query.set("selected", place.selected.map(({ id, colour }) => `${encodeURIComponent(id)}.${colour}`).join(","));
  }
  const asked = query.toString();
  return `/${path.join("/")}${asked === "" ? "" : `?${asked}`}`;
}

function readSelected(text: string): SelectedRun[] {
  const selected = new Map<string, SelectedRun>();
  for (const part of text.split(",")) {
    const [, id, colour] = /^(.+)\.(\d)$/.exec(part) ?? [];
    if (id !== undefined) selected.set(decoded(id), { id: decoded(id), colour: Number(colour) });
  }
  return [...selected.values()];
}

function wholeNumber(text: string | null): number | undefined {
  return text !== null && /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}

/** An address may have been typed by hand. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
