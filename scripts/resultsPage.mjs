// docs/results.md out of docs/results/*.json. Pure: text from data.
import { firstAt, pytorchFigures } from "./denoiseTime.mjs";
import { ideas, reproductions } from "./reproductions.mjs";

const head = `# Results

Written by \`npm run reproduce -- NAME\` from \`docs/results/\`; every figure can be made again by the command under its table. MSE, MAE and BCE are means over every pixel (0 to 1; BCE in nats a pixel); PSNR is of each image, averaged (dB); SSIM as scikit-image has it. *Last* is the last epoch, in inference mode, on the whole test split, which chooses no weights. *Lowest* is the lowest test figure of the run, the definition of some published figures. PCA has as many components as the code has numbers and is fitted to the training images. Where several seeds were trained, the mean stands with the smallest and the largest in brackets.
`;

const captions = {
  test: "test images",
  asTrained: "corrupted as in training",
  within5: "turned within ±5°",
  within15: "turned within ±15°",
  within30: "turned within ±30°, beyond training",
  weaker: "weaker noise, σ 0.2",
  stronger: "stronger noise, σ 0.5",
  saltAndPepper: "salt and pepper, a tenth of the pixels",
  blur: "blurred, σ 2 pixels",
  squares: "a square of 25×25 missing",
};

/**
 * @param results contents of docs/results/PRESET.json
 * @param measuredIdeas contents of docs/results/ideas.json
 * @param denoiseTimes contents of docs/results/denoise-time.json
 * @param beside contents of docs/results/upright-oracle.json and denoisers.json
 */
export function resultsPage(results, measuredIdeas, denoiseTimes = [], { uprightOracle, denoisers } = {}) {
  const order = Object.keys(reproductions);
  const known = results.sort((a, b) => order.indexOf(a.preset) - order.indexOf(b.preset));
  const parts = [head, ...known.map(section)];
  if (uprightOracle !== undefined) parts.push(uprightOracleSection(uprightOracle));
  if (denoisers !== undefined) parts.push(denoisersSection(denoisers));
  parts.push(...mendingSection(known));
  if (denoiseTimes.length > 0) parts.push(denoiseTimeSection(denoiseTimes));
  if (measuredIdeas !== undefined) parts.push(ideasSection(measuredIdeas.runs));
  return parts.join("\n");
}

/** fashion-upright-best beside turning back by the true angle. */
function uprightOracleSection({ date, commit, library, node, seed, evaluationSeed, rows }) {
  const names = {
    input: "the turned image itself",
    oracle: "turned back by the true angle, bilinear",
    model: "**fashion-upright-best**",
  };
  const lines = rows.flatMap(({ images, degrees, ...found }) =>
    Object.entries(names).map(([what, title]) => [
      `${images.toLocaleString("en-US")}, ±${degrees}°`,
      title,
      ...["mse", "psnr", "ssim"].map((name) => figureText(name)(found[what][name])),
    ]),
  );
  return [
    "## fashion-upright-best beside an oracle",
    "",
    "The oracle knows each test image's angle and turns it back by it, blending the four pixels around (zeros outside); a restoration has to find the angle, but may mend what turning twice blurs. The first 2,000 test images, and all.",
    "",
    ...table(["test images, turned within", "", "MSE", "PSNR", "SSIM"], lines),
    "",
    `Seed ${seed}, evaluation seed ${evaluationSeed}; ${library}, Node ${node.replace("v", "")}, ${date}, commit ${commit}: \`npm run build && node scripts/uprightOracle.mjs RUN\``,
    "",
  ].join("\n");
}

/** The digits' denoisers beside methods that learn nothing. */
function denoisersSection({ date, commit, images, sigma, seed, versions, settings, command, rows }) {
  const lines = rows.map(({ title, isModel, ...found }) => [
    isModel ? `**${title}**` : title,
    ...["mse", "psnr", "ssim"].map((name) => figureText(name)(found[name])),
    found.secondsPerImage === undefined ? "" : found.secondsPerImage.toFixed(3),
  ]);
  return [
    "## The digits' denoisers beside BM3D and non-local means",
    "",
    `${images} test images, evenly spaced, with Gaussian noise of σ ${sigma}, clipped to 0 to 1; all see the same noise (seed ${seed}). ${settings}`,
    "",
    ...table(["", "MSE", "PSNR", "SSIM", "seconds an image"], lines),
    "",
    `${versions}, ${date}, commit ${commit}: \`${command}\``,
    "",
  ].join("\n");
}

