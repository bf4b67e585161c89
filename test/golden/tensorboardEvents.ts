// A run folder's tensorboard/, as a training of three epochs writes it that was stopped after the second one, whose checkpoint was that
// of the first: the files that make_tensorboard.py shows to TensorBoard. `node --import ./scripts/register-typescript.mjs
// test/golden/tensorboardEvents.ts` writes them.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { type BoardEvent, encodeBoardEvent } from "../../src/formats/tensorboard.js";
import { beginning, boardFileName, epochScalars } from "../../src/tasks/tensorboard.js";

/** A grey picture of 2×1, black and white, written by hand with zlib: encoders of other versions write other bytes. */
const png = Uint8Array.from(
  Buffer.from(
    "89504e470d0a1a0a0000000d4948445200000002000000010800000000d14920560000000b49444154789c6360f80f000102010042bebc680000000049454e44ae426082",
    "hex",
  ),
);

function epoch(number: number, begun: number): BoardEvent {
  const seconds = begun + 10 * number;
  return epochScalars({
    record: {
      ...{ kind: "epoch", phase: 0, epoch: number, step: 938 * number, images: 60_000 },
      learningRate: 0.001 / number,
      train: { objective: 1 / number, mse: 0.5 / number },
      test: { objective: 1.5 / number, mse: 0.75 / number, psnr: 20 + number },
    },
    timing: {
      ...{ epoch: number, seconds: 9, evaluationSeconds: 1, imagesPerSecond: 6000 + number, dataWaitSeconds: 0 },
      ...{ peakBytes: 1, time: new Date(1000 * seconds).toISOString() },
    },
  });
}

function image(number: number, seconds: number): BoardEvent {
  const place = { seconds, step: 938 * number, tag: "reconstructions" };
  return { kind: "image", ...place, width: 2, height: 1, channels: 1, png };
}

const first = 1_764_000_000;
const second = first + 100;

/** By file name. */
export const boardFiles: Readonly<Record<string, Uint8Array>> = {
  [boardFileName(first)]: file([
    ...beginning(first, 0),
    epoch(1, first),
    image(1, first + 11),
    // Beyond the checkpoint: trained again.
    epoch(2, first),
    image(2, first + 21),
  ]),
  [boardFileName(second)]: file([...beginning(second, 938), epoch(2, second), image(2, second + 21), epoch(3, second)]),
};

function file(events: readonly BoardEvent[]): Uint8Array {
  return Buffer.concat(events.map(encodeBoardEvent));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [name, bytes] of Object.entries(boardFiles)) {
    const path = fileURLToPath(new URL(`./fixtures/tensorboard/${name}`, import.meta.url));
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, bytes);
  }
}
