// Reports of runs, made when they are asked for: the newest few are kept, each until a file of its run changes.
import { mkdirSync, rmSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "../../base/errors.js";
import type { ReportSectionName } from "../api.js";
import { pageFile, sectionFile, type WrittenReport } from "./reportParts.js";
import type { Workshop } from "./workshop.js";

export interface ReportOf {
  /** The run's folder, absolute. */
  readonly path: string;
  /** Another one means that the run's files have changed. */
  readonly stamp: string;
  readonly isTraining: boolean;
}

export interface Reports {
  /** @throws UserError (by rejection) where it can't be made, or too many wait */
  section(of: ReportOf, name: ReportSectionName): Promise<Uint8Array<ArrayBuffer>>;
  /** @throws UserError (by rejection), also where this build has no page of reports */
  page(of: ReportOf): Promise<{ readonly bytes: Uint8Array<ArrayBuffer>; readonly policy: string }>;
}

const mostKept = 8;
/** A run that is being trained has a report that is at most so old, and no newer one before. */
const trainingMilliseconds = 20_000;

interface Kept {
  readonly stamp: string;
  readonly begun: number;
  readonly out: string;
  readonly written: Promise<WrittenReport>;
}

/** @param scratch a folder of the server's own */
export function openReports(scratch: string, workshop: Workshop, now: () => number = () => performance.now()): Reports {
  /** By the run's path, the one that was asked for last at the end. */
  const kept = new Map<string, Kept>();
  let made = 0;

  async function make(path: string, out: string): Promise<WrittenReport> {
    const work = { kind: "report", run: path, out, made: new Date().toISOString() } as const;
    return (await workshop.ask(work, () => void mkdirSync(out, { recursive: true }))) as WrittenReport;
  }

  /** The report as it is kept, or a new one. */
  async function fresh({ path, stamp, isTraining }: ReportOf): Promise<Kept & { readonly report: WrittenReport }> {
    let entry = kept.get(path);
    const isYoung = entry !== undefined && isTraining && now() - entry.begun < trainingMilliseconds;
    if (entry === undefined || (entry.stamp !== stamp && !isYoung)) {
      made += 1;
      const out = join(scratch, `report-${made}`);
      const next: Kept = { stamp, begun: now(), out, written: make(path, out) };
      if (entry !== undefined) forget(entry);
      entry = next;
      // What could not be made is tried again when it is next asked for.
      next.written.catch(() => {
        if (kept.get(path) === next) kept.delete(path);
        forget(next);
      });
    }
    kept.delete(path);
    kept.set(path, entry);
    for (const [old, other] of kept) {
      if (kept.size <= mostKept) break;
      kept.delete(old);
      forget(other);
    }
    return { ...entry, report: await entry.written };
  }

  /** Takes its files away, once they are there. */
  function forget({ written, out }: Kept): void {
    const remove = (): void => rmSync(out, { recursive: true, force: true });
    written.then(remove, remove);
  }

  async function fileOf(of: ReportOf, name: string) {
    const { out, report } = await fresh(of);
    const { policy } = report;
    if (name === pageFile && policy === undefined) {
      throw new UserError("the page of reports is not built", { hint: "In a clone: npm run build." });
    }
    try {
      return { bytes: new Uint8Array(await readFile(join(out, name))), policy: policy ?? "" };
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // Meanwhile a newer one or others have taken its place.
      if (code === "ENOENT") throw new UserError("this report is not kept any more", { hint: "Ask again." });
      throw error;
    }
  }

  return {
    section: async (of, name) => (await fileOf(of, sectionFile(name))).bytes,
    page: async (of) => await fileOf(of, pageFile),
  };
}
