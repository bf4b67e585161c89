// Finds the pictures of a collection whose codes are nearest to a picture's, or those whose codes are nearly the same.
import { existsSync, realpathSync } from "node:fs";
import { basename } from "node:path";
import { z } from "zod";
import { UserError } from "../base/errors.js";
import { csvCell, withThousands } from "../base/text.js";
import { pause } from "../base/turns.js";
import type { OpenSource } from "../data/define.js";
import { readPixels } from "../data/imageStore.js";
import { closePairs, type DistanceName, distanceNames, distanceSpace, distanceTexts } from "../evaluation/likeness.js";
import { nearestRows } from "../evaluation/nearestRows.js";
import { type Picture, shrinkPicture, unitFromPixels } from "../pixels/index.js";
import { figureText } from "../report/figures.js";
import { sizeOf } from "../tensor/index.js";
import { openData, openOtherPictures } from "./codeSpace.js";
import { defineTask, type TaskContext } from "./define.js";
import {
  findNamedPictures,
  fitFor,
  fitOptions,
  noteIn,
  type ReadyOptions,
  readyPictureOfMany,
} from "./pictureInputs.js";
import { fileStream, type PictureStream, setStream } from "./pictureStream.js";
import { checkpointChoice, openRunModel, type RunModel, runModelOptions } from "./runModel.js";
import { checkPictures, splitNames, splitOf } from "./splitOf.js";
import { writeResult } from "./writeResult.js";

export interface FoundPicture {
  /** Its file, or `train:17`. */
  readonly picture: string;
  /** Of pictures in classes, or in folders. */
  readonly class?: string;
}

export interface FoundQuery extends FoundPicture {
  /** The nearest first. */
  readonly nearest: readonly (FoundPicture & { readonly distance: number })[];
}

export interface FoundDuplicates {
  /** Pictures whose codes are at most so far apart are taken for the same. */
  readonly within: number;
  /** The median distance from a picture to its nearest other one: what is usual here. */
  readonly usual: number;
  /** Pictures that are joined by such pairs, the nearest first. */
  readonly groups: readonly {
    /** Of its nearest pair. */
    readonly distance: number;
    readonly pictures: readonly FoundPicture[];
  }[];
  /** The nearest first. */
  readonly pairs: readonly { readonly first: string; readonly second: string; readonly distance: number }[];
  /** Whether there are more pairs than are listed; groups are whole all the same. */
  readonly isCut: boolean;
}

export interface FindResult {
  readonly by: DistanceName;
  /** What the distance is, for people. */
  readonly definition: string;
  readonly collection: { readonly what: string; readonly pictures: number };
  readonly queries: readonly FoundQuery[];
  /** Of the nearest pictures, the share that has the query's class; where classes of both are known. */
  readonly sameClass?: number;
  readonly duplicates?: FoundDuplicates;
  /** The picture that was drawn. */
  readonly file?: string;
  /** Sentences about what was left out or looks wrong. */
  readonly notes: readonly string[];
}

/** Rows of a page, and pictures of a group in its row. */
const mostRows = 50;
const mostInGroup = 10;
/** Pairs that are listed. */
const mostPairs = 10_000;
/** Codes whose nearest neighbours say what is usual. */
const sampled = 1000;
/** From so many numbers of a code on angles tell enough. */
const angledFrom = 8;
/** Duplicates are nearer than this share of the usual distance to a nearest neighbour. */
const duplicateShare = 0.2;

