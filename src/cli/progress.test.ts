import { describe, expect, it } from "vitest";
import { durationText } from "../base/text.js";
import type { TrainingEvent } from "../training/events.js";
import { barLine, epochLine, preparingLine, rateText, trainingProgress } from "./progress.js";
import { styleFor } from "./terminal.js";

const step = {
  kind: "step",
  phase: 0,
  epoch: 3,
  stepInEpoch: 938,
  stepsPerEpoch: 1875,
  step: 4688,
  learningRate: 0.0041,
  objective: 0.012345,
  imagesPerSecond: 5300.4,
  secondsLeft: 720,
} as const satisfies TrainingEvent;

const events: readonly TrainingEvent[] = [
  {
    kind: "started",
    run: "runs/2026-11-22-mnist-conv-1",
    name: "mnist-conv",
    engine: { name: "onednn", library: "oneDNN 2.6.3", threads: 2, instructionSet: "avx512_core" },
    parameters: 194_499,
    formula: "mse(reconstruction, target)",
    epochs: 80,
    stepsPerEpoch: 1875,
    trainImages: 60_000,
    testImages: 10_000,
    fromStep: 0,
    resumed: false,
  },
  { kind: "phase", phase: 0, name: "plain", epochs: 80, batchSize: 32 },
  step,
  {
    kind: "epoch",
    record: {
      kind: "epoch",
      phase: 0,
      epoch: 3,
      step: 5625,
      learningRate: 0.0041,
      train: { objective: 0.009123, mse: 0.009123 },
      test: { objective: 0.0080149, mse: 0.0080149 },
      images: 60_000,
    },
    timing: {
      epoch: 3,
      seconds: 11.2,
      evaluationSeconds: 0.5,
      imagesPerSecond: 5357.1,
      dataWaitSeconds: 0,
      peakBytes: 0,
      time: "",
    },
    secondsLeft: 720,
    secondsSpent: 36,
  },
  { kind: "checkpoint", step: 5625, path: "runs/2026-11-22-mnist-conv-1/checkpoints/5625" },
  { kind: "warning", message: "data outside [0, 1]", hint: "Scale it." },
  { kind: "intervened", intervention: { step: 6000, command: "setLearningRate", learningRate: 0.001 } },
  { kind: "finished", reason: "done", run: "runs/2026-11-22-mnist-conv-1", step: 6000, seconds: 30 },
];

function shown({
  isTerminal,
  mark = "",
  columns = 100,
}: {
  isTerminal: boolean;
  mark?: string;
  columns?: number;
}): string {
  let text = "";
  const output = {
    write: (more: string) => {
      text += more;
    },
    isTerminal,
    columns,
  };
  const show = trainingProgress({ output, style: styleFor(output, { NO_COLOR: "1" }), mark });
  for (const event of events) show(event);
  return text;
}

describe("progress of a training", () => {
  it("in a file is a line for each thing that happened, and no bar", () => {
    expect(shown({ isTerminal: false })).toBe(`mnist-conv: 194,499 parameters, minimises mse(reconstruction, target)
60,000 training and 10,000 test images, 80 epochs of 1,875 steps
engine onednn (oneDNN 2.6.3, avx512_core, 2 threads)
run folder runs/2026-11-22-mnist-conv-1
phase 1, plain: 80 epochs, batches of 32
epoch  3/80  train mse 0.00912  test 0.00801  5,357 images/s  left 12 min
warning: data outside [0, 1]
  Scale it.
learning rate set to 1.0e-3 at step 6,000
`);
  });

  it("on a terminal has a bar that the epoch's line takes the place of", () => {
    const text = shown({ isTerminal: true });
    const bar = "epoch  3/80  ━━━━━━━━━━━━━━━───────────────    938/1,875  loss 0.0123  5,300 images/s  left 12 min";
    // 938 of 1,875 steps are 15 of 30 places.
    expect(text).toContain(`\r\u001b[K${bar}\r\u001b[Kepoch  3/80  train`);
  });

  it("marks the figures of a shortened training", () => {
    expect(shown({ isTerminal: false, mark: "quick" })).toContain("\nquick  epoch  3/80  train mse");
  });

  it("has no colours with NO_COLOR", () => {
    // The escape that clears the bar is not a colour.
    expect(shown({ isTerminal: true }).replaceAll("\u001b[K", "")).not.toContain("\u001b");
  });

  it("names the first picture once, and says what was changed and why", () => {
    let text = "";
    const output = { isTerminal: false, columns: 80, write };
    function write(more: string): void {
      text += more;
    }
    const show = trainingProgress({ output, style: styleFor(output, {}) });
    const picture = { kind: "preview", epoch: 1, path: "runs/a/images/reconstructions-latest.png" } as const;
    show({ ...picture, step: 200 });
    show({ ...picture, step: 400 });
    // An epoch has a line of its own already.
    show({ ...picture, step: 1500, path: "runs/a/images/epochs/000001.webp", isKept: true });
    show({ kind: "note", message: "12 epochs instead of 80 epochs" });
    const why = "slower than it was; 12 epochs would end 9.0 s too late";
    show({ kind: "intervened", intervention: { step: 1500, command: "setEpochs", epochs: [8, 2.25] }, why });
    show({ kind: "intervened", intervention: { step: 1600, command: "setThreads", threads: 1 } });
    expect(text).toBe(`first look: runs/a/images/reconstructions-latest.png
12 epochs instead of 80 epochs
trains for 10.3 epochs at step 1,500 (slower than it was; 12 epochs would end 9.0 s too late)
computes in 1 thread at step 1,600
`);
  });
});

