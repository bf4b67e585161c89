// The columns of the table of runs and what stands in them, settings of experiments among them.
import { shownFigure } from "../../../report/figures.js";
import type { Figures, RunRow, SettingsTable } from "../../api.js";
import type { Row } from "./filters.js";

export interface Column {
  readonly id: string;
  readonly title: string;
  /** What it is, on hover. */
  readonly meaning: string;
  readonly kind: "words" | "number" | "seconds" | "time" | "state" | "epochs";
  /** In pixels. */
  readonly width: number;
}

const always: readonly Column[] = [
  { id: "name", title: "run", meaning: "the run's folder, below the folder of the studio", kind: "words", width: 240 },
  { id: "state", title: "state", meaning: "whether it trains, waits, is done or damaged", kind: "state", width: 108 },
  { id: "epochs", title: "epochs", meaning: "finished, of all", kind: "epochs", width: 116 },
];
const known: readonly Column[] = [
  { id: "started", title: "started", meaning: "when the training began, in your own time", kind: "time", width: 140 },
  { id: "seconds", title: "trained", meaning: "time of all steps, without evaluation", kind: "seconds", width: 84 },
  { id: "health", title: "health", meaning: "notes on what looks wrong in the training", kind: "number", width: 64 },
  { id: "data", title: "data", meaning: "where the pictures came from", kind: "words", width: 96 },
  { id: "engine", title: "engine", meaning: "what computed it", kind: "words", width: 84 },
];
const written: readonly Column[] = [
  { id: "tags", title: "tags", meaning: "words of your own", kind: "words", width: 120 },
  {
    id: "note",
    title: "note",
    meaning: "a note of your own, or what is wrong with the folder",
    kind: "words",
    width: 320,
  },
];
/** Settings that are no setting of the training, or stand in a column of their own. */
const passedOver = new Set(["name", "version"]);

/** Cells of a run by column, the hidden ones too: a filter finds what stands in them. */
export function rowOf(run: RunRow, settings: Row | undefined): Row {
  const cells: Record<string, string | number | boolean | undefined> = { ...settings };
  delete cells.name;
  for (const [name, value] of Object.entries(run.test ?? {})) cells[`test.${name}`] = value;
  for (const [name, value] of Object.entries(run.lowest ?? {})) cells[`lowest.${name}`] = value;
  cells.name = run.folder;
  cells.experiment = run.name;
  cells.state = run.state;
  cells.epochs = run.epochs;
  cells.started = run.started ?? undefined;
  cells.seconds = run.seconds;
  cells.health = run.health;
  cells.data = run.data;
  cells.engine = run.engine;
  cells.star = run.notes?.star === true;
  cells.tags = run.notes?.tags?.join(", ");
  cells.note = [...(run.problems ?? []), run.notes?.note].filter(Boolean).join(" ") || undefined;
  return cells;
}

/** Columns that may be shown for these rows; of settings those of the experiments that the rows have. */
export function allColumns(rows: readonly RunRow[], settings: SettingsTable | undefined): Column[] {
  // Where the objective is one of the other figures in every run, it would say the same twice.
  const isSaidTwice = rows.every(({ test }) => test === undefined || shownFigure(test) !== "objective");
  const namesOf = (figures: Figures | undefined): string[] =>
    Object.keys(figures ?? {}).filter((name) => name !== "objective" || !isSaidTwice);
  const figures = new Set(rows.flatMap((row) => namesOf(row.test)));
  const lowest = new Set(rows.flatMap((row) => namesOf(row.lowest)));
  const meaning = {
    test: "on the test images, after the last epoch",
    lowest: "the lowest of all epochs; it was picked, so it flatters",
  };
  const figure = (kind: "test" | "lowest", name: string): Column => {
    const title = `${name}${kind === "lowest" ? ", lowest" : ""}`;
    // As wide as its title, about: names of figures are the models' own.
    const width = Math.min(176, Math.max(96, 8 * title.length + 20));
    return { id: `${kind}.${name}`, title, kind: "number", width, meaning: `${name} ${meaning[kind]}` };
  };
  return [
    ...always,
    ...[...figures].map((name) => figure("test", name)),
    ...[...lowest].map((name) => figure("lowest", name)),
    ...known,
    // Before the settings, of which there may be many: what is wrong with a folder is not to be scrolled for.
    ...written,
    ...settingPaths(rows, settings).map((path): Column => ({ ...settingColumn(path) })),
  ];
}

