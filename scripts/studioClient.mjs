// Builds the studio's page into dist/studio/client, by src/studio/client/vite.config.ts. Made again only where something of src is newer.
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const page = join(root, "dist/studio/client/index.html");
/** Packages of other makers that stand in the page, for their licences. */
const foldersFile = join(root, "node_modules/.cache/isthmus-studio-client.json");

/** @returns folders of the packages that are inside */
export async function buildStudioClient() {
  if (!isStale()) return JSON.parse(readFileSync(foldersFile, "utf8"));
  const { build } = await import("vite");
  const { output } = await build({ configFile: join(root, "src/studio/client/vite.config.ts"), logLevel: "warn" });
  const modules = output.flatMap((chunk) => (chunk.type === "chunk" ? Object.keys(chunk.modules) : []));
  const folders = modules.flatMap((module) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(module)?.[0] ?? []);
  const inside = [...new Set(folders)].map((folder) => folder.slice(folder.lastIndexOf("node_modules"))).sort();
  mkdirSync(dirname(foldersFile), { recursive: true });
  writeFileSync(foldersFile, JSON.stringify(inside));
  return inside;
}

function isStale() {
  if (!existsSync(page) || !existsSync(foldersFile)) return true;
  const made = Math.min(statSync(page).mtimeMs, statSync(foldersFile).mtimeMs);
  const src = join(root, "src");
  const sources = readdirSync(src, { recursive: true }).map((path) => join(src, path));
  const others = ["scripts/studioClient.mjs", "package-lock.json"].map((path) => join(root, path));
  return [...sources, ...others].some((path) => /\.\w+$/.test(path) && statSync(path).mtimeMs > made);
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  console.log(`inside: ${(await buildStudioClient()).join(", ")}`);
