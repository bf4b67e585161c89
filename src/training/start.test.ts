// A thread that has said its last is not waited for.
import { describe, expect, it } from "vitest";
import { startThread } from "./start.js";

describe("a thread whose work has failed", () => {
  it("ends, though something is left running in it", { timeout: 60_000 }, async () => {
    const { finished } = startThread(new URL("./testing/lingeringWorker.ts", import.meta.url), {}, {});
    await expect(finished).rejects.toMatchObject({ name: "UserError", message: "the chart can't be drawn" });
  });
});
