// Ends the process at once, whatever its threads compute.
import { createRequire } from "node:module";

/**
 * `process.exit` waits for the threads of the system's pool: for a picture of many megapixels that is being encoded, some seconds.
 * The C library's own `_exit` does not. Nothing is left to clear up: files appear whole, by their last name, or not at all.
 */
export function leave(code: number): never {
  try {
    const koffi = createRequire(import.meta.url)("koffi") as typeof import("koffi");
    koffi.load(null).func("void _exit(int)")(code);
  } catch {
    // Where there is no such function, the process ends a little later.
  }
  process.exit(code);
}
