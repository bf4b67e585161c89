// The rules by which an experiment is made to measure: from what the pictures are, what they are wanted for, how fast this machine
// is and how long one has, to a whole experiment with a reason beside each choice. Every number of it stands here. Pure: a look at
// the pictures (data/lookOver.ts) and a few timed steps (tasks/madeToMeasure.ts) come in as data.
import { UserError } from "../base/errors.js";
import { countText, timesText, withThousands } from "../base/text.js";
import type { PictureFacts } from "../data/pictureFacts.js";
import {
  bentAlone,
  drawnCodes,
  keepsStraight,
  mending,
  type Network,
  type PictureShape,
  straightAndBent,
  turning,
} from "./madeNetworks.js";

/** What an autoencoder is wanted for. */
export const purposes = {
  compress: "keep each picture in a few numbers",
  denoise: "take noise out of pictures",
  upright: "turn pictures upright",
  inpaint: "fill in missing squares",
  anomaly: "find pictures that are unlike the others",
  embed: "codes by which like pictures are near each other",
  generate: "draw new pictures",
} as const;
export type Purpose = keyof typeof purposes;
export const purposeNames = Object.keys(purposes) as Purpose[];

/** What a person has asked for; the rest is chosen. */
export interface Wishes {
  /** Default compress. */
  readonly purpose?: Purpose | undefined;
  /** Numbers in the code. */
  readonly code?: number | undefined;
  /** [height, width] in pixels. */
  readonly size?: readonly [height: number, width: number] | undefined;
  /** Turn colour pictures grey. */
  readonly grey?: boolean | undefined;
  /** For everything, from the command to the end. Default `usualMinutes`. */
  readonly minutes?: number | undefined;
}

/** The pictures, as the experiment names them. */
export interface MeasuredData {
  /** `folder`, `mnist` … */
  readonly source: string;
  /** The source's options as they were written, `path` among them. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly facts: PictureFacts;
  /**
   * How many of the changes that the rules have for such pictures are kept, from the first: what a trial has told
   * (tasks/triedChanges.ts). Untried all of them.
   */
  readonly helpingChanges?: number | undefined;
}

/** How fast this machine trains: multiplications a second of a forward pass, the backward pass and the update included in the time. */
export interface MachineSpeed {
  readonly multiplicationsPerSecond: number;
}

export interface MadeExperiment {
  readonly purpose: Purpose;
  /** What an experiment file would say. */
  readonly document: Readonly<Record<string, unknown>>;
  /** Why: by the path into the document of what is explained. The empty path is for the whole. */
  readonly reasons: readonly { readonly path: readonly (string | number)[]; readonly text: string }[];
  /** Sentences for a person who does not read the file. */
  readonly notes: readonly string[];
  /** Multiplications of a picture, forward: what the speed of steps is counted in. */
  readonly multiplications: number;
}

/**
 * Three minutes are short enough to be tried at once, and enough for a first good result: on two cores about ten passes over MNIST.
 */
export const usualMinutes = 3;

/** Widths that are tried, from the widest: channels at half the picture's size. More than 64 gained nothing within the hour. */
const widths = [64, 48, 32, 24, 16, 12, 8] as const;
/** The width that the speed of a machine is measured with. */
export const measuredWidth = 24;

/** A batch: large enough to keep two cores busy, small enough that a few thousand pictures give many steps. */
const usualBatch = 64;
/** Where places are kept every pixel is an example of its own, so that fewer pictures make a good step. */
const mendingBatch = 16;

/** Below so many pictures each is changed anew every time it comes, for a network learns a thousand pictures by heart. */
const fewPictures = 5_000;
/** Mirrored faces still helped with twelve thousand of them; with more pictures a mirror image is one more to be learned. */
const fewToMirror = 20_000;
/** Below so many a tenth is too small a test, its error a matter of luck: a fifth is held back. */
const fewToTest = 500;

/**
 * Steps from which on a bent way alone is the better one of many large pictures. It must first find what components are given, and then
 * finds more: of 9,000 printed digits of 64×64 it left 0.0061 after 760 steps and fell by an eighth in the last 130 of them, where
 * beside components, which left 0.0058, it had gained nothing in 1,270.
 */
const aloneSteps = 1_000;

/** The share of few pictures that is held back to choose the best epoch by, a fifth where a tenth would be a matter of luck. */
function heldToChoose(trained: number, ways: Ways): number {
  if (ways === undefined || trained >= fewPictures) return 0;
  return trained < fewToTest ? 0.2 : 0.1;
}

