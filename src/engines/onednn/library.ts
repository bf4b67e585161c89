// Finds oneDNN on this system, loads it so that the process can exit cleanly, and picks the adapter for its version.
import { createRequire } from "node:module";
import os from "node:os";
import { UserError } from "../../base/errors.js";
import type { Adapter } from "./adapter.js";
import { adapter2 } from "./adapter2.js";
import { adapter3 } from "./adapter3.js";
import { denormalFlusher, type WithoutDenormals } from "./denormals.js";
import type { Koffi, NativeLibrary } from "./koffi.js";
import { candidates, checkIsFile, remedy } from "./places.js";

export interface LoadedLibrary {
  readonly adapter: Adapter;
  /** The name or path that opened. */
  readonly path: string;
  readonly threads: number;
  addressOf(array: ArrayBufferView): bigint;
  /** To be around all that computes: OpenMP's threads keep for good what held when they were started. */
  readonly withoutDenormals: WithoutDenormals;
}

interface Loaded extends Pick<LoadedLibrary, "adapter" | "withoutDenormals"> {
  readonly setThreads: (count: number) => void;
}
// Kept loaded until the process ends, so a second engine finds them ready; one for each path and thread of JavaScript.
const loaded = new Map<string, Loaded>();

/**
 * @param threads threads that compute, 1 or more
 * @throws UserError where no library is found, it will not load, or its version is not supported
 */
export function loadLibrary(threads: number | undefined, environment: NodeJS.ProcessEnv = process.env): LoadedLibrary {
  const koffi = loadKoffi();
  if (loaded.size === 0) limitSpinning(koffi, environment);
  const chosen = environment.ISTHMUS_ONEDNN;
  if (chosen) checkIsFile(chosen);
  const failures: string[] = [];
  for (const path of chosen ? [chosen] : candidates(environment)) {
    let entry = loaded.get(path);
    if (entry === undefined) {
      const library = tryLoad(koffi, path, failures);
      if (library === undefined) continue;
      entry = {
        adapter: adapterFor(koffi, library, path),
        setThreads: threadSetter(koffi),
        withoutDenormals: denormalFlusher(koffi),
      };
      loaded.set(path, entry);
    }
    const count = threads ?? os.availableParallelism();
    const { adapter, setThreads, withoutDenormals } = entry;
    setThreads(count);
    return { adapter, path, threads: count, addressOf: (array) => koffi.address(array), withoutDenormals };
  }
  const why = failures.length === 0 ? `no library is known for ${os.platform()}` : failures.join("; ");
  throw new UserError(`oneDNN (libdnnl) could not be loaded: ${why}.`, {
    ...(chosen ? { at: "ISTHMUS_ONEDNN" } : {}),
    hint: remedy(environment),
  });
}

function loadKoffi(): Koffi {
  try {
    return createRequire(import.meta.url)("koffi") as Koffi;
  } catch (cause) {
    throw new UserError("the native interface package koffi could not be loaded on this platform.", {
      hint: "Run npm install koffi@3.3.4 beside isthmus, on a platform that koffi supports.",
      cause,
    });
  }
}

/**
 * How long a thread of OpenMP that waits for work keeps its processor before it gives it away, in turns of a loop. GNU OpenMP's own
 * 300,000 are some tenths of a millisecond, in which another's thread that is waited for cannot run.
 */
const spinCount = "10000";

/** Says so to GNU OpenMP, unless the person has: it reads the environment when it is loaded, and a worker's `process.env` is a copy. */
function limitSpinning(koffi: Koffi, environment: NodeJS.ProcessEnv): void {
  if (environment.GOMP_SPINCOUNT !== undefined || environment.OMP_WAIT_POLICY !== undefined) return;
  for (const host of ["libc.so.6", "libSystem.B.dylib"]) {
    try {
      koffi.load(host).func("int setenv(const char *name, const char *value, int overwrite)")(
        "GOMP_SPINCOUNT",
        spinCount,
        0,
      );
      return;
    } catch {
      // Without it, threads spin as OpenMP will have it.
    }
  }
}

function tryLoad(koffi: Koffi, path: string, failures: string[]): NativeLibrary | undefined {
  keepLoaded(koffi, path);
  try {
    return koffi.load(path);
  } catch (error) {
    const reason =
      error instanceof Error ? error.message.replace(/^Failed to load shared library: /, "") : String(error);
    failures.push(reason.startsWith(path) ? reason : `${path}: ${reason}`);
    return undefined;
  }
}

/**
 * OpenMP's threads still spin when libraries are unloaded at exit, which would crash the process after its work is done.
 * A library opened once with RTLD_NODELETE is never unloaded.
 */
function keepLoaded(koffi: Koffi, path: string): void {
  const flags: Readonly<Record<string, number>> = { linux: 0x2 | 0x1000, darwin: 0x2 | 0x80 };
  const flag = flags[os.platform()];
  if (flag === undefined) return;
  for (const host of ["libc.so.6", "libdl.so.2", "libSystem.B.dylib"]) {
    try {
      const dlopen = koffi.load(host).func("void *dlopen(const char *path, int flags)");
      for (const name of ["libgomp.so.1", path]) dlopen(name, flag);
      return;
    } catch {
      // The next host may have it; without any, loading still works.
    }
  }
}

function adapterFor(koffi: Koffi, library: NativeLibrary, path: string): Adapter {
  let major: number;
  try {
    // struct dnnl_version_t begins with int major, minor, patch.
    const version = library.func("void *dnnl_version()")() as bigint;
    major = new Int32Array(koffi.view(version, 4))[0] ?? 0;
  } catch (cause) {
    throw new UserError(`${path} is not a oneDNN library: it has no dnnl_version.`, { hint: remedy(), cause });
  }
  if (major === 2) return adapter2(koffi, library);
  if (major === 3) return adapter3(koffi, library);
  throw new UserError(`${path} is oneDNN ${major}.x, which is not supported.`, {
    hint: remedy(),
  });
}

function threadSetter(koffi: Koffi): (count: number) => void {
  for (const name of ["libgomp.so.1", "libomp.dylib", "libiomp5.so"]) {
    try {
      return koffi.load(name).func("void omp_set_num_threads(int count)") as (count: number) => void;
    } catch {
      // Another OpenMP runtime may be the one in use.
    }
  }
  return () => {};
}
