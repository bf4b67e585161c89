import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { studio } from "../studio/task.js";
import { tasks } from "../tasks/index.js";
import { listPresets } from "../tasks/presetFiles.js";
import { commands } from "./commands/index.js";
import { run } from "./testing/terminal.js";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "isthmus-cli-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** An experiment file in the test's folder. */
function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}
const presetNames = (): string =>
  listPresets()
    .map(({ name }) => name)
    .join(", ");
const tiny = `name: tiny
data: { source: mnist, limit: { train: 64, test: 32 } }
model: { kind: autoencoder, encoder: [flatten, dense: 8], decoder: [dense: 784, unflatten: [1, 28, 28]] }
loss: mse
phases: [{ epochs: 2, batchSize: 16, optimizer: adam }]
`;

describe("help", () => {
  it("lists every task as a command, with the task's own summary", () => {
    expect(commands.map(({ name, summary }) => [name, summary])).toEqual(
      // The studio is a face itself, and stands before the data's commands.
      Object.values(tasks).flatMap(({ name, summary }) =>
        name === "data list"
          ? [
              [studio.name, studio.summary],
              [name, summary],
            ]
          : [[name, summary]],
      ),
    );
  });

  it("goes to stdout with exit code 0 when asked for", async () => {
    for (const words of [["--help"], ["-h"], ["help"]]) {
      const { code, stdout, stderr } = await run(words);
      expect(code).toBe(0);
      expect(stdout).toContain("Usage: isthmus COMMAND [ARGUMENTS] [FLAGS]");
      expect(stderr).toBe("");
    }
  });

  it("goes to stderr with exit code 2 when no command is named", async () => {
    const { code, stdout, stderr } = await run([]);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain("Commands:");
  });

  it.each(commands.map(({ name }) => name))("of %s has its flags, --json and examples", async (name) => {
    const { code, stdout } = await run([name, "--help"]);
    expect(code).toBe(0);
    expect(stdout).toContain(`Usage: isthmus ${name}`);
    expect(stdout).toContain("--json");
    expect(stdout).toMatch(new RegExp(`Examples:\\n  isthmus ${name}`));
  });

  it("of a group lists its commands", async () => {
    const { code, stdout } = await run(["data", "--help"]);
    expect(code).toBe(0);
    expect(stdout).toContain("Usage: isthmus data COMMAND [ARGUMENTS] [FLAGS]");
    expect(stdout).toContain("  data show  Show what a data set holds");
    expect((await run(["help", "data"])).stdout).toBe(stdout);
    expect(await run(["data"])).toEqual({ code: 2, stdout: "", stderr: stdout });
    expect((await run(["help", "data", "show"])).stdout).toContain("Usage: isthmus data show");
  });

  it("of train describes each flag of the grammar", async () => {
    const { stdout } = await run(["train", "--help"]);
    for (const flag of [
      "--set <PATH=VALUE>",
      "--data <SPEC>",
      "--epochs <N>",
      "--seed <N>",
      "--engine <ENGINE>",
      "--threads <N>",
      "--out <DIR>",
      "--resume",
      "--quick",
    ]) {
      expect(stdout).toContain(flag);
    }
  });

  it("tells the version of the package", async () => {
    const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
    expect((await run(["--version"])).stdout).toBe(`${version}\n`);
  });
});