/** Passes over the pictures that a training should have at least before a wider network is worth its time. */
const enoughPasses = 12;
/** Steps that it should have at least: fewer leave any network half-trained. */
const enoughSteps = 1_500;
/**
 * The learning rate with many pictures, and how many those are. With fewer it falls as their root, for what a step says of pictures
 * that are not there grows less sure with it: of 40 photographs a rate of 0.005 left the test error above principal components'
 * (0.0209 against 0.0199), 0.0005 below (0.0165). With fewer steps than are enough it falls as their root: what the first steps shake, the last must settle. Of 949 emoji 90 steps at
 * 0.0005 left more than principal components (0.0095 against 0.0093), at 0.0002 they did not.
 */
const [usualRate, manyPictures, lowestRate] = [0.005, 20_000, 0.0003];
/**
 * Sides of weights that SOAP turns the axes of, at most. Those of a code of 128 by ten thousand pixels cost more than all the rest of a
 * step (400 ms against 178 where they are left alone), those of smaller codes are worth it.
 */
const [largestTurned, mostTurnedCode] = [320, 100];
/** Adam's rate for what turns pictures: twelve thousand steps of it beat turning back by the true angle (presets/fashion-upright-best.yaml). */
const turningRate = 0.003;
/** Epochs that a training is told in: a line and a checkpoint each. */
const epochsTold = 24;

/** Of the minutes, what is kept for measuring, drawing and exporting at the end, and because a machine is not always as fast. */
const keptBack = 0.12;
/** Of the speed of timed steps, what a training reaches: batches are made, SOAP turns its axes now and then, checkpoints are written. */
const shareOfSpeed = 0.8;
/** Seconds until the first step beside opening: the engine, the program, principal components. */
const secondsToStart = 8;
/** An evaluated picture costs a third of a trained one: forward alone. */
const evaluationCost = 1 / 3;

/** The area of pictures by the time there is: twice the side takes four times as long. */
const areas = [
  { minutes: 10, pixels: 64 * 64 },
  { minutes: 60, pixels: 96 * 96 },
  { minutes: Number.POSITIVE_INFINITY, pixels: 128 * 128 },
] as const;
/** Pictures that share a size a little above that are kept as they are: every pixel is then one of the file's. */
const keptAbove = 1.3;
/** The longest picture: one of 4:1; what is longer is cut. */
const longestAspect = 4;
/** The largest side that may be asked for. */
const largestSide = 512;

/** Words of folders for what is normal, as data sets for finding faults have them. */
const normalNames = ["normal", "good", "ok", "okay", "healthy", "regular"];

/**
 * The experiment for these pictures.
 * @throws UserError for wishes that do not fit the pictures: a code larger than a picture, a size of a source that has none to choose
 */
