import { describe, expect, it } from "vitest";
import { thrownBy } from "../testing/evaluate.js";
import { readLayerList } from "./layerList.js";

const times = (count: number, ...layers: unknown[]) => ({ repeat: { times: count, layers } });

describe("a list of layers", () => {
  it("of a thousand million, by repetitions of repetitions, is refused before anything is built", () => {
    const nested = times(1000, times(1000, times(1000, "elu")));
    expect(thrownBy(() => readLayerList(["elu", nested], "encoder", "model.encoder"))).toMatchObject({
      at: "model.encoder",
      message: "has 1,001,001,002 layers in all, expected at most 10,000",
      hint: "The most are in [1], repeat: 1,001,001,001.",
    });
  });

  it("may have ten thousand", () => {
    // Nine lists of 1 + 1,000, one of 1 + 990.
    const most = [...Array.from({ length: 9 }, () => times(1000, "elu")), times(990, "elu")];
    expect(readLayerList(most, "encoder", "model.encoder").layers).toHaveLength(10);
    expect(thrownBy(() => readLayerList([...most, "elu"], "encoder", "model.encoder"))).toMatchObject({
      message: "has 10,001 layers in all, expected at most 10,000",
    });
  });
});
