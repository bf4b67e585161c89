import { describe, expect, it } from "vitest";
import { renderChart } from "./charts.js";

/** A chart whose data can be read so many times. */
function chart(times: number) {
  let reads = 0;
  const line = {
    type: "line",
    get data(): readonly number[] {
      if (++reads > times) throw new Error("drawn no further");
      return [1, 2];
    },
  };
  return { option: { xAxis: {}, yAxis: {}, series: [line] }, reads: () => reads };
}

describe("a chart that can't be drawn", () => {
  it("leaves no timer that would keep the process, wherever it fails", async () => {
    const before = process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
    const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
    const size = { width: 100, height: 100 };
    const whole = chart(Number.POSITIVE_INFINITY);
    renderChart(whole.option, size);
    expect(whole.reads()).toBeGreaterThan(1);
    for (let times = 0; times < whole.reads(); times++) {
      expect(() => renderChart(chart(times).option, size)).toThrow("drawn no further");
    }
    // What was asked for once runs out; what asks again for the next frame would never.
    while (timers() > before) await new Promise((resolve) => setImmediate(resolve));
    expect(timers()).toBe(before);
  });
});
