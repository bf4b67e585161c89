// The files of dist as `npm run build` writes them, but for declarations, and without checking a type: node scripts/transpile.mjs.
// Only what is older than its source is made again. `npm start` begins so; what is published is built whole.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

const settings = "tsconfig.build.json";

/** Sources that the build takes, from src. */
const sources = readdirSync("src", { recursive: true })
  .map((name) => name.replaceAll("\\", "/"))
  .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts") && !/(^|\/)testing\//.test(name))
  // What only browsers run is bundled by scripts/pages.mjs.
  .filter((name) => !/^(report\/page\/browser|studio\/client)\//.test(name));
const modified = (path) => (existsSync(path) ? statSync(path).mtimeMs : Number.NEGATIVE_INFINITY);
const newest = Math.max(modified(settings), modified("tsconfig.json"), modified("package-lock.json"));
const written = (name) => join("dist", name.replace(/\.ts$/, ".js"));
const stale = sources.filter((name) => {
  const made = modified(written(name));
  return made < modified(join("src", name)) || made < newest;
});

if (stale.length > 0) {
  const { default: ts } = await import("typescript");
  const parsed = ts.getParsedCommandLineOfConfigFile(
    settings,
    {},
    {
      ...ts.sys,
      onUnRecoverableConfigFileDiagnostic: (problem) => {
        throw new Error(String(problem.messageText));
      },
    },
  );
  // File by file nobody looks up that the package is of modules.
  const compilerOptions = {
    ...parsed.options,
    declaration: false,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
  };
  for (const name of stale) {
    const path = written(name);
    // Declarations of an earlier whole build would tell of other sources.
    rmSync(path.replace(/\.js$/, ".d.ts"), { force: true });
    mkdirSync(dirname(path), { recursive: true });
    const { outputText } = ts.transpileModule(readFileSync(join("src", name), "utf8"), {
      compilerOptions,
      fileName: join("src", name),
    });
    writeFileSync(path, outputText);
  }
}
process.stderr.write(`built ${stale.length} of ${sources.length} files\n`);
