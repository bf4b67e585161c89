// Draws the codes of pictures as points of a plane.
import { join } from "node:path";
import { z } from "zod";
import { UserError } from "../base/errors.js";
import { randomOrder } from "../base/random.js";
import { withThousands } from "../base/text.js";
import { encodeImages } from "../evaluation/encodeImages.js";
import { principalMap } from "../latent/index.js";
import { sizeOf } from "../tensor/index.js";
import { openCodeSpace, openPictures, otherDataOptions } from "./codeSpace.js";
import { defineTask } from "./define.js";
import { neighbourMapInThread } from "./mapThread.js";
import { runModelOptions } from "./runModel.js";
import { checkPictures, splitNames, splitOf } from "./splitOf.js";
import { writeResult } from "./writeResult.js";

const methods = ["umap", "pca"] as const;
type Method = (typeof methods)[number];

export interface MapPoint {
  /** The picture's place in its split. */
  readonly image: number;
  /** Its class, where the pictures have any. */
  readonly class?: string;
  readonly x: number;
  readonly y: number;
}

export interface MapResult {
  /** The picture that was written. */
  readonly file: string;
  readonly method: Method;
  readonly split: string;
  readonly seed: number;
  /** Of PCA: the parts of the codes' variance along each axis, 0 to 1. */
  readonly shares?: readonly [number, number];
  readonly points: readonly MapPoint[];
  /** What was done to the pictures of `data`, and what they have to say. */
  readonly notes: readonly string[];
}

export const map = defineTask({
  name: "map",
  summary: "Draw the codes of pictures as points of a plane, coloured by class.",
  options: z.strictObject({
    run: z.string().describe("the folder of a run"),
    method: z
      .enum(methods)
      .default("umap")
      .describe("umap keeps neighbours together; pca is the plane in which the codes vary most"),
    count: z
      .int()
      .min(3)
      .max(60_000)
      .default(2000)
      .describe("how many pictures of the split, drawn by the seed; umap takes some seconds a thousand")
      .meta({ placeholder: "N" }),
    on: z.enum(splitNames).default("test").describe("which split's pictures"),
    data: z.string().optional().describe("take the pictures from this source instead").meta({ placeholder: "SPEC" }),
    ...otherDataOptions,
    neighbours: z
      .int()
      .min(2)
      .max(200)
      .default(15)
      .describe("of umap: how many neighbours of each code are kept near")
      .meta({ placeholder: "N" }),
    minimumDistance: z
      .number()
      .min(0)
      .max(1)
      .default(0.1)
      .describe("of umap: how near points may come")
      .meta({ placeholder: "X" }),
    seed: z
      .int()
      .min(0)
      .max(2 ** 32 - 1)
      .default(0)
      .describe("which pictures are drawn, and of umap's draws")
      .meta({ placeholder: "N" }),
    out: z
      .string()
      .regex(/\.png$/i, "expected a name that ends in .png")
      .optional()
      .describe("a .png file (default: map-….png among the run's images)")
      .meta({ placeholder: "FILE" }),
    ...runModelOptions,
  }),
  /** @throws UserError where there is no such run or split, too few pictures, or the picture can't be written */
  async run(options, context): Promise<MapResult> {
    const { method, seed, on, neighbours, minimumDistance } = options;
    const { report, signal } = context;
    const model = await openCodeSpace(options);
    try {
      const source = await openPictures(model, options, context);
      const at = options.data === undefined ? "data" : "--data";
      const set = splitOf(source, on);
      checkPictures(model, set, at);
      const { classes } = source;
      const count = Math.min(options.count, set.count);
      const codeSize = sizeOf(model.codeShape);
      checkCount(options, count, codeSize, at);
      // By lot, for the first ones may be of one class or easier than others.
      const images = randomOrder(set.count, seed, "sample", 0).slice(0, count).sort();
      const codes = await encodeImages(model, set, context, { images });
      const principal = method === "pca" ? await principalMap(codes, codeSize, signal) : undefined;
      const points =
        principal?.points ??
        (await neighbourMapInThread(codes, codeSize, {
          ...{ neighbours, minimumDistance, seed, signal },
          progress: (done) => report({ done: Math.round(done * count), of: count, what: "laying out the map" }),
        }));
      const { labels } = set;
      const file = options.out ?? join(model.run.path, "images", `map-${method}-${on}-${seed}.png`);
      const { renderCodeMap } = await import("../report/codeMap.js");
      const percent = (axis: 0 | 1): string => `${(100 * (principal?.shares[axis] ?? 0)).toFixed(1)}% of the variance`;
      writeResult(
        file,
        await renderCodeMap(
          {
            title: `${model.experiment.name}: codes of ${withThousands(count)} ${on} images`,
            subtitle:
              principal === undefined
                ? `UMAP of ${codeSize} numbers: neighbours stay together, other distances mean nothing (seed ${seed})`
                : `the two principal components of ${codeSize} numbers`,
            points,
            ...(labels === undefined
              ? {}
              : { labels: Array.from(images, (image) => labels[image] as number), classes }),
            ...(principal === undefined
              ? {}
              : { axes: [`first component, ${percent(0)}`, `second component, ${percent(1)}`] as const }),
          },
          signal,
        ),
      );
      return {
        file,
        ...{ method, split: on, seed },
        ...(principal === undefined ? {} : { shares: principal.shares }),
        points: Array.from(images, (image, i) => {
          const label = labels?.[image];
          return {
            image,
            ...(label === undefined ? {} : { class: classes?.[label] ?? String(label) }),
            x: points[2 * i] as number,
            y: points[2 * i + 1] as number,
          };
        }),
        notes: options.data === undefined ? [] : (source.notes ?? []),
      };
    } finally {
      model.dispose();
    }
  },
});

/** Beyond this UMAP's tables outgrow the memory that Node gives a program. */
const mostPairs = 2_000_000;

/** @throws UserError for fewer pictures than a map needs, and for more than UMAP has memory for */
function checkCount(
  options: { readonly method: Method; readonly count: number; readonly neighbours: number },
  count: number,
  codeSize: number,
  at: string,
): void {
  const { method, neighbours } = options;
  const fewest = method === "umap" ? neighbours + 1 : 3;
  if (count < fewest) {
    const isAsked = options.count < fewest;
    const what = method === "umap" ? `a map of ${neighbours} neighbours` : "a map";
    throw new UserError(`${what} needs ${fewest} pictures, ${isAsked ? "--count is" : "there are"} ${count}`, {
      at: isAsked ? "--count" : at,
      hint: method === "umap" ? "Take fewer --neighbours, or --method pca." : "Take more pictures.",
    });
  }
  if (method === "umap" && count * neighbours > mostPairs) {
    const most = Math.floor(mostPairs / neighbours);
    throw new UserError(`umap has no memory for ${withThousands(count)} pictures of ${neighbours} neighbours`, {
      at: "--count",
      hint: `Take at most ${withThousands(most)}, fewer --neighbours, or --method pca.`,
    });
  }
  if (count * codeSize > 2 ** 29) {
    throw new UserError(
      `codes of ${withThousands(codeSize)} numbers of ${withThousands(count)} pictures need too much memory`,
      {
        at: "--count",
        hint: `Take at most ${withThousands(Math.floor(2 ** 29 / codeSize))}.`,
      },
    );
  }
}
