// Which options of a task a page may set, and what they may look like. What is not on the list is refused: an option that a task gets
// one day names a file or a program until somebody has written it down here.
import { UserError } from "../../base/errors.js";
import type { TaskName, TaskOptions } from "../api.js";

type Value = TaskOptions[string];
/** Whether a value is one of a page's to say. `pictures`: uploads, which become the server's own paths. */
type Rule =
  | { readonly kind: "word"; readonly pattern: RegExp }
  | { readonly kind: "number"; readonly least: number; readonly most: number }
  | { readonly kind: "flag" }
  | { readonly kind: "words"; readonly pattern: RegExp; readonly most: number }
  | { readonly kind: "pictures"; readonly others: RegExp; readonly most: number };

const oneOf = (...words: readonly string[]): Rule => ({
  kind: "word",
  pattern: new RegExp(`^(?:${words.join("|")})$`),
});
const number = (least: number, most: number): Rule => ({ kind: "number", least, most });
const flag: Rule = { kind: "flag" };
/** Words that a task takes for no path: names of classes, which have no slash, no dot at the beginning and no colon. */
const classes: Rule = { kind: "words", pattern: /^(?!\.)[^/\\:\p{Cc}]{1,200}$/u, most: 100 };
const split = oneOf("train", "validation", "test");
const seed = number(0, 2 ** 32 - 1);
/** As in the evaluation, which the server does not load. */
const scores = "combined|mse|mae|ssim|local|mahalanobis|neighbour|kl";
/** `none`, or a corruption as it stands in an experiment: `gaussianNoise`, `{gaussianNoise: 0.3}`. */
const corruption: Rule = { kind: "word", pattern: /^[\w{}[\]:,. -]{1,200}$/ };

const model = {
  checkpoint: { kind: "word", pattern: /^(?:last|best|\d{1,15})$/ },
  engine: { kind: "word", pattern: /^[a-z]{1,20}$/ },
  threads: number(1, 4096),
} as const satisfies Readonly<Record<string, Rule>>;
const fit = { fit: { kind: "word", pattern: /^[a-z]{1,20}$/ }, invert: flag } as const;
const anyPlace = /^(?:train|validation|test):\d{1,9}$/;

const rules: { readonly [Name in TaskName]: Readonly<Record<string, Rule>> } = {
  evaluate: {
    ...model,
    on: split,
    corrupt: corruption,
    severities: flag,
    normal: classes,
    anomalous: classes,
    by: { kind: "words", pattern: new RegExp(`^(?:${scores})$`), most: 20 },
    pictures: oneOf("yes", "no"),
  },
  probe: {
    ...model,
    form: oneOf("logits", "sigmoid", "both"),
    hidden: number(1, 65_536),
    epochs: number(1, 1000),
    seed,
    pictures: oneOf("yes", "no"),
  },
  walk: {
    ...model,
    ...fit,
    stops: {
      kind: "pictures",
      others: /^(?:(?:train|validation|test):)?\d{1,9}$|^class:[^/\\\p{Cc}]{1,80}$/u,
      most: 100,
    },
    steps: number(2, 1000),
    path: oneOf("straight", "spherical"),
  },
  sample: { ...model, count: number(1, 4096), seed, from: oneOf("prior", "gaussian") },
  score: {
    ...model,
    ...fit,
    images: { kind: "pictures", others: /^(?!)/, most: 64 },
    on: split,
    by: oneOf(...scores.split("|")),
    threshold: { kind: "word", pattern: /^(?:score:)?\d{1,20}(?:\.\d{1,20})?(?:e-?\d{1,3})?$/ },
    pictures: number(0, 1000),
  },
  find: {
    ...model,
    ...fit,
    pictures: { kind: "pictures", others: anyPlace, most: 64 },
    on: split,
    count: number(1, 1000),
    by: oneOf("standardised", "euclidean", "cosine"),
    duplicates: flag,
    within: number(0, 1e9),
    draw: oneOf("yes", "no"),
  },
  export: { ...model, format: oneOf("onnx", "safetensors") },
};

/** Names of options that a page may set. */
export const optionsOf = (task: TaskName): readonly string[] => Object.keys(rules[task]);

/**
 * The options with uploads by their paths.
 * @param pathOf the path of an upload
 * @throws UserError for an option that is not on the list, and a value that does not fit; whatever `pathOf` throws
 */
export function checkTaskOptions(
  task: TaskName,
  options: TaskOptions,
  pathOf: (upload: string) => string,
): TaskOptions {
  const own = rules[task];
  return Object.fromEntries(
    Object.entries(options).map(([name, value]) => {
      const rule = Object.hasOwn(own, name) ? own[name] : undefined;
      if (rule === undefined) throw new UserError("this option is not a page's to choose", { at: name });
      return [name, checked(rule, value, pathOf) ?? refuse(name)];
    }),
  );
}

function refuse(name: string): never {
  throw new UserError("this is not what a page may say here", { at: name });
}

/** Undefined for what does not fit. */
function checked(rule: Rule, value: Value, pathOf: (upload: string) => string): Value | undefined {
  switch (rule.kind) {
    case "word":
      return typeof value === "string" && rule.pattern.test(value) ? value : undefined;
    case "number":
      return typeof value === "number" && value >= rule.least && value <= rule.most ? value : undefined;
    case "flag":
      return typeof value === "boolean" ? value : undefined;
    case "words":
    case "pictures": {
      if (!Array.isArray(value) || value.length > rule.most) return undefined;
      const words: readonly string[] = value;
      if (rule.kind === "words") return words.every((word) => rule.pattern.test(word)) ? words : undefined;
      const isKnown = words.every((word) => rule.others.test(word) || /^[0-9a-f]{32}$/.test(word));
      // A number of 32 digits is an upload, and no place.
      return isKnown ? words.map((word) => (rule.others.test(word) ? word : pathOf(word))) : undefined;
    }
  }
}
