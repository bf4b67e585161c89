// The pages of docs/collections say what the entries say, and their examples are experiments' words.
import { readFileSync } from "node:fs";
import { Ajv } from "ajv";
import { describe, expect, it } from "vitest";
import { collectionPages } from "../scripts/collectionPages.js";
import { parseYaml } from "../src/experiment/index.js";
import { experimentJsonSchema } from "../src/experiment/jsonSchema.js";
import type { JsonSchema } from "../src/schema/jsonSchema.js";

const pages = collectionPages();
/** The page on disk. */
const standing = (path: string): string => {
  try {
    return readFileSync(new URL(`../${path}`, import.meta.url), "utf8");
  } catch {
    return "";
  }
};

describe("docs/collections", () => {
  it.each(pages)("$path is up to date", ({ path, text }) => {
    const isUpToDate = standing(path) === text;
    expect(isUpToDate, `${path} is out of date: run npm run catalogue`).toBe(true);
  });

  it("is linked from README.md, page by page", () => {
    const readme = standing("README.md");
    expect(pages.filter(({ path }) => !readme.includes(`(${path})`)).map(({ path }) => path)).toEqual([]);
  });

  it("has YAML that passes the schema of experiment files", () => {
    const { definitions, properties = {} } = experimentJsonSchema();
    const refer = (name: string): JsonSchema => ({ $ref: `#/definitions/${name}` });
    const { optimizer, schedule, augment, corrupt } = definitions.phase?.properties ?? {};
    const { data, loss, metrics, model } = properties;
    const words = Object.fromEntries(
      Object.entries({ data, loss, metrics, model, optimizer, schedule, augment, corrupt }).filter(([, word]) => word),
    );
    const isValid = new Ajv({ strict: true, strictTypes: false, strictRequired: false }).compile({
      definitions,
      anyOf: [
        { type: "array", items: refer("layer") },
        { type: "object", properties: words, additionalProperties: false, minProperties: 1 },
      ],
    });
    const blocks = pages.flatMap(({ path }) =>
      [...standing(path).matchAll(/```yaml\n(.*?)```/gs)].map(([, text = ""]) => text),
    );
    expect(blocks.length).toBeGreaterThan(100);
    expect(blocks.filter((text) => !isValid(parseYaml(text, "page")))).toEqual([]);
  });
});