export const find = defineTask({
  name: "find",
  summary: "Find the pictures whose codes are nearest to a picture's, or pictures that are nearly the same.",
  options: z.strictObject({
    run: z.string().describe("the folder of a run"),
    pictures: z
      .array(z.string())
      .default([])
      .describe("pictures to look for, or folders of them; test:17 is an image of the collection's source"),
    in: z
      .string()
      .optional()
      .describe("the collection: a folder or a source (default: the run's own pictures)")
      .meta({ placeholder: "FOLDER|SPEC" }),
    on: z.enum(splitNames).default("train").describe("which split of a source is the collection"),
    count: z
      .int("expected a whole number")
      .min(1, "expected at least 1")
      .max(1000, "expected at most 1000")
      .default(5)
      .describe("how many of the nearest")
      .meta({ placeholder: "N" }),
    by: z
      .enum(distanceNames)
      .optional()
      .describe(
        "which distance of codes (default: cosine; for duplicates and for codes of fewer than 8 numbers standardised)",
      ),
    duplicates: z.boolean().default(false).describe("look for pictures of the collection that are nearly the same"),
    within: z
      .number()
      .min(0, "expected at least 0")
      .optional()
      .describe(
        "the largest distance of duplicates (default: a fifth of the median distance to the nearest other picture)",
      )
      .meta({ placeholder: "D" }),
    draw: z.enum(["yes", "no"]).default("yes").describe("draw what was found"),
    out: z.string().default("found.png").describe("the picture that is drawn").meta({ placeholder: "FILE" }),
    format: z.enum(["table", "csv", "json"]).default("table").describe("how it is printed; json is the same as --json"),
    ...fitOptions,
    ...runModelOptions,
  }),
  /**
   * Memory holds the collection's codes.
   * @throws UserError for a run that does not open, files that are no pictures, and a picture that can't be written
   */
  async run(options, context): Promise<FindResult> {
    const { run, checkpoint, engine, threads } = options;
    if (options.duplicates === options.pictures.length > 0) {
      throw new UserError(
        options.duplicates ? "goes without names of pictures" : "no picture is named, and no duplicates are asked for",
        {
          at: options.duplicates ? "--duplicates" : "PICTURE",
          hint: "isthmus find RUN photo.png --in photos, or isthmus find RUN --in photos --duplicates",
        },
      );
    }
    if (options.within !== undefined && !options.duplicates) {
      throw new UserError("goes with --duplicates", { at: "--within", hint: "Use --count for the nearest pictures." });
    }
    const model = await openRunModel(run, { checkpoint: checkpointChoice(checkpoint), engine, threads });
    try {
      const notes: string[] = [...model.notes];
      const note = noteIn(notes);
      const ready: ReadyOptions = { fit: fitFor(model, options.fit, undefined), isInverted: options.invert, note };
      const collection = await openCollection(model, options, ready, context);
      const isAngled = !options.duplicates && sizeOf(model.codeShape) >= angledFrom;
      const by = options.by ?? (isAngled ? "cosine" : "standardised");
      const work: Work = { model, collection, options: { ...options, by }, ready, context };
      const found = options.duplicates ? await findDuplicates(work) : await findNearest(work);
      return {
        by,
        definition: distanceTexts[by],
        queries: [],
        ...found,
        notes,
      };
    } finally {
      model.dispose();
    }
  },
});

interface Collection {
  readonly stream: PictureStream;
  readonly what: string;
  /** Where it is a split: its source. */
  readonly source?: OpenSource;
}

interface Work {
  readonly model: RunModel;
  readonly collection: Collection;
  readonly options: z.output<typeof find.options> & { readonly by: DistanceName };
  readonly ready: ReadyOptions;
  readonly context: TaskContext;
}

async function openCollection(
  model: RunModel,
  { in: named, on }: z.output<typeof find.options>,
  ready: ReadyOptions,
  context: TaskContext,
): Promise<Collection> {
  if (named !== undefined && existsSync(named)) {
    return { stream: fileStream(await findNamedPictures([named], ready.note), model, ready), what: named };
  }
  if (named !== undefined && /^[./~]/.test(named)) {
    throw new UserError("there is no such file or folder", { at: named, hint: "Check the path after --in." });
  }
  const source =
    named === undefined
      ? await openData(model, context)
      : await openOtherPictures(model.inputShape, { data: named, exact: false, at: "--in" }, context);
  const set = splitOf(source, on);
  checkPictures(model, set, named === undefined ? "data" : "--in");
  return { stream: setStream(set, on, source), what: `${on} of ${source.card.name}`, source };
}

interface Encoded {
  /** [picture, unit] */
  readonly codes: Float32Array;
  /** Places in the stream. */
  readonly places: readonly number[];
}

