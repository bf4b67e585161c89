import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { candidates, checkIsFile, remedy } from "./places.js";

const folder = mkdtempSync(join(tmpdir(), "isthmus-onednn-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** An environment of Python that holds these files. */
function prefix(name: string, ...files: readonly string[]): string {
  const path = join(folder, name);
  mkdirSync(join(path, "lib"), { recursive: true });
  for (const file of files) writeFileSync(join(path, "lib", file), "a library");
  return path;
}
/** The first places, not as far as Python is asked. */
function first(environment: Readonly<Record<string, string>>, count: number): string[] {
  const found: string[] = [];
  for (const path of candidates(environment)) {
    found.push(path);
    if (found.length === count) break;
  }
  return found;
}

describe.skipIf(process.platform !== "linux")("the places of oneDNN", () => {
  it("are the system's first, 2.x before 3.x", () => {
    expect(first({ HOME: folder }, 1)).toEqual(["libdnnl.so.2"]);
    expect(first({ HOME: folder }, 3).filter((path) => !path.startsWith("/"))).toEqual([
      "libdnnl.so.2",
      "libdnnl.so.3",
    ]);
  });

  it("are then where pip and conda install to: active environments, the user's own, conda's usual folders", () => {
    const venv = prefix("venv", "libdnnl.so", "libdnnl.so.3", "libdnnl.so.3.2");
    const conda = prefix("conda", "libdnnl.so.3");
    const home = join(folder, "home");
    prefix("home/.local", "libdnnl.so.3");
    prefix("home/miniforge3", "libdnnl.so.2", "libdnnl.so.3");
    const own = first({ VIRTUAL_ENV: venv, CONDA_PREFIX: conda, HOME: home }, 20).filter((path) =>
      path.startsWith(folder),
    );
    expect(own).toEqual([
      join(venv, "lib/libdnnl.so.3"),
      join(conda, "lib/libdnnl.so.3"),
      join(home, ".local/lib/libdnnl.so.3"),
      join(home, "miniforge3/lib/libdnnl.so.2"),
      join(home, "miniforge3/lib/libdnnl.so.3"),
    ]);
  });

  it("are none in a folder that is named without its beginning, or in what is no file", () => {
    const venv = prefix("venv-of-folders");
    mkdirSync(join(venv, "lib", "libdnnl.so.3"));
    const found = first({ VIRTUAL_ENV: "venv", CONDA_PREFIX: venv, HOME: folder }, 20);
    expect(found.filter((path) => path.includes("venv"))).toEqual([]);
  });

  it("are installed without root into the user's folder, or into the environment that is active", () => {
    expect(remedy({})).toContain(
      "without root, on x64: PIP_BREAK_SYSTEM_PACKAGES=1 python3 -m pip install --user onednn-cpu-gomp==2023.2.0)",
    );
    expect(remedy({ VIRTUAL_ENV: "/venv" })).toContain(
      "without root, on x64: python3 -m pip install onednn-cpu-gomp==2023.2.0)",
    );
    expect(remedy({})).toContain("sudo apt-get install libdnnl2");
  });
});

describe.skipIf(process.platform === "win32")("a library that is named", () => {
  const refused = (path: string, what: string) =>
    expect(() => checkIsFile(path)).toThrow(
      expect.objectContaining({
        name: "UserError",
        at: "ISTHMUS_ONEDNN",
        message: `oneDNN (libdnnl) could not be loaded: ${path} is ${what}, not a library file.`,
      }),
    );

  it("is refused where it is a device, a pipe, a folder or empty: loading it would never end", () => {
    const pipe = join(folder, "pipe");
    expect(spawnSync("mkfifo", [pipe]).status).toBe(0);
    writeFileSync(join(folder, "empty"), "");
    refused("/dev/zero", "a device or a pipe");
    refused(pipe, "a device or a pipe");
    refused(folder, "a folder");
    refused(join(folder, "empty"), "empty");
  });

  it("is left to the system's loader where it is a bare name or is not there", () => {
    expect(() => checkIsFile("libdnnl.so.2")).not.toThrow();
    expect(() => checkIsFile(join(folder, "none.so"))).not.toThrow();
  });
});
