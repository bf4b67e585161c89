// Loads packages that npm may have left out, in whole or without their part for this system, and says so in a sentence.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { UserError } from "../base/errors.js";

/**
 * @param name a dependency of this package
 * @param what a beginning of a sentence: what cannot be done without it
 * @throws UserError (by rejection) with the command that installs it, where it cannot be loaded
 */
export async function loadPackage<Module>(name: string, what: string, load: () => Promise<Module>): Promise<Module> {
  try {
    return await load();
  } catch (cause) {
    const manifest = createRequire(import.meta.url)("../../package.json") as {
      readonly dependencies: Readonly<Record<string, string>>;
    };
    const [reason = ""] = (cause instanceof Error ? cause.message : String(cause)).split("\n");
    throw new UserError(
      `${what} needs the package ${name}, which could not be loaded: ${reason.replace(/[.:]$/, "")}.`,
      {
        hint: `Run npm install --include=optional ${name}@${manifest.dependencies[name] ?? "latest"}.`,
        cause,
      },
    );
  }
}

/** The version of a package that is installed, without loading it; undefined where it is missing: whoever loads it says so. */
export function installedVersion(name: string): string | undefined {
  try {
    // By its main file: not every package lets its package.json be asked for.
    let folder = dirname(createRequire(import.meta.url).resolve(name));
    for (;;) {
      const found = readManifest(join(folder, "package.json"));
      if (found?.name === name) return found.version;
      const above = dirname(folder);
      if (above === folder) return undefined;
      folder = above;
    }
  } catch {
    return undefined;
  }
}

function readManifest(path: string): { readonly name?: string; readonly version?: string } | undefined {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as { readonly name?: string; readonly version?: string };
  } catch {
    return undefined;
  }
}