describe("a wrong command", () => {
  const says = async (words: readonly string[], text: string) =>
    expect(await run(words)).toEqual({ code: 2, stdout: "", stderr: text });

  it("that does not exist suggests the nearest", () =>
    says(["tran", "mnist-conv"], "error: there is no command “tran”\n  Did you mean train?\n"));

  it("that is like none names all", () => {
    const names = [...new Set(commands.map(({ name }) => name.split(" ")[0]))].join(", ");
    return says(
      ["frobnicate"],
      `error: there is no command “frobnicate”\n  There are: ${names}. See isthmus --help.\n`,
    );
  });

  it("of a group suggests the nearest of the group", async () => {
    await says(["data", "lst"], "error: there is no command “data lst”\n  Did you mean data list?\n");
    await says(
      ["data", "frobnicate"],
      "error: there is no command “data frobnicate”\n  There are: data list, data get, data show. See isthmus data --help.\n",
    );
  });

  it("with an unknown flag suggests the nearest", () =>
    says(
      ["train", "mnist-conv", "--epoch", "3"],
      "error: isthmus train: unknown option --epoch\n  Did you mean --epochs?\n",
    ));

  it("without its argument says which", () =>
    says(["train"], "error: isthmus train: missing required argument PRESET|FILE|RUN\n  See isthmus train --help.\n"));

  it("with an unknown preset suggests the nearest", () =>
    says(
      ["train", "mnist-con"],
      `error: no preset is called "mnist-con"; did you mean mnist-conv?\n  There are: ${presetNames()}.\n`,
    ));

  it("with negative epochs says what is expected", () =>
    says(["train", "mnist-conv", "--epochs", "-3"], "error: --epochs: expected at least 1, got “-3”\n"));

  it("with epochs that are no number says what is expected", () =>
    says(["train", "mnist-conv", "--epochs", "three"], "error: --epochs: expected a whole number, got “three”\n"));

  it("with an unknown engine suggests the nearest", () =>
    says(
      ["train", "mnist-conv", "--engine", "onednnn"],
      "error: --engine: expected one of auto, onednn, onnx, reference, got “onednnn”\n  Did you mean onednn?\n",
    ));

  it("with a file that is not there says so", () =>
    says(
      ["train", "nowhere.yaml"],
      "error: nowhere.yaml: there is no such file or folder\n  See isthmus presets for experiments by name.\n",
    ));

  it("with a folder that is no run says so", async () => {
    await says(
      ["summary", folder],
      `error: ${folder}: this folder is no run: it has no experiment.yaml\n  Name a folder that isthmus train has made, or an experiment file.\n`,
    );
  });

  it("with --resume and a changed setting says that they do not go together", () =>
    says(
      ["train", "runs/somewhere", "--resume", "--epochs", "9"],
      "error: --epochs: does not go with --resume: a run goes on as it was begun\n  To train a changed copy into a new folder, leave out --resume.\n",
    ));

  it("with --resume and a folder that is not there says so", () =>
    says(
      ["train", "runs/nowhere", "--resume"],
      "error: runs/nowhere: there is no such run folder\n  Name a folder inside runs/.\n",
    ));

  it("with YAML that is not an experiment says what is missing, and the file", async () => {
    const path = file("list.yaml", "- 1\n- 2\n");
    await says(
      ["train", path],
      `error: ${path}: is not an experiment: expected a mapping with name, data, model, loss and phases, got a list\n`,
    );
  });

  it("with text that is no YAML names file, line and column", async () => {
    const { code, stderr } = await run(["train", file("broken.yaml", "name: tiny\nmodel: { kind: [\n")]);
    expect(code).toBe(2);
    expect(stderr).toContain("broken.yaml:3:1: is not valid YAML:");
  });

  it("with an unknown layer gives the path into the file and the nearest layer", async () => {
    const path = file("layer.yaml", tiny.replace("dense: 8", "dens: 8"));
    const { code, stderr } = await run(["summary", path]);
    expect(code).toBe(2);
    expect(stderr.split("\n")[0]).toBe("error: model.encoder[1]: no layer is called dens; did you mean dense?");
  });

  it("with a setting that is no setting names the flag", () =>
    says(
      ["summary", "mnist-conv", "--set", "phases"],
      "error: --set phases: expected PATH=VALUE\n  For example: --set phases.0.batchSize=128\n",
    ));
});

describe("a bug", () => {
  const broken = {
    stdout: {
      isTerminal: false,
      columns: 80,
      write() {
        throw new Error("out of paper");
      },
    },
  };

  it("says internal and how to report it, without a stack", async () => {
    expect(await run(["presets"], broken)).toEqual({
      code: 1,
      stdout: "",
      stderr:
        "internal: out of paper\n  This is a bug in isthmus. Run it again with ISTHMUS_DEBUG=1 and report what it prints.\n",
    });
  });

  it("is none where too many files are open: that can be mended", async () => {
    const write = (): never => {
      throw Object.assign(new Error("EMFILE: too many open files"), { code: "EMFILE" });
    };
    expect(await run(["presets"], { stdout: { ...broken.stdout, write } })).toEqual({
      code: 1,
      stdout: "",
      stderr:
        "error: more files would have to be open at once than this process or system may have\n  Raise the limit, for example by ulimit -n 1024.\n",
    });
  });

  it("shows its stack with ISTHMUS_DEBUG=1", async () => {
    const { stderr } = await run(["presets"], { ...broken, environment: { ISTHMUS_DEBUG: "1" } });
    expect(stderr).toMatch(/^internal: out of paper\nError: out of paper\n +at /);
  });
});

describe("presets", () => {
  it("lists each name with its first comment line, and nothing else", async () => {
    const { code, stdout, stderr } = await run(["presets"]);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/^mnist-conv +A convolutional autoencoder .*\n/m);
    expect(stdout.trimEnd().split("\n")).toHaveLength(presetNames().split(", ").length);
  });

  it("prints one as it stands in the package, its schema for editors named from here", async () => {
    const { stdout } = await run(["presets", "mnist-conv"]);
    const file = readFileSync(new URL("../../presets/mnist-conv.yaml", import.meta.url), "utf8");
    expect(stdout).toBe(file.replace("$schema=../dist/", () => "$schema=./dist/"));
    expect(stdout.split("\n")[0]).toBe("# yaml-language-server: $schema=./dist/experiment.schema.json");
  });
});

