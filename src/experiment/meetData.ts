// An experiment meets pictures of another shape than it was written for: the pictures are brought to a model that says its input,
// and a model that says none is brought to the pictures. What was done is in the experiment that comes out.
import { UserError } from "../base/errors.js";
import { timesText } from "../base/text.js";
import { optionsFor, type SourceSpec, sourceSpecFor } from "../data/descriptions/index.js";
import { type Shape, sameShape } from "../tensor/index.js";
import { adaptModel } from "./adapt.js";
import { checkShape, type ReadExperiment, type ResolvedExperiment, resolve, rewritten } from "./resolved.js";
import type { Spec } from "./schema.js";

/** An experiment and its data, fitted to one another. */
export interface Met {
  /** `experiment.data` says what is done to the pictures, `experiment.model` every layer. */
  readonly resolved: ResolvedExperiment;
  /** What came and what was done, a sentence each; none where everything fits. */
  readonly notes: readonly string[];
}

export interface MeetOptions {
  /** Change neither pictures nor layers: what does not fit is refused. Default false. */
  readonly exact?: boolean;
}

/**
 * The experiment fitted to its data, by a look at them instead of opening them.
 * @param source see `Source.look`
 * @returns undefined where the look does not tell what the pictures are, and the data have to be opened
 * @throws UserError where they can't be fitted, or with `exact` where they do not fit
 */
export async function meetByLook(
  read: ReadExperiment,
  source: { look(): Promise<readonly Shape[]> },
  { exact = false }: MeetOptions = {},
): Promise<Met | undefined> {
  const shapes = await source.look();
  const [first] = shapes;
  const { input } = read.experiment.model;
  if (input === undefined)
    return shapes.length === 1 && first !== undefined ? meetModel(read, first, exact) : undefined;
  if (exact || first === undefined) {
    // What cannot be told is told when the data are opened.
    if (first === undefined && !exact) return undefined;
    return { resolved: resolve(read, shapes.find((shape) => sameShape(shape, input)) ?? first), notes: [] };
  }
  const { data, isFitting } = fitData({ data: read.experiment.data, source: read.source }, shapes, input);
  const notes = isFitting ? [] : [trainingNote(first, input)];
  return { resolved: resolve(rewritten(read, { ...read.experiment, data }), input), notes };
}

/**
 * Data whose pictures become what a model takes.
 * @param given as written, and read
 * @param shapes what a look at them told, at least one
 * @param input [channel, height, width]
 * @returns the data as given where they fit as far as is known
 * @throws UserError where the model takes neither one channel nor three
 */
export function fitData(
  given: { readonly data: Spec; readonly source: SourceSpec },
  shapes: readonly Shape[],
  input: Shape,
): { readonly data: Spec; readonly isFitting: boolean } {
  const { data, source } = given;
  const [first = input] = shapes;
  const isFitting = shapes.some((shape) => sameShape(shape, input));
  // Of a folder a look tells the first picture alone: the others are brought to the model's shape too.
  const isSettled =
    source.shape !== undefined ||
    Object.keys(optionsFor(source.name, input)).every(
      (option) => option === "shape" || source.options[option] !== undefined,
    );
  if (isFitting && isSettled) return { data, isFitting };
  if (input[0] !== 1 && input[0] !== 3) checkShape(input, first);
  return { data: sourceSpecFor(data, input, source.at), isFitting };
}

/**
 * The experiment fitted to data that are open.
 * @param shape [channel, height, width] of the pictures. Where `resolved.model.inputShape` is another, they are to be brought to it
 *   by `fitted` (data room): `experiment.data` says so
 * @throws UserError as `meetByLook`
 */
export function meetOpened(read: ReadExperiment, shape: Shape, { exact = false }: MeetOptions = {}): Met {
  const { input } = read.experiment.model;
  if (input === undefined) return meetModel(read, shape, exact);
  if (exact || sameShape(shape, input) || (input[0] !== 1 && input[0] !== 3)) {
    return { resolved: resolve(read, shape), notes: [] };
  }
  return { resolved: resolve(withShape(read, input), input), notes: [trainingNote(shape, input)] };
}

/** The model built on pictures of that shape; adapted where its decoder gives another back. */
function meetModel(read: ReadExperiment, shape: Shape, exact: boolean): Met {
  try {
    return { resolved: resolve(read, shape), notes: [] };
  } catch (error) {
    const adapted = exact || !(error instanceof UserError) ? undefined : adaptModel(read.experiment.model, shape);
    if (adapted === undefined) throw error;
    const { model, changes } = adapted;
    const input = model.inputShape;
    const isSame = sameShape(input, shape);
    const changed = { ...read, experiment: { ...read.experiment, model: model.spec } };
    const what = `the model takes its input from the pictures, ${timesText(shape)}`;
    const notes = [
      ...(changes.length === 0 ? [] : [`${what}: ${changes.join("; ")} (all layers are in experiment.yaml)`]),
      ...(isSame ? [] : [`${fitText(shape, input)}, the nearest that its layers give back`]),
    ];
    return { resolved: resolve(isSame ? changed : withShape(changed, input), input), notes };
  }
}

/** With pictures that are brought to a shape after they have been opened. */
function withShape(read: ReadExperiment, shape: Shape): ReadExperiment {
  const { data } = read.experiment;
  const given = typeof data === "string" ? { source: data } : data;
  return rewritten(read, { ...read.experiment, data: { ...given, shape: [...shape] } });
}

/** What is said of pictures that are brought to what a model takes. */
export function fitNote(from: Shape, to: Shape): string {
  return `${fitText(from, to)}, as the model takes them and as restore does (--exact refuses)`;
}

/** The same before a training, which might as well adapt the model. */
function trainingNote(from: Shape, to: Shape): string {
  return `${fitText(from, to)}, as the model takes them and as restore does (--exact refuses, --set model.input=null adapts the layers instead)`;
}

/**
 * What bringing pictures to another shape does: `the pictures are 3×40×30 and become 1×28×28: cut to the aspect of 28×28 about the
 * centre, made smaller, turned grey`.
 */
export function fitText(from: Shape, to: Shape): string {
  const [channels = 1, height = 1, width = 1] = from;
  const [wantedChannels = 1, wantedHeight = 1, wantedWidth = 1] = to;
  const isCut = height * wantedWidth !== width * wantedHeight;
  const scale = Math.max(wantedHeight / height, wantedWidth / width);
  const done = [
    ...(isCut ? ["cut about the centre"] : []),
    ...(scale === 1 ? [] : [scale < 1 ? "made smaller" : "enlarged"]),
    ...(channels === wantedChannels ? [] : [wantedChannels === 1 ? "turned grey" : "grey repeated to colour"]),
  ];
  return `the pictures are ${timesText(from)} and become ${timesText(to)}: ${done.join(", ")}`;
}
