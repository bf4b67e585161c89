// Trains with the layer and the loss of own-layers.ts.
import { autoencoder, images, layers, train } from "isthmus";
import { discs } from "./discs.js";
import { charbonnier, learnedLeak } from "./own-layers.js";

const model = autoencoder({
  input: [1, 28, 28],
  encoder: [layers.flatten(), layers.dense(64), learnedLeak(0.1), layers.dense(8)],
  decoder: [layers.dense(64), learnedLeak(), layers.dense(784), layers.sigmoid(), layers.unflatten([1, 28, 28])],
});
const training = train(model, images(discs(1000), { shape: [1, 28, 28] }), {
  loss: charbonnier(),
  epochs: 3,
  use: [new URL("./own-layers.js", import.meta.url)],
});
const trained = await training.result;
console.log("charbonnier", trained.last?.test.objective);
await trained.dispose();
