import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { PictureFacts } from "../data/pictureFacts.js";
import { parseExperiment, readExperiment } from "./document.js";
import { madeText } from "./madeText.js";
import { type MachineSpeed, type MeasuredData, madeToMeasure, purposeNames, type Wishes } from "./madeToMeasure.js";
import { readDocument } from "./resolved.js";

const speed: MachineSpeed = { multiplicationsPerSecond: 2e10 };
const photographs: PictureFacts = {
  ...{ trained: 3000, tested: 0, size: [120, 160], sizes: 40, channels: 3, isGreyAll: false, transparent: 0 },
  ...{ kind: "photographs", isMirrored: true, isParted: false, secondsToOpen: 4 },
};
const folder = (facts: Partial<PictureFacts> = {}): MeasuredData => ({
  source: "folder",
  options: { path: "./my photos" },
  facts: { ...photographs, ...facts },
});
/** What the tests ask of a made document. */
interface Made {
  readonly name: string;
  readonly data: {
    readonly path?: string;
    readonly size?: readonly number[];
    readonly grey?: boolean;
    readonly split?: Readonly<Record<string, unknown>>;
    readonly classes?: Readonly<Record<string, unknown>>;
  };
  readonly loss: string;
  readonly initialise?: object;
  readonly model: Readonly<Record<string, unknown>> & { readonly kind: string; readonly input: readonly number[] };
  readonly phases: readonly [
    {
      readonly epochs: number;
      readonly batchSize: number;
      readonly sample?: { readonly times: number };
      readonly augment?: readonly Readonly<Record<string, unknown>>[];
      readonly corrupt?: readonly Readonly<Record<string, unknown>>[];
      readonly optimizer: { readonly soap: { readonly learningRate: number } };
    },
  ];
}
const make = (data: MeasuredData, wishes: Wishes = {}, machine = speed): Made =>
  madeToMeasure(data, wishes, machine).document as unknown as Made;
const codeOf = (data: MeasuredData, wishes: Wishes = {}): readonly number[] =>
  readDocument(make(data, wishes)).model?.codeShape ?? [];
const namesOf = (list: readonly object[] = []): string[] => list.flatMap((entry) => Object.keys(entry));

