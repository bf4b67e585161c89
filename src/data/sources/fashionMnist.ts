// Fashion-MNIST: pictures of clothes in MNIST's form, from the system's package, a folder, or the network.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder } from "../cacheFolder.js";
import { defineSourceKind, type OpenContext, type OpenSource } from "../define.js";
import { fashionMnist as description } from "../descriptions/fashionMnist.js";
import { download } from "../download.js";
import { idxFileNames, plainOrPacked, readIdxSplits } from "../idxFiles.js";

/** Where Debian and Ubuntu put it: apt-get install dataset-fashion-mnist. */
const packagedFolder = "/usr/share/datasets/fashion-mnist";
const address = "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion";

/** SHA-256 of the unpacked files, as the Debian package dataset-fashion-mnist has them. */
export const fashionMnistChecksums: Readonly<Record<string, string>> = {
  "train-images-idx3-ubyte": "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
  "train-labels-idx1-ubyte": "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
  "t10k-images-idx3-ubyte": "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
  "t10k-labels-idx1-ubyte": "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
};

export const fashionMnist = defineSourceKind({
  ...description,
  look: async () => [[1, 28, 28]],
  /**
   * Takes `folder`, else ISTHMUS_FASHION_MNIST, the Debian package's folder, the cache; where none has it, it is downloaded.
   * @throws UserError as `mnist`, and where it cannot be downloaded
   */
  async open({ folder }, context): Promise<OpenSource> {
    const place = folder ?? find() ?? (await get(context));
    const { train, test, checksums } = readIdxSplits(
      "Fashion-MNIST",
      (name) => plainOrPacked(join(place, name)),
      [28, 28],
    );
    return {
      card: {
        name: "fashion-mnist",
        title: "Fashion-MNIST, pictures of clothes",
        origin: "H. Xiao, K. Rasul, R. Vollgraf (Zalando), https://github.com/zalandoresearch/fashion-mnist",
        licence: "MIT",
        checksums,
      },
      classes: [
        "T-shirt/top",
        "trouser",
        "pullover",
        "dress",
        "coat",
        "sandal",
        "shirt",
        "sneaker",
        "bag",
        "ankle boot",
      ],
      splits: { train, test },
    };
  },
  find,
  get,
});

function find(): string | undefined {
  // A folder that a person has named is taken as it is, so that what it lacks is told.
  const { ISTHMUS_FASHION_MNIST: own } = process.env;
  if (own !== undefined && own !== "") return own;
  return [packagedFolder, ownFolder()].find((folder) =>
    idxFileNames.every((name) => existsSync(plainOrPacked(join(folder, name)))),
  );
}

function ownFolder(): string {
  return join(cacheFolder(), "fashion-mnist");
}

async function get(context: OpenContext): Promise<string> {
  const folder = ownFolder();
  for (const name of idxFileNames) {
    await download(
      {
        url: `${address}/${name}.gz`,
        path: join(folder, `${name}.gz`),
        sha256: fashionMnistChecksums[name] ?? "",
        isPacked: true,
        byHand: `Or run apt-get install dataset-fashion-mnist, or put ${idxFileNames.map((file) => `${file}.gz`).join(", ")} into ${folder}.`,
      },
      context,
    );
  }
  return folder;
}
