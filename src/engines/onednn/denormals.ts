// Numbers below 1.2e-38 count as zero while the library computes. An Intel Xeon took six times as long over Adam's step on such
// moments, and training makes them: the first moment of a weight that no longer gets a gradient shrinks by a tenth a step and stays at 5e-45.
import os from "node:os";
import type { Koffi } from "./koffi.js";

/** fenv_t of x86-64 and the control word of its vector instructions within: the last four bytes. */
const environmentBytes = 32;
const flushToZero = 1 << 15;
const denormalsAreZero = 1 << 6;

/** Does some work, all of it before it returns, with denormal numbers as zero, in this thread and those it starts meanwhile. */
export type WithoutDenormals = <T>(work: () => T) => T;

/** Where the C library is not glibc on x86-64, the work is simply done. */
export function denormalFlusher(koffi: Koffi): WithoutDenormals {
  if (os.platform() !== "linux" || os.arch() !== "x64") return (work) => work();
  let set: (environment: Uint8Array) => number;
  const usual = new Uint8Array(environmentBytes);
  try {
    const library = koffi.load("libm.so.6");
    library.func("int fegetenv(void *environment)")(usual);
    set = library.func("int fesetenv(const void *environment)") as never;
  } catch {
    return (work) => work();
  }
  const flushing = usual.slice();
  const control = new DataView(flushing.buffer, environmentBytes - 4);
  control.setUint32(0, control.getUint32(0, true) | flushToZero | denormalsAreZero, true);
  // JavaScript's own numbers keep their denormals: the usual state is back before the work's result is.
  return (work) => {
    set(flushing);
    try {
      return work();
    } finally {
      set(usual);
    }
  };
}
