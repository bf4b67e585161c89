// What a page asks of one run: its logs by range, its experiment, its pictures. Reading only; what is damaged is said and passed over.
import { createHash } from "node:crypto";
import { join } from "node:path";
import type {
  EpochPictures,
  EpochRecord,
  HealthRecord,
  Intervention,
  RunPictures,
  RunRecords,
  TimingRecord,
} from "../../api.js";
import { openLog } from "./logReader.js";
import { isEpoch, isTiming, previewNames, readJson } from "./runFacts.js";
import { listFiles, pathWithin, readPart, statOf, UnreadableFile } from "./safeFiles.js";

/** Where a run is. */
export interface Place {
  readonly root: string;
  readonly folder: string;
}

/** Lets others have the thread between two pieces. */
export type Pause = () => Promise<void>;

const mostPictureBytes = 64 * 2 ** 20;
const mostTextBytes = 2 ** 20;
/** Names in a folder that are looked at. */
const mostNames = 5000;

/** All readable lines of a log. */
async function readLines<Line>(
  { root, folder }: Place,
  name: string,
  is: (value: unknown) => value is Line,
  pause: Pause,
): Promise<{ readonly lines: Line[]; readonly problems: readonly string[] }> {
  const lines: Line[] = [];
  const log = openLog(
    () => pathWithin(root, folder, name),
    name,
    (value) => {
      if (!is(value)) return false;
      lines.push(value);
      return true;
    },
    () => {
      lines.length = 0;
    },
  );
  while (log.read(2)) await pause();
  return { lines, problems: log.problems };
}

/** Lines `from` to before `to` of metrics.jsonl, at most `points` of them, first and last always. */
export async function readRecords(
  place: Place,
  { from = 0, to = Number.MAX_SAFE_INTEGER, points = 2000 }: { from?: number; to?: number; points?: number },
  pause: Pause,
): Promise<RunRecords> {
  const metrics = await readLines(place, "metrics.jsonl", isEpoch, pause);
  const timing = await readLines(place, "timing.jsonl", isTiming, pause);
  const count = metrics.lines.length;
  const places = thinned(Math.min(from, count), Math.min(to, count), Math.max(2, points));
  const records = places.map((at) => metrics.lines[at] as EpochRecord);
  const epochs = new Set(records.map(({ epoch }) => epoch));
  // A run that was gone on with may have an epoch twice: the later one counts.
  const byEpoch = new Map<number, TimingRecord>();
  for (const line of timing.lines) if (epochs.has(line.epoch)) byEpoch.set(line.epoch, line);
  return { count, places, records, timing: [...byEpoch.values()], problems: [...metrics.problems, ...timing.problems] };
}

