// TensorBoard's files beside a run's own, where somebody asks for them: what a training's events become there, and a file that grows.
import { sharp } from "../data/codec.js";
import { type BoardEvent, encodeBoardEvent } from "../formats/tensorboard.js";
import { diskFileSystem, openRun, type RunFolder } from "../runs/index.js";
import type { Figures, TrainingEvent } from "../training/events.js";

type EventOf<Kind extends TrainingEvent["kind"]> = Extract<TrainingEvent, { kind: Kind }>;

/**
 * An epoch's figures, each with its train and test beside one another (`mse/train`, `mse/test`), its learning rate and its speed, at the
 * step that the epoch ends with.
 */
export function epochScalars({ record, timing }: Pick<EventOf<"epoch">, "record" | "timing">): BoardEvent {
  const { train, trainEvaluated, validation, test } = record;
  const splits: Readonly<Record<string, Figures | undefined>> = { train, trainEvaluated, validation, test };
  const values = Object.keys({ ...test, ...train }).flatMap((figure) =>
    Object.entries(splits).flatMap(([split, figures]): [string, number][] => {
      const value = figures?.[figure];
      return value === undefined ? [] : [[`${figure}/${split}`, value]];
    }),
  );
  return {
    kind: "scalars",
    seconds: Date.parse(timing.time) / 1000,
    step: record.step,
    values: {
      ...Object.fromEntries(values),
      "training/learning rate": record.learningRate,
      "training/images per second": timing.imagesPerSecond,
    },
  };
}

/** How a file begins. TensorBoard reads the files of a folder in the order of their names, which begin with the time. */
export function beginning(seconds: number, fromStep: number): readonly BoardEvent[] {
  return [
    { kind: "version", seconds },
    { kind: "start", seconds, step: fromStep + 1 },
  ];
}

export function boardFileName(seconds: number): string {
  return `events.out.tfevents.${String(Math.floor(seconds)).padStart(10, "0")}.isthmus`;
}

/** Writes tensorboard/ of a run while it is trained. */
export interface Board {
  /** Hears every event of the training; what takes longer is done by `close`. */
  hear(event: TrainingEvent): void;
  close(): Promise<void>;
}

/**
 * @param time now, ISO 8601
 * @param warn told once why files are not written any more; the training goes on
 */
export function openBoard({
  time,
  warn,
}: {
  readonly time: () => string;
  readonly warn: (message: string) => void;
}): Board {
  let run: RunFolder | undefined;
  let file = "";
  let isOff = false;
  let turn: Promise<void> = Promise.resolve();
  const quietly = async (work: () => void | Promise<void>): Promise<void> => {
    if (isOff) return;
    try {
      await work();
    } catch (error) {
      isOff = true;
      warn(`TensorBoard's files are written no more: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  const add = (events: readonly BoardEvent[]): void => {
    for (const event of events) run?.files.append(file, encodeBoardEvent(event));
  };
  const begin = ({ run: path, fromStep }: EventOf<"started">): void => {
    run = openRun(diskFileSystem, path);
    const folder = run.files.join(path, "tensorboard");
    run.files.makeFolder(folder);
    let seconds = Date.parse(time()) / 1000;
    // A file of its own for each time that the training is taken up, also within a second.
    while (run.files.exists(run.files.join(folder, boardFileName(seconds)))) seconds += 1;
    file = run.files.join(folder, boardFileName(seconds));
    add(beginning(seconds, fromStep));
  };
  const addImage = async ({ path, step }: EventOf<"preview">): Promise<void> => {
    if (run === undefined) return;
    const seconds = Date.parse(time()) / 1000;
    const picture = sharp(Buffer.from(run.files.read(path)));
    const { data: png, info } = await picture.png().toBuffer({ resolveWithObject: true });
    const channels = info.channels === 1 ? 1 : 3;
    add([
      {
        kind: "image",
        seconds,
        step,
        tag: "reconstructions",
        ...{ width: info.width, height: info.height, channels, png },
      },
    ]);
  };
  return {
    hear(event) {
      turn = turn.then(() =>
        quietly(() => {
          if (event.kind === "started") begin(event);
          else if (event.kind === "epoch") add([epochScalars(event)]);
          // A sheet that has gone meanwhile was one of those that are not kept.
          else if (event.kind === "preview" && event.isKept === true && run?.files.exists(event.path))
            return addImage(event);
          return undefined;
        }),
      );
    },
    close: () => turn,
  };
}