/** What becomes of blurred digits and of digits with a square missing, by every way that was measured on them. */
function mendingSection(known) {
  const of = (preset) => known.find((result) => result.preset === preset)?.runs[0];
  const own = of("digits-restore");
  const dense = of("digits-denoise");
  if (own === undefined || dense === undefined) return [];
  const ways = [
    ["the corrupted input itself", own, "input"],
    ["PCA of the corrupted input, 250 components", dense, "pcaOfInput"],
    ["digits-denoise, trained on noise", dense, "model"],
    ["digits-denoise-conv, trained on noise", of("digits-denoise-conv"), "model"],
    ["**digits-restore**", own, "model"],
  ];
  const lines = ways.flatMap(([title, run, what]) => {
    if (run === undefined) return [];
    const figures = ["blur", "squares"].flatMap((corruption) => {
      const row = run.evaluations[corruption].rows.find((each) => each.what === what);
      return ["mse", "psnr", "ssim"].map((name) => figureText(name)(row[name]));
    });
    return [[title, ...figures]];
  });
  const columns = [captions.blur, captions.squares].flatMap((what) => [`${what}: MSE`, "PSNR", "SSIM"]);
  return [
    [
      "## Blurred digits, and digits with a square missing",
      "",
      "The same test images for all, seed 0; commands and versions stand under each preset.",
      "",
      ...table(["", ...columns], lines),
      "",
    ].join("\n"),
  ];
}

/** How long the network of digits-denoise takes to PyTorch's figure. */
function denoiseTimeSection(measured) {
  return [
    "## The time of digits-denoise",
    "",
    "The same network on the same pictures. PyTorch (eager) trained with Adam at a constant 0.001, batches of 64 and drawn weights; its time begins at its first step, that of Isthmus at the command. They train by turns, an epoch each while the others stand still, and a training's time is that of its own turns. The figure of a single epoch scatters, so the mean of PyTorch's last ten stands beside its last. `npm run bench:denoise -- --python VENV` measures it again.",
    "",
    ...measured.flatMap(denoiseTimeTable),
  ].join("\n");
}

function denoiseTimeTable({ processor, note, pytorch, sameRecipe, preset, date, threads, minutes }) {
  const { last: end, mean } = pytorchFigures(pytorch);
  const row = (what, run) => {
    const reached = (figure) => {
      const there = firstAt(run, figure);
      return there === undefined ? "not reached" : `${(there.seconds / 60).toFixed(1)} (epoch ${there.epoch})`;
    };
    const last = run.epochs.at(-1);
    return [
      what,
      reached(end),
      reached(mean),
      `${last.test.toPrecision(4)} after ${(last.seconds / 60).toFixed(1)}, ${last.epoch} epochs`,
    ];
  };
  const about = `${processor}, ${threads} threads, ${date}; PyTorch ${pytorch.torch} for ${minutes} minutes.`;
  return [
    note === undefined ? about : `${about} ${note}`,
    "",
    ...table(
      [
        "",
        `minutes to PyTorch's last test MSE, ${end.toPrecision(4)}`,
        `minutes to the mean of its last ten, ${mean.toPrecision(4)}`,
        "test MSE at the end, minutes",
      ],
      [
        row("PyTorch", pytorch),
        row("Isthmus, the same recipe, until it is there", sameRecipe),
        row("Isthmus, the preset digits-denoise", preset),
      ],
    ),
    "",
  ];
}