/** At most `points` of the whole numbers from `from` to before `to`, evenly, with both ends. */
export function thinned(from: number, to: number, points: number): number[] {
  const count = Math.max(0, to - from);
  if (count <= points) return Array.from({ length: count }, (_, i) => from + i);
  return Array.from({ length: points }, (_, i) => from + Math.round((i * (count - 1)) / (points - 1)));
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function isIntervention(value: unknown): value is Intervention {
  return isObject(value) && typeof value.step === "number" && typeof value.command === "string";
}

function isHealth(value: unknown): value is HealthRecord {
  return (
    isObject(value) &&
    ["epoch", "step"].every((name) => typeof value[name] === "number") &&
    ["kind", "message"].every((name) => typeof value[name] === "string") &&
    ["hint", "place"].every((name) => value[name] === undefined || typeof value[name] === "string")
  );
}

export async function readInterventions(place: Place, pause: Pause): Promise<readonly Intervention[]> {
  return (await readLines(place, "interventions.jsonl", isIntervention, pause)).lines;
}

export async function readHealth(place: Place, pause: Pause): Promise<readonly HealthRecord[]> {
  return (await readLines(place, "health.jsonl", isHealth, pause)).lines;
}

/** A text of the run; undefined where there is none that can be read. */
export function readRunText({ root, folder }: Place, name: string): string | undefined {
  const path = pathWithin(root, folder, name);
  try {
    const part = path === undefined ? undefined : readPart(path, mostTextBytes);
    return part === undefined || part.size > mostTextBytes ? undefined : new TextDecoder().decode(part.bytes);
  } catch {
    return undefined;
  }
}

/** Sizes, times and identities of the files that a report is made of. */
export function stampOf({ root, folder }: Place): string {
  const files = reportedFiles.map((names) => {
    const path = pathWithin(root, folder, ...names);
    const found = path === undefined ? undefined : statOf(path);
    return found === undefined ? "" : `${found.size} ${found.mtimeMs} ${found.ino}`;
  });
  return createHash("sha256").update(files.join("|")).digest("hex").slice(0, 24);
}

const reportedFiles = [
  ...["experiment.yaml", "environment.json", "metrics.jsonl", "timing.jsonl", "health.jsonl"].map((name) => [name]),
  ["interventions.jsonl"],
  ["checkpoints", "last.json"],
  ["images", "epochs", "index.json"],
] as const;

/** A picture's id made of its folder and name. */
function idOf(within: string, name: string): string {
  return `p${createHash("sha256").update(`${within}/${name}`).digest("hex").slice(0, 12)}`;
}

const versionOf = (path: string): string => {
  const found = statOf(path);
  return found === undefined ? "0" : `${Math.round(found.mtimeMs).toString(36)}-${found.size.toString(36)}`;
};

const shownEndings = /\.(png|webp|gif|jpe?g)$/i;
const listedEndings = /\.(png|webp|gif|jpe?g|svg)$/i;

export function listPictures(place: Place): RunPictures {
  const { root, folder } = place;
  const images = pathWithin(root, folder, "images");
  return {
    epochs: readEpochPictures(place),
    files: (images === undefined ? [] : listFiles(images, mostNames))
      .filter((name) => listedEndings.test(name))
      .map((name) => ({
        id: idOf("images", name),
        name,
        bytes: statOf(join(images ?? "", name))?.size ?? 0,
        version: versionOf(join(images ?? "", name)),
        isShown: shownEndings.test(name),
      })),
  };
}

export function listExports({ root, folder }: Place) {
  const path = pathWithin(root, folder, "exports");
  return (path === undefined ? [] : listFiles(path, mostNames)).map((name) => ({
    name,
    bytes: statOf(join(path ?? "", name))?.size ?? 0,
    picture: idOf("exports", name),
  }));
}

const isCounts = (value: unknown): value is number[] =>
  Array.isArray(value) && value.length <= 100_000 && value.every((entry) => Number.isSafeInteger(entry) && entry >= 0);

function readEpochPictures({ root, folder }: Place): EpochPictures | null {
  const index = readJson(root, [folder, "images", "epochs", "index.json"], []);
  if (index === undefined) return null;
  const { shape, columns, count, epochs, every, labels, images } = index;
  if (!isCounts(shape) || shape.length !== 3 || !isCounts(epochs) || !isCounts([columns, count])) return null;
  const input = pathWithin(root, folder, "images", "epochs", "input.webp");
  return {
    shape,
    columns: columns as number,
    count: count as number,
    epochs,
    ...(typeof every === "number" ? { every } : {}),
    ...(Array.isArray(labels) && labels.every((label) => typeof label === "string") ? { labels } : {}),
    ...(isCounts(images) ? { images } : {}),
    hasInput: input !== undefined && statOf(input)?.isFile() === true,
  };
}

export interface FileBytes {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** `image/png` …, or undefined for what is not shown in a page but downloaded. */
  readonly type?: string;
  readonly name: string;
}

/**
 * The file of an id: what lies in the run now is listed, and the name that has this id is read.
 * @throws UnreadableFile for a link, a FIFO, and what is too large
 */
export function readPicture({ root, folder }: Place, id: string): FileBytes | undefined {
  const names = nameOfPicture({ root, folder }, id);
  if (names === undefined) return undefined;
  const path = pathWithin(root, folder, ...names);
  const part = path === undefined ? undefined : readPart(path, mostPictureBytes);
  if (part === undefined) return undefined;
  if (part.size > mostPictureBytes) throw new UnreadableFile(`has ${part.size} bytes, more than is handed out`);
  const type = typeOf(part.bytes);
  return { bytes: part.bytes, name: names.at(-1) ?? id, ...(type === undefined ? {} : { type }) };
}

function nameOfPicture({ root, folder }: Place, id: string): readonly string[] | undefined {
  const [, epoch] = /^e(\d{6,9})$/.exec(id) ?? [];
  if (epoch !== undefined) return ["images", "epochs", `${epoch}.webp`];
  if (id === "original" || id === "input") return ["images", "epochs", `${id}.webp`];
  if (id === "latest") {
    const times = previewNames.map((name) => ({
      name,
      time: statOf(join(root, folder, "images", name))?.mtimeMs ?? 0,
    }));
    const newest = times.reduce((best, other) => (other.time > best.time ? other : best));
    return newest.time === 0 ? undefined : ["images", newest.name];
  }
  for (const within of ["images", "exports"]) {
    const path = pathWithin(root, folder, within);
    const name =
      path === undefined ? undefined : listFiles(path, mostNames).find((known) => idOf(within, known) === id);
    if (name !== undefined) return [within, name];
  }
  return undefined;
}

const starts: readonly (readonly [type: string, bytes: readonly (number | undefined)[]])[] = [
  ["image/png", [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]],
  ["image/jpeg", [0xff, 0xd8, 0xff]],
  ["image/gif", [0x47, 0x49, 0x46, 0x38]],
  ["image/webp", [0x52, 0x49, 0x46, 0x46, undefined, undefined, undefined, undefined, 0x57, 0x45, 0x42, 0x50]],
];

/** By the first bytes, never by the name. SVG, HTML and XML are none of these. */
export function typeOf(bytes: Uint8Array): string | undefined {
  return starts.find(([, start]) => start.every((byte, i) => byte === undefined || byte === bytes[i]))?.[0];
}
