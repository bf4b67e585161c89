// Module hooks of Node: .svelte files are compiled as they are loaded, to what renders them as HTML.
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { compile } from "svelte/compiler";

export async function load(url, context, next) {
  if (!url.endsWith(".svelte")) return next(url, context);
  const filename = fileURLToPath(url);
  const { js } = compile(await readFile(filename, "utf8"), { filename, generate: "server", css: "external" });
  return { format: "module", source: js.code, shortCircuit: true };
}
