// The process that decodes single pictures. It watches what they take, says so when that is too much, and is ended then; it ends
// by itself when nobody can ask any more.

import { sharp } from "./codec.js";
import type { ApartReply, ApartRequest, DecodeBudget } from "./decodeApart.js";
import { decodeHere, headerHere } from "./decodeHere.js";
import { readPictureFile } from "./folderDisk.js";

// What was decoded before is not to count for the next picture.
sharp.cache(false);

const send = (reply: ApartReply): void => void process.send?.(reply);

process.on("disconnect", () => process.kill(process.pid, "SIGKILL"));
// Ctrl-C goes to all processes of a terminal; whoever asks decides what ends.
for (const signal of ["SIGINT", "SIGHUP", "SIGTERM"] as const) process.on(signal, () => {});

process.on(
  "message",
  async ({ request, budget }: { readonly request: ApartRequest; readonly budget: DecodeBudget }) => {
    const began = process.cpuUsage();
    // The decoder works in other threads, so this one has time.
    const watch = setInterval(() => {
      const { user, system } = process.cpuUsage(began);
      if ((user + system) / 1e6 > budget.seconds) send({ exceeded: "seconds" });
      else if (process.memoryUsage.rss() > budget.bytes) send({ exceeded: "bytes" });
    }, 20);
    try {
      if (request.kind === "header") send({ header: await headerHere(request.source) });
      else {
        const { source, header, size, isDrawn } = request;
        const bytes = typeof source === "string" ? readPictureFile(source) : source;
        send({ picture: await decodeHere(bytes, header, size, isDrawn) });
      }
    } catch (error) {
      send({ failure: error instanceof Error ? error.message : String(error) });
    } finally {
      clearInterval(watch);
    }
  },
);
