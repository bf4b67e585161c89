// The studio's server put together: index, events, jobs, models and the page behind one guard.
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { cpus, hostname, networkInterfaces, tmpdir, totalmem } from "node:os";
import { join, resolve } from "node:path";
import { UserError } from "../../base/errors.js";
import type { StudioInfo } from "../api.js";
import { clientResponse, openApp } from "./app.js";
import { readClientFiles } from "./clientFiles.js";
import { newSecrets, openGuard, type Secrets } from "./guard.js";
import { getRequestListener } from "./hono.js";
import { openHub } from "./hub.js";
import { startIndex } from "./index/indexClient.js";
import { mostWaitingJobs, openJobs } from "./jobs.js";
import { type ListenLimits, listen, listenLimits } from "./listen.js";
import { openModels } from "./models.js";
import { openReports } from "./reports.js";
import { mostBodyBytes, mostUploadBytes } from "./routes.js";
import { openValidator } from "./validator.js";
import { openWorkshop } from "./workshop.js";

export interface StudioOptions {
  /** The folder of runs; it need not be there yet. */
  readonly root: string;
  /** 0 for any that is free. */
  readonly port: number;
  /** Another address of this machine to listen on, beside its own; null for none. */
  readonly host?: string | null;
  readonly say?: (sentence: string) => void;
  /** Milliseconds between two looks at the folder. */
  readonly lookMilliseconds?: number;
  readonly limits?: Partial<ListenLimits>;
  /** Where the page's files are; the built ones by default. */
  readonly client?: string;
}

export interface Studio {
  readonly port: number;
  readonly isOtherPort: boolean;
  /** `http://localhost:PORT/?token=…` */
  readonly address: string;
  readonly secrets: Secrets;
  /** Resolves when the folder was read whole for the first time. */
  readonly read: Promise<void>;
  close(): Promise<void>;
}

/** No port of note has it. */
export const usualPort = 7317;
const mostUploadPixels = 50_000_000;
const beatMilliseconds = 15_000;

/** @throws UserError where it can't listen on `host` */
export async function startStudio(options: StudioOptions): Promise<Studio> {
  const { port: wished, host = null, say = () => {} } = options;
  const root = resolve(options.root);
  const start = randomBytes(6).toString("hex");
  const secrets = newSecrets();
  const scratch = mkdtempSync(join(tmpdir(), "isthmus-uploads-"));
  let rootProblem: string | undefined;

  const hub = openHub(start, (runs) => index.watch(runs));
  const index = startIndex(
    root,
    (news) => {
      if (news.kind === "root") {
        rootProblem = news.problem;
        hub.publish({ kind: "root", ...(news.problem === undefined ? {} : { rootProblem: news.problem }) });
        return;
      }
      hub.publish(news);
      if (news.kind === "runs") jobs.looked();
    },
    options.lookMilliseconds === undefined ? {} : { lookMilliseconds: options.lookMilliseconds },
  );
  const jobs = openJobs({
    root,
    publish: hub.publish,
    onOwn: index.own,
    onNews: index.nudge,
    async folderOf(run) {
      const reply = await index.ask({ kind: "place", run });
      if (reply.kind === "place") return reply.folder;
      throw new UserError("there is no such run (any more)");
    },
    uploads: scratch,
    say,
  });
  const models = openModels();
  const validator = openValidator();
  const workshop = openWorkshop();
  const reports = openReports(scratch, workshop);
  const client = readClientFiles(options.client);
  const { version } = createRequire(import.meta.url)("../../../package.json") as { readonly version: string };
  const info = (): StudioInfo => ({
    version,
    root,
    start,
    processors: cpus().length,
    memoryBytes: totalmem(),
    isOpenToOthers: host !== null,
    limits: {
      bodyBytes: mostBodyBytes,
      uploadBytes: mostUploadBytes,
      uploadPixels: mostUploadPixels,
      trainingsAtOnce: 1,
      jobsWaiting: mostWaitingJobs,
    },
    ...(rootProblem === undefined ? {} : { rootProblem }),
  });
  const app = openApp({
    ...{ start, root, info, index, hub, jobs, models, validator, workshop, reports, client, scratch },
    uploadPixels: mostUploadPixels,
  });
  const limits = { ...listenLimits, ...options.limits };
  const beat = setInterval(hub.beat, beatMilliseconds);
  beat.unref();

  const isEveryAddress = host === "0.0.0.0" || host === "::";
  const addresses =
    host === null ? ["127.0.0.1", "::1"] : isEveryAddress ? ["0.0.0.0", "::"] : ["127.0.0.1", "::1", host];
  const close = async (): Promise<void> => {
    clearInterval(beat);
    hub.close();
    await listening?.close();
    await jobs.close();
    models.close();
    workshop.close();
    await Promise.all([index.close(), validator.close()]);
    rmSync(scratch, { recursive: true, force: true });
  };
  let listening: Awaited<ReturnType<typeof listen>> | undefined;
  try {
    listening = await listen(
      addresses,
      wished,
      (port) => openGuard({ port, hosts: hostsOf(host), secrets }),
      (incoming, outgoing, verdict) => {
        if (verdict.kind === "api") {
          const answer = getRequestListener(
            (request, bindings) => app.fetch(request, { ...bindings, query: verdict.query }),
            { overrideGlobalObjects: false },
          );
          void answer(incoming, outgoing);
          return;
        }
        const file = verdict.kind === "page" ? client.page : client.file(verdict.path);
        if (file === undefined) {
          const body = JSON.stringify({ error: { message: "there is nothing at this address" } });
          outgoing.writeHead(404, { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(body) });
          outgoing.end(body);
          return;
        }
        const { bytes, headers } = clientResponse(file);
        outgoing.writeHead(200, { ...headers, "Content-Length": bytes.length });
        outgoing.end(bytes);
      },
      limits,
    );
  } catch (error) {
    await close();
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new UserError(`can't listen on ${host ?? "this machine's own address"} (${code})`, {
      at: host === null ? "--port" : "--host",
      hint: "Name another port, or an address of this machine.",
      cause: error,
    });
  }
  const { port, isOther } = listening;
  return {
    port,
    isOtherPort: isOther,
    address: `http://${host === null || isEveryAddress ? "localhost" : bracketed(host)}:${port}/?token=${secrets.token}`,
    secrets,
    read: index.first,
    close,
  };
}

const bracketed = (host: string): string => (host.includes(":") ? `[${host}]` : host);

/** Names that others may call this machine by. */
function hostsOf(host: string | null): readonly string[] {
  if (host === null) return [];
  if (host !== "0.0.0.0" && host !== "::") return [bracketed(host)];
  const own = Object.values(networkInterfaces()).flatMap((entries) =>
    (entries ?? []).map(({ address }) => bracketed(address)),
  );
  return [...own, hostname()];
}
