// The JSON Schema of experiment files against the readers: what one takes the other takes, name by name and value by value.
import { Ajv, type ValidateFunction } from "ajv";
import { describe, expect, it } from "vitest";
import { readSource } from "../data/sources/index.js";
import { readLayer } from "../nn/layers/index.js";
import { readLoss } from "../nn/losses/index.js";
import { readMetrics } from "../nn/metrics/index.js";
import type { LayerSpec } from "../nn/models/define.js";
import { readModel } from "../nn/models/index.js";
import { readOptimizer } from "../nn/optimizers/index.js";
import { readSchedule } from "../nn/schedules/index.js";
import { readTransforms, transforms } from "../pixels/transforms/index.js";
import type { JsonSchema } from "../schema/jsonSchema.js";
import { listPresets } from "../tasks/presetFiles.js";
import { type CatalogueEntry, describeCollection } from "./catalogue.js";
import { applySettings, experimentText, parseExperiment, parseYaml } from "./document.js";
import { experimentJsonSchema, experimentJsonSchemaText } from "./jsonSchema.js";

const schema = experimentJsonSchema();
// A schema of alternatives says types and needed names apart from the properties, and tuples have no more places.
const ajv = new Ajv({ strict: true, strictTypes: false, strictRequired: false, strictTuples: false });
const isValid = ajv.compile(schema);
const definition = (name: string): ValidateFunction =>
  ajv.compile({ $ref: `#/definitions/${name}`, definitions: schema.definitions });

/** What the schema has against a document; empty where it has nothing. */
function complaints(document: unknown): string {
  return isValid(document) ? "" : ajv.errorsText(isValid.errors);
}