/** Each idea alone and all together: what a classifier makes of the codes then. */
function ideasSection(runs) {
  const rows = ideas.flatMap(({ idea, settings }) => {
    const own = runs.filter((run) => run.idea === idea);
    if (own.length === 0) return [];
    const accuracy = (at) =>
      spread(
        own.map(({ probes }) => probes[at].accuracy),
        (value) => value.toFixed(4),
      );
    const bce = spread(
      own.map(({ evaluations }) => evaluations.test.rows[0].bce),
      (value) => value.toFixed(4),
    );
    const what = settings.length === 0 ? idea : `${idea}: ${settings.map((setting) => `\`${setting}\``).join(" ")}`;
    return [[what, bce, ...own[0].probes.map((_, at) => accuracy(at))]];
  });
  const [first] = runs;
  const seeds = [...new Set(runs.map(({ seed }) => seed))].join(",");
  const { library, threads, date, commit, epochs } = first;
  return [
    "## Ideas for better accuracy",
    "",
    `What a classifier makes of the codes of mnist-codes-relu when it is trained in other ways. A standard error of one accuracy is ± ${first.probes[0].standardError.toFixed(4)} or less; differences below three of them may be chance. No setting was chosen by a test figure.`,
    "",
    ...table(
      [
        "idea",
        "BCE",
        ...first.probes.map(({ title }) => title.replace(/, \d+–.*?(, |$)/, "$1").replace(/^\d+ nearest/, "nearest")),
      ],
      rows,
    ),
    "",
    `${epochs} epochs each on ${threads} ${threads === 1 ? "thread" : "threads"}; ${library}, ${date}, commit ${commit}: \`npm run reproduce -- ideas --seeds ${seeds} --threads ${threads}\``,
    "",
  ].join("\n");
}

function section({ preset, runs }) {
  const [first] = runs;
  const { published, caveat } = reproductions[preset];
  const parts = [`## ${preset}`, "", `Published: ${published}.`, ""];
  if (caveat !== undefined) parts.push(`To be weighed: ${caveat}.`, "");
  for (const what of Object.keys(first.evaluations)) parts.push(...evaluationTable(what, runs), "");
  parts.push(...phaseLines(runs), ...variationalLines(runs), ...probeTable(runs));
  parts.push(...provenanceLines(preset, runs), "");
  const { pictures = [] } = runs.findLast((run) => run.pictures !== undefined) ?? {};
  for (const { file, caption } of pictures) parts.push(`![${preset}: ${caption}](results/images/${file})`, "");
  return parts.join("\n");
}

/** Seeds that were run at different times, on other machines or in other versions have a line each. */
function provenanceLines(preset, runs) {
  const groups = new Map();
  for (const run of runs) {
    const { threads, note, library, instructionSet, node, date, commit } = run;
    const how = `on ${threads} ${threads === 1 ? "thread" : "threads"}${note === undefined ? "" : ` (${note})`}; ${library}${instructionSet === undefined ? "" : ` (${instructionSet})`}, Node ${node.replace("v", "")}, ${date}, commit ${commit}`;
    groups.set(how, [...(groups.get(how) ?? []), run]);
  }
  const lines = [...groups].map(([how, own]) => {
    const [{ epochs, threads }] = own;
    const seeds = own.map(({ seed }) => seed);
    const minutes = spread(
      own.map((run) => run.minutes),
      (value) => value.toFixed(1),
    );
    return `${epochs} epochs, ${minutes} minutes ${how}; seed${seeds.length > 1 ? "s" : ""} ${seeds.join(", ")}: \`npm run reproduce -- ${preset} --seeds ${seeds.join(",")} --threads ${threads}\``;
  });
  return lines.length === 1 ? lines : lines.map((line) => `- ${line}`);
}