describe("list", () => {
  it("names the collections, each with what it is for and how many it has", async () => {
    const { code, stdout, stderr } = await run(["list"]);
    expect([code, stderr]).toEqual([0, ""]);
    const names = [...stdout.matchAll(/^(\w+) {2,}\S/gm)].map(([, name]) => name);
    expect(names).toEqual([
      "layers",
      "losses",
      "optimizers",
      "schedules",
      "transforms",
      "sources",
      "models",
      "metrics",
    ]);
    expect(stdout).toMatch(/^losses +What training makes small\. There are \d+\.$/m);
  });

  it("names the entries of a collection, each with what it does", async () => {
    const { code, stdout } = await run(["list", "metrics"]);
    expect(code).toBe(0);
    expect(stdout).toBe(
      [
        "mse       Mean squared error of each element, in squared units of the pixels (0 to 1); lower is",
        "          better.",
        "mae       Mean absolute error of each element, in units of the pixels (0 to 1); lower is better.",
        "bce       Binary cross-entropy in nats of each element, for outputs from 0 to 1; lower is better,",
        "          down to the entropy of the pixels.",
        "psnr      Peak signal-to-noise ratio in decibels, the mean over the images (at most 100 each);",
        "          higher is better.",
        "ssim      Structural similarity (Wang et al. 2004), at most 1; higher is better.",
        "accuracy  Part of the images whose class is named right, 0 to 1; higher is better.",
        "",
      ].join("\n"),
    );
  });

  it("tells of one entry its options with types, defaults and meanings, and how it is written", async () => {
    expect((await run(["list", "layers", "avgPool2d"])).stdout).toBe(
      [
        "avgPool2d",
        "The mean of each window of an image.",
        "",
        "in summaries  AvgPool2d",
        "",
        "kernel         positive whole number, or two of them; required; a bare value stands for it",
        "               height and width of the window, in pixels",
        "stride         positive whole number, or two of them",
        "               step between windows, in pixels; the kernel's size where not given",
        "padding        whole number of at least 0, or two of them; default 0",
        "               zeros around the input, in pixels, at most half the kernel",
        "countsPadding  true or false; default true",
        "               count the padding's zeros among the numbers of a mean",
        "",
        "- avgPool2d: 2",
        "",
      ].join("\n"),
    );
  });

  it("keeps to the terminal's width", async () => {
    for (const columns of [40, 60, 90]) {
      let stdout = "";
      const terminal = { write: (text: string) => (stdout += text), isTerminal: false, columns };
      await run(["list", "sources", "folder"], { stdout: terminal });
      await run(["list", "layers"], { stdout: terminal });
      const tooLong = stdout.split("\n").filter((line) => line.length > columns);
      expect(tooLong).toEqual([]);
    }
  });

  it("gives a program all of it", async () => {
    const { stdout } = await run(["list", "layers", "maxPool2d", "--json"]);
    const { collections } = JSON.parse(stdout);
    expect(collections[0].name).toBe("layers");
    expect(collections[0].entries).toHaveLength(1);
    expect(collections[0].entries[0]).toMatchObject({
      name: "maxPool2d",
      summary: "The largest value of each window of an image.",
      examples: [{ maxPool2d: 2 }],
    });
    expect(collections[0].entries[0].options[2]).toEqual({
      name: "padding",
      type: "whole number of at least 0, or two of them",
      default: 0,
      sentence: "pixels around the input that never win, at most half the kernel",
      required: false,
      shorthand: false,
    });
  });

  it("suggests the nearest collection and the nearest entry", async () => {
    expect(await run(["list", "layer"])).toEqual({
      code: 2,
      stdout: "",
      stderr: "error: COLLECTION: there is no collection “layer”\n  Did you mean layers?\n",
    });
    expect(await run(["list", "layers", "conv2"])).toEqual({
      code: 2,
      stdout: "",
      stderr: "error: NAME: there is no “conv2” among the layers\n  Did you mean conv2d?\n",
    });
    expect((await run(["list", "engines-and-more"])).stderr).toContain("There are: layers, losses, optimizers,");
  });
});

