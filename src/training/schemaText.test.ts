import { expect, it } from "vitest";
import { schemaFileName } from "../experiment/index.js";
import { experimentSchemaText } from "./schemaText.js";

it("is the JSON Schema that experiment.yaml of a run names", async () => {
  expect(schemaFileName).toBe("experiment.schema.json");
  expect(JSON.parse(await experimentSchemaText())).toMatchObject({
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "An experiment of Isthmus",
  });
});