function evaluationTable(what, runs) {
  const evaluations = runs.map((run) => run.evaluations[what]).filter((found) => found !== undefined);
  const [{ rows, images, sizes = [] }] = evaluations;
  const columns = ["mse", "bce", "mae", "psnr", "ssim"].filter(
    (name) => rows[0][name] !== undefined && (name !== "bce" || hasBce(runs)),
  );
  const lines = rows.map((row, at) => [
    row.what === "model" ? `**${row.title}**` : row.title,
    ...columns.map((name) =>
      spread(
        evaluations.map((found) => found.rows[at]?.[name]).filter((value) => value !== undefined),
        figureText(name),
      ),
    ),
  ]);
  const bySize = sizes.flatMap((group, at) => {
    const own = columns.map((name) =>
      spread(
        evaluations.map(({ sizes: all }) => all[at]?.[name]),
        figureText(name),
      ),
    );
    const input =
      group.input === undefined
        ? []
        : [
            [
              `the same, the input itself`,
              ...columns.map((name) => (group.input[name] === undefined ? "" : figureText(name)(group.input[name]))),
            ],
          ];
    return [[`digits ${group.group}`, ...own], ...input];
  });
  return [
    ...table(
      [`${captions[what] ?? what}, ${images.toLocaleString("en-US")}`, ...columns.map(columnTitle)],
      [...lines, ...bySize],
    ),
    ...(hasBce(runs)
      ? ["", `No BCE can be below ${evaluations[0].entropyFloor.toFixed(4)}, the entropy of the grey pixels.`]
      : []),
  ];
}

function hasBce(runs) {
  return runs.some(({ test }) => test.bce !== undefined || test.reconstruction !== undefined);
}

function phaseLines(runs) {
  const text = figureText("mse");
  const of = (pick) =>
    spread(
      runs.map(pick).filter((value) => value !== undefined),
      text,
    );
  const lines = runs[0].phases.map(
    ({ epochs }, at) =>
      `- ${runs[0].phases.length > 1 ? `Phase ${at + 1}, ${epochs} epochs: ` : ""}test MSE at its last epoch ${of(({ phases }) => phases[at].last.mse)}, lowest ${of(({ phases }) => phases[at].lowestTestMse.value)} (epoch ${runs[0].phases[at].lowestTestMse.epoch}); lowest training MSE, in training mode, ${of(({ phases }) => phases[at].lowestTrainMse.value)}.`,
  );
  const evaluated = of(({ trainEvaluated }) => trainEvaluated?.mse);
  return [
    ...lines,
    ...(evaluated === "" ? [] : [`- Training images in inference mode after the last epoch: MSE ${evaluated}.`]),
    "",
  ];
}

function variationalLines(runs) {
  const [name] = Object.keys(runs[0].evaluations);
  const found = runs.map(({ evaluations }) => evaluations[name].variational).filter((each) => each !== undefined);
  if (found.length === 0) return [];
  const of = (part) =>
    spread(
      found.map((each) => each[part]),
      (value) => value.toFixed(2),
    );
  return [
    `- One code drawn for each test image: BCE ${of("bce")} nats an image (${spread(
      found.map(({ bcePerPixel }) => bcePerPixel),
      (value) => value.toFixed(4),
    )} a pixel), KL ${of("kl")} nats an image, sum ${of("sum")}.`,
    "",
  ];
}

function probeTable(runs) {
  const all = runs.map(({ probes }) => probes).filter((probes) => probes !== undefined);
  if (all.length === 0) return [];
  const rows = all[0].map(({ title, standardError }, at) => [
    title,
    spread(
      all.map((probes) => probes[at].accuracy),
      (value) => value.toFixed(4),
    ),
    `± ${standardError.toFixed(4)}`,
  ]);
  return [...table(["classifier on the frozen codes", "accuracy on test", "standard error"], rows), ""];
}

/** The mean with the smallest and the largest; one value where they look the same, as those of a baseline do. */
function spread(values, text) {
  if (values.length === 0) return "";
  const [smallest, largest] = [text(Math.min(...values)), text(Math.max(...values))];
  if (smallest === largest) return smallest;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return `${text(mean)} (${smallest} to ${largest})`;
}

function figureText(name) {
  if (name === "psnr") return (value) => value.toFixed(2);
  if (name === "ssim") return (value) => value.toFixed(4);
  return (value) => value.toPrecision(4);
}

function columnTitle(name) {
  return name === "psnr" ? "PSNR" : name.toUpperCase();
}

function table(header, rows) {
  return [
    `| ${header.join(" | ")} |`,
    `|---|${header
      .slice(1)
      .map(() => "--:|")
      .join("")}`,
    ...rows.map((row) => `| ${row.join(" | ")} |`),
  ];
}
