// Isthmus sends nothing: what its commands leave on the disk and ask of the network, with ONNX Runtime's native build in use.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, relative, resolve } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "isthmus-privacy-"));
const [home, cache, temporary, work] = ["home", "cache", "temporary", "work"].map((name) => join(folder, name)) as [
  string,
  string,
  string,
  string,
];
const trace = join(folder, "trace");
const hasStrace = spawnSync("strace", ["-f", "-o", trace, "true"]).status === 0;
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const experiment = `
name: private-matters
data: { source: mnist, limit: { train: 200, test: 50 } }
model:
  kind: autoencoder
  encoder: [flatten, { dense: 8 }]
  decoder: [{ dense: 784 }, sigmoid, { unflatten: [1, 28, 28] }]
loss: mse
phases:
  - { epochs: 1, batchSize: 50 }
`;

/** Calls to the network that were seen. */
const calls: string[] = [];

/** Runs node with nothing of this machine's user, and watches whether it asks the network. */
async function run(words: readonly string[]): Promise<void> {
  const watched = hasStrace
    ? ["strace", "-f", "-qq", "-e", "trace=socket,connect,sendto,sendmsg,sendmmsg", "-o", trace]
    : [];
  const [program = "", ...rest] = [...watched, process.execPath, ...words];
  const child = spawn(program, rest, {
    cwd: work,
    env: { PATH: process.env.PATH, HOME: home, XDG_CACHE_HOME: cache, TMPDIR: temporary, NO_COLOR: "1" },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const looking = setInterval(() => calls.push(...openConnections(child.pid)), 2);
  const [stderr, [status]] = await Promise.all([text(child.stderr), once(child, "exit")]);
  clearInterval(looking);
  if (hasStrace) {
    const lines = readFileSync(trace, "utf8").split("\n");
    calls.push(...lines.filter((line) => /AF_INET|AF_NETLINK|AF_PACKET/.test(line)));
  }
  expect({ status, stderr: status === 0 ? "" : stderr }).toEqual({ status: 0, stderr: "" });
}
const isthmus = (...words: string[]) => run([resolve("dist/cli/main.js"), ...words]);

/** Sockets of a process to anywhere but its own machine's processes, on Linux, while they are open. */
function openConnections(process: number | undefined): string[] {
  const found: string[] = [];
  try {
    const links = readdirSync(`/proc/${process}/fd`).map((name) => readlinkSync(`/proc/${process}/fd/${name}`));
    const inodes = links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []);
    if (inodes.length === 0) return [];
    for (const kind of ["tcp", "tcp6", "udp", "udp6"]) {
      const table = readFileSync(`/proc/${process}/net/${kind}`, "utf8").split("\n").slice(1);
      found.push(...table.filter((line) => inodes.includes(line.trim().split(/\s+/)[9] ?? "")));
    }
  } catch {
    // The process or one of its files has gone meanwhile, or the system has no /proc.
  }
  return found;
}

const filesIn = (path: string): string[] =>
  readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(path, join(entry.parentPath, entry.name)));

function expectNothing(): void {
  expect(filesIn(home)).toEqual([]);
  expect(filesIn(temporary)).toEqual([]);
  // The cache is ours alone.
  expect(existsSync(cache) ? readdirSync(cache).filter((name) => name !== "isthmus") : []).toEqual([]);
  expect(calls).toEqual([]);
}

beforeAll(() => {
  if (!existsSync("dist/cli/main.js")) throw new Error("the package is not built: npm run build");
  for (const path of [home, temporary, work]) mkdirSync(path);
  writeFileSync(join(work, "private.yaml"), experiment);
  // Predictable names in the temporary folder must not lead to what they point at.
  writeFileSync(join(work, "precious.txt"), "precious");
  if (!hasStrace)
    console.warn(
      "strace is not installed: files are watched, of the network only connections that stay open for some milliseconds",
    );
});

describe("nothing is sent", () => {
  it("by training on ONNX Runtime, restoring and exporting: no file but ours appears, nothing asks the network", async () => {
    await isthmus("train", "private.yaml", "--engine", "onnx");
    expectNothing();
    const [name = ""] = readdirSync(join(work, "runs"));
    const pictures = join(work, "runs", name, "images");
    const picture = join(pictures, readdirSync(pictures).find((file) => file.endsWith(".png")) ?? "");
    await isthmus("restore", join("runs", name), picture, "--engine", "onnx", "--out", "restored.png");
    expectNothing();
    await isthmus("export", join("runs", name), "--out", "exported");
    expectNothing();
    await isthmus(
      "restore",
      "--encoder",
      "exported/encoder.onnx",
      "--decoder",
      "exported/decoder.onnx",
      picture,
      "--out",
      "again.png",
    );
    expectNothing();
    await isthmus("doctor");
    expectNothing();
  });

  it.each(["the main thread", "a worker thread"])("by the library in %s of a program", async (where) => {
    const program = join(work, "program.mjs");
    const engines = JSON.stringify(resolve("dist/library/engines.js"));
    writeFileSync(
      program,
      `import { isMainThread, Worker } from "node:worker_threads";
      import { symlinkSync } from "node:fs";
      import { openEngine, inspectEngines } from ${engines};
      if (isMainThread && process.argv[2] === "worker") {
        // The file that would be opened by a name that anybody can foretell.
        symlinkSync(process.cwd() + "/precious.txt", process.env.TMPDIR + "/mat-debug-" + process.pid + ".log");
        new Worker(new URL(import.meta.url));
      } else {
        const { library } = (await openEngine("onnx")).describe();
        if (!library.endsWith("(node)")) throw new Error(library);
        await inspectEngines();
      }`,
    );
    await run([program, ...(where === "a worker thread" ? ["worker"] : [])]);
    for (const name of readdirSync(temporary)) {
      expect(name).toMatch(/^mat-debug-\d+\.log$/);
      rmSync(join(temporary, name));
    }
    expect(readFileSync(join(work, "precious.txt"), "utf8")).toBe("precious");
    expectNothing();
  });
});
