// Puts into dist what the package uses of others' work that is large as a whole: the charts of ECharts, ONNX Runtime in
// WebAssembly, the studio's server library, the fonts. Writes THIRD-PARTY-NOTICES with the licences of all that was taken.
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { build } from "esbuild";

const noticesFile = "THIRD-PARTY-NOTICES";

/** @param inPages folders of the packages that pages have inside (pages.mjs) */
export async function bundleThirdParty(inPages) {
  copyWebAssembly();
  const folders = [
    ...inPages,
    ...(await bundle("report/echarts")),
    ...(await bundle("engines/onnx/web")),
    ...(await bundle("studio/server/hono")),
    ...(await copyFonts()),
  ];
  writeFileSync(noticesFile, noticesOf([...new Set(folders)].sort()));
}

/**
 * Puts into a file of dist what it imports of packages, those parts that are used. Made of its source, so that it can be made again.
 * @returns the folders of these packages
 */
async function bundle(name) {
  const { metafile } = await build({
    entryPoints: [`src/${name}.ts`],
    outfile: `dist/${name}.js`,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20.19",
    minify: true,
    legalComments: "none",
    metafile: true,
    logLevel: "warning",
  });
  const folders = Object.keys(metafile.inputs).flatMap((path) => packageFolder.exec(path)?.[0] ?? []);
  if (folders.length === 0) throw new Error(`src/${name}.ts imports nothing of packages`);
  return folders;
}
/** `node_modules/echarts` of node_modules/echarts/core.js. */
const packageFolder = /^.*node_modules\/(@[^/]+\/)?[^/]+/;

/** What ONNX Runtime in WebAssembly loads from beside it. */
function copyWebAssembly() {
  for (const name of ["ort-wasm-simd-threaded.mjs", "ort-wasm-simd-threaded.wasm"]) {
    copyFileSync(join("node_modules/onnxruntime-web/dist", name), join("dist/engines/onnx", name));
  }
}

/** dist/data/fonts: the typefaces of printed digits, and the font of pictures. */
async function copyFonts() {
  const { typefaces } = await import("../dist/data/printedDigits/typefaces.js");
  const { pictureTypeface } = await import("../dist/report/fonts.js");
  const folder = "dist/data/fonts";
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const { name, weights } of [...typefaces, pictureTypeface]) {
    for (const weight of weights) {
      const file = `${name}-latin-${weight}-normal.woff2`;
      copyFileSync(join("node_modules/@fontsource", name, "files", file), join(folder, file));
    }
  }
  return [...typefaces, pictureTypeface].map(({ name }) => `node_modules/@fontsource/${name}`);
}

/** @throws Error where a package says its terms nowhere */
function noticesOf(folders) {
  const packages = folders.map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    const texts = licenceFiles(folder, name).map((file) => readFileSync(file, "utf8").replaceAll("\r", "").trim());
    if (texts.length === 0) throw new Error(`${name} has no licence file: add scripts/licences/${name}.txt`);
    return { title: `${name} ${version} (${license})`, text: texts.join("\n\n") };
  });
  const head =
    "This package contains, in dist, files of the following packages or parts of them.\n" +
    "What npm installs beside this package is not among them and has its own licences.\n\n" +
    packages.map(({ title }) => `  ${title}\n`).join("");
  const rule = `\n${"=".repeat(100)}\n\n`;
  return [head, ...packages.map(({ title, text }) => `${title}\n\n${text}\n`)].join(rule);
}

function licenceFiles(folder, name) {
  const own = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /^(licen[cs]e|notice|copyrightnotice)/i.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => dirname(path) === folder || /\/licen[cs]es$/i.test(dirname(path)))
    .sort();
  // Where the package has none, its text as its makers publish it elsewhere.
  const kept = `scripts/licences/${name.replace("/", "-")}.txt`;
  return [...own, ...(existsSync(kept) ? [kept] : [])];
}
