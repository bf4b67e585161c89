// Packs the built package as it would be published and looks at it as its users' tools will: publint at what the manifest says,
// attw at whether its types are found. Exits with 1 where either finds fault.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { publint } from "publint";
import { formatMessage } from "publint/utils";

const folder = mkdtempSync(join(tmpdir(), "isthmus-package-"));
try {
  const packed = spawnSync("npm", ["pack", "--silent", "--pack-destination", folder], { encoding: "utf8" });
  if (packed.status !== 0) throw new Error(packed.stderr);
  const tarball = join(folder, packed.stdout.trim().split("\n").at(-1));
  const manifest = JSON.parse(readFileSync("package.json", "utf8"));
  const { buffer, byteOffset, byteLength } = readFileSync(tarball);
  const { messages } = await publint({
    pack: { tarball: buffer.slice(byteOffset, byteOffset + byteLength) },
    strict: true,
  });
  for (const message of messages) console.error(`publint: ${formatMessage(message, manifest)}`);
  // It is a package of ES modules: that require() and resolution without "exports" find types is not promised.
  const attw = spawnSync("node_modules/.bin/attw", [tarball, "--profile", "esm-only", "--no-emoji", "--no-color"], {
    encoding: "utf8",
  });
  if (attw.status !== 0) console.error(`${attw.stdout}${attw.stderr}`);
  if (messages.length > 0 || attw.status !== 0) process.exitCode = 1;
  else console.log("publint and attw find no fault");
} finally {
  rmSync(folder, { recursive: true, force: true });
}
