// Where a oneDNN library may lie on this system: the places that the system knows, and those that pip and conda install to.
import { spawnSync } from "node:child_process";
import { statSync } from "node:fs";
import os from "node:os";
import { isAbsolute, join } from "node:path";
import { UserError } from "../../base/errors.js";

type Environment = Readonly<Record<string, string | undefined>>;

// Where a system has both, 2.x first: the digit network's steps took 3.2 about a fifth longer than 2.6.
const majors = ["2", "3"] as const;
const fileName = (major: string): string =>
  os.platform() === "darwin" ? `libdnnl.${major}.dylib` : `libdnnl.so.${major}`;

/** Names that the system's loader looks up by itself, and files where it does not look. */
const systemPlaces: Readonly<Record<string, readonly string[]>> = {
  linux: ["", "/usr/local/lib/"],
  darwin: ["", "/opt/homebrew/lib/", "/usr/local/lib/"],
};

/** The wheel of oneDNN with GNU OpenMP: its file lies in PREFIX/lib. */
const wheel = "onednn-cpu-gomp==2023.2.0";

/** What to try, in this order. A bare name is for the system's loader; of paths only those that are there. */
export function* candidates(environment: Environment = process.env): Generator<string> {
  const system = systemPlaces[os.platform()];
  if (system === undefined) return;
  for (const major of majors) {
    for (const folder of system) {
      const path = `${folder}${fileName(major)}`;
      if (folder === "" || isFile(path)) yield path;
    }
  }
  const tried = new Set<string>();
  const inPrefixes = function* (prefixes: readonly string[]): Generator<string> {
    for (const prefix of prefixes) {
      if (!isAbsolute(prefix) || tried.has(prefix)) continue;
      tried.add(prefix);
      for (const major of majors) {
        const path = join(prefix, "lib", fileName(major));
        if (isFile(path)) yield path;
      }
    }
  };
  yield* inPrefixes(knownPrefixes(environment));
  // Only where nothing else was found, for it takes some hundredths of a second. On macOS python3 may be a stub that opens a window.
  if (os.platform() === "linux") yield* inPrefixes(askPython());
}

/** The environments of Python that are active, the user's own packages, and where conda is mostly installed. */
function knownPrefixes({ VIRTUAL_ENV, CONDA_PREFIX, PYTHONUSERBASE, HOME }: Environment): string[] {
  const home = HOME || os.homedir();
  const named = [VIRTUAL_ENV, CONDA_PREFIX, PYTHONUSERBASE].flatMap((prefix) => (prefix ? [prefix] : []));
  const usual = [".local", "miniconda3", "miniforge3", "anaconda3", "mambaforge"].map((name) => join(home, name));
  return [...named, ...usual];
}

let asked: readonly string[] | undefined;

function askPython(): readonly string[] {
  if (asked !== undefined) return asked;
  const program =
    "import site, sys, sysconfig; print(sys.prefix, sysconfig.get_path('data'), site.getuserbase(), sep='\\n')";
  const { status, stdout } = spawnSync("python3", ["-c", program], { encoding: "utf8", timeout: 3000 });
  asked = status === 0 ? stdout.split("\n").map((line) => line.trim()) : [];
  return asked;
}

/** A sentence with the commands that install oneDNN here. */
export function remedy({ VIRTUAL_ENV, CONDA_PREFIX }: Environment = process.env): string {
  const orName = "or name a oneDNN 2.x or 3.x library file in ISTHMUS_ONEDNN";
  if (os.platform() === "linux") {
    // Debian and its kin let pip install for the user only where it is told that this breaks nothing of theirs.
    const pip =
      VIRTUAL_ENV || CONDA_PREFIX
        ? `python3 -m pip install ${wheel}`
        : `PIP_BREAK_SYSTEM_PACKAGES=1 python3 -m pip install --user ${wheel}`;
    return `Install it (Debian 12, Ubuntu 22.04: sudo apt-get install libdnnl2; newer ones: apt-cache search libdnnl3; without root, on x64: ${pip}), ${orName}.`;
  }
  if (os.platform() === "darwin")
    return `Install it (brew install onednn; with conda: conda install -c conda-forge onednn), ${orName}.`;
  return "Name a oneDNN 2.x or 3.x library file in ISTHMUS_ONEDNN.";
}

/**
 * Refuses what would hang or fill the memory when it is loaded: devices, pipes, folders.
 * @throws UserError where a path is there and no file with something in it
 */
export function checkIsFile(path: string): void {
  if (!path.includes("/") && !path.includes("\\")) return;
  let facts: ReturnType<typeof statSync>;
  try {
    facts = statSync(path);
  } catch {
    // The loader says what is wrong.
    return;
  }
  const what = facts.isDirectory()
    ? "a folder"
    : !facts.isFile()
      ? "a device or a pipe"
      : facts.size === 0
        ? "empty"
        : "";
  if (what === "") return;
  throw new UserError(`oneDNN (libdnnl) could not be loaded: ${path} is ${what}, not a library file.`, {
    at: "ISTHMUS_ONEDNN",
    hint: remedy(),
  });
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}
