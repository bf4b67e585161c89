// Where this machine keeps what can be made or fetched again.
import { homedir } from "node:os";
import { join } from "node:path";

/** ISTHMUS_CACHE, else `isthmus` in XDG_CACHE_HOME, else ~/.cache/isthmus. It may not exist yet. */
export function cacheFolder(environment: Readonly<Record<string, string | undefined>> = process.env): string {
  // An empty variable counts as none, as the XDG specification says.
  const own = environment.ISTHMUS_CACHE;
  if (own !== undefined && own !== "") return own;
  const shared = environment.XDG_CACHE_HOME;
  return join(shared !== undefined && shared !== "" ? shared : join(homedir(), ".cache"), "isthmus");
}
