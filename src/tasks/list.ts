// What experiments are written from: the collections and their entries, as their own texts tell them.
import { z } from "zod";
import { UserError } from "../base/errors.js";
import { nearest } from "../base/text.js";
import type { CollectionDescription } from "../experiment/catalogue.js";
import { defineTask } from "./define.js";

const options = z.strictObject({
  collection: z
    .string()
    .optional()
    .describe("layers, losses, optimizers, schedules, transforms, sources, models or metrics"),
  name: z.string().optional().describe("one entry of the collection, with its options"),
});

export const list = defineTask({
  name: "list",
  summary: "List layers, losses, optimizers, schedules, transforms, sources, models and metrics, with their options.",
  options,
  /**
   * Every collection, or the one that was named, with all its entries or the one that was named.
   * @throws UserError for a collection or an entry that there is not, with the nearest name
   */
  async run({ collection, name }): Promise<readonly CollectionDescription[]> {
    const { collectionNames, describeCollection } = await import("../experiment/catalogue.js");
    if (collection === undefined) return collectionNames.map(describeCollection);
    const known = collectionNames.find((candidate) => candidate === collection);
    if (known === undefined)
      throw notFound(`there is no collection “${collection}”`, collection, collectionNames, "COLLECTION");
    const described = describeCollection(known);
    if (name === undefined) return [described];
    const entry = described.entries.find((candidate) => candidate.name === name);
    if (entry === undefined) {
      const names = described.entries.map((candidate) => candidate.name);
      throw notFound(`there is no “${name}” among the ${known}`, name, names, "NAME");
    }
    return [{ ...described, entries: [entry] }];
  },
});

function notFound(message: string, name: string, names: readonly string[], at: string): UserError {
  const near = nearest(name, names);
  return new UserError(message, {
    at,
    hint: near === undefined ? `There are: ${names.join(", ")}.` : `Did you mean ${near}?`,
  });
}