async function encodeStream(
  { model, context: { report, signal } }: Work,
  stream: PictureStream,
  at: string,
): Promise<Encoded> {
  const width = sizeOf(model.codeShape);
  const places: number[] = [];
  // Some may turn out not to be readable.
  const codes = new Float32Array(stream.count * width);
  for await (const block of stream.blocks(signal)) {
    report({
      done: block.places[0] ?? 0,
      of: stream.count,
      what: `encoding ${withThousands(stream.count)} pictures`,
    });
    codes.set(await model.encode(block.images, { signal }), places.length * width);
    for (const place of block.places) places.push(place);
  }
  if (places.length === 0) {
    throw new UserError("none of the files is a picture that can be read", { at, hint: "Name PNG or JPEG files." });
  }
  const found = codes.subarray(0, places.length * width);
  if (!found.every(Number.isFinite)) {
    throw new UserError("the model gives codes that are not finite", {
      at,
      hint: "Its weights hold numbers that are not finite. Take another checkpoint.",
    });
  }
  return { codes: found, places };
}

function pictureAt(stream: PictureStream, place: number): FoundPicture {
  const of = stream.classOf(place);
  return { picture: stream.nameOf(place), ...(of === undefined ? {} : { class: of }) };
}

interface Query {
  readonly found: FoundPicture;
  readonly code: Float32Array;
  readonly original: Picture;
  /** Its place in the collection, where it is one of its pictures. */
  readonly self?: number;
}

const splitPlace = /^(train|validation|test):(\d+)$/;

async function readQueries(work: Work): Promise<readonly Query[]> {
  const { model, collection, options, ready, context } = work;
  const queries: Query[] = [];
  const paths: string[] = [];
  for (const name of options.pictures) {
    const place = splitPlace.exec(name);
    if (place === null || existsSync(name)) {
      paths.push(name);
      continue;
    }
    const source = collection.source;
    if (source === undefined) {
      throw new UserError("is an image of a source, and the collection is a folder", {
        at: name,
        hint: "Name a picture's file.",
      });
    }
    const split = splitNames.find((known) => known === place[1]) ?? "test";
    const set = splitOf(source, split);
    const index = Number(place[2]);
    if (index >= set.count) {
      throw new UserError(`the split ${split} has ${withThousands(set.count)} images, numbered from 0`, {
        at: name,
        hint: `The last one is ${split}:${set.count - 1}.`,
      });
    }
    checkPictures(model, set, "--in");
    const stream = setStream(set, split, source);
    const original = (await stream.picture(index))?.original;
    if (original === undefined) continue;
    const code = await model.encode(unitFromPixels(readPixels(set, index, 1)), context);
    queries.push({
      ...{ found: pictureAt(stream, index), code, original },
      ...(split === options.on ? { self: index } : {}),
    });
  }
  if (paths.length === 0) return queries;
  const own = collection.source === undefined ? new Map(realNames(collection.stream)) : new Map<string, number>();
  for (const file of await findNamedPictures(paths, ready.note)) {
    await pause(context.signal);
    const picture = await readyPictureOfMany(file, model, ready);
    if (picture === undefined) continue;
    const self = own.get(realpathSync(file.path));
    queries.push({
      found:
        self === undefined ? { picture: file.path } : { ...pictureAt(collection.stream, self), picture: file.path },
      code: await model.encode(picture.input, context),
      original: shrinkPicture(picture.original, smallSide),
      ...(self === undefined ? {} : { self }),
    });
  }
  if (queries.length === 0) {
    throw new UserError("none of the files is a picture that can be read", {
      at: options.pictures.join(", "),
      hint: "Name PNG or JPEG files.",
    });
  }
  return queries;
}

function realNames(stream: PictureStream): [string, number][] {
  return Array.from({ length: stream.count }, (_, place) => {
    const name = stream.nameOf(place);
    return [existsSync(name) ? realpathSync(name) : name, place];
  });
}

