// What stands for an entry in code: the data that a file has, with each entry's own options as its type.
import type {
  BareLayer,
  BareLoss,
  BareOptimizer,
  BareSchedule,
  BareTransform,
  LayersByName,
  LossesByName,
  MetricName,
  OptimizersByName,
  SchedulesByName,
  TransformsByName,
} from "./options.js";

/** Exactly one entry under its name: `{ adam: { learningRate: 0.001 } }`. */
type OneOf<ByName> = {
  readonly [Name in keyof ByName]: { readonly [Key in Name]: ByName[Name] } & {
    readonly [Other in Exclude<keyof ByName, Name>]?: never;
  };
}[keyof ByName];

declare const kindOfOwn: unique symbol;
/** An entry that `defineLayer` and its like have made, with its options. */
export type OwnSpec<Kind extends string> = { readonly [kindOfOwn]: Kind };

/** A layer as data; `layers` makes them: `layers.conv2d({ channels: 16, kernel: 3 })`, `"elu"`. */
export type LayerSpec = BareLayer | OneOf<LayersByName> | OwnSpec<"layer">;
/** What training makes small: `"mse"`, `{ huber: { delta: 0.5 } }`. */
export type LossSpec = BareLoss | OneOf<LossesByName> | OwnSpec<"loss">;
/** How the weights follow the gradients: `"adam"`, `{ adam: { learningRate: 0.001 } }`. */
export type OptimizerSpec = BareOptimizer | OneOf<OptimizersByName> | OwnSpec<"optimizer">;
/** How the learning rate changes: `"oneCycle"`, `{ step: { every: 30 } }`. */
export type ScheduleSpec = BareSchedule | OneOf<SchedulesByName> | OwnSpec<"schedule">;
/** A change of the pictures: `"flip"`, `{ gaussianNoise: { sigma: 0.2 } }`. */
export type TransformSpec = BareTransform | OneOf<TransformsByName> | OwnSpec<"transform">;
/** A figure beside the objective. */
export type MetricSpec = MetricName | OwnSpec<"metric">;
/** Where pictures come from: `"mnist"`, `"folder:./digits"`, `{ source: "folder", path: "./digits", size: 64 }`. */
export type DataSpec = string | Readonly<Record<string, unknown>>;

/** Fields of every kind of model. */
interface ModelFields {
  /** [channel, height, width] of a picture (default: what the data has) */
  readonly input?: readonly [channel: number, height: number, width: number];
  /** layers from the picture to the code */
  readonly encoder: readonly LayerSpec[];
}
export interface AutoencoderFields extends ModelFields {
  /** layers from the code to the reconstruction, of the picture's shape */
  readonly decoder: readonly LayerSpec[];
}
export interface VariationalAutoencoderFields extends AutoencoderFields {
  /** numbers in the code */
  readonly code: number;
  /** weight of the KL divergence; a rise begins with what is easy, the reconstruction (default 1) */
  readonly beta?:
    | number
    | {
        /** weight at the first step (default 0) */
        readonly from?: number;
        /** weight from step `steps` on, and in evaluation (default 1) */
        readonly to?: number;
        /** training steps from one to the other, counted through all phases */
        readonly steps: number;
      };
  /** nats of KL divergence that each code unit may have at no cost, against codes that say nothing (default 0) */
  readonly freeBits?: number;
}
export interface SupervisedAutoencoderFields extends AutoencoderFields {
  /** classes that the labels count */
  readonly classes: number;
  /** weight of the labels' cross-entropy (nats) beside the reconstruction's loss (default 0.1) */
  readonly supervision?: number;
}
export type ClassifierFields = ModelFields;

/** A model as data: what an experiment has under `model`. */
export type ModelSpec =
  | ({ readonly kind: "autoencoder" } & AutoencoderFields)
  | ({ readonly kind: "variationalAutoencoder" } & VariationalAutoencoderFields)
  | ({ readonly kind: "supervisedAutoencoder" } & SupervisedAutoencoderFields)
  | ({ readonly kind: "classifier" } & ClassifierFields)
  | (OwnSpec<"kind of model"> & { readonly kind: string });