export function madeToMeasure(data: MeasuredData, wishes: Wishes, speed: MachineSpeed): MadeExperiment {
  const purpose = wishes.purpose ?? "compress";
  const minutes = wishes.minutes ?? usualMinutes;
  const because = reasonList();
  const taken = takenPictures(data, { ...wishes, purpose, minutes }, because);
  const { shape, tested } = taken;
  const first = waysOf(purpose, shape, taken.trained);
  const held = heldToChoose(taken.trained, first);
  const trained = taken.trained - Math.round(held * taken.trained);
  const code = codeSize(shape, trained, { purpose, code: wishes.code });
  const changes = keptChanges(changesOf(data.facts, trained, purpose), data.helpingChanges);
  const seconds = 60 * minutes * (1 - keptBack) - secondsToStart - data.facts.secondsToOpen;
  const isPlaced = purpose === "denoise" || purpose === "inpaint";
  const batch = isPlaced ? mendingBatch : usualBatch;
  const planWith = (ways: Ways): Plan =>
    planOf((width) => networkOf(purpose, { shape, code: code.size, width, ways }), {
      ...{ trained, tested: tested + taken.trained - trained, seconds, speed, batch },
    });
  const [ways, plan] = (() => {
    const made = planWith(first);
    // From nothing there is a way to go; where there is no time for it, components are the better beginning.
    return first === "bent" && made.steps < aloneSteps
      ? (["kept", planWith("kept")] as const)
      : ([first, made] as const);
  })();

  because.at(["model"], modelReason(purpose, shape, plan.width, ways));
  const model = modelOf(purpose, plan.network, {
    shape,
    code: code.size,
    facts: data.facts,
    plan,
    ways,
    isAugmented: changes.augment.length > 0,
  });
  if (purpose !== "denoise" && purpose !== "upright" && purpose !== "inpaint") {
    because.at(["model", "input"], code.reason);
  }
  const isPrincipal = "initialise" in model.more;
  if (isPrincipal) because.at(["initialise"], principalReason(changes.augment.length > 0));
  because.at(["loss"], model.lossReason);
  if (held > 0) {
    because.at(["data", "validation"], "Held back from training, to choose by.");
    because.at(
      ["phases", 0, "keep"],
      "With so few pictures a network may learn them by heart: the epoch that is best on those held back counts.",
    );
  }
  because.at(["phases", 0, "epochs"], plan.epochsReason(minutes));
  if (plan.times > 1) {
    because.at(
      ["phases", 0, "sample"],
      `An epoch of ${countText(trained, "picture")} is over in no time: each comes ${withThousands(plan.times)} times, changed anew.`,
    );
  }
  because.at(["phases", 0, "optimizer"], optimizerReason(purpose, trained, ways));
  because.at(["phases", 0, "batchSize"], batchReason(plan.batchSize, isPlaced));
  if (changes.augment.length > 0) because.at(["phases", 0, "augment"], changes.augmentReason);
  if (changes.corrupt.length > 0) because.at(["phases", 0, "corrupt"], changes.corruptReason);
  const name = nameOf(data, purpose);
  because.at([], `Made to measure: to ${purposes[purpose]}, in ${countText(minutes, "minute")}. ${taken.sentence}`);

  const document = {
    version: 1,
    name,
    data: held === 0 ? taken.data : { ...taken.data, validation: held },
    model: model.spec,
    loss: model.loss,
    metrics: ["mse", "psnr", ...(Math.min(shape[1], shape[2]) >= 11 ? ["ssim"] : [])],
    ...model.more,
    phases: [
      {
        name: purpose,
        epochs: plan.epochs,
        batchSize: plan.batchSize,
        optimizer: {
          ...(purpose === "upright"
            ? { adam: { learningRate: turningRate } }
            : {
                soap: {
                  learningRate: rateFor(trained, plan.steps, ways),
                  refreshEvery: 25,
                  largestSide: code.size > mostTurnedCode ? mostTurnedCode : largestTurned,
                  average: 0.99,
                },
              }),
        },
        schedule: "oneCycle",
        ...(held === 0 ? {} : { keep: "best" }),
        ...(plan.times > 1 ? { sample: { times: plan.times } } : {}),
        ...(changes.augment.length > 0 ? { augment: changes.augment } : {}),
        ...(changes.corrupt.length > 0 ? { corrupt: changes.corrupt } : {}),
      },
    ],
    seed: 0,
    evaluationSeed: 0,
  };
  return {
    purpose,
    document,
    reasons: because.all(),
    notes: [
      taken.sentence,
      `to ${purposes[purpose]}: ${networkSentence(purpose, code.size, plan.width)}; ${plan.sentence}`,
      ...taken.notes,
    ],
    multiplications: plan.network.multiplications,
  };
}

function reasonList() {
  const reasons: { readonly path: readonly (string | number)[]; readonly text: string }[] = [];
  return {
    at(path: readonly (string | number)[], text: string): void {
      if (text !== "") reasons.push({ path, text });
    },
    all: () => reasons,
  };
}
type Reasons = ReturnType<typeof reasonList>;

interface TakenPictures {
  readonly shape: PictureShape;
  readonly trained: number;
  readonly tested: number;
  readonly data: Readonly<Record<string, unknown>>;
  readonly sentence: string;
  readonly notes: readonly string[];
}

