// Labeled Faces in the Wild: the face cut out of each picture, split by person.
import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "../../base/errors.js";
import { withThousands } from "../../base/text.js";
import { unpackTarGzip } from "../archive.js";
import { cacheFolder } from "../cacheFolder.js";
import { defineSourceKind, type ImageSet, type OpenContext, type OpenSource } from "../define.js";
import { usualPixelLimit } from "../descriptions/folder.js";
import { lfw as description } from "../descriptions/lfw.js";
import { download } from "../download.js";
import { loadPictures } from "../loadPictures.js";
import { findPictures, folderChecksum, skippedNote } from "../pictureFolder.js";
import { openPixelCache } from "../pixelCache.js";
import { splitTest } from "../split.js";

/** The pictures turned so that faces stand alike ("funneled"), which scikit-learn's loader takes too. */
const archive = {
  url: "https://ndownloader.figshare.com/files/5976015",
  fileName: "lfw-funneled.tgz",
  sha256: "b47c8422c8cded889dc5a13418c4bc2abbda121092b3533a83306f90d900100a",
} as const;
/** Rows 70 to 195 and columns 78 to 172: the slices that scikit-learn's fetch_lfw_people takes. */
const cut = {
  height: 250,
  width: 250,
  piece: { top: 70, left: 78, height: 125, width: 94 },
  what: "a picture of LFW",
} as const;

export const lfw = defineSourceKind({
  ...description,
  look: async ({ size }) => [[3, ...size]],
  /**
   * Takes `folder`, else ISTHMUS_LFW, else the cache; where none has it, it is downloaded. Labels are people, and people are
   * groups: a validation split shares none with training either.
   * @throws UserError where a folder has no pictures of 250×250 by person, or the download fails
   */
  async open({ folder, size, split }, context): Promise<OpenSource> {
    const path = folder ?? find() ?? (await get(context));
    const { pictures, skipped: unreachable } = await findPictures(path, context);
    // Person_Name/Person_Name_0001.jpg; the archive has a folder around them.
    const files = pictures.filter(({ name }) => name.includes("/"));
    if (files.length === 0) {
      throw new UserError("there is no picture Person_Name/Person_Name_0001.jpg in this folder", {
        at: path,
        hint: "Name the folder that holds a folder for each person, by the option folder or by ISTHMUS_LFW.",
      });
    }
    const people = files.map(({ name }) => name.split("/").at(-2) ?? "");
    const classes = [...new Set(people)].sort();
    const numbers = new Map(classes.map((name, i) => [name, i]));
    const persons = Uint32Array.from(people, (name) => numbers.get(name) ?? 0);
    const { isTest } = splitTest({ count: files.length, groups: persons }, { ...split, by: "group" }, classes, path);
    const cache = openPixelCache(path, { settings: ["lfw", size] });
    const {
      sets,
      hashes,
      skipped,
      note: keeping,
    } = await loadPictures(
      files,
      isTest,
      2,
      { shape: [3, ...size], fit: "stretch", limitPixels: usualPixelLimit, cut },
      { cache },
      context,
    ).finally(() => cache?.close());
    const labelled = sets.map((set): ImageSet => {
      const groups = set.indices.map((i) => persons[i] as number);
      return { ...set, groups, labels: classes.length <= 256 ? Uint8Array.from(groups) : Uint16Array.from(groups) };
    });
    const [train, test] = labelled;
    if (train === undefined || test === undefined || train.count === 0 || test.count === 0) {
      throw new UserError(`no picture for ${train?.count === 0 ? "training" : "testing"} can be read`, {
        at: path,
        hint: `For example ${skipped[0]?.name}: ${skipped[0]?.reason}.`,
      });
    }
    const note = skippedNote([...unreachable, ...skipped], files.length + unreachable.length);
    const notes = [note, keeping].filter((text) => text !== undefined);
    return {
      card: {
        name: "lfw",
        title: `Labeled Faces in the Wild: ${withThousands(train.count + test.count)} pictures of ${withThousands(classes.length)} people`,
        origin: "G. B. Huang, M. Ramesh, T. Berg, E. Learned-Miller 2007, http://vis-www.cs.umass.edu/lfw/",
        licence: "for research; the pictures are their owners'",
        checksums: { "names and contents": folderChecksum(files, hashes) },
      },
      classes,
      splits: { train, test },
      ...(notes.length === 0 ? {} : { notes }),
    };
  },
  find,
  get,
});

function find(): string | undefined {
  // A folder that a person has named is taken as it is, so that what it lacks is told.
  const { ISTHMUS_LFW: own } = process.env;
  if (own !== undefined && own !== "") return own;
  return existsSync(ownFolder()) ? ownFolder() : undefined;
}

function ownFolder(): string {
  return join(cacheFolder(), "lfw");
}

async function get(context: OpenContext): Promise<string> {
  const folder = ownFolder();
  if (existsSync(folder)) return folder;
  const path = join(cacheFolder(), archive.fileName);
  const byHand = `Or put ${archive.fileName} into ${cacheFolder()}, or name an unpacked folder by ISTHMUS_LFW.`;
  await download({ url: archive.url, path, sha256: archive.sha256, byHand }, context);
  await unpackTarGzip(path, folder, context);
  await rm(path, { force: true });
  return folder;
}
