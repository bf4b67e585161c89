// All that is told of a trained model on a set of images: its figures beside baselines, by class, size and severity, its own
// figures, and where it is worst.
import { countText, withThousands } from "../base/text.js";
import type { ImageSet, OpenSource } from "../data/define.js";
import type { Pca } from "../data/principalComponents/pca.js";
import type { Engine } from "../engines/engine.js";
import type { Decoding, RunModel, TrainedModel } from "../inference/index.js";
import { sizeOf } from "../tensor/index.js";
import { type MeanFigures, meanFigures } from "./figures.js";
import { type EvaluationGroup, groupsByClass, groupsBySize } from "./groups.js";
import { meanImageOf } from "./meanImage.js";
import { measure, measureSeverities, type ReconstructorName, type SeverityRow } from "./measure.js";
import { type OwnFigure, ownFigures } from "./ownFigures.js";
import { type VariationalFigures, variationalFigures } from "./variational.js";
import type { Watch } from "./watch.js";
import { type WorstImage, type WorstImages, worstImages } from "./worstImages.js";

/** Figures of one way to make reconstructions. */
export interface EvaluationRow extends MeanFigures {
  readonly what: ReconstructorName;
  /** For people: `PCA, 128 components`. */
  readonly title: string;
}

export interface SetEvaluation {
  readonly images: number;
  readonly codeSize: number;
  /** What corrupted the input, every option written down; empty where nothing did. */
  readonly corrupt: readonly unknown[];
  readonly evaluationSeed: number;
  /** The model first. */
  readonly rows: readonly EvaluationRow[];
  /** Nats a pixel: no reconstruction has a lower bce. */
  readonly entropyFloor: number;
  /** The model's bce less the floor, where it has one. */
  readonly bceExcess?: number;
  readonly classes: readonly EvaluationGroup[];
  /** Below and above two fifths of the picture; for sources that know the size of what they show. */
  readonly sizes: readonly EvaluationGroup[];
  readonly severities: readonly SeverityRow[];
  /** Of a variational model: nats an image, with one code drawn for each image. */
  readonly variational?: VariationalFigures;
  /** What a family without a posterior tells of itself beside pictures, as training evaluates it: parts of its objective, figures of its code. */
  readonly own: readonly OwnFigure[];
  readonly worst: readonly WorstImage[];
  /** Sentences about what could not be measured. */
  readonly notes: readonly string[];
}

const worstShown = 16;

/**
 * @param options.name what the model's row is called
 * @param options.made what the model is made of, where that is known; without it nothing of its family is told
 * @param options.training the pictures that it learned from, and names of classes; without them there is no baseline
 * @param options.principalComponents fits them to the training images
 * @throws AbortError; UserError for corruptions that do not fit the set
 */
export async function evaluateSet(options: {
  readonly model: TrainedModel & Decoding;
  readonly name: string;
  readonly made?: RunModel | undefined;
  readonly set: ImageSet;
  readonly training?: Pick<OpenSource, "splits" | "classes"> | undefined;
  /** Names of the set's classes; default: the training pictures'. */
  readonly classes?: readonly string[] | undefined;
  readonly corrupt: readonly unknown[];
  readonly seed: number;
  readonly severities: boolean;
  readonly principalComponents: (engine: Engine, train: ImageSet, count: number, watch: Watch) => Promise<Pca>;
  readonly watch: Watch;
}): Promise<{ readonly found: SetEvaluation; readonly worst: WorstImages | undefined }> {
  const { model, name, made, set, training, corrupt, seed, principalComponents, watch } = options;
  const codeSize = sizeOf(model.codeShape);
  const notes: string[] = [];
  const train = training?.splits.train;
  const classes = options.classes ?? training?.classes;
  const named = classes === undefined ? {} : { classes };

  const pca =
    made === undefined || train === undefined
      ? undefined
      : await pcaOf({ model: made, train, codeSize, notes, watch, principalComponents });
  const meanImage = pca?.mean ?? (train === undefined ? undefined : await meanImageOf(train, watch.signal));
  const measurement = { model, set, corrupt, seed, watch };
  const { figures, entropyFloor } = await measure({
    ...measurement,
    linear: pca === undefined || made === undefined ? undefined : { engine: made.engine, pca },
    ...(meanImage === undefined ? {} : { meanImage }),
    what: "images",
  });
  const modelFigures = meanFigures(figures.model);
  const rows = [
    ["model", `${name}, code of ${withThousands(codeSize)}`, figures.model],
    ["pca", `PCA of the clean images, ${countText(pca?.count ?? 0, "component")}`, figures.pca],
    ["pcaOfInput", `PCA of the corrupted input, ${countText(pca?.count ?? 0, "component")}`, figures.pcaOfInput],
    ["input", "the corrupted input itself", figures.input],
    ["meanImage", "the mean training image", figures.meanImage],
  ] as const;

  const severities = options.severities ? await measureSeverities(measurement) : [];
  const worst =
    made === undefined || training === undefined
      ? undefined
      : await worstImages({
          ...measurement,
          engine: made.engine,
          source: { splits: training.splits, ...named },
          figures: figures.model,
          count: worstShown,
        });
  const { posterior } = model;
  const variational =
    posterior === undefined ? undefined : await variationalFigures({ ...measurement, model: { ...model, posterior } });
  if (posterior !== undefined && variational === undefined) {
    notes.push("BCE can't be told: the model's pictures leave [0, 1]");
  }
  const own =
    posterior === undefined && made !== undefined
      ? await ownFigures({ ...measurement, model: made })
      : { figures: [], notes: [] };
  notes.push(...own.notes);
  const found: SetEvaluation = {
    images: set.count,
    codeSize,
    corrupt,
    evaluationSeed: seed,
    rows: rows.flatMap(([what, title, of]) => (of === undefined ? [] : [{ what, title, ...meanFigures(of) }])),
    entropyFloor,
    ...(modelFigures.bce === undefined ? {} : { bceExcess: modelFigures.bce - entropyFloor }),
    classes: groupsByClass(named, set, figures),
    sizes: groupsBySize(set, figures),
    severities,
    ...(variational === undefined ? {} : { variational }),
    own: own.figures,
    worst: worst?.images ?? [],
    notes,
  };
  return { found, worst };
}

async function pcaOf({
  model,
  train,
  codeSize,
  notes,
  watch,
  principalComponents,
}: {
  readonly model: RunModel;
  readonly train: ImageSet;
  readonly codeSize: number;
  readonly notes: string[];
  readonly watch: Watch;
  readonly principalComponents: (engine: Engine, train: ImageSet, count: number, watch: Watch) => Promise<Pca>;
}): Promise<Pca | undefined> {
  if (train.count < 2) {
    notes.push("principal components need two training images at least, so there is no PCA beside the model");
    return undefined;
  }
  const pictureSize = sizeOf(model.inputShape);
  if (codeSize >= pictureSize) {
    notes.push(
      `the code has ${withThousands(codeSize)} numbers and the picture ${withThousands(pictureSize)}: PCA of that size would be the picture itself, so there is none beside the model`,
    );
    return undefined;
  }
  const pca = await principalComponents(model.engine, train, codeSize, watch);
  if (pca.count < codeSize) {
    notes.push(
      `PCA has ${countText(pca.count, "component")}, fewer than the code's ${codeSize}: there are only ${countText(train.count, "training image")} of ${countText(pca.size, "value")}`,
    );
  }
  return pca;
}
