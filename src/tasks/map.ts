// Draws the codes of pictures as points of a plane.
import { join } from "node:path";
import { z } from "zod";
import { UserError } from "../base/errors.js";
import { randomOrder } from "../base/random.js";
import { withThousands } from "../base/text.js";
import { readPixels } from "../data/imageStore.js";
import { parseYaml } from "../experiment/index.js";
import { neighbourMap, principalMap } from "../latent/index.js";
import { unitFromPixels } from "../pixels/index.js";
import { sizeOf } from "../tensor/index.js";
import { openCodeSpace, openData } from "./codeSpace.js";
import { defineTask } from "./define.js";
import { runModelOptions } from "./runModel.js";
import { checkPictures } from "./splitOf.js";
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
    on: z.enum(["test", "train", "validation"]).default("test").describe("which split's pictures"),
    data: z.string().optional().describe("take the pictures from this source instead").meta({ placeholder: "SPEC" }),
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
  async run(options, { report, signal }): Promise<MapResult> {
    const { method, seed, on, neighbours, minimumDistance } = options;
    const model = await openCodeSpace(options);
    try {
      const { splits, classes } = await openPictures(model, options.data, report);
      const at = options.data === undefined ? "data" : "--data";
      const set = splits[on];
      if (set === undefined) {
        throw new UserError(`the pictures have no ${on} split`, {
          at: "--on",
          hint: `There are ${Object.keys(splits).join(", ")}.`,
        });
      }
      checkPictures(model, set, at);
      const count = Math.min(options.count, set.count);
      const fewest = method === "umap" ? neighbours + 1 : 3;
      if (count < fewest) {
        throw new UserError(`a map needs ${fewest} pictures, there are ${count}`, {
          at,
          hint: method === "umap" ? "Take fewer --neighbours, or --method pca." : "Take a source with more.",
        });
      }
      // By lot, for the first ones may be of one class or easier than others.
      const chosen = randomOrder(set.count, seed, "sample", 0).slice(0, count).sort();
      const codeSize = sizeOf(model.model.codeShape);
      const codes = new Float32Array(count * codeSize);
      for (const [place, image] of chosen.entries()) {
        if (place % 100 === 0) {
          signal.throwIfAborted();
          report({ done: place, of: count, what: "encoding pictures" });
        }
        codes.set(await model.encode(unitFromPixels(readPixels(set, image, 1))), place * codeSize);
      }
      const principal = method === "pca" ? principalMap(codes, codeSize) : undefined;
      const points =
        principal?.points ??
        (await neighbourMap(codes, codeSize, {
          ...{ neighbours, minimumDistance, seed },
          progress: (done) => {
            signal.throwIfAborted();
            report({ done: Math.round(done * count), of: count, what: "laying out the map" });
          },
        }));
      const { labels } = set;
      const file = options.out ?? join(model.run.path, "images", `map-${method}-${on}-${seed}.png`);
      const { renderCodeMap } = await import("../report/codeMap.js");
      const percent = (axis: 0 | 1): string => `${(100 * (principal?.shares[axis] ?? 0)).toFixed(1)}% of the variance`;
      writeResult(
        file,
        renderCodeMap({
          title: `${model.experiment.name}: codes of ${withThousands(count)} ${on} images`,
          subtitle:
            principal === undefined
              ? `UMAP of ${codeSize} numbers: neighbours stay together, other distances mean nothing (seed ${seed})`
              : `the two principal components of ${codeSize} numbers`,
          points,
          ...(labels === undefined ? {} : { labels: Array.from(chosen, (image) => labels[image] as number), classes }),
          ...(principal === undefined
            ? {}
            : { axes: [`first component, ${percent(0)}`, `second component, ${percent(1)}`] as const }),
        }),
      );
      return {
        file,
        ...{ method, split: on, seed },
        ...(principal === undefined ? {} : { shares: principal.shares }),
        points: Array.from(chosen, (image, i) => {
          const label = labels?.[image];
          return {
            image,
            ...(label === undefined ? {} : { class: classes?.[label] ?? String(label) }),
            x: points[2 * i] as number,
            y: points[2 * i + 1] as number,
          };
        }),
      };
    } finally {
      model.dispose();
    }
  },
});

async function openPictures(
  model: Awaited<ReturnType<typeof openCodeSpace>>,
  data: string | undefined,
  report: Parameters<typeof openData>[1]["report"],
) {
  if (data === undefined) return await openData(model, { report });
  const { readSource } = await import("../data/sources/index.js");
  return await readSource(parseYaml(data, "--data"), "--data").open({ progress: report });
}
