// The studio's page in Chromium, before a server with made-up runs: that every page is drawn without a word in the console and without
// a violation that axe knows, with keys alone, at two widths and in both themes; that ten thousand rows scroll; that a lost
// connection shows itself and goes on where it was.
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";
import sharp from "sharp";
import { build } from "vite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { damagedRun, liveRun, type MadeUpStudio, openMadeUpStudio, twoRuns } from "./madeUpStudio.js";

const executablePath = "/usr/bin/chromium";
const flags =
  "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync";
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const selected = `selected=${liveRun}.0,${twoRuns[0]}.1`;

/** Each page, and what stands in it when it is whole. */
const places: readonly (readonly [name: string, address: string, sign: string])[] = [
  ["runs", `/runs?${selected}`, `#run-${liveRun}`],
  ["live run", `/run/${liveRun}?image=3`, ".comparison figure canvas"],
  ["damaged run", `/run/${damagedRun}`, "text=line 4 ends in the middle"],
  ["report", `/run/${liveRun}/report`, "text=Open the report"],
  ["network", `/run/${liveRun}/network`, "text=these layers are made up"],
  ["data", `/run/${liveRun}/data`, "figure canvas"],
  [
    "map",
    `/run/${liveRun}/map?picked=0-9&pictures=yes&at=12,13`,
    "[aria-label='what the decoder makes of the place'] canvas",
  ],
  ["units", `/run/${liveRun}/units`, ".cards article"],
  ["walks", `/run/${liveRun}/walk`, ".samples canvas"],
  ["restore", `/run/${liveRun}/restore`, "td canvas"],
  ["anomalies", `/run/${liveRun}/anomaly?strange=3`, ".roc svg"],
  ["probe", `/run/${liveRun}/probe`, "text=Probes of the command"],
  ["files", `/run/${liveRun}/files`, "text=Train like this >> nth=1"],
  ["comparison", `/compare/${[liveRun, ...twoRuns].join(".")}?${selected}`, ".strips canvas"],
  ["new, as text", "/new", ".cm-content"],
  ["new, as form", "/new?as=form", "text=batchSize"],
  ["queue", "/queue", "text=the others wait for it"],
  ["help", "/help", "text=What filters a table"],
];

/** What axe gives, as far as it is read. */
interface Found {
  readonly violations: readonly { readonly id: string; readonly nodes: readonly { readonly html: string }[] }[];
}

