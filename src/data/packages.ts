// Loads packages that npm may have left out, in whole or without their part for this system, and says so in a sentence.
import { createRequire } from "node:module";
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