describe("an experiment made to measure", () => {
  it.each([
    ["a size that all share", { size: [28, 28], sizes: 1 }, [28, 28]],
    ["sides that nothing divides", { size: [25, 31], sizes: 1 }, [25, 31]],
    ["icons", { size: [16, 16], sizes: 1 }, [16, 16]],
    // 4,096 pixels of aspect 3:2 are 52 × 78; multiples of 8 next to them.
    ["a camera's pictures", { size: [2000, 3000], sizes: 1 }, [56, 80]],
    ["pictures of many sizes", { size: [122, 127], sizes: 599 }, [64, 64]],
    // No larger than nine tenths of them: 21 is rounded down.
    ["small ones of many sizes", { size: [21, 21], sizes: 9 }, [20, 20]],
    ["pictures of a single row", { size: [1, 40], sizes: 1 }, undefined],
  ] as const)("takes %s at a size that needs no enlarging", (_, facts, size) => {
    const made = make(folder(facts));
    if (size !== undefined) expect(made.data.size).toEqual(size);
    expect(made.data.size?.[0]).toBeLessThanOrEqual(facts.size[0]);
    expect(made.data.size?.[1]).toBeLessThanOrEqual(facts.size[1]);
  });

  it("takes larger pictures where there is more time, and the size that is asked for", () => {
    expect(make(folder({ size: [2000, 2000], sizes: 1 }), { minutes: 30 }).data.size).toEqual([96, 96]);
    expect(make(folder({ size: [2000, 2000], sizes: 1 }), { minutes: 120 }).data.size).toEqual([128, 128]);
    expect(make(folder(), { size: [33, 47] }).model.input).toEqual([3, 33, 47]);
  });

  it("turns grey what is grey all through, and what is asked for", () => {
    expect(make(folder({ isGreyAll: true })).data.grey).toBe(true);
    expect(make(folder({ channels: 1, isGreyAll: true })).model.input[0]).toBe(1);
    expect(make(folder()).data.grey).toBe(false);
    expect(make(folder(), { grey: true }).model.input[0]).toBe(1);
  });

  it("has a code near the root of a picture's numbers, and less where pictures are few", () => {
    // 1.1·√784 = 30.8; 1.1·√768 = 30.5; 1.1·√12288 = 122.
    expect(codeOf(folder({ size: [28, 28], sizes: 1, channels: 1, isGreyAll: true }))).toEqual([32]);
    expect(codeOf(folder({ size: [16, 16], sizes: 1 }))).toEqual([32]);
    expect(codeOf(folder({ size: [64, 64], sizes: 1 }))).toEqual([128]);
    // 40 of 50 are trained on, a quarter of them is 10.
    expect(codeOf(folder({ trained: 50 }))).toEqual([8]);
    expect(codeOf(folder(), { code: 77 })).toEqual([77]);
    expect(codeOf(folder({ size: [64, 64], sizes: 1 }), { purpose: "anomaly" })).toEqual([64]);
    expect(codeOf(folder({ size: [64, 64], sizes: 1 }), { purpose: "generate" })).toEqual([64]);
  });

  it("holds back a fifth of few pictures, and whole folders where each is a person or a thing", () => {
    expect(make(folder({ trained: 50 })).data.split).toEqual({ train: 0.8 });
    expect(make(folder()).data.split).toBeUndefined();
    const people = Array.from({ length: 400 }, (_, i) => `person ${i}`);
    expect(make(folder({ classes: people })).data.split).toEqual({ train: 0.9, by: "class" });
    expect(make(folder({ classes: ["cats", "dogs"] })).data.split).toBeUndefined();
    expect(make(folder({ trained: 50, tested: 10, isParted: true })).data.split).toBeUndefined();
  });

  it("mirrors what has no side of its own, and never strokes", () => {
    const augmented = (facts: Partial<PictureFacts>) => namesOf(make(folder(facts)).phases[0].augment);
    expect(augmented({ trained: 12_000 })).toEqual(["flip"]);
    expect(augmented({ trained: 1_000 })).toEqual(["flip", "randomAffine"]);
    expect(augmented({ trained: 1_000, isMirrored: false })).toEqual(["randomAffine"]);
    expect(augmented({ trained: 1_000, kind: "strokes" })).toEqual(["randomAffine"]);
    expect(augmented({ trained: 60_000 })).toEqual([]);
    expect(augmented({ trained: 60_000, kind: "strokes", isMirrored: false })).toEqual([]);
    // White paper stays white where a turned picture has ended.
    const [paper] = make(folder({ trained: 1_000, kind: "strokes", ground: 0.97 })).phases[0].augment ?? [];
    expect(paper).toMatchObject({ randomAffine: { fill: 0.97 } });
  });

  it.each([
    ["compress", "autoencoder", []],
    ["denoise", "autoencoder", ["gaussianNoise"]],
    ["upright", "autoencoder", ["rotate"]],
    ["inpaint", "autoencoder", ["mask"]],
    ["anomaly", "autoencoder", []],
    ["embed", "supervisedAutoencoder", ["gaussianNoise"]],
    ["generate", "variationalAutoencoder", []],
  ] as const)("is for %s an %s", (purpose, kind, corrupt) => {
    const made = make(folder({ classes: ["cats", "dogs"] }), { purpose });
    expect(made.model.kind).toBe(kind);
    expect(namesOf(made.phases[0].corrupt)).toEqual(corrupt);
    expect(made.name).toBe(purpose === "compress" ? "my-photos" : `my-photos-${purpose}`);
  });

  it("begins as principal components: trained of small pictures, kept of large ones, none of many large ones with time to learn", () => {
    const ways = (facts: Partial<PictureFacts>, multiplicationsPerSecond = 2e10) => {
      const { model, initialise } = make(folder(facts), {}, { multiplicationsPerSecond });
      const [first = {}] = model.encoder as readonly Readonly<Record<string, unknown>>[];
      return {
        isPrincipal: initialise !== undefined,
        ways: Object.hasOwn(first, "sum") ? namesOf(first.sum as readonly object[]) : Object.keys(first),
      };
    };
    const small = { size: [28, 28], sizes: 1, isGreyAll: true } as const;
    expect(ways({ ...small, trained: 50_000 })).toEqual({ isPrincipal: true, ways: ["sequential", "sequential"] });
    expect(ways({ trained: 3_000 })).toEqual({ isPrincipal: true, ways: ["frozen", "sequential"] });
    expect(ways({ trained: 9_000 })).toEqual({ isPrincipal: false, ways: ["conv2d"] });
    // A tenth of the speed leaves no thousand steps.
    expect(ways({ trained: 9_000 }, 5e8)).toEqual({ isPrincipal: true, ways: ["frozen", "sequential"] });
  });

  it("learns from what is normal alone where a folder is called so", () => {
    const faulty = { trained: 3000, classes: ["broken", "Good"], classCounts: [1000, 2000] };
    const made = madeToMeasure(folder(faulty), { purpose: "anomaly" }, speed);
    const { data } = made.document as unknown as Made;
    expect(data.classes).toEqual({ train: ["Good"] });
    // Nine tenths of the good ones to train; a tenth of all to test.
    expect(made.notes[0]).toContain("1,800 pictures to train and 300 to test");
    expect(make(folder(faulty)).data.classes).toBeUndefined();
    const parted = { classes: ["good", "broken"], isParted: true, tested: 20 };
    expect(make(folder(parted), { purpose: "anomaly" }).data.classes).toBeUndefined();
  });

  it("turns pictures upright by an angle that it finds", () => {
    const made = make(folder({ kind: "strokes", size: [28, 28], sizes: 1, isGreyAll: true }), { purpose: "upright" });
    expect(JSON.stringify(made.model.encoder)).toContain('"spatialTransformer":{"transform":"rotation"');
    expect(readDocument(made).model?.codeShape).toEqual([1, 28, 28]);
    // What is not changed must come out unchanged where nothing is to be added: the direct way is there.
    expect(JSON.stringify(made.model.decoder)).toMatch(/^\[\{"residual":.*"relu"\]$/);
  });

  it("measures drawn pictures by what their pixels are: ink or ground, or a brightness", () => {
    const strokes = make(folder({ kind: "strokes" }), { purpose: "generate" });
    expect([strokes.loss, strokes.model.beta]).toMatchObject(["bce", { to: 1 }]);
    // 2·0.1² weighs the divergence as nats of a normal distribution of σ 0.1.
    const photos = make(folder(), { purpose: "generate" });
    expect([photos.loss, photos.model.beta]).toMatchObject(["mse", { to: 0.02 }]);
  });

  it("is wider on a faster machine and with more time, and repeats few pictures within an epoch", () => {
    const cost = (minutes: number, machine: MachineSpeed) =>
      madeToMeasure(folder(), { minutes }, machine).multiplications;
    expect(cost(3, { multiplicationsPerSecond: 1e11 })).toBeGreaterThan(cost(3, { multiplicationsPerSecond: 1e9 }));
    expect(cost(9, speed)).toBeGreaterThan(cost(1, speed));
    const few = make(folder({ trained: 50 })).phases[0];
    expect(few.sample?.times).toBeGreaterThan(10);
    expect(few.epochs).toBeLessThanOrEqual(30);
    expect(make(folder({ trained: 200_000 })).phases[0].sample).toBeUndefined();
  });

  it("takes about the time there is, by the cost of what it does", () => {
    for (const trained of [50, 3_000, 60_000]) {
      const made = madeToMeasure(folder({ trained }), { minutes: 3 }, speed);
      const document = made.document as unknown as Made;
      const [{ epochs, sample }] = document.phases;
      // Parted, and of fewer than 5,000 another part held back to choose by.
      const share = trained < 500 ? 0.8 ** 2 : trained < 5_000 ? 0.9 ** 2 : 0.9;
      const images = epochs * (sample?.times ?? 1) * trained * share;
      const seconds = (images * made.multiplications) / (0.8 * speed.multiplicationsPerSecond);
      // 180 s, less what is kept back, starting and opening: 146 s; whole epochs and evaluations take up to a third of it.
      expect(seconds).toBeLessThan(150);
      expect(seconds).toBeGreaterThan(trained === 60_000 ? 60 : 95);
    }
  });

  it.each([
    [{ code: 40_000 }, {}, "--code", "a code of 40,000 numbers is larger than a picture of 3×56×72, which has 12,096"],
    [
      { code: 60 },
      { trained: 50 },
      "--code",
      "a code of 60 numbers needs more than so many pictures to train on, there are 32",
    ],
    [
      { code: 8, purpose: "denoise" },
      {},
      "--code",
      "a network to take noise out of pictures keeps places and has no code of a size to choose",
    ],
    [{ size: [0, 64] }, {}, "--size", "expected sides of 1 to 512 pixels, got 0×64"],
  ] as const)("refuses %o", (wishes, facts, at, message) => {
    expect(() => madeToMeasure(folder(facts), wishes as Wishes, speed)).toThrow(
      expect.objectContaining({ at, message }),
    );
  });

  it("refuses sizes and greys of sources that have none to choose", () => {
    const mnist: MeasuredData = {
      source: "mnist",
      options: {},
      facts: { ...photographs, size: [28, 28], isParted: true },
    };
    expect(() => madeToMeasure(mnist, { size: [32, 32] }, speed)).toThrow("have the size that they have, 28×28");
    expect(() => madeToMeasure(mnist, { grey: true }, speed)).toThrow("have the colours that they have");
  });

  it("is a model that builds, for pictures of any size, number and kind", () => {
    const facts = fc.record({
      trained: fc.integer({ min: 2, max: 200_000 }),
      size: fc.tuple(fc.integer({ min: 1, max: 260 }), fc.integer({ min: 1, max: 260 })),
      sizes: fc.constantFrom(1, 50),
      channels: fc.constantFrom(1 as const, 3 as const),
      kind: fc.constantFrom("strokes" as const, "drawings" as const, "photographs" as const),
      isMirrored: fc.boolean(),
    });
    fc.assert(
      fc.property(facts, fc.constantFrom(...purposeNames), fc.integer({ min: 8, max: 12 }), (some, purpose, power) => {
        const made = madeToMeasure(folder(some), { purpose }, { multiplicationsPerSecond: 10 ** power });
        const { model, experiment } = readDocument(made.document);
        const { input } = (made.document as unknown as Made).model;
        expect(model?.inputShape).toEqual(input);
        expect(experiment.phases[0]?.batchSize).toBeLessThanOrEqual(Math.max(1, some.trained - 1));
      }),
      { numRuns: 100, seed: 16 },
    );
  });

  it("is written as a file that reads as the same experiment, a reason above each choice", () => {
    for (const purpose of purposeNames) {
      const made = madeToMeasure(folder({ trained: 400, classes: ["a", "b"] }), { purpose }, speed);
      const text = madeText(made, "./schema.json");
      expect(parseExperiment(text, "made.yaml")).toEqual(readDocument(made.document).experiment);
      expect(readExperiment(text, "made.yaml").model).toBeDefined();
      expect(text.startsWith("# yaml-language-server: $schema=./schema.json\n# Made to measure: to ")).toBe(true);
      expect(text).not.toMatch(/[&*]a\d/);
      for (const line of text
        .split("\n")
        .filter((one) => one.trimStart().startsWith("#"))
        .slice(1)) {
        expect(line.trimStart().length).toBeLessThanOrEqual(122);
      }
      // Every reason has found its place.
      const words = text.replaceAll(/\n\s*# ?/g, " ");
      for (const { text: reason } of made.reasons) expect(words).toContain(reason);
    }
  });
});
