import { describe, expect, it } from "vitest";
import { scoreNames } from "../../evaluation/anomaly/scorer.js";
import { distanceNames } from "../../evaluation/likeness.js";
import { exportFormats } from "../../tasks/export.js";
import { taskNames } from "../api.js";
import { checkTaskOptions, optionsOf } from "./taskOptions.js";

const upload = "0123456789abcdef0123456789abcdef";
const check = (task: (typeof taskNames)[number], options: Record<string, string | number | boolean | string[]>) =>
  checkTaskOptions(task, options, (id) => `/uploads/${id}`);

/** All options of the tasks that lead to files, sources or programs, as of today. */
const refused = [
  ...["run", "out", "data", "reference", "in", "encoder", "decoder", "codes", "allowPaths", "allowCode", "use"],
  ...["exact", "format", "set", "experiment", "compare", "watch", "__proto__", "constructor", "toString"],
];

describe("options of a task that a page sets", () => {
  it.each(taskNames)("of %s are none that names files, sources or code", (task) => {
    for (const name of refused) {
      if (task === "export" && name === "format") continue;
      const options = Object.fromEntries([[name, "last"]]);
      expect(() => check(task, options), name).toThrow("this option is not a page's to choose");
    }
  });

  it("are these and no others, so that a new one is looked at", () => {
    expect(Object.fromEntries(taskNames.map((task) => [task, optionsOf(task).toSorted().join(" ")]))).toEqual({
      evaluate: "anomalous by checkpoint corrupt engine normal on pictures severities threads",
      probe: "checkpoint engine epochs form hidden pictures seed threads",
      walk: "checkpoint engine fit invert path steps stops threads",
      sample: "checkpoint count engine from seed threads",
      score: "by checkpoint engine fit images invert on pictures threads threshold",
      find: "by checkpoint count draw duplicates engine fit invert on pictures threads within",
      export: "checkpoint engine format threads",
    });
  });

  it.each([
    ["walk", { stops: ["0", "/etc/passwd"] }],
    ["walk", { stops: ["0", "class:../../etc/passwd"] }],
    ["walk", { stops: "0" }],
    ["walk", { stops: ["0", "picture.png"] }],
    ["walk", { stops: ["0", ".."] }],
    ["walk", { stops: ["0", "file:///etc/passwd"] }],
    ["walk", { steps: Number.NaN }],
    ["walk", { steps: 1e9 }],
    ["find", { pictures: ["folder"] }],
    ["find", { pictures: ["test:1/../../x"] }],
    ["find", { pictures: Array.from({ length: 65 }, () => "test:1") }],
    ["score", { images: ["17"] }],
    ["score", { images: [`${upload}\n`] }],
    ["score", { pictures: ["x"] }],
    ["score", { threshold: "0.9;rm" }],
    ["evaluate", { normal: ["/etc"] }],
    ["evaluate", { normal: ["folder:/etc"] }],
    ["evaluate", { corrupt: "!!js/function >\n x" }],
    ["evaluate", { corrupt: "/etc/passwd" }],
    ["sample", { count: -1 }],
    ["sample", { from: "../x" }],
    ["export", { checkpoint: "../../x" }],
    ["export", { checkpoint: "last\n" }],
  ] as const)("%s %j is refused", (task, options) => {
    expect(() => check(task, structuredClone(options) as never)).toThrow("this is not what a page may say here");
  });

  it("that fit are handed on, uploads by their paths", () => {
    expect(check("find", { pictures: [upload, "test:17"], count: 5, by: "cosine" })).toEqual({
      pictures: [`/uploads/${upload}`, "test:17"],
      count: 5,
      by: "cosine",
    });
    expect(check("walk", { stops: ["3", "train:4", "class:7", upload], path: "spherical" }).stops).toEqual([
      ...["3", "train:4", "class:7"],
      `/uploads/${upload}`,
    ]);
    expect(check("evaluate", { by: [...scoreNames] }).by).toEqual([...scoreNames]);
    for (const by of scoreNames) expect(check("score", { by })).toEqual({ by });
    for (const by of distanceNames) expect(check("find", { by })).toEqual({ by });
    for (const format of exportFormats) expect(check("export", { format })).toEqual({ format });
    expect(check("evaluate", { corrupt: "{gaussianNoise: 0.3}", severities: true })).toEqual({
      corrupt: "{gaussianNoise: 0.3}",
      severities: true,
    });
  });
});
