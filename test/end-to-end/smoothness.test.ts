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
  /** What is drawn once nothing more is: charts draw in frames of their own. */
  const resting = async (): Promise<string[]> => {
    for (let last = await paths(), same = 0; ; ) {
      await page.evaluate(() => (globalThis as unknown as Seen).page.frames());
      const now = await paths();
      same = now.join() === last.join() ? same + 1 : 0;
      if (same === 3) return now;
      last = now;
    }
  };
  const place = (): Promise<string> => page.locator(".tip .place").innerText();
  const grow = (epochs: number): Promise<void> =>
    page.evaluate(async (count) => {
      const { page: opened } = globalThis as unknown as Seen;
      for (let i = 0; i < count; i++) opened.grow();
      await opened.frames();
    }, epochs);

  it("moves what it drew and draws nothing anew", async () => {
    const count = await page.evaluate(() => (globalThis as unknown as Seen).page.rememberLines());
    const before = await resting();
    await grow(1);
    expect(await resting()).not.toEqual(before);
    expect(count).toBe(4);
    expect(await page.evaluate(() => (globalThis as unknown as Seen).page.keptLines())).toBe(count);
  });

  it("says the newest epoch's own numbers, however few points there are pixels for", async () => {
    await page.locator(".live").focus();
    await page.keyboard.press("End");
    await expect.poll(place).toBe("epoch 5,001");
    const test = await page.evaluate(() => (globalThis as unknown as Seen).page.lastOf(1));
    expect(Number(await page.locator(".tip .value").nth(1).innerText())).toBe(Number(test.toPrecision(3)));
  });

  it("keeps the part that is seen, what is hidden and the place that is pointed at", async () => {
    await page.locator(".legend button", { hasText: "train" }).click();
    await page.locator(".live").focus();
    await page.keyboard.press("Home");
    for (let i = 0; i < 4; i++) await page.keyboard.press("+");
    const before = await resting();
    const pointed = await place();
    await grow(5);
    // The part is of the first epochs, which are the same as before; so is what is drawn of the three lines that are seen.
    expect(before.length).toBe(3);
    expect(await resting()).toEqual(before);
    expect(await place()).toBe(pointed);
    expect(await page.locator(".legend button", { hasText: "train" }).getAttribute("aria-pressed")).toBe("false");
    expect(await page.getByRole("button", { name: "Show all" }).count()).toBe(1);
    await page.keyboard.press("0");
    await page.keyboard.press("End");
    await expect.poll(place).toBe("epoch 5,006");
    expect(problems).toEqual([]);
  });
});

describe.skipIf(!existsSync(executablePath))("a map of a million points", () => {
  it("shows all of them when it rests, whatever it left out while it moved", async () => {
    const page = await opened();
    await page.evaluate(() => (globalThis as unknown as Seen).page.openMap(1_000_000, "canvas"));
    await page.waitForSelector(".map.live");
    await page.evaluate(() => (globalThis as unknown as Seen).page.frames());
    const pixels = () => page.evaluate(() => (globalThis as unknown as Seen).page.mapPixels());
    const before = await pixels();
    expect(before.marked).toBeGreaterThan(10_000);
    await page.evaluate(() => (globalThis as unknown as Seen).page.drag(70, -40));
    await expect.poll(async () => (await pixels()).hash).not.toBe(before.hash);
    await page.evaluate(() => (globalThis as unknown as Seen).page.drag(-70, 40));
    // When it rests again.
    await expect.poll(pixels).toEqual(before);
    expect(problems).toEqual([]);
  });
});