/** Which pictures are taken, and at what size. */
function takenPictures(
  { source, options, facts }: MeasuredData,
  { purpose, size, grey, minutes }: Wishes & { readonly purpose: Purpose; readonly minutes: number },
  because: Reasons,
): TakenPictures {
  const notes: string[] = [];
  const chosen = { ...options };
  let { trained, tested } = facts;
  const [height, width] = sizeFor(facts, { source, size, minutes });
  const isFolder = source === "folder";
  if (!isFolder && size !== undefined && source !== "lfw" && source !== "printed-digits") {
    throw new UserError(`pictures of ${source} have the size that they have, ${timesText(facts.size)}`, {
      at: "--size",
      hint: "Leave it out; only a folder's pictures are resized.",
    });
  }
  const isGrey = facts.channels === 1 || grey === true || (isFolder && facts.isGreyAll);
  if (grey === true && facts.channels === 3 && !isFolder && source !== "printed-digits") {
    throw new UserError(`pictures of ${source} have the colours that they have`, {
      at: "--grey",
      hint: "Leave it out; only a folder's pictures are turned grey.",
    });
  }
  if (isFolder) {
    chosen.size = [height, width];
    because.at(["data", "size"], sizeReason(facts, [height, width], size !== undefined));
    chosen.grey = isGrey;
    because.at(
      ["data", "grey"],
      grey === true && !facts.isGreyAll
        ? "Asked for: one channel instead of three."
        : facts.channels === 1
          ? "All pictures are grey."
          : facts.isGreyAll
            ? "The files have colours, but hold nothing but grey: one channel instead of three."
            : "There are colours in the pictures.",
    );
  } else if (source === "printed-digits") {
    chosen.size = Math.max(28, Math.min(height, width));
    if (grey === true) chosen.grey = true;
  } else if (source === "lfw" && size !== undefined) chosen.size = [height, width];
  const normal = purpose === "anomaly" && isFolder && !facts.isParted ? normalClass(facts.classes) : undefined;
  if (normal !== undefined) {
    chosen.classes = { train: [normal] };
    because.at(
      ["data", "classes"],
      `Only pictures of ${normal} are learned: what is not normal shall come out badly. Tested is on all of them.`,
    );
    notes.push(`learns from ${normal} alone; isthmus evaluate says how well that tells the others`);
  } else if (purpose === "anomaly" && !facts.isParted) {
    notes.push(
      "learns from all pictures; leave those that are not normal in another folder, or put the normal ones into train/",
    );
  }
  if (isFolder && !facts.isParted && chosen.split === undefined) {
    const share = trained < fewToTest ? 0.8 : 0.9;
    const by = isOfSubjects(facts) && normal === undefined ? "class" : "image";
    const all = trained;
    tested = Math.min(all - 1, Math.max(1, Math.round(all * (1 - share))));
    trained = all - tested;
    if (normal !== undefined) {
      // Each class is parted by itself.
      const count = facts.classCounts?.[facts.classes?.indexOf(normal) ?? -1] ?? trained;
      trained = Math.max(1, Math.round(count * share));
    }
    if (share !== 0.9 || by !== "image") {
      chosen.split = { train: share, ...(by === "image" ? {} : { by }) };
      because.at(["data", "split"], splitReason(facts, share, by));
    }
  }
  const kinds = { strokes: "digits, writing or line drawings", drawings: "drawings", photographs: "photographs" };
  if (facts.transparent > 0) {
    notes.push(`${percent(facts.transparent)} of the pictures have transparent parts, which become black`);
  }
  const shape: PictureShape = [isGrey ? 1 : 3, height, width];
  const counts = `${withThousands(trained)} pictures to train and ${withThousands(tested)} to test`;
  return {
    shape,
    trained,
    tested,
    data: { source, ...chosen },
    sentence: `${counts}, taken as ${timesText(shape)}; they look like ${kinds[facts.kind]}.`,
    notes,
  };
}

/** The network's [height, width]. */
function sizeFor(
  facts: PictureFacts,
  { source, size, minutes }: { readonly source: string; readonly size: Wishes["size"]; readonly minutes: number },
): readonly [number, number] {
  if (size !== undefined) {
    if (size.some((side) => !Number.isInteger(side) || side < 1 || side > largestSide)) {
      throw new UserError(`expected sides of 1 to ${largestSide} pixels, got ${timesText(size)}`, {
        at: "--size",
        hint: "For example --size 64, or --size 48x64: height and width.",
      });
    }
    return size;
  }
  const [height, width] = facts.size;
  if (source !== "folder" && source !== "printed-digits") return facts.size;
  const aspect = Math.min(longestAspect, Math.max(1 / longestAspect, width / height));
  const most = (areas.find((area) => minutes < area.minutes) ?? areas[2]).pixels;
  if (facts.sizes === 1 && height * width <= keptAbove * most && aspect === width / height) return facts.size;
  const area = Math.min(height * width, most);
  const [fitted, across] = [Math.sqrt(area / aspect), Math.sqrt(area * aspect)];
  const unit = Math.min(fitted, across) < 32 ? 4 : 8;
  // Down where the pictures would otherwise be enlarged, but for those that are smaller than the unit.
  const side = (wanted: number, most: number): number => {
    const rounded = Math.round(wanted / unit) * unit;
    return Math.max(1, rounded > most ? Math.floor(most / unit) * unit || Math.floor(most) : rounded);
  };
  return [side(fitted, height), side(across, width)];
}

function sizeReason({ size, sizes }: PictureFacts, taken: readonly number[], isAsked: boolean): string {
  if (isAsked) return "Asked for: [height, width] in pixels.";
  if (sizes === 1 && timesText(size) === timesText(taken)) return "All pictures have this size, [height, width].";
  const shared =
    sizes === 1
      ? `All pictures are ${timesText(size)}`
      : `The pictures have ${sizes >= 500 ? "hundreds of" : withThousands(sizes)} sizes, and at most a tenth are smaller than about ${timesText(size)}`;
  return `${shared}. This keeps their aspect and needs no enlarging; twice the side would take four times as long. What is wider or higher is cut at its edges (fit: cover).`;
}

