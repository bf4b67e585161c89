// Keeps the native ONNX Runtime from reporting to its maker: it does so from the first session on, unless told by the environment.
import { createRequire } from "node:module";
import { isMainThread } from "node:worker_threads";

const name = "ORT_DISABLE_TELEMETRY";

/**
 * To be called before the library is loaded. It reads the environment of the process, not `process.env`, which in a worker
 * thread is a copy that the process never sees: there the C library is asked to set it.
 * @throws Error where the environment cannot be set from this thread; then the library must not be loaded
 */
export function switchTelemetryOff(): void {
  process.env[name] = "1";
  if (isMainThread || process.platform === "win32") return;
  if (!setNatively() && !isSetNatively()) {
    throw new Error("its reports to its maker can't be switched off in this thread");
  }
}

function setNatively(): boolean {
  try {
    const koffi = createRequire(import.meta.url)("koffi") as typeof import("koffi");
    return koffi.load(null).func("int setenv(const char *name, const char *value, int overwrite)")(name, "1", 1) === 0;
  } catch {
    return false;
  }
}

/** Whether a thread that may has set it. A report of Node's reads the true environment, slowly. */
function isSetNatively(): boolean {
  const { report } = process;
  if (report === undefined) return false;
  // Else it would ask the network for the names of open connections.
  Object.assign(report, { excludeNetwork: true });
  const { environmentVariables } = report.getReport() as { readonly environmentVariables?: Record<string, string> };
  return environmentVariables?.[name] === "1";
}
