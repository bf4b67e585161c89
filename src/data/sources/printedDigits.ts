// Printed digits, drawn here: many typefaces, sizes, places, colours and papers.
import { UserError } from "../../base/errors.js";
import { randomOrder } from "../../base/random.js";
import { defineSourceKind, type ImageSet, type OpenSource } from "../define.js";
import { printedDigits as description } from "../descriptions/printedDigits.js";
import { createImageStore } from "../imageStore.js";
import { type DigitsOptions, digitNames } from "../printedDigits/options.js";

export const printedDigits = defineSourceKind({
  ...description,
  look: async ({ grey, size }) => [[grey ? 1 : 3, size, size]],
  /**
   * `attributes.size` is the height of each digit's ink over the picture's, from 0.2 to 0.96. The split takes the same
   * share of each digit's pictures, keyed by the seed (stream "split", index in the class).
   * @throws UserError where a typeface's package is not installed, or a split would have no picture
   */
  async open({ split, ...digits }, { progress } = {}): Promise<OpenSource> {
    const { perClass, size, grey } = digits;
    const shape = [grey ? 1 : 3, size, size];
    const isTrained = trainedImages(digits, split.train);
    const train = startSet(shape, digits, isTrained, 1);
    const test = startSet(shape, digits, isTrained, 0);
    // Loaded when it is asked for: the canvas is slow to load, and everybody reads the list of sources.
    const { eachDigit } = await import("../printedDigits/digits.js");
    const checksum = await eachDigit(
      digits,
      (image, bytes, inkSize) => (isTrained[image] === 1 ? train : test).take(image, bytes, inkSize),
      { progress: (done) => progress?.({ done, of: 10 * perClass, what: "drawing printed digits" }) },
    );
    return {
      card: {
        name: "printed-digits",
        title: `Printed digits: ${perClass} of each, ${size}×${size}, seed ${digits.seed}`,
        origin: `drawn by isthmus in typefaces of @fontsource`,
        licence: "pictures: CC0 1.0; typefaces: SIL Open Font License 1.1, Permanent Marker Apache 2.0",
        checksums: { pictures: checksum },
      },
      classes: digitNames,
      splits: { train: train.finish(), test: test.finish() },
    };
  },
});

/** 1 for each image that is trained on, 0 for each that is tested on. */
function trainedImages({ seed, perClass }: DigitsOptions, share: number): Uint8Array {
  const trained = Math.round(share * perClass);
  if (trained === 0 || trained === perClass) {
    throw new UserError(
      `${share} of ${perClass} pictures of each digit leaves none to ${trained === 0 ? "train" : "test"} on`,
      { at: "split.train", hint: "Draw more of each (perClass), or choose another share." },
    );
  }
  const isTrained = new Uint8Array(10 * perClass);
  for (let digit = 0; digit < 10; digit++) {
    for (const place of randomOrder(perClass, seed, "split", digit).subarray(0, trained)) {
      isTrained[10 * place + digit] = 1;
    }
  }
  return isTrained;
}

/** A split that is filled picture by picture. A picture may come twice; the later one counts. */
function startSet(shape: readonly number[], { perClass }: DigitsOptions, isTrained: Uint8Array, wanted: 0 | 1) {
  const indices = Uint32Array.from(isTrained.keys()).filter((image) => isTrained[image] === wanted);
  const places = new Uint32Array(10 * perClass);
  for (const [place, image] of indices.entries()) places[image] = place;
  const store = createImageStore(
    indices.length,
    shape.reduce((product, length) => product * length, 1),
  );
  const sizes = new Float32Array(indices.length);
  return {
    take(image: number, bytes: Uint8Array, inkSize: number): void {
      const place = places[image] as number;
      store.write(place, bytes);
      sizes[place] = inkSize;
    },
    finish: (): ImageSet => ({
      count: indices.length,
      shape,
      pixels: store.finish(),
      labels: Uint8Array.from(indices, (image) => image % 10),
      attributes: { size: sizes },
      indices,
    }),
  };
}
