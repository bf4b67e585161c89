// The page's files as they were built, listed once: what is not on the list is not there, whatever an address says.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { extname, join, sep } from "node:path";
import { fileURLToPath } from "node:url";

export interface ClientFile {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly type: string;
  /** Its name holds a sum of its content, so that it never changes. */
  readonly isImmutable: boolean;
}

export interface ClientFiles {
  readonly page: ClientFile;
  file(path: string): ClientFile | undefined;
}

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".ico": "image/x-icon",
  ".json": "application/json",
  ".wasm": "application/wasm",
  ".woff2": "font/woff2",
};

/** Where the build puts them: beside this file's folder in dist, whether this runs from there or from the sources. */
export function clientFolder(): string {
  const isBuilt = import.meta.url.endsWith(".js");
  return fileURLToPath(new URL(isBuilt ? "../client/" : "../../../dist/studio/client/", import.meta.url));
}

const notBuilt = `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Isthmus studio</title>
<h1>Isthmus studio</h1>
<p>The server runs; its page is not built. In a clone of the repository, <code>npm run build</code> builds it.</p>
<p>What the server knows is at <a href="/api/runs">/api/runs</a> as JSON.</p>
</html>
`;

export function readClientFiles(folder = clientFolder()): ClientFiles {
  const files = new Map<string, ClientFile>();
  for (const path of namesBelow(folder)) {
    const type = types[extname(path).toLowerCase()];
    if (type === undefined) continue;
    const address = `/${path.split(sep).join("/")}`;
    const isImmutable = /^\/assets\/.*-[A-Za-z0-9_-]{8,}\.\w+$/.test(address);
    files.set(address, { bytes: new Uint8Array(readFileSync(join(folder, path))), type, isImmutable });
  }
  const page = files.get("/index.html") ?? {
    bytes: new TextEncoder().encode(notBuilt),
    type: types[".html"] ?? "",
    isImmutable: false,
  };
  return { page, file: (path) => files.get(path) };
}

function namesBelow(folder: string): string[] {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(folder.length)
        .replace(/^[\\/]+/, ""),
    );
}
