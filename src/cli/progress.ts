// What a person sees of a training: a line an epoch, and on a terminal a bar that moves within the epoch.
import { countText, durationText, epochsText, withThousands } from "../base/text.js";
import { figureText, shownFigure } from "../report/figures.js";
import type { Figures, TrainingEvent } from "../training/events.js";
import type { Output, Style } from "./terminal.js";

type EventOf<Kind extends TrainingEvent["kind"]> = Extract<TrainingEvent, { kind: Kind }>;

export interface ProgressOptions {
  readonly output: Output;
  readonly style: Style;
  /** Put before each line of figures: `quick` when the figures come from a shortened training. */
  readonly mark?: string;
}

/** A function that shows each event as it comes. Only a terminal gets the moving bar; a file gets lines. */
export function trainingProgress({ output, style, mark = "" }: ProgressOptions): (event: TrainingEvent) => void {
  const prefix = mark === "" ? "" : `${mark}  `;
  let epochs = 1;
  let barIsShown = false;
  let hasPreview = false;

  const clearBar = () => {
    if (barIsShown) output.write("\r\u001b[K");
    barIsShown = false;
  };
  const line = (text: string) => {
    clearBar();
    output.write(`${text}\n`);
  };
  return (event) => {
    switch (event.kind) {
      case "preparing":
        if (!output.isTerminal) break;
        output.write(`\r\u001b[K${preparingLine(event, output.columns - 1)}`);
        barIsShown = true;
        break;
      case "started":
        epochs = event.epochs;
        for (const text of startLines(event)) line(text);
        break;
      case "phase":
        line(
          style.dim(
            `phase ${event.phase + 1}, ${event.name}: ${countText(event.epochs, "epoch")}, batches of ${event.batchSize}`,
          ),
        );
        break;
      case "step":
        if (!output.isTerminal) break;
        // One write for erasing and drawing, so that nothing flickers.
        output.write(`\r\u001b[K${barLine(event, epochs, output.columns - 1, prefix)}`);
        barIsShown = true;
        break;
      case "epoch":
        line(epochLine(event, epochs, output.isTerminal ? output.columns : usualColumns, prefix));
        break;
      case "warning":
        line(style.yellow(`warning: ${event.message}`) + (event.hint === undefined ? "" : `\n  ${event.hint}`));
        break;
      case "note":
        line(event.message);
        break;
      case "intervened":
        if (event.intervention.command === "setEpochs") epochs = wholeEpochs(event.intervention.epochs);
        line(interventionText(event));
        break;
      case "preview":
        // An epoch has its line; its sheet needs none.
        if (event.isKept === true) break;
        // The file stays in its place and is drawn anew.
        if (!hasPreview) line(`first look: ${event.path}`);
        hasPreview = true;
        break;
      case "checkpoint":
        break;
      case "finished":
        clearBar();
        break;
    }
  };
}

/** The last epoch of a phase may be a part of one. */
function wholeEpochs(epochs: readonly number[]): number {
  return epochs.reduce((sum, value) => sum + Math.ceil(value), 0);
}

function interventionText({ intervention, why }: EventOf<"intervened">): string {
  const at = `at step ${withThousands(intervention.step)}${why === undefined ? "" : ` (${why})`}`;
  if (intervention.command === "setLearningRate")
    return `learning rate set to ${rateText(intervention.learningRate)} ${at}`;
  if (intervention.command === "setThreads") return `computes in ${countText(intervention.threads, "thread")} ${at}`;
  return `trains for ${epochsText(intervention.epochs)} ${at}`;
}

function startLines(event: EventOf<"started">): string[] {
  const { engine } = event;
  const facts = [engine.library, engine.instructionSet, countText(engine.threads, "thread")].filter(
    (text) => text !== undefined,
  );
  return [
    `${event.name}: ${withThousands(event.parameters)} parameters, minimises ${event.formula}`,
    `${withThousands(event.trainImages)} training and ${withThousands(event.testImages)} test images, ` +
      `${countText(event.epochs, "epoch")} of ${countText(event.stepsPerEpoch, "step")}`,
    `engine ${engine.name} (${facts.join(", ")})`,
    event.resumed ? `goes on in ${event.run} from step ${withThousands(event.fromStep)}` : `run folder ${event.run}`,
  ];
}

