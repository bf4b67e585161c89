// The explorations in Chromium: lasso, isolate, pictures, keys, sliders, UMAP, and what axe says of the page.
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { placedPictures } from "../../src/report/page/map/pictures.js";
import { pointIndex } from "../../src/report/page/map/pointIndex.js";
import { shownPoints } from "../../src/report/page/map/shown.js";
import { boundsOf, fitView, toPlane } from "../../src/report/page/map/view.js";
import { buildPage } from "../page/buildPage.js";
import { columns, count, explorationData, type Given, numberedSheet } from "../page/explorationData.js";

const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
/** Where screenshots go, for who wants to look at them. */
const pictures = process.env.ISTHMUS_SCREENSHOTS;
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const tokens = readFileSync("src/report/page/tokens.css", "utf8");

interface Seen {
  readonly page: {
    open(given: Given): Promise<void>;
    mapBox(): { readonly left: number; readonly top: number; readonly width: number; readonly height: number };
    numbersAt(places: readonly (readonly [number, number])[]): Promise<number[]>;
    selectionRows(): unknown[];
    sliderPixels(): number[];
    overflow(): number;
  };
  readonly axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
  readonly plane: { readonly kind: string; readonly points: Float32Array };
  readonly selected: readonly number[];
  readonly code: readonly number[] | undefined;
  readonly picture: readonly number[];
}

