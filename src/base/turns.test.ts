import { MessageChannel } from "node:worker_threads";
import { afterEach, describe, expect, it, vi } from "vitest";
import { AbortError, isAbortError, isPauseDue, pause, throwIfAborted } from "./turns.js";

afterEach(() => vi.unstubAllGlobals());

/** Keeps the thread. */
function work(milliseconds: number): void {
  for (const end = performance.now() + milliseconds; performance.now() < end; );
}

describe("a pause", () => {
  it("lets what waits for the thread run after 30 ms of work, and not before", async () => {
    work(31);
    await pause();
    let turns = 0;
    setImmediate(() => turns++);
    await pause();
    expect([turns, isPauseDue()]).toEqual([0, false]);
    work(31);
    expect(isPauseDue()).toBe(true);
    await pause();
    expect([turns, isPauseDue()]).toEqual([1, false]);
  });

  it("hears an abort that came while it gave the thread back", async () => {
    const controller = new AbortController();
    setImmediate(() => controller.abort());
    work(31);
    await expect(pause(controller.signal)).rejects.toMatchObject({ name: "AbortError" });
    await expect(pause(controller.signal)).rejects.toBe(controller.signal.reason);
  });

  it.each(["scheduler", "messages"])("gives the thread back in a page by its %s", async (by) => {
    vi.stubGlobal("setImmediate", undefined);
    let asked = 0;
    const scheduler = { yield: async () => void asked++ };
    vi.stubGlobal("scheduler", by === "scheduler" ? scheduler : undefined);
    let ran = false;
    const { port1, port2 } = new MessageChannel();
    port1.once("message", () => {
      ran = true;
      port1.close();
    });
    port2.postMessage(0);
    work(31);
    await pause();
    expect([asked, ran]).toEqual(by === "scheduler" ? [1, false] : [0, true]);
    port1.close();
  });
});

describe("an abort", () => {
  it("is one kind of error: the signal's own reason where it is of that kind, else its cause", () => {
    expect(() => throwIfAborted(undefined)).not.toThrow();
    expect(() => throwIfAborted(new AbortController().signal)).not.toThrow();
    const thrownBy = (signal: AbortSignal): unknown => {
      try {
        throwIfAborted(signal);
      } catch (error) {
        return error;
      }
      return undefined;
    };
    const usual = AbortSignal.abort();
    expect(thrownBy(usual)).toBe(usual.reason);
    const found = thrownBy(AbortSignal.abort("tea is ready"));
    expect(found).toBeInstanceOf(AbortError);
    expect(found).toMatchObject({ name: "AbortError", cause: "tea is ready" });
    expect([isAbortError(found), isAbortError(usual.reason), isAbortError(new Error("full"))]).toEqual([
      true,
      true,
      false,
    ]);
  });
});
