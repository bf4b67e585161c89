// The report's file in a browser: from disk, without network, on a desk and on a phone, light and dark, without script, on paper.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Browser, type BrowserContext, chromium, type Locator, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { withDecoder } from "../../src/inference/index.js";
import { figureText } from "../../src/report/figures.js";
import { unpackFloats } from "../../src/report/page/map/packedCodes.js";
import { boundsOf, fitView, toPlane } from "../../src/report/page/map/view.js";
import type { ReportData } from "../../src/report/reportData.js";
import { openRunModel } from "../../src/tasks/runModel.js";

const browserPath = "/usr/bin/chromium";
const command = join("dist", "cli", "main.js");
const folder = mkdtempSync(join(tmpdir(), "isthmus-report-page-"));
let browser: Browser;
let run = "";
let address = "";

beforeAll(async () => {
  if (!existsSync(join("dist", "report", "page", "browser", "report.js"))) {
    throw new Error("the package is not built: npm run build");
  }
  const experiment = join(folder, "small.yaml");
  writeFileSync(
    experiment,
    `name: small
data: { source: mnist, limit: { train: 200, test: 60 } }
model: { kind: variationalAutoencoder, code: 4, encoder: [flatten, dense: 32, elu], decoder: [dense: 784, sigmoid, unflatten: [1, 28, 28]] }
loss: bce
metrics: [mse]
phases: [{ epochs: 4, batchSize: 20 }]
`,
  );
  const out = join(folder, "runs");
  const trained = spawnSync(process.execPath, [command, "train", experiment, "--engine", "reference", "--out", out], {
    encoding: "utf8",
  });
  expect({ status: trained.status, stderr: trained.status === 0 ? "" : trained.stderr }).toEqual({
    status: 0,
    stderr: "",
  });
  [, run = ""] = /^report +(.*)[\\/]report\.html$/m.exec(trained.stdout) ?? [];
  address = pathToFileURL(join(run, "report.html")).href;
  browser = await chromium.launch({
    executablePath: browserPath,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}, 300_000);
afterAll(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** The report opened; what the console says and what is asked of the network is kept. */
async function opened(
  options: Parameters<Browser["newContext"]>[0] = {},
): Promise<{ page: Page; context: BrowserContext; said: string[] }> {
  const context = await browser.newContext({ offline: true, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(120_000);
  const said: string[] = [];
  page.on("console", (message) => said.push(message.text()));
  page.on("pageerror", (error) => said.push(error.message));
  page.on("request", (request) => {
    if (!/^(file|data|blob):/.test(request.url())) said.push(request.url());
  });
  await page.goto(address);
  return { page, context, said };
}
/** Without what the browser says of the tests, which read canvases. */
const byPage = (said: readonly string[]): string[] => said.filter((text) => !text.includes("willReadFrequently"));
const alive = async (page: Page): Promise<void> => {
  await page.getByText("copy as CSV").first().waitFor();
};
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

describe("report.html from disk", () => {
  it("says nothing on the console and asks nothing of the network", async () => {
    const { page, context, said } = await opened();
    await alive(page);
    expect(said).toEqual([]);
    expect(await page.title()).toContain("small");
    await context.close();
  }, 300_000);

  it.each([
    [1280, "light"],
    [1280, "dark"],
    [390, "light"],
    [390, "dark"],
  ] as const)(
    "at %i pixels, %s, breaks no rule of accessibility and is no wider than the screen",
    async (width, colorScheme) => {
      const { page, context, said } = await opened({ viewport: { width, height: 844 }, colorScheme, bypassCSP: true });
      await alive(page);
      await page.evaluate(axe);
      const violations = await page.evaluate(async () => {
        const { axe: run } = globalThis as unknown as {
          axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
        };
        return (await run.run()).violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html.slice(0, 200)}`);
      });
      expect(violations).toEqual([]);
      expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(width);
      expect(said).toEqual([]);
      await context.close();
    },
    300_000,
  );

  /** What a run's engine makes of a code. */
  async function decodedByEngine(code: Float32Array): Promise<Float32Array> {
    const model = withDecoder(await openRunModel(run, { engine: "reference" }), run);
    try {
      return await model.decode(code);
    } finally {
      model.dispose();
    }
  }
  /** Red of each pixel of a canvas. */
  const pixelsOf = async (canvas: Locator): Promise<number[]> =>
    await canvas.evaluate((element) => {
      const { width, height } = element as unknown as { width: number; height: number };
      const of = element as unknown as {
        getContext(kind: "2d"): { getImageData(...of: number[]): { data: Uint8ClampedArray } };
      };
      return Array.from(of.getContext("2d").getImageData(0, 0, width, height).data).filter((_, i) => i % 4 === 0);
    });
  /** The largest distance of shown pixels from what is expected, of a range of 1. A canvas rounds to 1/255. */
  const apart = (shown: readonly number[], expected: Float32Array): number =>
    Math.max(...shown.map((value, i) => Math.abs(value / 255 - Math.min(1, Math.max(0, expected[i] ?? Number.NaN)))));
  const mostApart = 0.5 / 255 + 1e-3;
  const dataOf = async (page: Page): Promise<ReportData> =>
    JSON.parse((await page.locator("#report-data").textContent()) ?? "") as ReportData;

  it("moves a slider by hand and by keys, and the picture is the engine's within 1e-3 of its range", async () => {
    const { page, context, said } = await opened();
    await alive(page);
    const { decoder } = await dataOf(page);
    const { mean = [], units = [] } = decoder.data ?? {};
    const sliders = page.locator("#sliders");
    await sliders.getByRole("button", { name: "mean code" }).click();
    await sliders.getByText("the mean code", { exact: true }).waitFor();
    const canvas = sliders.locator(".made canvas");
    const first = await pixelsOf(canvas);
    const slider = sliders.locator("input[type=range]").first();
    const [{ unit, deviation } = { unit: 0, deviation: Number.NaN }] = units;
    const code = Float32Array.from(mean);
    const wanted = Number(((mean[unit] ?? 0) + 2 * deviation).toFixed(4));
    code[unit] = wanted;
    await slider.fill(String(wanted));
    await expect.poll(async () => await pixelsOf(canvas)).not.toEqual(first);
    const moved = await pixelsOf(canvas);
    const expected = await decodedByEngine(code);
    expect(moved).toHaveLength(expected.length);
    expect(apart(moved, expected)).toBeLessThan(mostApart);

    await slider.focus();
    await page.keyboard.press("PageDown");
    await expect.poll(async () => await pixelsOf(canvas)).not.toEqual(moved);
    code[unit] = wanted - deviation;
    const stepped = await decodedByEngine(code);
    await expect.poll(async () => apart(await pixelsOf(canvas), stepped)).toBeLessThan(mostApart);
    expect(byPage(said)).toEqual([]);
    await context.close();
  }, 300_000);

  it("decodes the place of the map that is clicked, as the engine does, and hands it to the sliders", async () => {
    const { page, context, said } = await opened();
    await alive(page);
    const part = page.locator("#map");
    await part.locator(".map.live").waitFor();
    await part.getByText("Across: first direction").waitFor();
    await part.locator(".plane").scrollIntoViewIfNeeded();
    const box = await part.locator("canvas.over").boundingBox();
    if (box === null) throw new Error("the map is not shown");
    const { map } = await dataOf(page);
    const points = Float32Array.from((map.data?.points ?? []).flat());
    const size = { width: box.width, height: box.height };
    const view = fitView(boundsOf(points), size);
    // In the margin around all points, where there is none.
    const [left, top] = [12, box.height - 12];
    const [x, y] = toPlane(view, size, left, top);
    await page.mouse.click(box.x + left, box.y + top);
    const canvas = part.locator(".decoded canvas");
    await canvas.waitFor();
    const plane = unpackFloats(map.data?.plane ?? "");
    const codeSize = plane.length / 3;
    const code = Float32Array.from(
      { length: codeSize },
      (_, unit) => (plane[unit] ?? 0) + x * (plane[codeSize + unit] ?? 0) + y * (plane[2 * codeSize + unit] ?? 0),
    );
    const expected = await decodedByEngine(code);
    await expect.poll(async () => apart(await pixelsOf(canvas), expected)).toBeLessThan(mostApart);
    await part.getByRole("button", { name: "Move its units" }).click();
    await expect
      .poll(async () => apart(await pixelsOf(page.locator("#sliders .made canvas")), expected))
      .toBeLessThan(mostApart);

    await part.getByRole("radio", { name: "UMAP" }).check();
    await part.getByText("from the 8 nearest points").waitFor();
    await part.getByRole("checkbox", { name: "Pictures" }).check();
    await part.locator(".plane").focus();
    for (const key of ["n", "Enter"]) await page.keyboard.press(key);
    await part.getByText("60 of 60 points shown, 1 selected").waitFor();
    await part.getByRole("cell").first().locator("svg image").waitFor();
    expect(byPage(said)).toEqual([]);
    await context.close();
  }, 180_000);

  it("says a chart's values where it is pointed at and where keys lead, and takes a log scale", async () => {
    const { page, context, said } = await opened();
    await alive(page);
    const chart = page.locator("#curves figure.chart").first();
    await chart.scrollIntoViewIfNeeded();
    const live = chart.locator(".live");
    await live.waitFor();
    const { curves } = await dataOf(page);
    const [curve] = curves.data?.curves ?? [];
    const box = await live.boundingBox();
    if (box === null || curve === undefined) throw new Error("there is no chart");
    // The last of four epochs lies at the right end.
    await page.mouse.move(box.x + box.width - 30, box.y + box.height / 2);
    await chart.getByText("epoch 4", { exact: true }).waitFor();
    const value = curve.lines.find(({ name }) => name === "test")?.points.at(-1)?.[1] ?? Number.NaN;
    expect(await chart.locator(".tip").innerText()).toContain(figureText(value));
    await page.mouse.move(0, 0);
    await live.focus();
    await page.keyboard.press("Home");
    await chart.locator(".tip").getByText("epoch 1", { exact: true }).waitFor();
    const before = await chart.locator(".surface svg").innerHTML();
    await chart.getByLabel("log scale").setChecked(!(await chart.getByLabel("log scale").isChecked()));
    await expect.poll(async () => await chart.locator(".surface svg").innerHTML()).not.toBe(before);
    expect(said).toEqual([]);
    await context.close();
  }, 300_000);

  it("has one epoch for all pictures, by the slider and by arrow keys, and shows differences in four ways", async () => {
    const { page, context, said } = await opened();
    await alive(page);
    const slider = page.getByRole("slider", { name: "Epoch", exact: true });
    const part = page.locator("#reconstructions");
    const canvas = part.locator(".tile canvas").nth(1);
    await expect.poll(async () => Math.max(...(await pixelsOf(canvas)))).toBeGreaterThan(0);
    const last = await pixelsOf(canvas);
    await page.locator("h1").click();
    await page.keyboard.press("ArrowLeft");
    await part.getByText("after epoch 3").waitFor();
    expect(await slider.getAttribute("aria-valuetext")).toBe("epoch 3 of 4");
    await expect.poll(async () => await pixelsOf(canvas)).not.toEqual(last);
    await slider.focus();
    await page.keyboard.press("End");
    await part.getByText("after epoch 4").waitFor();
    await expect.poll(async () => await pixelsOf(canvas)).toEqual(last);
    const only = part.locator(".tile canvas").first();
    for (const name of ["Split", "Blink", "Difference", "Pairs"]) {
      const shown = await pixelsOf(only);
      await part.getByRole("button", { name, exact: true }).click();
      if (name !== "Blink") await expect.poll(async () => await pixelsOf(only)).not.toEqual(shown);
    }
    await part.getByRole("button", { name: "test image 0, 7" }).click();
    await part.getByText(/^mse /).waitFor();
    expect(byPage(said)).toEqual([]);
    await context.close();
  }, 300_000);

  it("copies the command as the command, and the experiment as the experiment", async () => {
    const { page, context } = await opened();
    await context.grantPermissions(["clipboard-read", "clipboard-write"]).catch(() => {});
    await alive(page);
    const part = page.locator("#again");
    const said = part.getByRole("status");
    for (const [name, begins] of [
      ["copy the command", "isthmus train experiment.yaml"],
      ["copy experiment.yaml", "version: 1"],
    ] as const) {
      await page.evaluate(() => {
        const seen = globalThis as unknown as { copied: string; navigator: { clipboard?: { writeText: unknown } } };
        const clipboard = {
          writeText: async (text: string) => {
            seen.copied = text;
          },
        };
        Object.defineProperty(seen.navigator, "clipboard", { configurable: true, value: clipboard });
      });
      await part.getByRole("button", { name }).click();
      await said.getByText("copied").waitFor();
      const copied = await page.evaluate(() => (globalThis as unknown as { copied: string }).copied);
      expect(copied.slice(0, begins.length)).toBe(begins);
    }
    await context.close();
  }, 300_000);

  it("is read without script: pictures, figures, curves, and no control that does nothing", async () => {
    const { page, context } = await opened({ javaScriptEnabled: false });
    expect(await page.locator("#curves svg").count()).toBeGreaterThan(1);
    expect(await page.locator("#reconstructions .tile").count()).toBe(64);
    expect(await page.locator("#figures").innerText()).toContain("PCA, 4 components");
    expect(await page.locator("#map .still path").count()).toBeGreaterThan(3);
    const controls = page.locator(":is(button, input, select):not(:disabled)");
    expect(await controls.filter({ visible: true }).count()).toBe(0);
    await context.close();
  }, 300_000);

  it("prints as light pages, whatever the screen is", async () => {
    const { page, context } = await opened({ colorScheme: "dark" });
    await alive(page);
    const pdf = (await page.pdf({ format: "A4" })).toString("latin1");
    const pages = Number(
      /\/Type\s*\/Pages[^>]*\/Count (\d+)/.exec(pdf)?.[1] ?? pdf.match(/\/Type\s*\/Page\b/g)?.length,
    );
    expect(pages).toBeGreaterThan(2);
    await page.emulateMedia({ media: "print", colorScheme: "dark" });
    expect(await page.evaluate("getComputedStyle(document.documentElement).backgroundColor")).toBe(
      "rgb(255, 255, 255)",
    );
    await context.close();
  }, 300_000);
});
