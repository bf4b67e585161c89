// How fast the map of codes moves in headless Chromium: frames a second while it is dragged and zoomed, by WebGL2 (computed by
// the processor there) and drawn by hand. node --import ./scripts/register-typescript.mjs bench/map.mjs
import { readFileSync } from "node:fs";
import { chromium } from "playwright-core";
import { buildPage } from "../test/page/buildPage.ts";

const { script, style } = await buildPage("test/page/mapSpeed.ts");
const tokens = readFileSync("src/report/page/tokens.css", "utf8");
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--enable-unsafe-swiftshader"],
});
for (const renderer of ["canvas", "webgl"]) {
  for (const count of [10_000, 100_000, 1_000_000]) {
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    page.on("pageerror", (error) => console.error(String(error)));
    await page.setContent(`<!doctype html><style>${tokens}${style}</style><body></body>`);
    await page.addScriptTag({ content: script });
    const opened = await page.evaluate(
      async ([n, how]) => {
        const start = performance.now();
        window.page.open(n, how);
        while (document.querySelector(".map.live") === null)
          await new Promise((resolve) => requestAnimationFrame(resolve));
        await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
        return performance.now() - start;
      },
      [count, renderer],
    );
    const figures = await page.evaluate(async () => {
      const over = document.querySelector("canvas.over");
      const box = over.getBoundingClientRect();
      const send = (type, x, y) =>
        over.dispatchEvent(
          new PointerEvent(type, {
            clientX: box.left + x,
            clientY: box.top + y,
            pointerId: 1,
            buttons: 1,
            bubbles: true,
          }),
        );
      over.setPointerCapture = () => {};
      const frames = [];
      const run = async (move) => {
        let last = performance.now();
        for (let i = 0; i < 60; i++) {
          move(i);
          await new Promise((resolve) => requestAnimationFrame(resolve));
          const now = performance.now();
          frames.push(now - last);
          last = now;
        }
      };
      send("pointerdown", 400, 200);
      await run((i) => send("pointermove", 400 + 60 * Math.sin(i / 8), 200 + 40 * Math.sin(i / 5)));
      send("pointerup", 400, 200);
      document.querySelector(".plane").focus();
      await run((i) =>
        over.dispatchEvent(
          new WheelEvent("wheel", {
            deltaY: i < 30 ? -60 : 60,
            clientX: box.left + 500,
            clientY: box.top + 250,
            cancelable: true,
          }),
        ),
      );
      frames.sort((a, b) => a - b);
      return {
        mean: frames.reduce((sum, each) => sum + each, 0) / frames.length,
        worst: frames[Math.floor(0.95 * frames.length)],
      };
    });
    console.log(
      `${renderer}, ${count.toLocaleString("en")} points: opened in ${opened.toFixed(0)} ms, ${(1000 / figures.mean).toFixed(0)} frames a second, 95% of frames below ${figures.worst.toFixed(0)} ms`,
    );
    await page.close();
  }
}
await browser.close();
