// Fifteen lines: an autoencoder trained on a program's own pictures. Nothing is written to the disk.
import { autoencoder, images, layers, train } from "isthmus";
import { discs } from "./discs.js";

const pixels = discs(1000);
const model = autoencoder({
  input: [1, 28, 28],
  encoder: [
    layers.conv2d({ channels: 8, kernel: 3, padding: 1 }),
    layers.elu(),
    layers.maxPool2d(2),
    layers.flatten(),
    layers.dense(16),
  ],
  decoder: [layers.dense(784), layers.sigmoid(), layers.unflatten([1, 28, 28])],
});
const training = train(model, images(pixels, { shape: [1, 28, 28] }), {
  loss: "mse",
  optimizer: { adam: { learningRate: 3e-3 } },
  epochs: 3,
});
for await (const event of training) if (event.kind === "epoch") console.log(event.record.epoch, event.record.test.mse);
const trained = await training.result;
const codes = await trained.encode(pixels.subarray(0, 784));
console.log(codes.length, "numbers stand for a picture of", pixels.length / 1000);