async function findNearest(work: Work): Promise<Partial<FindResult> & Pick<FindResult, "collection" | "queries">> {
  const { model, collection, options, context } = work;
  const { stream, what } = collection;
  const { signal } = context;
  const width = sizeOf(model.codeShape);
  const asked = await readQueries(work);
  const { codes, places } = await encodeStream(work, stream, options.in ?? "data");
  const space = distanceSpace(options.by, codes, width);
  const all = new Float32Array(asked.length * width);
  for (const [i, { code }] of asked.entries()) all.set(code, i * width);
  context.report({ done: 0, of: 1, what: "looking for the nearest" });
  // One more than asked for: a picture of the collection is no neighbour of its own.
  const near = await nearestRows(model.engine, space.place(all), space.place(codes), width, {
    count: options.count + 1,
    signal,
  });
  const queries = asked.map(({ found, self }, query): FoundQuery => {
    const nearest = Array.from({ length: near.count }, (_, rank) => {
      const at = query * near.count + rank;
      return { place: places[near.places[at] ?? 0] ?? 0, distance: space.distanceOf(near.distances[at] ?? Number.NaN) };
    }).filter(({ place }) => place !== self);
    return {
      ...found,
      nearest: nearest
        .slice(0, options.count)
        .map(({ place, distance }) => ({ ...pictureAt(stream, place), distance })),
    };
  });
  const pairs = queries.flatMap((query) =>
    query.nearest.flatMap((one) =>
      query.class === undefined || one.class === undefined ? [] : [query.class === one.class],
    ),
  );
  const file = options.draw === "no" ? undefined : options.out;
  if (file !== undefined) {
    const placeOf = new Map(places.map((place) => [stream.nameOf(place), place]));
    const rows = [];
    for (const [i, query] of queries.slice(0, mostRows).entries()) {
      const tiles = [
        {
          picture: asked[i]?.original ?? blank,
          caption: captionOf(query, query.class === undefined ? "looked for" : ""),
        },
      ];
      for (const one of query.nearest.slice(0, 2 * mostInGroup)) {
        const picture = await tilePicture(stream, placeOf.get(one.picture) ?? -1, signal);
        tiles.push({ picture, caption: captionOf(one, figureText(one.distance)) });
      }
      rows.push(tiles);
    }
    await drawRows(file, rows, true, `nearest by code in ${what}`, distanceTexts[options.by], context);
  }
  return {
    collection: { what, pictures: places.length },
    queries,
    ...(pairs.length === 0 ? {} : { sameClass: pairs.filter((is) => is).length / pairs.length }),
    ...(file === undefined ? {} : { file }),
  };
}

async function findDuplicates(work: Work): Promise<Partial<FindResult> & Pick<FindResult, "collection">> {
  const { model, collection, options, context } = work;
  const { stream, what } = collection;
  const { report, signal } = context;
  const width = sizeOf(model.codeShape);
  const { codes, places } = await encodeStream(work, stream, options.in ?? "data");
  if (places.length < 2) {
    throw new UserError("one picture has no duplicate", {
      at: options.in ?? "data",
      hint: "Name a folder of pictures.",
    });
  }
  const space = distanceSpace(options.by, codes, width);
  const rows = space.place(codes);
  const usual = space.distanceOf(await usualDistance(model, rows, width, signal));
  const within = options.within ?? space.distanceOf(duplicateShare * space.euclideanOf(usual));
  // Codes of the same picture differ in their last bits where they were computed in batches of different sizes.
  const rounding = 1e-5 * Math.sqrt(rows.reduce((sum, value) => sum + value * value, 0) / places.length);
  const { pairs, isCut, groups } = await closePairs(model.engine, rows, width, {
    within: Math.max(space.euclideanOf(within), rounding),
    mostPairs,
    signal,
    progress: (done, of) =>
      report({ done, of, what: `comparing ${withThousands(places.length)} codes with each other` }),
  });
  const nearest = new Map<number, number>();
  for (const { first, second, distance } of pairs) {
    for (const row of [first, second])
      nearest.set(row, Math.min(nearest.get(row) ?? Number.POSITIVE_INFINITY, distance));
  }
  // Of pairs beyond those that are kept no distance is known but that it is small enough.
  const distanceOf = (group: readonly number[]) =>
    group.reduce(
      (least, row) => Math.min(least, nearest.get(row) ?? space.euclideanOf(within)),
      Number.POSITIVE_INFINITY,
    );
  const sorted = groups
    .map((members) => ({ members, distance: space.distanceOf(distanceOf(members)) }))
    .sort((a, b) => a.distance - b.distance);
  const at = (row: number): FoundPicture => pictureAt(stream, places[row] ?? 0);
  const file = options.draw === "no" || sorted.length === 0 ? undefined : options.out;
  if (file !== undefined) {
    const drawn = [];
    for (const { members, distance } of sorted.slice(0, mostRows)) {
      const tiles = [];
      for (const [i, row] of members.slice(0, mostInGroup).entries()) {
        const picture = await tilePicture(stream, places[row] ?? 0, signal);
        const more = members.length > mostInGroup ? ` of ${withThousands(members.length)}` : "";
        tiles.push({ picture, caption: captionOf(at(row), i === 0 ? `${figureText(distance)}${more}` : "") });
      }
      drawn.push(tiles);
    }
    const title = `${withThousands(sorted.length)} groups of nearly the same pictures in ${what}`;
    await drawRows(
      file,
      drawn,
      false,
      title,
      `at most ${figureText(within)} apart: ${distanceTexts[options.by]}`,
      context,
    );
  }
  return {
    collection: { what, pictures: places.length },
    duplicates: {
      within,
      usual,
      groups: sorted.map(({ members, distance }) => ({ distance, pictures: members.map(at) })),
      pairs: pairs.map(({ first, second, distance }) => ({
        first: at(first).picture,
        second: at(second).picture,
        distance: space.distanceOf(distance),
      })),
      isCut,
    },
    ...(file === undefined ? {} : { file }),
  };
}

