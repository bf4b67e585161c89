// What each layer computes, counted by hand.
import { expect, it } from "vitest";
import { readLoss, readModel } from "../../nn/index.js";
import { arithmeticByLayer, arithmeticOfModel } from "./network.js";

it("counts every weight for each place that it is used at, within layers made of layers too", () => {
  const model = readModel({
    kind: "autoencoder",
    input: [1, 8, 8],
    encoder: ["flatten", { sum: [{ dense: 4 }, { sequential: [{ dense: 6 }, { dense: 4 }] }] }],
    decoder: [
      { dense: 32 },
      { unflatten: [2, 4, 4] },
      { convTranspose2d: { channels: 1, kernel: 4, stride: 2, padding: 1 } },
    ],
  });
  const found = arithmeticByLayer({ model, loss: readLoss("mse") });
  // 64·4 + 64·6 + 6·4 and a sum of 4; 4·32; 2·1·4·4 weights at 4·4 places of the input. Shaping touches each number once.
  expect(found).toEqual([64, 256 + 384 + 24 + 4, 128, 32, 512]);
  expect(arithmeticOfModel({ model, loss: readLoss("mse") })).toBe(64 + 668 + 128 + 32 + 512);
});
