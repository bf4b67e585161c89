// The built command's studio as a process of its own, and Chromium before it with everything watched that the page says and asks.
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { expect } from "vitest";

export const command = join("dist", "cli", "main.js");

export const executablePath = "/usr/bin/chromium";
const flags =
  "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync";

/** Chromium as these tests start it, without what it asks of others by itself. */
export const launchChromium = (): Promise<Browser> => chromium.launch({ executablePath, args: flags.split(" ") });

/** Moves a report's first slider: its picture is drawn anew, by the decoder inside. */
export async function moveReportSlider(page: Page, patience: { readonly timeout: number }): Promise<void> {
  const sliders = page.locator("#sliders");
  const slider = sliders.getByRole("slider").first();
  await slider.waitFor();
  /** All that is drawn there, as text. */
  const drawn = (): Promise<string> =>
    sliders.evaluate((element) =>
      [
        ...(element as unknown as { querySelectorAll(of: string): Iterable<{ toDataURL(): string }> }).querySelectorAll(
          "canvas",
        ),
      ]
        .map((canvas) => canvas.toDataURL())
        .join(),
    );
  const before = await drawn();
  expect(before).toContain("data:image/png");
  await slider.focus();
  await page.keyboard.press("PageUp");
  await expect.poll(drawn, patience).not.toBe(before);
}

/** The studio's process, with the address that it printed. */
export interface StudioProcess {
  /** With the token, as a person opens it. */
  readonly address: string;
  readonly origin: string;
  readonly port: number;
  readonly child: ChildProcess;
  /** What it wrote on stderr so far. */
  readonly said: () => string;
  readonly ended: Promise<number | null>;
}

/** @throws Error with what it said, where it ends before it listens */
export async function startStudioProcess(folder: string, port = 0): Promise<StudioProcess> {
  if (!existsSync(command)) throw new Error("the package is not built: npm run build");
  const child = spawn(process.execPath, [command, "studio", folder, "--no-open", "--json", "--port", String(port)], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let out = "";
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (piece: string) => {
    said += piece;
  });
  const ended = new Promise<number | null>((resolve) => child.on("exit", resolve));
  const address = await new Promise<string>((resolve, reject) => {
    child.stdout.setEncoding("utf8").on("data", (piece: string) => {
      out += piece;
      if (out.includes("\n")) resolve((JSON.parse(out) as { address: string }).address);
    });
    void ended.then((code) => reject(new Error(`the studio ended with ${code}: ${said}`)));
  });
  const { origin, port: listens } = new URL(address);
  return { address, origin, port: Number(listens), child, said: () => said, ended };
}

/** A page, and everything that it said on the console, threw, or asked of anybody but the studio. */
export interface WatchedPage {
  readonly page: Page;
  readonly context: BrowserContext;
  readonly complaints: string[];
}

export async function openWatched(browser: Browser, address: string): Promise<WatchedPage> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, reducedMotion: "reduce" });
  context.setDefaultTimeout(300_000);
  const page = await context.newPage();
  const complaints: string[] = [];
  const { origin } = new URL(address);
  // A policy's violation is a message on the console too.
  page.on("console", (message) => complaints.push(`${message.text()} (${message.location().url})`));
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (!["data:", "blob:"].includes(url.protocol) && url.origin !== origin) complaints.push(`asked ${url}`);
  });
  await page.goto(address);
  return { page, context, complaints };
}

/** An experiment whose epoch takes some hundredths of a second. */
export const smallText = (name: string, epochs: number): string => `name: ${name}
data: { source: mnist, limit: { train: 256, test: 64 } }
model:
  kind: autoencoder
  encoder: [flatten, dense: 8]
  decoder: [dense: 784, sigmoid, unflatten: [1, 28, 28]]
loss: mse
phases:
  - epochs: ${epochs}
    batchSize: 16
    optimizer: { adam: { learningRate: 0.002 } }
`;