/**
 * Columns that are shown where nobody has chosen: who a run is, its figures, what people wrote; of everything else what is not
 * the same in all rows, where only that is wanted.
 * @param differing columns in which the rows differ
 */
export function shownColumns(
  columns: readonly Column[],
  differing: ReadonlySet<string>,
  onlyDiffering: boolean,
): Column[] {
  const stays = new Set([...always, ...written].map(({ id }) => id));
  return columns.filter(({ id }) => stays.has(id) || !onlyDiffering || id.startsWith("test.") || differing.has(id));
}

function settingColumn(path: string): Column {
  const parts = path.split(".");
  // The last name says most; places in lists belong to the name before them.
  const title = parts.slice(/^\d+$/.test(parts.at(-1) ?? "") ? -2 : -1).join(".");
  return { id: path, title, meaning: `${path} of the experiment`, kind: "words", width: 104 };
}

/** Paths of the settings that the experiments of these runs have. */
export function settingPaths(rows: readonly RunRow[], settings: SettingsTable | undefined): string[] {
  if (settings === undefined) return [];
  const places = new Set<number>();
  for (const experiment of experimentsOf(rows, settings)) {
    for (let i = 0; i < experiment.length; i += 2) places.add(experiment[i] ?? -1);
  }
  return settings.paths.filter((path, place) => places.has(place) && !passedOver.has(path));
}

/** Of those, the ones that are not the same in all of the runs' experiments. */
export function differingSettings(rows: readonly RunRow[], settings: SettingsTable | undefined): string[] {
  if (settings === undefined) return [];
  const experiments = experimentsOf(rows, settings);
  const values = new Map<number, Set<number>>();
  const counts = new Map<number, number>();
  for (const experiment of experiments) {
    for (let i = 0; i < experiment.length; i += 2) {
      const [path = -1, value = -1] = experiment.slice(i, i + 2);
      values.set(path, (values.get(path) ?? new Set()).add(value));
      counts.set(path, (counts.get(path) ?? 0) + 1);
    }
  }
  return settings.paths.filter(
    (path, place) =>
      !passedOver.has(path) &&
      ((values.get(place)?.size ?? 0) > 1 || (counts.has(place) && counts.get(place) !== experiments.length)),
  );
}

/** Each different experiment once. */
function experimentsOf(rows: readonly RunRow[], settings: SettingsTable): (readonly number[])[] {
  const places = new Set(rows.map(({ id }) => settings.runs[id]).filter((place) => place !== undefined));
  return [...places].map((place) => settings.experiments[place] ?? []);
}

/** Reads settings of runs, each experiment once. */
export function settingsReader(settings: SettingsTable | undefined): (run: string) => Row | undefined {
  const read = new Map<number, Row>();
  return (run) => {
    const place = settings?.runs[run];
    if (settings === undefined || place === undefined) return undefined;
    const known = read.get(place);
    if (known !== undefined) return known;
    const cells: Record<string, string | number | boolean> = {};
    const experiment = settings.experiments[place] ?? [];
    for (let i = 0; i < experiment.length; i += 2) {
      const path = settings.paths[experiment[i] ?? -1];
      const value = settings.values[experiment[i + 1] ?? -1];
      if (path !== undefined) cells[path] = value ?? "none";
    }
    read.set(place, cells);
    return cells;
  };
}

/** Epochs of all phases together, by an experiment's settings; undefined where they do not say. */
export function epochsOfPhases(settings: Row | undefined): number | undefined {
  let sum = 0;
  for (let phase = 0; ; phase++) {
    const epochs = settings?.[`phases.${phase}.epochs`];
    if (typeof epochs !== "number") return sum === 0 ? undefined : sum;
    sum += epochs;
  }
}
