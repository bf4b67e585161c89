import { homedir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { cacheFolder } from "./cacheFolder.js";

it("takes ISTHMUS_CACHE, then XDG_CACHE_HOME, then the home folder; an empty variable counts as none", () => {
  expect(cacheFolder({ ISTHMUS_CACHE: "/a", XDG_CACHE_HOME: "/b" })).toBe("/a");
  expect(cacheFolder({ ISTHMUS_CACHE: "", XDG_CACHE_HOME: "/b" })).toBe(join("/b", "isthmus"));
  expect(cacheFolder({ XDG_CACHE_HOME: "" })).toBe(join(homedir(), ".cache", "isthmus"));
});
