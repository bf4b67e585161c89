// The studio as something that is asked for: a server that runs until it is interrupted.
import { accessSync, constants, existsSync, type Stats, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { z } from "zod";
import { UserError } from "../base/errors.js";
import { fileErrorReason } from "../runs/fileSystem.js";
import { defineTask } from "../tasks/define.js";
import { startStudio, usualPort } from "./server/studio.js";

export interface StudioResult {
  readonly address: string;
}

export const studioOptions = z.strictObject({
  folder: z
    .string()
    .regex(/\S/, "expected the name of a folder")
    .default("runs")
    .describe("the folder with run folders (default: runs)"),
  port: z
    .int()
    .min(0)
    .max(65_535)
    .default(usualPort)
    .describe("port to listen on, the next free one where it is taken; 0 for any")
    .meta({ placeholder: "N" }),
  host: z
    .string()
    .regex(/^[\w.:-]+$/, "expected an address of this machine")
    .optional()
    .describe("listen on this address too, so that other machines reach the studio; 0.0.0.0 for all")
    .meta({ placeholder: "ADDRESS" }),
  open: z.boolean().default(true).describe("print the address and open no browser"),
});

export const studio = defineTask({
  name: "studio",
  summary: "Open the studio on this machine: watch, steer, compare and explore runs in a browser.",
  options: studioOptions,
  /** Serves until the signal is aborted. @throws UserError where it can't listen there */
  run: (options, { signal }) => serveStudio(options, signal, () => {}),
});

/**
 * @param onReady told once the address can be opened
 * @param say told what people should know as it happens
 */
export async function serveStudio(
  { folder, port, host }: z.output<typeof studioOptions>,
  signal: AbortSignal,
  onReady: (ready: StudioResult & { readonly port: number; readonly isOtherPort: boolean }) => void,
  say: (sentence: string) => void = () => {},
): Promise<StudioResult> {
  lookAtFolder(folder, say);
  const server = await startStudio({ root: folder, port, host: host ?? null, say });
  const { address } = server;
  try {
    onReady({ address, port: server.port, isOtherPort: server.isOtherPort });
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      else signal.addEventListener("abort", () => resolve(), { once: true });
    });
  } finally {
    await server.close();
  }
  return { address };
}

/**
 * What is wrong with the folder and is better said here than on the page. One that is not there yet is not wrong.
 * @throws UserError where it is no folder
 */
function lookAtFolder(folder: string, say: (sentence: string) => void): void {
  let found: Stats | undefined;
  try {
    found = statSync(folder, { throwIfNoEntry: false });
    if (found?.isDirectory() === true) accessSync(folder, constants.R_OK | constants.X_OK);
  } catch (error) {
    const reason = fileErrorReason(error);
    if (reason === undefined) throw error;
    say(`${folder} can't be read (${reason}): the page shows its runs as soon as it can`);
    return;
  }
  if (found === undefined) return;
  if (!found.isDirectory()) {
    throw new UserError("this is a file, not a folder", {
      at: folder,
      hint: "Name the folder that has the run folders in it; it need not be there yet.",
    });
  }
  if (existsSync(join(folder, "experiment.yaml")) && existsSync(join(folder, "metrics.jsonl"))) {
    const around = dirname(resolve(folder));
    say(`${folder} is itself a run: isthmus studio ${around} shows it`);
  }
}