/** A class for each person or thing: many, and few pictures of each. */
function isOfSubjects({ classes, trained }: PictureFacts): boolean {
  return classes !== undefined && classes.length >= 20 && trained / classes.length < 20;
}

function splitReason({ classes = [] }: PictureFacts, share: number, by: "class" | "image"): string {
  const size = share === 0.9 ? "" : `With few pictures a fifth is held back, for the error of a handful would be luck.`;
  const whole =
    by === "image"
      ? ""
      : `${withThousands(classes.length)} folders with few pictures each are taken for persons or things: tested is on those that were never seen.`;
  return [size, whole].filter((text) => text !== "").join(" ");
}

function normalClass(classes: readonly string[] | undefined): string | undefined {
  if (classes === undefined || classes.length < 2) return undefined;
  return classes.find((name) => normalNames.includes(name.toLowerCase()));
}

/**
 * How many numbers a code has: a power of two near the root of a picture's numbers. What differs from picture to picture grows with
 * their side rather than with their area: 28 × 28 grey gives 32, 64 × 64 in colour 128, where principal components leave a tenth to
 * a fifth of the variance over.
 */
function codeSize(
  shape: PictureShape,
  trained: number,
  { purpose, code }: { readonly purpose: Purpose; readonly code: number | undefined },
): { readonly size: number; readonly reason: string } {
  const numbers = shape[0] * shape[1] * shape[2];
  if (isMending(purpose)) {
    if (code === undefined) return { size: 1, reason: "" };
    throw new UserError(`a network to ${purposes[purpose]} keeps places and has no code of a size to choose`, {
      at: "--code",
      hint: "Leave it out, or write the network by hand in the file that isthmus new writes.",
    });
  }
  if (code !== undefined) {
    if (code > numbers) {
      throw new UserError(
        `a code of ${withThousands(code)} numbers is larger than a picture of ${timesText(shape)}, which has ${withThousands(numbers)}`,
        {
          at: "--code",
          hint: `Choose at most ${withThousands(numbers)}; ${powerNear(Math.sqrt(numbers))} would suit.`,
        },
      );
    }
    if (purpose !== "generate" && code >= trained) {
      throw new UserError(
        `a code of ${withThousands(code)} numbers needs more than so many pictures to train on, there are ${withThousands(trained)}`,
        {
          at: "--code",
          hint: `Choose fewer, ${Math.max(1, Math.floor(trained / 4))} at most for anything to be learned, or add pictures.`,
        },
      );
    }
    return { size: code, reason: "The code's size was asked for." };
  }
  const whole = Math.min(256, Math.max(8, powerNear(1.1 * Math.sqrt(numbers))));
  // Half: what is unlike the rest must not have room, and fewer numbers are easier to draw. A quarter left too little room for what is
  // normal: digits cut from training were told from threes with an area of 0.973 by a code of 16, of 0.955 by 8 (docs/anomalies.md).
  const wanted =
    purpose === "anomaly"
      ? whole / 2
      : purpose === "generate"
        ? whole / 2
        : purpose === "embed"
          ? Math.min(64, whole)
          : whole;
  // Each number of a code needs some pictures to be learned from.
  const most = Math.max(1, 2 ** Math.floor(Math.log2(Math.max(1, trained / 4))));
  const size = Math.min(wanted, most, numbers);
  const less = {
    anomaly: ", and half of it where what is unlike the others shall have no room",
    generate: ", and half of it where codes are drawn",
    embed: ", and at most 64, by which neighbours are found quickly",
  } as const;
  const why =
    size < wanted
      ? `with ${countText(trained, "picture")} there is no more to be learned`
      : `near the root of a picture's ${withThousands(numbers)} numbers${purpose in less ? less[purpose as keyof typeof less] : ""}`;
  return { size, reason: `The code has ${countText(size, "number")}: ${why}.` };
}

function powerNear(value: number): number {
  return 2 ** Math.max(0, Math.round(Math.log2(Math.max(1, value))));
}

function isMending(purpose: Purpose): purpose is "denoise" | "upright" | "inpaint" {
  return purpose === "denoise" || purpose === "upright" || purpose === "inpaint";
}

interface Changes {
  readonly augment: readonly Readonly<Record<string, unknown>>[];
  readonly augmentReason: string;
  readonly corrupt: readonly Readonly<Record<string, unknown>>[];
  readonly corruptReason: string;
}