/** What a line in a file may have. */
const usualColumns = 80;

/**
 * `epoch  3/80  train mse 0.00912  test 0.00801  rate 4.1e-3  5,357 images/s  left 12 min`. Where that is wider than
 * `columns`, the learning rate goes, then the images a second.
 */
export function epochLine(
  { record, timing, secondsLeft, secondsSpent }: EventOf<"epoch">,
  epochs: number,
  columns = usualColumns,
  prefix = "",
): string {
  const figure = shownFigure(record.test);
  const name = figure === "objective" ? "loss" : figure;
  const value = (figures: Figures) => figureText(figures[figure] ?? Number.NaN);
  const rate = `rate ${rateText(record.learningRate)}`;
  const speed = `${withThousands(Math.round(timing.imagesPerSecond))} images/s`;
  const parts = (more: readonly string[]): string =>
    [
      prefix + epochText(record.epoch, epochs),
      `train ${name} ${value(record.train)}`,
      ...(record.validation === undefined ? [] : [`validation ${value(record.validation)}`]),
      `test ${value(record.test)}`,
      ...more,
      record.epoch >= epochs ? `took ${durationText(secondsSpent)}` : `left ${durationText(secondsLeft)}`,
    ].join("  ");
  return [[rate, speed], [speed]].map(parts).find((line) => line.length <= columns) ?? parts([]);
}

/** `reading pictures  ━━━━━━━───────  1,234/10,000  850 a second`, cut to `columns`; without a bar where nobody knows how many. */
export function preparingLine({ done, of, what, perSecond }: EventOf<"preparing">, columns: number): string {
  const parts =
    of === 0
      ? [what, `${withThousands(done)} so far`]
      : [what, bar(done / of, 20), `${withThousands(done)}/${withThousands(of)}`];
  if (perSecond !== undefined) parts.push(`${withThousands(Math.round(perSecond))} a second`);
  return parts.join("  ").slice(0, Math.max(0, columns));
}

function bar(part: number, room: number): string {
  const done = Math.round(room * part);
  return `${"━".repeat(done)}${"─".repeat(room - done)}`;
}

/** `epoch  3/80  ━━━━━━━─────  1,024/1,875  loss 0.0123  5,300 images/s  left 12 min`, cut to `columns`. */
export function barLine(event: EventOf<"step">, epochs: number, columns: number, prefix = ""): string {
  const steps = withThousands(event.stepsPerEpoch);
  const before = `${prefix}${epochText(event.epoch, epochs)}  `;
  const after =
    `  ${withThousands(event.stepInEpoch).padStart(steps.length)}/${steps}` +
    `  loss ${figureText(event.objective)}` +
    `  ${withThousands(Math.round(event.imagesPerSecond))} images/s` +
    `  left ${durationText(event.secondsLeft)}` +
    (event.reading === undefined ? "" : `  pictures read ${percent(event.reading)}`);
  const room = Math.min(30, columns - before.length - after.length);
  if (room < 4) return (before + after.trimStart()).slice(0, Math.max(0, columns));
  return `${before}${bar(event.stepInEpoch / Math.max(1, event.stepsPerEpoch), room)}${after}`;
}

function percent({ done, of }: { readonly done: number; readonly of: number }): string {
  return `${Math.floor((100 * done) / Math.max(1, of))}%`;
}

function epochText(epoch: number, epochs: number): string {
  const all = String(epochs);
  return `epoch ${String(epoch).padStart(all.length)}/${all}`;
}

/** 0.0041 becomes "4.1e-3". */
export function rateText(rate: number): string {
  return rate === 0 ? "0" : rate.toExponential(1);
}