/** The median Euclidean distance to the nearest other row, of rows evenly spread among all. */
async function usualDistance(
  { engine }: RunModel,
  rows: Float32Array,
  width: number,
  signal: AbortSignal,
): Promise<number> {
  const count = rows.length / width;
  const step = Math.max(1, Math.floor(count / sampled));
  const chosen = Array.from({ length: Math.min(sampled, count) }, (_, i) => i * step);
  const queries = new Float32Array(chosen.length * width);
  for (const [i, row] of chosen.entries()) queries.set(rows.subarray(row * width, (row + 1) * width), i * width);
  const near = await nearestRows(engine, queries, rows, width, { count: 2, signal });
  const distances = chosen
    .map((row, i) => near.distances[2 * i + (near.places[2 * i] === row ? 1 : 0)] ?? 0)
    .sort((a, b) => a - b);
  return distances[Math.floor((distances.length - 1) / 2)] ?? 0;
}

const blank: Picture = { width: 1, height: 1, channels: 1, bytes: Uint8Array.of(255) };
/** Side of what is kept of a picture that is to be drawn, in pixels. */
const smallSide = 224;

async function tilePicture(stream: PictureStream, place: number, signal: AbortSignal): Promise<Picture> {
  await pause(signal);
  const picture = await stream.picture(place);
  return picture === undefined ? blank : shrinkPicture(picture.original, smallSide);
}

function captionOf({ picture, class: of }: FoundPicture, what: string): readonly [string, string] {
  return [[what, ...(of === undefined ? [] : [of])].filter((word) => word !== "").join(" · "), basename(picture)];
}

async function drawRows(
  file: string,
  rows: Parameters<typeof import("../report/found.js").renderFound>[0]["rows"],
  hasQueries: boolean,
  title: string,
  subtitle: string,
  { report, signal }: TaskContext,
): Promise<void> {
  report({ done: 0, of: 1, what: `drawing ${file}` });
  const { renderFound } = await import("../report/found.js");
  writeResult(file, await renderFound({ title, subtitle, hasQueries, rows }, signal));
}

/** CSV: a line for each neighbour, or for each picture of a group. */
export function findLines({ queries, duplicates }: FindResult): string[] {
  if (duplicates !== undefined) {
    return [
      "group,distance,picture,class",
      ...duplicates.groups.flatMap(({ distance, pictures }, i) =>
        pictures.map((one) => [i + 1, distance, one.picture, one.class ?? ""].map(csvCell).join(",")),
      ),
    ];
  }
  return [
    "query,queryClass,rank,distance,picture,class",
    ...queries.flatMap((query) =>
      query.nearest.map((one, rank) =>
        [query.picture, query.class ?? "", rank + 1, one.distance, one.picture, one.class ?? ""].map(csvCell).join(","),
      ),
    ),
  ];
}
