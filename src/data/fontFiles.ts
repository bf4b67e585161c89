// Font files: those that the build has put beside this file, else those of the @fontsource packages.
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

/**
 * The path of a typeface's Latin letters, upright, as WOFF2.
 * @param name as in `@fontsource/NAME`
 * @param weight 400 is regular, 700 bold
 * @throws Error where neither the build nor the package has it
 */
export function fontFile(name: string, weight: number): string {
  const file = `${name}-latin-${weight}-normal.woff2`;
  const built = fileURLToPath(new URL(`./fonts/${file}`, import.meta.url));
  return existsSync(built) ? built : createRequire(import.meta.url).resolve(`@fontsource/${name}/files/${file}`);
}