describe("the JSON Schema of experiment files", () => {
  it("is draft-07, and its text is what it is", () => {
    expect(schema.$schema).toBe("http://json-schema.org/draft-07/schema#");
    expect(JSON.parse(experimentJsonSchemaText())).toEqual(schema);
  });

  it("says of every value what it may be, and describes every property", () => {
    const says = ["$ref", "type", "const", "enum", "anyOf"];
    const silent: string[] = [];
    const undescribed: string[] = [];
    const visit = (value: unknown, path: string): void => {
      if (typeof value !== "object" || value === null) return;
      const { properties } = value as JsonSchema;
      for (const [name, property] of Object.entries(properties ?? {})) {
        if (!says.some((keyword) => Object.hasOwn(property, keyword))) silent.push(`${path}.${name}`);
        const isTested = path.endsWith(".if");
        if (property.description === undefined && !isTested) undescribed.push(`${path}.${name}`);
      }
      for (const [key, inner] of Object.entries(value)) visit(inner, `${path}.${key}`);
    };
    visit(schema, "");
    expect({ silent, undescribed }).toEqual({ silent: [], undescribed: [] });
  });

  it.each(listPresets())("passes the preset $name, as it stands and complete", ({ name, text }) => {
    expect(complaints(parseYaml(text, name))).toBe("");
    const written = experimentText(parseExperiment(text, name));
    expect(written).toMatch(/^# yaml-language-server: \$schema=\.\/experiment\.schema\.json\n/);
    expect(complaints(parseYaml(written, name))).toBe("");
    // The line is a comment to the reader.
    expect(parseExperiment(written, name)).toEqual(parseExperiment(text, name));
  });
});

const small = `name: small
data: { source: mnist, limit: { train: 64, test: 32 } }
model: { kind: autoencoder, input: [1, 28, 28], encoder: [flatten, dense: 8], decoder: [dense: 784, unflatten: [1, 28, 28]] }
loss: mse
metrics: [mse]
phases: [{ epochs: 2, batchSize: 16, optimizer: adam, corrupt: [gaussianNoise: 0.1] }, { optimizer: { sgd: { momentum: 0.9 } } }]
`;

describe("a file that readers refuse", () => {
  it("passes before it is broken", () => {
    expect(complaints(parseYaml(small, "small"))).toBe("");
    expect(() => parseExperiment(small, "small")).not.toThrow();
  });

  it.each([
    "phases.0.batchsize=16",
    "phases.0.batchSize=0",
    "phases.0.batchSize=large",
    "phases=[]",
    "phases=[{ batchSize: 3 }]",
    "phases.0.optimizer=adm",
    "phases.0.optimizer={ adam: { learningrate: 0.1 } }",
    "phases.0.optimizer={ adam: { learningRate: -0.1 } }",
    "phases.0.optimizer={ adam: {}, sgd: {} }",
    "phases.0.optimizer={}",
    "phases.0.schedule={ step: {} }",
    "phases.0.schedule=step",
    "phases.0.schedule={ warmUp: { epochs: 1, then: { warmUp: { epochs: 1 } } } }",
    "phases.0.augment=[poisson]",
    "phases.0.corrupt=[{ rotate: {} }]",
    "phases.0.corrupt=[{ jpeg: { severity: 6 } }]",
    "phases.0.corrupt=gaussianNoise",
    "phases.0.sample={ imags: 3 }",
    "model.encoder.0=flaten",
    "model.encoder.1={ dens: 8 }",
    "model.encoder.1=dense",
    "model.encoder.1={ dense: { units: 8, bais: true } }",
    "model.encoder.1={ dense: [8, 8] }",
    "model.encoder.1={ sequential: [{ dens: 8 }] }",
    "model.encoder.1={ relu: 3 }",
    "model.encoder=[]",
    "model.input=[28, 28]",
    "model.kind=autoencodr",
    "model.code=20",
    "model={ kind: variationalAutoencoder, input: [1, 28, 28], encoder: [flatten], decoder: [{ unflatten: [1, 28, 28] }] }",
    "loss=msee",
    "loss={ sum: [{ loss: mse }] }",
    "loss={ sum: [{ loss: mse }, { loss: sism }] }",
    "metrics=[mse, psrn]",
    "metrics=mse",
    "data=mnits",
    "data=folder",
    "data={ source: mnist, folders: x }",
    "data={ source: mnist, limit: { trian: 3 } }",
    "data={ source: folder }",
    "seed=-1",
    "seeds=1",
    "version=2",
    "initialise=zeros",
    "initialise={ weights: runs/a, passes: 3 }",
    "name=a/b",
  ])("fails: %s", (setting) => {
    const broken = applySettings(parseYaml(small, "small"), [setting]);
    expect(() => parseExperiment(JSON.stringify(broken), "broken")).toThrow();
    expect(complaints(broken)).not.toBe("");
  });

  it.each([
    "data=folder:./pictures",
    "data={ source: 'folder:./pictures', size: [32, 32] }",
    "data={ source: folder, path: ./pictures, split: { by: class } }",
    "phases.0.corrupt=[{ rotate: { severity: 3 } }, { blur: null }, { rotate: [-5, 5] }, { jpeg: { severity: 2, probability: 0.5 } }]",
    "phases.0.optimizer={ adam: null }",
    "model.encoder.1={ residual: [{ dense: 8 }, { sequential: [elu, { dropout: 0.1 }] }] }",
    "model.encoder.1={ repeat: { times: 3, layers: [{ dense: 8 }, elu] } }",
    "model.kind=variationalAutoencoder",
    "loss={ sum: [{ loss: mse }, { loss: { huber: 0.5 }, weight: 0.2 }] }",
    "phases.0.schedule={ warmUp: { epochs: 0.5, then: { step: 30 } } }",
    "initialise=principalComponents",
    "initialise={ principalComponents: { passes: 2 } }",
    "initialise={ weights: runs/a }",
  ])("passes where readers take it: %s", (setting) => {
    const settings = setting.endsWith("variationalAutoencoder")
      ? [setting, "model.code=20", "model.beta={ steps: 9 }"]
      : [setting];
    const changed = applySettings(parseYaml(small, "small"), settings);
    expect(() => parseExperiment(JSON.stringify(changed), "changed")).not.toThrow();
    expect(complaints(changed)).toBe("");
  });
});

/** A collection's definition in the schema, how its entries are read, and how one is written with options. */
interface Side {
  readonly definition: string;
  readonly entries: readonly CatalogueEntry[];
  read(spec: unknown): unknown;
  written(name: string, options: Readonly<Record<string, unknown>>): unknown;
}
const named = (name: string, options: Readonly<Record<string, unknown>>): unknown => ({ [name]: options });
const transformsFor = (use: "augment" | "corrupt"): readonly CatalogueEntry[] =>
  describeCollection("transforms").entries.filter(({ name }) =>
    Object.values(transforms).some((transform) => transform.name === name && transform.uses.some((one) => one === use)),
  );
const kind = (name: string, options: Readonly<Record<string, unknown>>): unknown => ({ kind: name, ...options });
const source = (name: string, options: Readonly<Record<string, unknown>>): unknown => ({ source: name, ...options });
const sides: readonly Side[] = [
  { definition: "layer", ...ofCollection("layers"), read: (spec) => readLayer(spec as LayerSpec, "x"), written: named },
  { definition: "loss", ...ofCollection("losses"), read: (spec) => readLoss(spec), written: named },
  { definition: "optimizer", ...ofCollection("optimizers"), read: (spec) => readOptimizer(spec), written: named },
  { definition: "schedule", ...ofCollection("schedules"), read: (spec) => readSchedule(spec), written: named },
  {
    definition: "augmentation",
    entries: transformsFor("augment"),
    read: (spec) => readTransforms([spec], "augment", "x"),
    written: named,
  },
  {
    definition: "corruption",
    entries: transformsFor("corrupt"),
    read: (spec) => readTransforms([spec], "corrupt", "x"),
    written: named,
  },
  { definition: "source", ...ofCollection("sources"), read: (spec) => readSource(spec, "x"), written: source },
  { definition: "model", ...ofCollection("models"), read: (spec) => readModel(spec), written: kind },
];
function ofCollection(name: Parameters<typeof describeCollection>[0]) {
  return { entries: describeCollection(name).entries };
}

/** The options of an entry's last example, which writes them out. */
function optionsOf({ name, examples, options }: CatalogueEntry): Readonly<Record<string, unknown>> {
  const example = examples.at(-1);
  if (typeof example !== "object" || example === null) return {};
  const short = options.find((option) => option.shorthand)?.name;
  if (!Object.hasOwn(example, name)) {
    const { kind: _, source: __, ...given } = example as Record<string, unknown>;
    return given;
  }
  const given: unknown = (example as Record<string, unknown>)[name];
  const isMapping = typeof given === "object" && given !== null && !Array.isArray(given);
  return isMapping ? (given as Record<string, unknown>) : { [short ?? ""]: given };
}

const takes = (read: (spec: unknown) => unknown, spec: unknown): boolean => {
  try {
    read(spec);
    return true;
  } catch {
    return false;
  }
};

describe.each(sides)("the $definition of the schema and its reader", ({ definition: name, entries, read, written }) => {
  const isTaken = definition(name);

  it("take the example of every entry", () => {
    for (const { examples } of entries) {
      for (const example of examples) {
        expect(takes(read, example), JSON.stringify(example)).toBe(true);
        expect(isTaken(example), JSON.stringify(example)).toBe(true);
      }
    }
  });

  it("refuse another name, and another option of every entry", () => {
    for (const spec of ["no-such-name", written("no-such-name", {}), 3, null, []]) {
      expect([spec, takes(read, spec), isTaken(spec)]).toEqual([spec, false, false]);
    }
    for (const entry of entries) {
      const spec = written(entry.name, { ...optionsOf(entry), noSuchOption: 1 });
      expect([spec, takes(read, spec), isTaken(spec)]).toEqual([spec, false, false]);
    }
  });

  it("judge every option alike, value by value", () => {
    // Values of every kind, at limits and beyond; those that layers' lists and shapes need are in the examples.
    const values = [
      -1,
      0,
      0.5,
      1,
      1.5,
      2,
      28,
      200,
      2 ** 33,
      "same",
      "tanh",
      "nearest",
      "epoch",
      "linear",
      "no",
      "",
      true,
      [1, 2],
      [2, 1],
      [0.2, 0.5],
      [1, 2, 3],
      [],
      {},
      ["bias"],
      [0],
    ];
    const different: string[] = [];
    for (const entry of entries) {
      const given = optionsOf(entry);
      for (const option of entry.options) {
        // Whether a network fits together is not the schema's part.
        if (
          option.name.includes(".") ||
          option.name.includes("[") ||
          ["input", "encoder", "decoder"].includes(option.name)
        )
          continue;
        for (const value of values) {
          const spec = written(entry.name, { ...given, [option.name]: value });
          const [byReader, bySchema] = [takes(read, spec), isTaken(spec) === true];
          if (byReader === bySchema || (bySchema && isBeyondSingleValues(option.name, value))) continue;
          different.push(
            `${JSON.stringify(spec)}: ${byReader ? "taken" : "refused"} by the reader, ${bySchema ? "taken" : "refused"} by the schema`,
          );
        }
      }
    }
    expect(different).toEqual([]);
  });
});

/** What readers check by more than one value, or by arithmetic, and the schema lets pass. */
function isBeyondSingleValues(option: string, value: unknown): boolean {
  const isUnordered = Array.isArray(value) && value[0] > value[1];
  return (
    // Bilinear only; momentum and no dampening; one of epochs and steps.
    ["alignCorners", "nesterov", "steps"].includes(option) ||
    // Instead of what it decides, which the example gives.
    option === "severity" ||
    // A share below 1, or a whole number.
    (option === "validation" && value === 1.5) ||
    // [lowest, highest]
    isUnordered
  );
}

describe("the metric of the schema and its reader", () => {
  it("take every metric and no other", () => {
    const isTaken = definition("metric");
    for (const { name } of describeCollection("metrics").entries) {
      expect([name, takes(readMetrics, [name]), isTaken(name)]).toEqual([name, true, true]);
    }
    for (const name of ["no-such-name", 3]) expect([takes(readMetrics, [name]), isTaken(name)]).toEqual([false, false]);
  });
});
