// A trained model opened from code: a `Model` and its state, computed by an engine that is handed in.
import { InternalError, UserError } from "../base/errors.js";
import { pause } from "../base/turns.js";
import { evaluationBatchSize, executablesByBatchSize } from "../engines/byBatchSize.js";
import type { Engine, Session, StateEntry } from "../engines/engine.js";
import { decodeProgram, encodeProgram, type Model, posteriorProgram, reconstructProgram } from "../nn/index.js";
import { type Program, sizeOf } from "../tensor/index.js";
import type { Preprocessing } from "../training/metadata.js";
import { type Abortable, scoring, type TrainedModel } from "./trainedModel.js";

/** A trained model of which is known what it is made of. */
export interface EngineModel extends TrainedModel {
  /** Its decoder gives pixels; see `pictureModel`. */
  readonly model: Model;
  /** Parameters and buffers. */
  readonly state: readonly StateEntry[];
  readonly engine: Engine;
}

/**
 * Opens a model in inference mode, in a session of its own. A program is compiled for each batch size that comes.
 * @param options.model one whose decoder gives pixels; `pictureModel` makes it of one that was trained on logits
 * @param options.state its parameters and buffers with their values, in any order
 * @param options.preprocessing how pictures are made ready for it. Default: the middle of the picture, in [0, 1]
 */
export async function openModel(options: {
  readonly engine: Engine;
  readonly model: Model;
  readonly state: readonly StateEntry[];
  readonly preprocessing?: Partial<Preprocessing> | undefined;
}): Promise<EngineModel> {
  const { engine, model, state, preprocessing = {} } = options;
  const { inputShape, codeShape } = model;
  const session = await engine.open(state);
  const inTurn = oneAtATime(session);
  const sizes = { input: sizeOf(inputShape), code: sizeOf(codeShape), reconstruction: sizeOf(inputShape) };
  const mapping = <const Name extends string>(
    programOf: (model: Model, batchSize: number) => Program,
    from: "input" | "code",
    to: "code" | "reconstruction",
    outputs: readonly Name[],
  ) => {
    const executableFor = executablesByBatchSize(session, (batchSize) => programOf(model, batchSize));
    const [fromSize, toSize] = [sizes[from], sizes[to]];
    return async (values: Float32Array, { signal }: Abortable = {}): Promise<Record<Name, Float32Array>> => {
      const count = values.length / fromSize;
      if (!Number.isInteger(count)) {
        throw new InternalError(`${values.length} numbers are no whole number of ${from}s of ${fromSize}`);
      }
      const results = outputs.map((name): [Name, Float32Array] => [name, new Float32Array(count * toSize)]);
      const batchSize = evaluationBatchSize(count);
      for (let start = 0; start < count; start += batchSize) {
        await pause(signal);
        const length = Math.min(batchSize, count - start);
        const some = values.subarray(start * fromSize, (start + length) * fromSize);
        await inTurn.run(async () => {
          const { executable } = await executableFor(length);
          const found = await executable.run({ [from]: some });
          // Outputs hold until the executable runs again, which others may ask for.
          for (const [name, all] of results) {
            const result = found[name];
            if (result === undefined) throw new InternalError(`the program gave no ${name}`);
            all.set(result, start * toSize);
          }
        });
      }
      return Object.fromEntries(results) as Record<Name, Float32Array>;
    };
  };
  const encode = mapping(encodeProgram, "input", "code", ["code"]);
  return {
    ...{ model, state, engine, kind: model.spec.kind, inputShape, codeShape, preprocessing, notes: [] },
    encode: async (images, how) => (await encode(images, how)).code,
    ...(model.posterior === undefined
      ? {}
      : { posterior: mapping(posteriorProgram, "input", "code", ["mean", "logVariance"]) }),
    ...(model.decode === undefined ? {} : decoding()),
    dispose: inTurn.dispose,
  };

  function decoding() {
    const decode = mapping(decodeProgram, "code", "reconstruction", ["reconstruction"]);
    const both = mapping(reconstructProgram, "input", "reconstruction", ["reconstruction"]);
    const reconstruct = async (images: Float32Array, how?: Abortable) => (await both(images, how)).reconstruction;
    return {
      decode: async (codes: Float32Array, how?: Abortable) => (await decode(codes, how)).reconstruction,
      reconstruct,
      score: scoring(reconstruct, sizes.input),
    };
  }
}

/** Work on a session one piece after the other, so that overlapping calls keep apart, and nothing computes in freed memory. */
function oneAtATime(session: Session) {
  let last: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  let isDisposed = false;
  return {
    run(work: () => Promise<void>): Promise<void> {
      waiting++;
      const done = last.then(async () => {
        if (isDisposed) throw new UserError("the model was disposed of before its work was done");
        await work();
      });
      last = done
        .catch(() => {})
        .then(() => {
          waiting--;
        });
      return done;
    },
    dispose(): void {
      isDisposed = true;
      if (waiting === 0) session.dispose();
      else void last.then(() => session.dispose());
    },
  };
}
