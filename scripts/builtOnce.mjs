// What the builds of pages share: whether something is to be made again, and which packages of other makers stand in it, kept for
// their licences until then.
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** `node_modules/svelte` of /somewhere/node_modules/svelte/src/index.js. */
const packageFolder = /node_modules\/(?:@[^/]+\/)?[^/]+/;

/**
 * @param options.name what is made, for the file that keeps the folders
 * @param options.made files that are made
 * @param options.by scripts that make them: as sources of src, they make what is older than they stale
 * @param options.make makes them @returns paths of all that went in
 * @returns folders of the packages that are inside
 */
export async function builtOnce({ name, made, by, make, isWhole = () => true }) {
  const foldersFile = `node_modules/.cache/isthmus-${name}.json`;
  const all = [...made, foldersFile];
  if (all.every((path) => existsSync(path)) && isWhole() && newest(by) <= Math.min(...all.map(changed))) {
    return JSON.parse(readFileSync(foldersFile, "utf8"));
  }
  const inside = (await make()).flatMap(
    (path) => packageFolder.exec(path.slice(path.lastIndexOf("node_modules")))?.[0] ?? [],
  );
  const folders = [...new Set(inside)].sort();
  mkdirSync(dirname(foldersFile), { recursive: true });
  writeFileSync(foldersFile, JSON.stringify(folders));
  return folders;
}

const changed = (path) => statSync(path).mtimeMs;

/** Pages may import of all rooms. */
function newest(by) {
  const sources = readdirSync("src", { recursive: true })
    .filter((path) => /\.(ts|svelte|css|html|svg)$/.test(path) && !/\.test\.ts$/.test(path))
    .map((path) => join("src", path));
  return Math.max(...["scripts/builtOnce.mjs", "package-lock.json", ...by, ...sources].map(changed));
}
