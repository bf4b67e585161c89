// Reports of runs as the studio makes and serves them: of whole, damaged and lost runs.
import { execFileSync } from "node:child_process";
import { appendFileSync, cpSync, existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { hasReportPage } from "../../report/reportFile.js";
import { type Job, paths, type ReportSection, reportSectionNames } from "../api.js";
import { sheetsOf } from "./reportParts.js";
import { openStudio, type TestStudio, tinyText } from "./testing/server.js";

const minutes = 60_000;
let studio: TestStudio;
let run: string;
let folder: string;
const idOf = async (name: string): Promise<string> =>
  (await studio.runs()).runs.find((row) => row.folder === name)?.id ?? "";

beforeAll(async () => {
  studio = await openStudio();
  const job = await studio.start({ kind: "train", experiment: { text: tinyText("told", 2) }, engine: "reference" });
  const isEnded = (some: Job): boolean => some.id === job.id && some.ended !== undefined;
  const ended = studio.until((event) => (event.kind === "job" && isEnded(event.job) ? event.job : undefined));
  const now = await studio.json<Job>(paths.job(job.id));
  run = (isEnded(now) ? now : await ended).run ?? "";
  folder = (await studio.runs()).runs[0]?.folder ?? "";
}, 5 * minutes);
afterAll(() => studio.close());

it(
  "serves every section with the sheets that it names, made once and given again at once",
  async () => {
    const first = await studio.json<ReportSection<"figures">>(paths.report(run, "figures"));
    expect(first.content.data?.rows.map(({ name }) => name)).toContain("model");
    const begun = performance.now();
    for (const name of reportSectionNames) {
      const section = await studio.json<ReportSection<typeof name>>(paths.report(run, name));
      expect([section.section, section.made]).toEqual([name, first.made]);
      if (name !== "head") expect(section.content).toSatisfy(hasDataOrWhy);
    }
    // One making takes seconds: nineteen sections would take a minute.
    expect(performance.now() - begun).toBeLessThan(2000);
    const { content, sheets } = await studio.json<ReportSection<"reconstructions">>(
      paths.report(run, "reconstructions"),
    );
    expect(Object.keys(sheets)).toContain(content.data?.originals);
    expect(sheets[content.data?.originals ?? ""]?.url).toMatch(/^data:image\/webp;base64,/);
    expect((await studio.json<ReportSection<"timing">>(paths.report(run, "timing"))).sheets).toEqual({});
  },
  5 * minutes,
);

function hasDataOrWhy(content: object): boolean {
  return "data" in content && (content.data !== null || ("why" in content && typeof content.why === "string"));
}

it.each(["__proto__", "constructor", "sheets", "format", "Head", "head.json", "-1", "NaN", "%2e%2e", "../head"])(
  "knows no section %s",
  async (name) => {
    expect((await studio.ask(`/api/runs/${run}/report/${name}`)).status).toBe(404);
  },
);

it("makes none of a run that is not there", async () => {
  for (const id of ["000000000000", "__proto__", "-1", "NaN"]) {
    expect((await studio.ask(`/api/runs/${id}/report/head`)).status).toBe(404);
    expect((await studio.ask(`/api/runs/${id}/report.html`)).status).toBe(404);
  }
});

it(
  "makes it anew when a file of the run has changed",
  async () => {
    const health = paths.report(run, "health");
    const before = await studio.json<ReportSection<"health">>(health);
    const note = { epoch: 1, step: 4, kind: "deadUnits", message: "</script><img src=x onerror=alert(1)>" };
    appendFileSync(join(studio.root, folder, "health.jsonl"), `${JSON.stringify(note)}\n`);
    const after = await studio.json<ReportSection<"health">>(health);
    expect((after.content.data?.length ?? 0) - (before.content.data?.length ?? 0)).toBe(1);
    expect(after.content.data?.at(-1)?.message).toBe(note.message);
  },
  5 * minutes,
);

it(
  "serves the page in a sandbox with its own script alone, and no word of the run as markup",
  async () => {
    const response = await studio.ask(paths.reportPage(run));
    if (!hasReportPage()) {
      expect([response.status, await response.text()]).toEqual([409, expect.stringContaining("not built")]);
      return;
    }
    const policy = response.headers.get("content-security-policy") ?? "";
    expect(policy).toMatch(/^sandbox allow-scripts allow-downloads; default-src 'none'; /);
    expect(policy).toMatch(/; script-src 'sha256-[\w+/]{43}=';/);
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/allow-same-origin|unsafe-eval|'self'/);
    expect(response.headers.get("cross-origin-opener-policy")).toBe("unsafe-none");
    expect(response.headers.get("x-content-type-options")).toBe("nosniff");
    expect(response.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(await response.text()).not.toContain("<img src=x");
  },
  5 * minutes,
);

it(
  "tells of damaged runs why, and of what is no run at all",
  async () => {
    const names = ["without-logs", "not-yaml", "empty", "cut"].map((name) => `2026-01-01-${name}`);
    for (const name of names) cpSync(join(studio.root, folder), join(studio.root, name), { recursive: true });
    const at = (i: number, ...parts: string[]): string => join(studio.root, names[i] ?? "", ...parts);
    rmSync(at(0, "metrics.jsonl"));
    writeFileSync(at(1, "experiment.yaml"), "name: [");
    for (const name of ["checkpoints", "environment.json", "images"]) rmSync(at(2, name), { recursive: true });
    appendFileSync(at(3, "metrics.jsonl"), '{"kind":"epoch","ep');
    await studio.until((event) => (event.kind === "runs" && event.rows.length >= 0 ? true : undefined));
    for (const name of names) {
      const id = await idOf(name);
      expect(id).not.toBe("");
      const { content } = await studio.json<ReportSection<"figures">>(paths.report(id, "figures"));
      expect(content).toSatisfy(hasDataOrWhy);
    }
  },
  10 * minutes,
);

it(
  "tells nothing of files that a run folder leads to outside of it",
  async () => {
    const secret = join(dirname(studio.root), `${studio.root.split("/").at(-1)}-secret`);
    const name = "2026-01-02-linked";
    const at = (...parts: string[]): string => join(studio.root, name, ...parts);
    mkdirSync(secret);
    try {
      writeFileSync(join(secret, "summary.txt"), "a secret word");
      writeFileSync(join(secret, "experiment.yaml"), `# a secret word\n${tinyText("secret", 1)}`);
      cpSync(join(studio.root, folder), at(), { recursive: true });
      for (const file of ["summary.txt", "experiment.yaml"]) {
        rmSync(at(file));
        symlinkSync(join(secret, file), at(file));
      }
      rmSync(at("images"), { recursive: true });
      symlinkSync(secret, at("images"));
      execFileSync("mkfifo", [at("health.jsonl.new")]);
      rmSync(at("interventions.jsonl"), { force: true });
      execFileSync("mkfifo", [at("interventions.jsonl")]);
      await expect.poll(() => idOf(name), { timeout: 10_000 }).not.toBe("");
      const id = await idOf(name);
      for (const section of reportSectionNames) {
        const response = await studio.ask(paths.report(id, section));
        expect([200, 409]).toContain(response.status);
        expect(await response.text()).not.toContain("secret word");
      }
    } finally {
      rmSync(secret, { recursive: true });
    }
  },
  5 * minutes,
);

it(
  "runs no module that a run from elsewhere names, whatever is asked of it",
  async () => {
    const elsewhere = join(dirname(studio.root), `${studio.root.split("/").at(-1)}-modules`);
    const name = "2026-01-03-modules";
    mkdirSync(elsewhere);
    try {
      const [module, mark] = [join(elsewhere, "evil.mjs"), join(elsewhere, "it ran")];
      writeFileSync(module, `import { writeFileSync } from "node:fs";\nwriteFileSync(${JSON.stringify(mark)}, "");\n`);
      cpSync(join(studio.root, folder), join(studio.root, name), { recursive: true });
      appendFileSync(join(studio.root, name, "experiment.yaml"), `\nuse: [${JSON.stringify(module)}]\n`);
      await expect.poll(() => idOf(name), { timeout: 10_000 }).not.toBe("");
      const id = await idOf(name);
      const said: string[] = [];
      for (const work of [
        { kind: "train", experiment: { run: id }, changes: ["seed=3"], engine: "reference" },
        { kind: "resume", run: id },
        { kind: "findLearningRate", experiment: { run: id } },
        { kind: "task", task: "sample", run: id },
        { kind: "map", run: id, options: { method: "pca", on: "test" } },
      ] as const) {
        const job = await studio.start(work);
        const isEnded = (some: Job): boolean => some.id === job.id && some.ended !== undefined;
        const ended = studio.until((event) => (event.kind === "job" && isEnded(event.job) ? event.job : undefined));
        const now = await studio.json<Job>(paths.job(job.id));
        said.push((isEnded(now) ? now : await ended).error?.message ?? "none");
      }
      for (const path of [paths.encode(id), paths.images(id)]) {
        said.push(await (await studio.post(path, { pictures: { on: "test", places: [0] } })).text());
      }
      said.push(await (await studio.ask(paths.report(id, "figures"))).text());
      for (const sentence of said) expect(sentence).toContain("names code to be run that was not used on this machine");
      expect(existsSync(mark)).toBe(false);
    } finally {
      rmSync(elsewhere, { recursive: true });
    }
  },
  10 * minutes,
);

it(
  "asked for many times at once is made once",
  async () => {
    const health = join(studio.root, folder, "health.jsonl");
    writeFileSync(health, "");
    const answers = await Promise.all(
      Array.from({ length: 100 }, () => studio.json<ReportSection<"head">>(paths.report(run, "head"))),
    );
    expect(new Set(answers.map(({ made }) => made)).size).toBe(1);
  },
  5 * minutes,
);

it("names sheets by the keys that name them, and by no other word that happens to be a sheet's", () => {
  const sheet = { url: "data:,", columns: 1, rows: 1, tile: [1, 1] } as const;
  const sheets = { a: sheet, b: sheet, c: sheet, __proto__: sheet };
  const content = {
    data: { note: "b", tiles: [{ sheet: "a", index: 0 }], originals: "c", other: { sheet: "toString" } },
  };
  expect(Object.keys(sheetsOf(content, sheets)).sort()).toEqual(["a", "c"]);
});