describe("the line of an epoch", () => {
  const [epoch] = events.filter((event) => event.kind === "epoch");
  if (epoch === undefined) throw new Error("there is no epoch among the events");

  it("has the learning rate where there is room, and fits 80 columns with a validation split and a mark", () => {
    expect(epochLine(epoch, 80, 100)).toBe(
      "epoch  3/80  train mse 0.00912  test 0.00801  rate 4.1e-3  5,357 images/s  left 12 min",
    );
    const long = { ...epoch, record: { ...epoch.record, validation: { objective: 0.0081, mse: 0.0081 } } };
    expect(epochLine(long, 160, 80)).toBe(
      "epoch   3/160  train mse 0.00912  validation 0.00810  test 0.00801  left 12 min",
    );
  });

  it("says at the end what the whole training took", () => {
    expect(epochLine(epoch, 3)).toMatch(/ {2}took 36 s$/);
  });
});

describe("the bar", () => {
  it("never is wider than the terminal, whose line would wrap and never be erased", () => {
    for (let columns = 0; columns <= 200; columns++) {
      expect(barLine(step, 80, columns, "quick  ").length).toBeLessThanOrEqual(columns);
    }
  });

  it("says how many pictures are read where that goes on", () => {
    expect(barLine(step, 80, 150)).not.toContain("read");
    expect(barLine({ ...step, reading: { done: 4399, of: 10_000 } }, 80, 150)).toMatch(
      /left 12 min {2}pictures read 43%$/,
    );
  });
});

describe("times and rates", () => {
  it("are as people say them", () => {
    const seconds = [0, 4.26, 45.4, 89, 90, 720, 3600, 4800, Number.POSITIVE_INFINITY];
    expect(seconds.map(durationText)).toEqual([
      "0.0 s",
      "4.3 s",
      "45 s",
      "89 s",
      "2 min",
      "12 min",
      "1 h",
      "1 h 20 min",
      "?",
    ]);
    expect([0.0041, 2.04e-8, 0].map(rateText)).toEqual(["4.1e-3", "2.0e-8", "0"]);
  });
});

describe("what goes on before the first step", () => {
  it("has a bar, a count and a speed, or the count alone where the end is not known", () => {
    const reading = { kind: "preparing", done: 1500, of: 10_000, what: "reading pictures", perSecond: 849.6 } as const;
    // 0.15 of 20 signs are 3.
    expect(preparingLine(reading, 100)).toBe(
      `reading pictures  ${"━".repeat(3)}${"─".repeat(17)}  1,500/10,000  850 a second`,
    );
    expect(preparingLine(reading, 30)).toHaveLength(30);
    const looking = { kind: "preparing", done: 120_000, of: 0, what: "looking through ./pictures" } as const;
    expect(preparingLine(looking, 100)).toBe("looking through ./pictures  120,000 so far");
  });
});
