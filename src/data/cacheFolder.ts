// Where this machine keeps what can be made or fetched again, and how much of it.
import { homedir } from "node:os";
import { join } from "node:path";
import { UserError } from "../base/errors.js";

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * ISTHMUS_CACHE, else `isthmus` in XDG_CACHE_HOME, else ~/.cache/isthmus. It may not exist yet. With ISTHMUS_CACHE=off the
 * usual folder, for what is fetched into it on request.
 */
export function cacheFolder(environment: Environment = process.env): string {
  // An empty variable counts as none, as the XDG specification says.
  const own = environment.ISTHMUS_CACHE;
  if (own !== undefined && own !== "" && !isCacheOff(environment)) return own;
  const shared = environment.XDG_CACHE_HOME;
  return join(shared !== undefined && shared !== "" ? shared : join(homedir(), ".cache"), "isthmus");
}

/** ISTHMUS_CACHE=off: what is made is not kept for the next time, and what was kept is not looked at. */
export function isCacheOff(environment: Environment = process.env): boolean {
  return environment.ISTHMUS_CACHE?.toLowerCase() === "off";
}

/**
 * Bytes that decoded pictures may take in the cache folder, all together: 4,000 MB (of 10⁶ bytes), or as many MB as
 * ISTHMUS_CACHE_SIZE says; 0 where the cache is off.
 * @throws UserError for a value that is no number of at least 0
 */
export function pictureCacheBytes(environment: Environment = process.env): number {
  if (isCacheOff(environment)) return 0;
  const given = environment.ISTHMUS_CACHE_SIZE;
  if (given === undefined || given === "") return 4e9;
  const megabytes = Number(given);
  if (!(megabytes >= 0)) {
    throw new UserError(`expected a number of megabytes, got ${given}`, {
      at: "ISTHMUS_CACHE_SIZE",
      hint: "It is how much decoded pictures may take in the cache folder, for example 4000; 0 keeps none.",
    });
  }
  return megabytes * 1e6;
}