/** What is done to pictures in training. */
function changesOf(facts: PictureFacts, trained: number, purpose: Purpose): Changes {
  const { kind, isMirrored, ground = 0 } = facts;
  const augment: Readonly<Record<string, unknown>>[] = [];
  const reasons: string[] = [];
  const fill = Math.round(ground * 100) / 100;
  const filled = fill === 0 ? {} : { fill };
  if (kind === "strokes") {
    reasons.push("Never mirrored: a mirrored letter or digit is none.");
    if (trained < fewPictures) {
      augment.push({
        randomAffine: { degrees: 8, translate: [0.06, 0.06], scale: [0.9, 1.1], interpolation: "bilinear", ...filled },
      });
      reasons.push("Few pictures: each is turned, shifted and scaled a little anew every time.");
    }
  } else {
    if (isMirrored && trained < fewToMirror) {
      augment.push({ flip: { direction: "horizontal", probability: 0.5 } });
      reasons.push("Mirrored half of the time: the mean picture is its own mirror image, so that no side is special.");
    }
    if (kind === "photographs" && trained < fewPictures && purpose !== "upright") {
      augment.push({
        randomAffine: { translate: [0.05, 0.05], scale: [1.1, 1.3], interpolation: "bilinear", probability: 0.7 },
      });
      reasons.push("Few pictures: most are enlarged and shifted a little, no further than their own edge.");
    }
  }
  const corruption = corruptionOf(purpose, filled);
  return { augment, augmentReason: augment.length === 0 ? "" : reasons.join(" "), ...corruption };
}

/** The first changes alone, where a trial has told that the others do not help. */
function keptChanges(changes: Changes, helping: number | undefined): Changes {
  if (helping === undefined || changes.augment.length === 0) return changes;
  const tried = "Tried: principal components of changed pictures leave less of pictures that were held back.";
  const { augment, augmentReason } = changes;
  return { ...changes, augment: augment.slice(0, helping), augmentReason: `${augmentReason} ${tried}` };
}

function corruptionOf(
  purpose: Purpose,
  filled: { readonly fill?: number },
): Pick<Changes, "corrupt" | "corruptReason"> {
  switch (purpose) {
    case "denoise":
      return {
        corrupt: [{ gaussianNoise: { sigma: 0.15 } }],
        corruptReason: "Noise of σ 0.15, clearly seen: change it to what your pictures have.",
      };
    case "upright":
      return {
        corrupt: [{ rotate: { degrees: [-15, 15], interpolation: "bilinear", ...filled } }],
        corruptReason: "Turned by up to 15° either way, with the ground's brightness where the picture has ended.",
      };
    case "inpaint":
      return {
        corrupt: [{ mask: { count: 2, size: [0.15, 0.3] } }],
        corruptReason: "Two black squares, each a tenth of the picture at most.",
      };
    case "embed":
      return {
        corrupt: [{ gaussianNoise: { sigma: 0.1 } }],
        corruptReason: "A little noise on what goes in: a code that comes through it says what matters.",
      };
    default:
      return { corrupt: [], corruptReason: "" };
  }
}

/** Halvings of height and width: until the shorter side is about 7, a square that a 3×3 sees most of. Of 7 pixels or fewer none. */
function halvingsOf(shape: PictureShape, purpose: Purpose): number {
  const shorter = Math.min(shape[1], shape[2]);
  if (purpose === "denoise" || purpose === "inpaint")
    return Math.max(0, Math.min(3, Math.floor(Math.log2(shorter / 3.5))));
  if (shorter < 8) return 0;
  return Math.min(5, Math.max(1, Math.round(Math.log2(shorter / 7))));
}

/**
 * Which ways lead from a picture to its code and back: a straight and a bent one that are both trained, a straight one that keeps its
 * weights beside a bent one, the bent one alone. Undefined where the purpose has a network of its own.
 */
type Ways = "both" | "kept" | "bent" | undefined;

function waysOf(purpose: Purpose, shape: PictureShape, trained: number): Ways {
  if (purpose === "generate" || isMending(purpose)) return undefined;
  if (!keepsStraight(shape)) return "both";
  return trained >= fewPictures && halvingsOf(shape, purpose) > 0 ? "bent" : "kept";
}

