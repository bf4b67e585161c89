// What tsc leaves undone: the command file must be executable.
import { chmodSync } from "node:fs";

chmodSync("dist/cli/main.js", 0o755);
