// Pictures that come in batches, as floats with labels; what a model has never seen scores high; stopping; a run folder.
import { autoencoder, images, layers, loadRun, train } from "isthmus";
import { discs } from "./discs.js";

async function* batches(): AsyncGenerator<Float32Array> {
  for (let batch = 0; batch < 4; batch++) yield Float32Array.from(discs(250), (byte) => byte / 255);
}
const model = autoencoder({
  encoder: [layers.flatten(), layers.dense(16)],
  decoder: [layers.dense(784), layers.sigmoid(), layers.unflatten([1, 28, 28])],
});
const pictures = images(batches(), { shape: [1, 28, 28], test: 0.2, validation: 0.1 });
const training = train(model, pictures, { loss: "bce", epochs: 100 });
for await (const event of training) if (event.kind === "epoch" && event.record.epoch === 5) training.stop();
const trained = await training.result;
console.log(trained.reason, "after", trained.records.length, "epochs");

const noise = Float32Array.from({ length: 784 }, (_, i) => (i * 7919) % 2);
const [disc = 0] = await trained.score(discs(1));
const [strange = 0] = await trained.score(noise);
console.log("noise scores", strange > 2 * disc ? "far above" : "near", "a disc");

const folder = process.argv[2];
if (folder !== undefined) {
  await trained.save(folder);
  const again = await loadRun(folder);
  console.log("loaded again:", again.step === trained.step);
  await again.dispose();
}
await trained.dispose();