describe.skipIf(!existsSync(executablePath))("the studio's page", () => {
  const client = mkdtempSync(join(tmpdir(), "isthmus-studio-"));
  let browser: Browser;
  let studio: MadeUpStudio;
  const messages: string[] = [];

  beforeAll(async () => {
    const configFile = fileURLToPath(new URL("../../src/studio/client/vite.config.ts", import.meta.url));
    await build({ configFile, logLevel: "error", build: { outDir: client } });
    browser = await chromium.launch({ executablePath, args: flags.split(" ") });
    studio = await openMadeUpStudio({ client, count: 40 });
  }, 300_000);
  afterAll(async () => {
    await browser?.close();
    await studio?.close();
    rmSync(client, { recursive: true, force: true });
  });

  async function open(
    address: string,
    { width = 1280, theme = "light" as "light" | "dark", server = studio } = {},
  ): Promise<Page> {
    const page = await browser.newPage({
      viewport: { width, height: 800 },
      colorScheme: theme,
      reducedMotion: "reduce",
    });
    page.setDefaultTimeout(120_000);
    page.on("console", (message) => {
      // What the made-up server has not got (reports of runs that there are not) the browser notes by itself.
      if (!message.text().includes("404 (Not Found)")) messages.push(`${address}: ${message.text()}`);
    });
    page.on("pageerror", (error) => messages.push(`${address}: ${error.message}`));
    await page.goto(server.address + address);
    return page;
  }

  /** Of a screenshot's pixels: the parts that are the theme's ground, and that stand out from it as words and lines do. */
  async function look(page: Page, theme: "light" | "dark"): Promise<{ readonly ground: number; readonly ink: number }> {
    const picture = sharp(await page.screenshot()).removeAlpha();
    const { data, info } = await picture.raw().toBuffer({ resolveWithObject: true });
    const grounds = theme === "light" ? [0xffffff, 0xf6f8fa] : [0x0d1117, 0x161b22];
    let [ground, ink] = [0, 0];
    for (let i = 0; i < data.length; i += 3) {
      const [red = 0, green = 0, blue = 0] = data.subarray(i, i + 3);
      if (grounds.includes((red << 16) | (green << 8) | blue)) ground += 1;
      const light = (red + green + blue) / 3;
      if (theme === "light" ? light < 150 : light > 110) ink += 1;
    }
    const pixels = info.width * info.height;
    return { ground: ground / pixels, ink: ink / pixels };
  }

  const looks = [1280, 390].flatMap((width) => (["light", "dark"] as const).map((theme) => ({ width, theme })));
  it.each(places)(
    "draws %s without a message and without what axe forbids, at two widths, light and dark",
    async (_, address, sign) => {
      messages.length = 0;
      const page = await open(address);
      await page.locator(sign).first().waitFor();
      // Not as a script of the page: its policy lets none in.
      await page.evaluate(axe);
      for (const { width, theme } of looks) {
        await page.setViewportSize({ width, height: 800 });
        await page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
        const { violations } = (await page.evaluate("axe.run()")) as Found;
        const found = violations.map(
          ({ id, nodes }) =>
            `${id}: ${nodes
              .slice(0, 2)
              .map(({ html }) => html.slice(0, 160))
              .join(" | ")}`,
        );
        expect(found, `${width} pixels, ${theme}`).toEqual([]);
        // Nothing makes the page itself wider than the window; tables scroll within.
        const beyond = await page.evaluate("document.documentElement.scrollWidth - window.innerWidth");
        expect(beyond, `${width} pixels`).toBeLessThanOrEqual(0);
        const seen = await look(page, theme);
        expect(seen.ground, `${width} pixels, ${theme}: ground`).toBeGreaterThan(0.3);
        expect(seen.ink, `${width} pixels, ${theme}: words and pictures`).toBeGreaterThan(0.002);
      }
      await page.close();
      expect(messages).toEqual([]);
    },
    600_000,
  );

  it("shows words from outside as words", async () => {
    const page = await open(`/run/${twoRuns[1]}`);
    await page.getByText("<img src=x onerror=alert(1)>").first().waitFor();
    expect(await page.locator("img[src=x]").count()).toBe(0);
    await page.close();
  });

  it("is walked with keys alone: filter, open, go back, select two, compare, steer", async () => {
    const page = await open("/");
    await page.locator(`#run-${liveRun}`).waitFor();
    await page.keyboard.press("Tab");
    expect(await page.evaluate("document.activeElement?.textContent?.trim()")).toBe("Skip to the content");
    await page.keyboard.press("/");
    await page.keyboard.type("state:training");
    await page.keyboard.press("Enter");
    await expect.poll(() => page.locator("tbody tr[id]").count()).toBe(1);
    await page.keyboard.press("x");
    await page.keyboard.press("Enter");
    await page.waitForURL(/\/run\/00000000000a/);
    await page.locator(".charts svg").first().waitFor();
    await page.goBack();
    await page.waitForURL(/q=state/);
    expect(await page.locator(".selected .run").count()).toBe(1);
    await page.keyboard.press("/");
    await page.keyboard.press("Control+A");
    await page.keyboard.type("star:yes");
    await page.keyboard.press("Enter");
    await expect.poll(() => page.locator("tbody tr[id]").count()).toBe(1);
    await page.keyboard.press("x");
    await page.keyboard.press("g");
    await page.keyboard.press("c");
    await page.waitForURL(new RegExp(`/compare/${liveRun}.${twoRuns[0]}`));
    await page.locator(".strips canvas").first().waitFor();
    const slider = page.getByRole("slider", { name: "Epoch" });
    await slider.focus();
    await page.keyboard.press("ArrowLeft");
    await page.waitForURL(/epoch=19/);
    await page.keyboard.press("?");
    await page.getByRole("dialog").waitFor();
    await page.keyboard.press("Escape");
    await page.close();
  });

  it("follows a training, tells it what to do, says when the connection is lost, and goes on where it was", async () => {
    const page = await open(`/run/${liveRun}`);
    const output = page.locator(".slider output").first();
    await output.filter({ hasText: "epoch 3" }).waitFor();
    const chart = page.locator(".chart .live").first();
    await chart.evaluate((element) => element.setAttribute("data-mark", "as it was"));
    studio.trainEpoch();
    await output.filter({ hasText: "epoch 4 of 20, the newest" }).waitFor();
    // What is new is drawn into the chart that stands.
    expect(await chart.getAttribute("data-mark")).toBe("as it was");
    await chart.focus();
    await page.keyboard.press("End");
    await page.locator(".chart .tip", { hasText: "epoch 4" }).first().waitFor();

    await page.getByLabel("New learning rate").fill("0.002");
    await page.getByRole("button", { name: "Set" }).click();
    await page.getByText("learning rate 0.002").waitFor();
    await page.getByRole("button", { name: "Pause" }).click();
    await page.getByRole("button", { name: "Go on" }).click();
    await page.getByRole("button", { name: "Pause" }).waitFor();
    expect(studio.asked.filter(({ path }) => path.endsWith("/command")).map(({ body }) => body)).toEqual([
      { kind: "setLearningRate", learningRate: 0.002 },
      { kind: "pause" },
      { kind: "resume" },
    ]);

    studio.refuse(true);
    await page.getByRole("alert").filter({ hasText: "what stands here is old" }).waitFor();
    studio.trainEpoch();
    studio.refuse(false);
    await output.filter({ hasText: "epoch 5 of 20" }).waitFor();
    expect(await page.getByRole("alert").count()).toBe(0);
    await page.close();
  });

  it("underlines a mistake at its line and lets nobody start it; the form writes the same text", async () => {
    const page = await open("/new");
    await page.locator(".cm-content").click();
    await page.keyboard.press("Control+Home");
    for (let line = 0; line < 7; line++) await page.keyboard.press("ArrowDown");
    await page.keyboard.press("End");
    await page.keyboard.insertText("\n    - dnse");
    await page.getByRole("button", { name: "line 9" }).waitFor();
    await page.locator(".cm-lintRange-error").waitFor();
    expect(await page.getByRole("button", { name: "Start training" }).isDisabled()).toBe(true);
    await page.getByRole("button", { name: "Form" }).click();
    await page.getByLabel("batchSize").fill("256");
    await page.getByLabel("batchSize").press("Tab");
    await page.getByRole("button", { name: "YAML" }).click();
    await page.locator(".cm-content", { hasText: "batchSize: 256" }).waitFor();
    await page.close();
  });

  it("takes a selection from the map to the grid, to a file, into the address and back; decodes places and a picture of one's own", async () => {
    const page = await open(`/run/${liveRun}/map`);
    const plane = page.locator(".plane");
    await plane.waitFor();
    const status = page.locator(".map .status");
    await status.filter({ hasText: "200 of 200 points shown" }).waitFor();
    await plane.focus();
    await page.keyboard.press("n");
    await page.keyboard.press("Enter");
    await status.filter({ hasText: "1 selected" }).waitFor();
    await page.getByRole("button", { name: "All in order" }).click();
    await page.getByRole("button", { name: /^test image 5,/ }).click();
    await status.filter({ hasText: "2 selected" }).waitFor();
    await page.waitForURL(/picked=0%2C5/);
    const [table] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "Save the selection as CSV" }).click(),
    ]);
    const lines = readFileSync(await table.path(), "utf8")
      .trimEnd()
      .split("\n");
    expect(lines.map((line) => line.split(",").slice(0, 3).join())).toEqual([
      "split,image,class",
      "test,0,0",
      "test,5,5",
    ]);
    const [folder] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "as a folder of pictures" }).click(),
    ]);
    expect(folder.suggestedFilename()).toMatch(/-selection\.zip$/);
    expect(studio.asked.findLast(({ path }) => path.endsWith("/selection"))?.body).toEqual({
      ...{ on: "test", places: [0, 5], as: "pictures" },
    });
    await plane.focus();
    await page.keyboard.press("d");
    await page.getByRole("img", { name: "what the decoder makes of the place" }).waitFor();
    await page.waitForURL(/at=/);
    await page.getByLabel("two units").check();
    await page.waitForURL(/plane=units/);
    await page.locator("input[type=file]").setInputFiles({
      ...{ name: "mine.png", mimeType: "image/png", buffer: Buffer.from("made up") },
    });
    await page.getByRole("img", { name: "mine.png, reconstructed" }).waitFor();
    // The made-up server takes it for image 7, whose code is therefore the nearest.
    await page.getByRole("button", { name: "Select them on the map" }).click();
    await page.waitForURL(/picked=.*7/);
    await page.reload();
    await status.filter({ hasText: "8 selected" }).waitFor();
    expect(await page.getByLabel("two units").isChecked()).toBe(true);
    await page.close();
  });

  it("finds a learning rate, draws its curve and writes the rate into the experiment", async () => {
    const page = await open("/new");
    await page.getByText("It can be trained").waitFor();
    await page.getByRole("button", { name: "Find a learning rate" }).click();
    await page.getByRole("application", { name: /which learning rate/ }).waitFor();
    await page.getByRole("button", { name: "Take 0.002" }).click();
    await page.locator(".cm-content", { hasText: "learningRate: 0.002" }).waitFor();
    await page.close();
  });

  it("trains at one click from an empty folder, once however often it is clicked", async () => {
    const empty = await openMadeUpStudio({ client });
    try {
      const page = await open("/", { server: empty });
      await page.getByRole("button", { name: "Train the digit autoencoder" }).dblclick();
      await page.waitForURL(/\/run\/00000000000a/);
      expect(empty.asked.filter(({ path }) => path === "/api/jobs").length).toBe(1);
      await page.close();
    } finally {
      await empty.close();
    }
  });

  it("scrolls ten thousand rows, of which some sixty stand in the page", async () => {
    const many = await openMadeUpStudio({ client, count: 10_000 });
    try {
      const page = await open("/runs", { server: many });
      await page.locator("tbody tr[id]").first().waitFor();
      await page.evaluate(`(async () => {
        for (let i = 0; i < 120; i++) {
          document.querySelector(".scroll").scrollBy(0, 900);
          await new Promise(requestAnimationFrame);
        }
      })()`);
      expect(await page.locator("tbody tr[id]").count()).toBeLessThan(80);
      await page.locator("#runs").focus();
      await page.keyboard.press("End");
      await expect.poll(() => page.locator(".is-active").count()).toBe(1);
      await page.getByRole("searchbox").fill("name:dense mse<0.004");
      await expect.poll(() => page.locator(".count").textContent()).toMatch(/ of 10,004 runs/);
      await page.close();
    } finally {
      await many.close();
    }
  }, 300_000);
});