describe.skipIf(!existsSync(executablePath))("the explorations in a page", () => {
  let browser: Browser;
  let built: Awaited<ReturnType<typeof buildPage>>;
  let data: Awaited<ReturnType<typeof explorationData>>;
  const problems: string[] = [];
  beforeAll(async () => {
    [built, data] = [await buildPage("test/page/explorations.ts"), await explorationData()];
    browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
  });
  afterAll(async () => {
    data?.engine.dispose();
    await browser?.close();
  });

  async function opened(sheet: string, width = 1280, colorScheme: "light" | "dark" = "light"): Promise<Page> {
    const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme, reducedMotion: "reduce" });
    page.setDefaultTimeout(120_000);
    page.on("pageerror", (error) => problems.push(String(error)));
    page.on("console", (message) => problems.push(message.text()));
    const head = `<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Codes</title>`;
    await page.setContent(
      `<!doctype html><html lang="en">${head}<style>${tokens}${built.style}</style><body></body></html>`,
    );
    await page.addScriptTag({ content: built.script });
    await page.evaluate((given) => (globalThis as unknown as Seen).page.open(given), { ...data.given, sheet });
    await page.waitForSelector(".map.live");
    await page.waitForFunction(() => (globalThis as unknown as Seen).plane?.kind === "pca");
    return page;
  }

  it("keeps the right picture at every point after lasso and isolate, and says what was selected", async () => {
    const page = await opened(numberedSheet());
    await page.getByRole("radio", { name: "UMAP" }).check();
    await page.waitForFunction(() => (globalThis as unknown as Seen).plane?.kind === "umap");
    await page.getByRole("radio", { name: "PCA" }).check();
    await page.waitForFunction(() => (globalThis as unknown as Seen).plane?.kind === "pca");
    const points = Float32Array.from(await page.evaluate(() => [...(globalThis as unknown as Seen).plane.points]));
    expect(points.length).toBe(2 * count);

    const plane = page.locator(".plane");
    await plane.scrollIntoViewIfNeeded();
    const box = await page.evaluate(() => (globalThis as unknown as Seen).page.mapBox());
    const view = fitView(boundsOf(points), box);
    const [middleX, middleY] = [box.width / 2, box.height / 2];
    const lasso = [
      [-330, -220],
      [40, -190],
      [150, 10],
      [-20, 130],
      [-170, 60],
    ].map(([x = 0, y = 0]) => [middleX + x, middleY + y] as const);
    await page.getByRole("radio", { name: "Lasso" }).check();
    const [first = [0, 0], ...rest] = lasso;
    await page.mouse.move(box.left + first[0], box.top + first[1]);
    await page.mouse.down();
    for (const [x, y] of rest) await page.mouse.move(box.left + x, box.top + y);
    await page.mouse.up();
    const expected = pointIndex(points).inPolygon(lasso.map(([x, y]) => toPlane(view, box, x, y)));
    expect(expected.length).toBeGreaterThan(20);
    expect(expected.length).toBeLessThan(count);
    await expect.poll(() => page.evaluate(() => [...(globalThis as unknown as Seen).selected])).toEqual(expected);

    await page.getByRole("button", { name: "Isolate" }).click();
    await page.getByRole("checkbox", { name: "Pictures" }).check();
    const [hiddenClass] = [data.classes[expected[0] ?? 0] ?? 0];
    await page
      .getByRole("list", { name: "Colours: class" })
      .getByRole("button", { name: new RegExp(`^${hiddenClass} `) })
      .click();
    const shown = shownPoints(count, {
      only: new Set(expected),
      hiddenClasses: new Set([hiddenClass]),
      classes: data.classes,
    });
    const placed = placedPictures(pointIndex(points), points, shown, { view, size: box, side: 30 });
    expect(placed.length).toBeGreaterThan(8);
    const numbersAt = (places: readonly (readonly [number, number])[]): Promise<number[]> =>
      page.evaluate((given) => (globalThis as unknown as Seen).page.numbersAt(given), places);
    // The middles of the pictures, a little aside of where a ring around a point may be.
    await expect
      .poll(() => numbersAt(placed.map(({ x, y }) => [Math.round(x) - 9, Math.round(y) - 9] as const)))
      .toEqual(placed.map(({ index }) => index));

    // The table: each row's tile is the one of the point that it names.
    await page
      .locator(".map details", { hasText: "selected" })
      .first()
      .evaluate((element) => element.setAttribute("open", ""));
    const rows = await page.evaluate(() => (globalThis as unknown as Seen).page.selectionRows());
    expect(rows).toEqual(
      expected
        .slice(0, 50)
        .map((i) => [
          `image ${i + 1}`,
          -28 * (i % columns) + 0,
          -28 * Math.floor(i / columns) + 0,
          String(data.classes[i]),
        ]),
    );

    // Keys: the next point is the first that is shown; Enter selects it alone.
    await plane.focus();
    await page.keyboard.press("n");
    await page.keyboard.press("Enter");
    expect(await page.evaluate(() => [...(globalThis as unknown as Seen).selected])).toEqual([shown.indices[0]]);
    await page.close();
  });

  it("decodes what a slider says when keys move it, as the engine does", async () => {
    const page = await opened(data.given.sheet);
    const slider = page.locator("#sliders input[type=range]").first();
    await slider.focus();
    for (const key of ["ArrowRight", "ArrowRight", "PageUp"]) await page.keyboard.press(key);
    await page.waitForFunction(() => (globalThis as unknown as Seen).code !== undefined);
    const read = () =>
      page.evaluate(() => {
        const seen = globalThis as unknown as Seen;
        return { code: [...(seen.code ?? [])], picture: [...seen.picture], pixels: seen.page.sliderPixels() };
      });
    // Keys are faster than pictures: until the one that was asked for last is drawn.
    let before = "";
    await expect
      .poll(
        async () => {
          const [now, last] = [JSON.stringify(await read()), before];
          before = now;
          return now === last;
        },
        { interval: 300 },
      )
      .toBe(true);
    const { code, picture, pixels } = await read();
    const expected = await data.engine.decode?.(Float32Array.from(code));
    expect(code).not.toEqual([...data.codes.subarray(0, 8)]);
    expect(picture.length).toBe(784);
    picture.forEach((value, i) => {
      expect(Math.abs(value - (expected?.[i] ?? Number.NaN))).toBeLessThan(1e-3);
      expect(pixels[i]).toBe(Math.round(255 * Math.min(1, Math.max(0, value))));
    });
    await page.close();
  });

  it.each([
    [1280, "light"],
    [1280, "dark"],
    [390, "light"],
    [390, "dark"],
  ] as const)(
    "has nothing that axe objects to, nor anything wider than the page: %d pixels, %s",
    async (width, scheme) => {
      const page = await opened(data.given.sheet, width, scheme);
      await page.getByRole("checkbox", { name: "Pictures" }).check();
      await page.locator(".plane").focus();
      await page.keyboard.press("n");
      await page.keyboard.press("Enter");
      await page.evaluate(axe);
      const { violations } = await page.evaluate(() => (globalThis as unknown as Seen).axe.run());
      expect(violations.map(({ id, nodes }) => [id, nodes[0]?.html])).toEqual([]);
      expect(await page.evaluate(() => (globalThis as unknown as Seen).page.overflow())).toBeLessThanOrEqual(0);
      if (pictures !== undefined) {
        mkdirSync(pictures, { recursive: true });
        await page.screenshot({ path: `${pictures}/map-${width}-${scheme}.png`, fullPage: true });
      }
      await page.close();
    },
  );

  it("says nothing in the console", () => {
    // The canvas was read by this test, not by the page.
    expect(problems.filter((text) => !text.includes("willReadFrequently"))).toEqual([]);
  });
});
