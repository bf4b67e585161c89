// What moves in Chromium stays what it is: a chart that grows while somebody looks at a part of it, a map of very many points.
import { existsSync, readFileSync } from "node:fs";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildPage } from "../page/buildPage.js";

const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";

interface Seen {
  readonly page: {
    makeCurves(epochs: number): void;
    openCurves(): void;
    grow(): void;
    lastOf(series: number): number;
    rememberLines(): number;
    keptLines(): number;
    linePaths(): string[];
    frames(): Promise<void>;
    openMap(count: number, renderer: "canvas"): void;
    mapPixels(): { readonly marked: number; readonly hash: number };
    drag(right: number, down: number): Promise<void>;
  };
}

let browser: Browser;
const problems: string[] = [];
let built: Awaited<ReturnType<typeof buildPage>>;
beforeAll(async () => {
  if (!existsSync(executablePath)) return;
  built = await buildPage("test/page/smoothness.svelte.ts");
  browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
});
afterAll(() => browser?.close());

async function opened(): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  page.setDefaultTimeout(120_000);
  page.on("pageerror", (error) => problems.push(String(error)));
  page.on("console", (message) => problems.push(message.text()));
  const tokens = readFileSync("src/report/page/tokens.css", "utf8");
  await page.setContent(`<!doctype html><html lang="en"><style>${tokens}${built.style}</style><body></body></html>`);
  await page.addScriptTag({ content: built.script });
  return page;
}

describe.skipIf(!existsSync(executablePath))("a chart that grows", () => {
  let page: Page;
  beforeAll(async () => {
    page = await opened();
    await page.evaluate(() => {
      const { page: opened } = globalThis as unknown as Seen;
      opened.makeCurves(5000);
      opened.openCurves();
    });
    await page.waitForSelector(".surface svg path", { state: "attached" });
  });

  const paths = (): Promise<string[]> => page.evaluate(() => (globalThis as unknown as Seen).page.linePaths());
  const grow = (epochs: number): Promise<void> =>
    page.evaluate(async (count) => {
      const { page: opened } = globalThis as unknown as Seen;
      for (let i = 0; i < count; i++) opened.grow();
      await opened.frames();
    }, epochs);

  it("moves what it drew and draws nothing anew", async () => {
    const count = await page.evaluate(() => (globalThis as unknown as Seen).page.rememberLines());
    const before = await paths();
    await grow(1);
    expect(await paths()).not.toEqual(before);
    expect(count).toBe(4);
    expect(await page.evaluate(() => (globalThis as unknown as Seen).page.keptLines())).toBe(count);
  });

  it("says the newest epoch's own numbers, however few points there are pixels for", async () => {
    await page.locator(".live").focus();
    await page.keyboard.press("End");
    expect(await page.locator(".tip .place").innerText()).toBe("epoch 5,001");
    const test = await page.evaluate(() => (globalThis as unknown as Seen).page.lastOf(1));
    expect(Number(await page.locator(".tip .value").nth(1).innerText())).toBe(Number(test.toPrecision(3)));
  });

  it("keeps the part that is seen, what is hidden and the place that is pointed at", async () => {
    await page.locator(".legend button", { hasText: "train" }).click();
    await page.locator(".live").focus();
    await page.keyboard.press("Home");
    for (let i = 0; i < 4; i++) await page.keyboard.press("+");
    const place = await page.locator(".tip .place").innerText();
    const before = await paths();
    await grow(5);
    // The part is of the first epochs, which are the same as before; so is what is drawn of the three lines that are seen.
    expect(before.length).toBe(3);
    expect(await paths()).toEqual(before);
    expect(await page.locator(".tip .place").innerText()).toBe(place);
    expect(await page.locator(".legend button", { hasText: "train" }).getAttribute("aria-pressed")).toBe("false");
    expect(await page.getByRole("button", { name: "Show all" }).count()).toBe(1);
    await page.keyboard.press("0");
    await page.keyboard.press("End");
    expect(await page.locator(".tip .place").innerText()).toBe("epoch 5,006");
    expect(problems).toEqual([]);
  });
});

describe.skipIf(!existsSync(executablePath))("a map of a million points", () => {
  it("shows all of them when it rests, whatever it left out while it moved", async () => {
    const page = await opened();
    await page.evaluate(() => (globalThis as unknown as Seen).page.openMap(1_000_000, "canvas"));
    await page.waitForSelector(".map.live");
    await page.evaluate(() => (globalThis as unknown as Seen).page.frames());
    const before = await page.evaluate(() => (globalThis as unknown as Seen).page.mapPixels());
    expect(before.marked).toBeGreaterThan(10_000);
    await page.evaluate(() => (globalThis as unknown as Seen).page.drag(70, -40));
    await page.waitForTimeout(1000);
    const moved = await page.evaluate(() => (globalThis as unknown as Seen).page.mapPixels());
    expect(moved.hash).not.toBe(before.hash);
    await page.evaluate(() => (globalThis as unknown as Seen).page.drag(-70, 40));
    // Longer than the view takes to rest, and for the frame after.
    await page.waitForTimeout(1000);
    expect(await page.evaluate(() => (globalThis as unknown as Seen).page.mapPixels())).toEqual(before);
    expect(problems).toEqual([]);
  });
});