function networkOf(
  purpose: Purpose,
  {
    shape,
    code,
    width,
    ways,
  }: { readonly shape: PictureShape; readonly code: number; readonly width: number; readonly ways: Ways },
): Network {
  const halvings = halvingsOf(shape, purpose);
  // At full size twice the channels cost four times as much as at half.
  if (purpose === "upright") return turning({ shape, width: Math.max(4, width / 2), halvings });
  if (isMending(purpose)) return mending({ shape, width: Math.max(4, width / 2), halvings });
  if (purpose === "generate") return drawnCodes({ shape, code, width, halvings });
  if (ways === "bent") return bentAlone({ shape, code, width, halvings });
  return straightAndBent({ shape, code, width, halvings, isKept: ways === "kept" });
}

interface Plan {
  readonly width: number;
  readonly network: Network;
  readonly batchSize: number;
  readonly epochs: number;
  /** How often each picture comes in an epoch. */
  readonly times: number;
  /** Steps in all. */
  readonly steps: number;
  readonly sentence: string;
  epochsReason(minutes: number): string;
}

/** The widest network that gets enough passes and steps in the time, and how long it is trained. */
function planOf(
  network: (width: number) => Network,
  {
    trained,
    tested,
    seconds,
    speed,
    batch,
  }: {
    readonly trained: number;
    readonly tested: number;
    readonly seconds: number;
    readonly speed: MachineSpeed;
    readonly batch: number;
  },
): Plan {
  const batchSize = Math.min(batch, 2 ** Math.floor(Math.log2(Math.max(2, trained) / 2)));
  const tries = widths.map((width) => {
    const made = network(width);
    const images = (Math.max(5, seconds) * shareOfSpeed * speed.multiplicationsPerSecond) / made.multiplications;
    return { width, made, images };
  });
  // Few pictures: passes are many whatever the width, so steps decide; many: passes do.
  const wanted = Math.max(enoughPasses * trained, enoughSteps * batchSize);
  const narrowest = tries.at(-1) as (typeof tries)[number];
  const { width, made, images } = tries.find((one) => one.images >= wanted) ?? narrowest;
  // An epoch with its evaluation.
  const epochImages = (times: number): number => times * trained + evaluationCost * tested;
  const times = Math.max(1, Math.round((images / epochsTold - evaluationCost * tested) / trained));
  const epochs = Math.max(1, Math.floor(images / epochImages(times)));
  const steps = epochs * Math.ceil((times * trained) / batchSize);
  const passes = epochs * times;
  return {
    width,
    network: made,
    batchSize,
    epochs,
    times,
    steps,
    sentence: `each picture about ${withThousands(passes)} times, ${withThousands(steps)} steps`,
    epochsReason: (minutes) =>
      `As many as this machine does in ${countText(minutes, "minute")} with everything before and after; the schedule fits itself to another number.`,
  };
}

interface ChosenModel {
  readonly spec: Readonly<Record<string, unknown>>;
  readonly loss: string;
  readonly lossReason: string;
  readonly more: Readonly<Record<string, unknown>>;
}

function modelOf(
  purpose: Purpose,
  { encoder, decoder }: Network,
  {
    shape,
    code,
    facts: { classes, kind },
    plan,
    ways,
    isAugmented,
  }: {
    readonly ways: Ways;
    readonly isAugmented: boolean;
    readonly shape: PictureShape;
    readonly code: number;
    readonly facts: PictureFacts;
    readonly plan: Plan;
  },
): ChosenModel {
  const parts = { input: shape, encoder, decoder };
  const mse = {
    loss: "mse",
    lossReason:
      "The mean of the squared difference of every pixel: what principal components make small too, so that both compare.",
  };
  const principal =
    ways === "both" || ways === "kept"
      ? { initialise: { principalComponents: { passes: principalPasses(plan, isAugmented) } } }
      : {};
  if (purpose === "generate") {
    const { beta, ...drawn } = drawnLoss(kind);
    return {
      spec: {
        kind: "variationalAutoencoder",
        ...parts,
        code,
        beta: { from: 0, to: beta, steps: Math.max(1, Math.round(plan.steps / 4)) },
      },
      ...drawn,
      more: {},
    };
  }
  if (purpose === "embed" && classes !== undefined && classes.length > 1 && classes.length <= code * 8) {
    return {
      spec: { kind: "supervisedAutoencoder", ...parts, classes: classes.length, supervision: 0.1 },
      ...mse,
      more: principal,
    };
  }
  return { spec: { kind: "autoencoder", ...parts }, ...mse, more: principal };
}

/** How far a drawn picture's pixel may be off, of the whole brightness: the root of the error that codes of these sizes leave. */
const drawnSigma = 0.1;

