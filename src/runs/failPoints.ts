// Named moments at which a test can kill the process, to prove that no kill loses or changes a run. They do nothing
// unless ISTHMUS_FAIL_AT names one: `checkpoint:state.json:within`, or `step#137` for the 137th time it is reached.

const wanted = process.env.ISTHMUS_FAIL_AT;
const [wantedName, wantedHit] = wanted === undefined ? [] : [wanted.split("#")[0], Number(wanted.split("#")[1] ?? 1)];
let hits = 0;

/** Kills this process at once (SIGKILL: no handler, no clean-up) if it is the moment that ISTHMUS_FAIL_AT names. */
export function failPoint(name: string): void {
  if (wantedName === undefined || name !== wantedName) return;
  hits += 1;
  if (hits !== wantedHit) return;
  process.kill(process.pid, "SIGKILL");
  // The signal may reach the other threads first: nothing more may happen in this one.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

const writes = ["model.safetensors", "optimizer.safetensors", "state.json", "last.json", "best.json"];

/** Every fail point of a checkpoint's way to the disk, in order. */
export const checkpointFailPoints: readonly string[] = [
  "metrics:before",
  "metrics:within",
  "metrics:after",
  ...writes
    .slice(0, 3)
    .flatMap((file) => [`checkpoint:${file}:before`, `checkpoint:${file}:within`, `checkpoint:${file}:after`]),
  "checkpoint:folder:before",
  "checkpoint:folder:after",
  ...writes
    .slice(3)
    .flatMap((file) => [
      `checkpoint:${file}:before`,
      `checkpoint:${file}:within`,
      `checkpoint:${file}:after`,
      `checkpoint:${file}:renamed`,
    ]),
  "checkpoint:cleanup:before",
  "checkpoint:cleanup:after",
];
