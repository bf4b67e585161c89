// A page out of a module, with its components and styles in it: one script and one style sheet as text.
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { build } from "vite";

/** @param entry the module's path @param isReadable with the names of the sources, for profiles */
export async function buildPage(
  entry: string,
  isReadable = false,
): Promise<{ readonly script: string; readonly style: string }> {
  const built = await build({
    ...{ configFile: false, envFile: false, publicDir: false, logLevel: "silent" },
    plugins: [svelte({ configFile: false })],
    define: { "process.env.NODE_ENV": '"production"' },
    build: {
      ...{ write: false, target: "es2022", cssCodeSplit: false, ...(isReadable ? { minify: false } : {}) },
      lib: { entry, formats: ["iife"], name: "page", fileName: "page" },
      rolldownOptions: { output: { codeSplitting: false } },
    },
  });
  const outputs = [built].flat().flatMap((result) => ("output" in result ? result.output : []));
  return {
    script: outputs.map((output) => (output.type === "chunk" ? output.code : "")).join("\n"),
    style: outputs
      .flatMap((output) => (output.type === "asset" && output.fileName.endsWith(".css") ? [String(output.source)] : []))
      .join("\n"),
  };
}
