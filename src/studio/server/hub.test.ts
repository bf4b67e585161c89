import { describe, expect, it } from "vitest";
import type { StudioEvent } from "../api.js";
import { openHub } from "./hub.js";

const removed = (run: string): StudioEvent => ({ kind: "runs", rows: [], removed: [run], pending: 0 });
const step = (run: string): StudioEvent => ({ kind: "step", run, live: { job: "j", isPaused: false } });

function listener() {
  const texts: string[] = [];
  return {
    write(text: string) {
      texts.push(text);
      return true;
    },
    get ids() {
      return [...texts.join("").matchAll(/^id: (.*)$/gm)].map(([, id]) => id);
    },
    get kinds() {
      return [...texts.join("").matchAll(/^data: (.*)$/gm)].map(
        ([, data = ""]) => (JSON.parse(data) as StudioEvent).kind,
      );
    },
  };
}

describe("the hub", () => {
  it("tells what was missed, and asks to begin anew where that is not kept any more", () => {
    const hub = openHub("s");
    for (let i = 0; i < 10; i++) hub.publish(removed(`r${i}`));
    const back = listener();
    hub.listen({}, "s-7", back.write, () => {});
    expect(back.ids).toEqual(["s-8", "s-9", "s-10"]);
    for (let i = 0; i < 3000; i++) hub.publish(removed("many"));
    const late = listener();
    hub.listen({}, "s-7", late.write, () => {});
    expect(late.kinds).toEqual(["hello", "reset"]);
    expect(late.ids).toEqual(["s-3010"]);
    for (const since of ["t-3010", "s-3011", "s--1", "s-NaN", "s-"]) {
      const other = listener();
      hub.listen({}, since, other.write, () => {});
      expect([since, other.kinds[1]]).toEqual([since, since === "s-" ? "reset" : "reset"]);
    }
  });

  it("gives steps of the runs that were asked for, without a number, and ends who takes no more", () => {
    const watched: (readonly string[])[] = [];
    const hub = openHub("s", (runs) => watched.push(runs));
    const [one, all] = [listener(), listener()];
    const stop = hub.listen({ runs: ["a"] }, undefined, one.write, () => {});
    hub.listen({}, undefined, all.write, () => {});
    hub.publish(step("a"));
    hub.publish(step("b"));
    expect(one.kinds).toEqual(["hello", "step"]);
    expect(all.kinds).toEqual(["hello"]);
    expect(hub.last).toBe("s-0");
    let isEnded = false;
    hub.listen(
      {},
      undefined,
      () => false,
      () => {
        isEnded = true;
      },
    );
    hub.beat();
    expect([isEnded, hub.listeners]).toEqual([true, 2]);
    stop();
    expect(watched).toEqual([["a"], []]);
  });
});