/** What the codes' divergence is added to, and its weight β. */
function drawnLoss(kind: PictureFacts["kind"]): Pick<ChosenModel, "loss" | "lossReason"> & { readonly beta: number } {
  const rises = "Its weight β rises in the first quarter, or codes say nothing.";
  if (kind === "strokes") {
    return {
      loss: "bce",
      lossReason: `Cross-entropy, in nats, for pixels are ink or ground: the measure that the codes' divergence is added to. ${rises}`,
      beta: 1,
    };
  }
  return {
    loss: "mse",
    lossReason: `The squared error of pixels that are a normal distribution of σ ${drawnSigma}: divided by 2σ² it would be nats, as the codes' divergence is, so that this has the weight β 2σ². ${rises}`,
    beta: Number((2 * drawnSigma ** 2).toPrecision(3)),
  };
}

/** Each picture is drawn so often for its principal components, changed anew: some thousand pictures in all are enough. */
function principalPasses({ times }: Plan, isAugmented: boolean): number {
  return Math.max(isAugmented ? 2 : 1, Math.min(40, times));
}

/** What begins as components is easily made worse; what begins as nothing needs the whole rate to become something. */
function rateFor(trained: number, steps: number, ways: Ways): number {
  if (ways === undefined) return usualRate;
  const few = Math.max(lowestRate, usualRate * Math.sqrt(Math.min(1, trained / manyPictures)));
  // What keeps its weights, or begins at nothing, cannot be shaken off its beginning.
  const rate = ways !== "both" ? few : few * Math.sqrt(Math.min(1, steps / enoughSteps));
  return Number(rate.toPrecision(1));
}

function principalReason(isAugmented: boolean): string {
  const drawn = isAugmented ? " of the pictures and their changed ones" : "";
  return `The straight way begins as the principal components${drawn}, so that training starts from the best that no bent way can do and goes on from there.`;
}

const optimizerReason = (purpose: Purpose, trained: number, ways: Ways): string =>
  purpose === "upright"
    ? "The rate at which an angle is found within a few passes."
    : `${ways !== undefined && trained < manyPictures ? "A low rate, for the pictures are not many. " : ""}SOAP leaves less than half of Adam's error after a few passes. Evaluated is a moving average of the weights, which the last steps do not shake.`;

function batchReason(size: number, mends: boolean): string {
  if (mends && size === mendingBatch) return "Few at a time make many steps: every pixel is an example of its own.";
  return size < usualBatch ? "Half of the pictures at most: there are not many." : "";
}

function modelReason(purpose: Purpose, shape: PictureShape, width: number, ways: Ways): string {
  const channels = `${width} channels wide at half the size, as wide as gets through the pictures often enough in the time`;
  if (purpose === "upright") {
    return `Finds the angle, turns the picture back by it, and adds what turning has blurred; ${channels}.`;
  }
  if (isMending(purpose)) {
    return `Keeps places: each level goes to half the size and back and is added to what it was given, so that what is whole stays sharp; ${channels}.`;
  }
  if (purpose === "generate")
    return `Codes are drawn from a normal distribution, so that new pictures can be sampled; ${channels}.`;
  if (ways === "bent") {
    return `Convolutions, ${channels}: with many pictures and steps they find more than principal components, and from nothing sooner than from these.`;
  }
  const small = Math.min(shape[1], shape[2]) < 8;
  const kept =
    ways === "kept" ? ", and keeps their weights, which with so many numbers a picture would move too far" : "";
  return `Two ways side by side: a straight one that begins as principal components${kept}, and a bent one ${small ? "of dense layers, for pictures too small for convolutions" : `of convolutions, ${channels}`}.`;
}

function networkSentence(purpose: Purpose, code: number, width: number): string {
  return isMending(purpose)
    ? `a network that keeps places, width ${width}`
    : `a code of ${countText(code, "number")}, width ${width}`;
}

/** A run's name: the folder's last name, and what it is for. */
function nameOf({ source, options }: MeasuredData, purpose: Purpose): string {
  const path = typeof options.path === "string" ? options.path : source;
  const last =
    path
      .split(/[/\\]/)
      .filter((part) => part !== "" && part !== "." && part !== "..")
      .at(-1) ?? source;
  const plain = last
    .normalize("NFKD")
    .replace(/\.(npy|idx|gz)$/i, "")
    .replace(/[^A-Za-z0-9._-]+/g, "-")
    .replace(/^[^A-Za-z0-9]+|-+$/g, "")
    .slice(0, 60);
  const base = plain === "" ? "pictures" : plain;
  return purpose === "compress" ? base : `${base}-${purpose}`;
}

function percent(share: number): string {
  return share >= 0.995 ? "all" : share < 0.01 ? "less than 1%" : `${Math.round(100 * share)}%`;
}