describe("schema", () => {
  it("prints the JSON Schema of experiment files, for people and on one line", async () => {
    const { code, stdout, stderr } = await run(["schema"]);
    expect([code, stderr]).toEqual([0, ""]);
    const schema = JSON.parse(stdout);
    expect(schema).toMatchObject({ title: "An experiment of Isthmus", required: expect.arrayContaining(["model"]) });
    expect(schema.definitions.layer.then.properties.conv2d.properties.channels.description).toBe("output channels");
    const line = (await run(["schema", "--json"])).stdout;
    expect(line.trimEnd()).not.toContain("\n");
    expect(JSON.parse(line)).toEqual(schema);
  });
});

describe("summary", () => {
  it("of mnist-conv counts 28 layers and 194,499 parameters, as the reference experiment has them", async () => {
    const { code, stdout } = await run(["summary", "mnist-conv", "--json"]);
    expect(code).toBe(0);
    const { layers, parameters, trainable, codeShape } = JSON.parse(stdout);
    expect([layers.length, parameters, trainable]).toEqual([28, 194_499, 194_499]);
    expect(codeShape).toEqual([128]);
  });

  it("takes the input from the data where the model does not say it", async () => {
    // 784 × 8 + 8 and 8 × 784 + 784
    expect((await run(["summary", file("tiny.yaml", tiny)])).stdout).toContain("Total params: 13,336");
  });
});

describe("doctor", () => {
  it("says that the reference engine always opens, and exits with 0", async () => {
    const { code, stdout } = await run(["doctor", "--json"]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout).engines).toContainEqual(expect.objectContaining({ name: "reference", opens: true }));
  });
});

describe("train", () => {
  const words = (...more: string[]) => [
    "train",
    file("tiny.yaml", tiny),
    "--engine",
    "reference",
    "--out",
    join(folder, "runs"),
    ...more,
  ];

  it("puts progress on stderr and the figures on stdout", async () => {
    const { code, stdout, stderr } = await run(words());
    expect(code).toBe(0);
    expect(
      stderr.match(/^epoch \d\/2 {2}train mse [\d.]+ {2}test [\d.]+ {2}rate 1\.0e-3 {2}[\d,]+ images\/s {2}/gm),
    ).toHaveLength(2);
    expect(stderr).toContain("Total params: 13,336");
    expect(stdout).toMatch(
      /^figures after epoch 2 +test {2}mean image {2}lowest test of the run\nmse +0\.\d+ +0\.\d+ +0\.\d+, epoch 2\n/,
    );
    const [, picture = ""] = /reconstructions {2}(.*)/.exec(stdout) ?? [];
    expect(readFileSync(picture).subarray(1, 4).toString()).toBe("PNG");
  });

  it("with --json puts nothing but JSON lines on stdout, the result last", async () => {
    const { code, stdout } = await run(words("--json"));
    expect(code).toBe(0);
    const lines = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as { kind: string });
    expect(lines[0]?.kind).toBe("started");
    expect(lines.filter(({ kind }) => kind === "epoch")).toHaveLength(2);
    expect(lines.at(-1)).toMatchObject({ kind: "result", reason: "done", quick: false, step: 8 });
  });

  it("that is interrupted saves, says how to go on, exits with 130, and goes on to the same metrics", async () => {
    const interruption = new AbortController();
    interruption.abort();
    const stopped = await run(words(), { interrupted: interruption.signal });
    expect(stopped.code).toBe(130);
    expect(stopped.stdout).toBe("");
    const [, command = ""] = /To go on: isthmus (.*)\n$/.exec(stopped.stderr) ?? [];
    expect(command).toMatch(/^train .*-tiny-\d --resume$/);

    const [resumed, whole] = [await run(command.split(" ")), await run(words())];
    expect([resumed.code, whole.code]).toEqual([0, 0]);
    const metrics = ({ stdout }: { stdout: string }) =>
      readFileSync(join(/run folder +(.*)/.exec(stdout)?.[1] ?? "", "metrics.jsonl"), "utf8");
    expect(metrics(resumed)).toBe(metrics(whole));
  });

  it("with --quick marks every line of figures and names the run so", async () => {
    const { code, stdout, stderr } = await run(words("--quick"));
    expect(code).toBe(0);
    const figures = `${stderr}\n${stdout}`.split("\n").filter((line) => /mse\s+[\d.]/.test(line));
    expect(figures.length).toBe(3);
    for (const line of figures) expect(line.startsWith("quick")).toBe(true);
    expect(stdout).toMatch(/run folder +.*-tiny-quick-1\n/);
  });

  it("that fails in its work exits with 1", async () => {
    const { code, stdout, stderr } = await run([
      "train",
      file("tiny.yaml", tiny),
      "--engine",
      "reference",
      "--out",
      file("not-a-folder", "text"),
    ]);
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toContain("not-a-folder: run folders can't be written here");
  });
});
