// The report's file in a browser: from disk, without network, on a desk and on a phone, light and dark, without script, on paper.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { withDecoder } from "../../src/inference/index.js";
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
  const said: string[] = [];
  page.on("console", (message) => said.push(message.text()));
  page.on("pageerror", (error) => said.push(error.message));
  page.on("request", (request) => {
    if (!/^(file|data|blob):/.test(request.url())) said.push(request.url());
  });
  await page.goto(address);
  return { page, context, said };
}
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
  }, 60_000);

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
    120_000,
  );

  it("moves a slider, and the picture is the engine's within 1e-3 of its range", async () => {
    const { page, context, said } = await opened();
    await alive(page);
    const sliders = page.locator("#sliders");
    const canvas = sliders.locator("canvas");
    const drawn = async (): Promise<number> => Number(await canvas.getAttribute("data-drawn"));
    await expect.poll(drawn).toBeGreaterThan(0);
    await sliders.getByRole("button", { name: "mean code" }).click();
    const before = await drawn();
    await sliders.locator("input[type=range]").first().fill("2");
    await expect.poll(drawn).toBeGreaterThan(before);
    const shown = await canvas.evaluate((element) => {
      const { width, height } = element as unknown as { width: number; height: number };
      const of = element as unknown as {
        getContext(kind: "2d"): { getImageData(...of: number[]): { data: Uint8ClampedArray } };
      };
      return Array.from(of.getContext("2d").getImageData(0, 0, width, height).data).filter((_, i) => i % 4 === 0);
    });
    const data = JSON.parse((await page.locator("#report-data").textContent()) ?? "") as {
      decoder: { data: { mean: number[]; standardDeviation: number[]; order: number[] } };
    };
    const { mean, standardDeviation, order } = data.decoder.data;
    const [unit = 0] = order;
    const code = Float32Array.from(mean);
    code[unit] = (mean[unit] ?? 0) + 2 * (standardDeviation[unit] ?? 0);
    const model = withDecoder(await openRunModel(run, { engine: "reference" }), run);
    const expected = await model.decode(code);
    model.dispose();
    expect(shown).toHaveLength(expected.length);
    const apart = shown.map((value, i) => Math.abs(value / 255 - (expected[i] ?? Number.NaN)));
    // A canvas rounds to 1/255: half of that, and the thousandth.
    expect(Math.max(...apart)).toBeLessThan(0.5 / 255 + 1e-3);
    expect(said).toEqual([]);
    await context.close();
  }, 120_000);

  it("shows differences in three ways", async () => {
    const { page, context, said } = await opened();
    await alive(page);
    const part = page.locator("#reconstructions");
    for (const [name, found] of [
      ["split", ".cover"],
      ["signed difference", "canvas"],
      ["blink", ".tile"],
      ["one over the other", ".pair"],
    ] as const) {
      await part.getByLabel(name, { exact: true }).check();
      await part.locator(found).first().waitFor();
    }
    expect(said).toEqual([]);
    await context.close();
  }, 60_000);

  it("is read without script: pictures, figures, curves, and no control that does nothing", async () => {
    const { page, context } = await opened({ javaScriptEnabled: false });
    expect(await page.locator("#curves svg").count()).toBeGreaterThan(1);
    expect(await page.locator("#reconstructions .tile").count()).toBe(64);
    expect(await page.locator("#figures").innerText()).toContain("PCA, 4 components");
    expect(await page.locator("button, input").count()).toBe(0);
    await context.close();
  }, 60_000);

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
  }, 60_000);
});
