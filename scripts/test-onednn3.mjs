// Runs the engine's suites on oneDNN 3.x: the library file that ISTHMUS_ONEDNN_3 names. Without it, says so and passes.
import { spawnSync } from "node:child_process";

const suites = ["test/contract/engines.test.ts", "src/engines/onednn", "test/golden"];
const library = process.env.ISTHMUS_ONEDNN_3;
if (library === undefined || library === "") {
  process.stderr.write("test:onednn3 skipped: ISTHMUS_ONEDNN_3 names no libdnnl.so.3\n");
  process.exit(0);
}
const { status } = spawnSync("npx", ["vitest", "run", ...suites], {
  stdio: "inherit",
  env: { ...process.env, ISTHMUS_ONEDNN: library },
});
process.exit(status ?? 1);
