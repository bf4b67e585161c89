import { describe, expect, it } from "vitest";
import { learningRateAt, readSchedule } from "./index.js";

describe("reduceOnPlateau", () => {
  function ratesAfter(options: object, figures: readonly number[], learningRate = 1): readonly number[] {
    const configured = readSchedule({ reduceOnPlateau: options });
    const { schedule } = configured;
    let memory = schedule.start ?? {};
    return figures.map((figure) => {
      memory = schedule.watch?.(configured.options, memory, figure) ?? memory;
      // As a checkpoint would keep it.
      memory = JSON.parse(JSON.stringify(memory)) as typeof memory;
      return learningRateAt(configured, { step: 0, steps: 1, stepsPerEpoch: 1 }, learningRate, memory);
    });
  }

  it("is multiplied by the factor after more than `patience` epochs without a better figure", () => {
    // Two bad epochs are borne, the third reduces; then the count begins anew.
    expect(ratesAfter({ patience: 2, factor: 0.5 }, [5, 5, 6, 5, 5, 5, 5, 4, 4])).toEqual([
      1, 1, 1, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25,
    ]);
  });

  it("counts a figure as better only below best·(1 − threshold)", () => {
    // 9.5 is not below 10·0.9 = 9, and the best stays 10; 8.9 is.
    expect(ratesAfter({ patience: 0, factor: 0.5, threshold: 0.1 }, [10, 9.5, 8.9])).toEqual([1, 0.5, 0.5]);
  });

  it("counts nothing while it cools down and never falls below the minimum", () => {
    expect(ratesAfter({ patience: 0, factor: 0.5, cooldown: 2 }, [1, 1, 1, 1, 1])).toEqual([1, 0.5, 0.5, 0.5, 0.25]);
    expect(ratesAfter({ patience: 0, minimum: 0.3, factor: 0.5 }, [1, 1, 1, 1])).toEqual([1, 0.5, 0.3, 0.3]);
  });
});
