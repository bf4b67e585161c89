// The thread that looks at experiments which a page writes: a large one keeps this thread for a while, and not the server's.
import { parentPort } from "node:worker_threads";
import { collectionNames, describeCollection } from "../../experiment/catalogue.js";
import { experimentJsonSchemaText } from "../../experiment/jsonSchema.js";
import { listPresets } from "../../tasks/presetFiles.js";
import type { Collections, PresetList } from "../api.js";
import { validate } from "./validate.js";
import type { ValidateCall, ValidateReply } from "./validator.js";

parentPort?.on("message", ({ id, ask, text }: ValidateCall) => {
  let reply: ValidateReply;
  try {
    reply = { id, json: textOf(ask, text) };
  } catch (error) {
    reply = { id, error: error instanceof Error ? error.message : String(error) };
  }
  parentPort?.postMessage(reply);
});

function textOf(ask: ValidateCall["ask"], text: string): string {
  switch (ask) {
    case "validate":
      return JSON.stringify(validate(text));
    case "schema":
      return experimentJsonSchemaText();
    case "presets":
      return JSON.stringify({ presets: listPresets() } satisfies PresetList);
    case "collections": {
      const collections: Collections = Object.fromEntries(
        collectionNames.map((name) => [name, describeCollection(name).entries]),
      );
      return JSON.stringify(collections);
    }
  }
}
