import { homedir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { cacheFolder, isCacheOff, pictureCacheBytes } from "./cacheFolder.js";

it("takes ISTHMUS_CACHE, then XDG_CACHE_HOME, then the home folder; an empty variable counts as none", () => {
  expect(cacheFolder({ ISTHMUS_CACHE: "/a", XDG_CACHE_HOME: "/b" })).toBe("/a");
  expect(cacheFolder({ ISTHMUS_CACHE: "", XDG_CACHE_HOME: "/b" })).toBe(join("/b", "isthmus"));
  expect(cacheFolder({ XDG_CACHE_HOME: "" })).toBe(join(homedir(), ".cache", "isthmus"));
});

it("keeps nothing with ISTHMUS_CACHE=off, and knows no folder of that name", () => {
  expect(isCacheOff({ ISTHMUS_CACHE: "off" })).toBe(true);
  expect(isCacheOff({ ISTHMUS_CACHE: "/off" })).toBe(false);
  expect(cacheFolder({ ISTHMUS_CACHE: "off", XDG_CACHE_HOME: "/b" })).toBe(join("/b", "isthmus"));
  expect(pictureCacheBytes({ ISTHMUS_CACHE: "off", ISTHMUS_CACHE_SIZE: "10" })).toBe(0);
});

it("takes 4,000 MB of decoded pictures, or what ISTHMUS_CACHE_SIZE says", () => {
  expect(pictureCacheBytes({})).toBe(4e9);
  expect(pictureCacheBytes({ ISTHMUS_CACHE_SIZE: "1.5" })).toBe(1.5e6);
  expect(pictureCacheBytes({ ISTHMUS_CACHE_SIZE: "0" })).toBe(0);
  expect(() => pictureCacheBytes({ ISTHMUS_CACHE_SIZE: "4 GB" })).toThrow("expected a number of megabytes, got 4 GB");
});
