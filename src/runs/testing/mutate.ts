// Damages one thing in a run folder, as disks, hands and strangers do. The same numbers give the same damage.
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { randomSequence } from "../../base/random.js";

/** What stands in the place of a value. */
const values: readonly unknown[] = [
  null,
  -1,
  0,
  1,
  99,
  1e308,
  0.5,
  2 ** 53,
  "x",
  "",
  "\u001b[2J",
  [],
  {},
  [null],
  true,
  false,
];

type Random = ReturnType<typeof randomSequence>;
const pick = <Item>(random: Random, items: readonly Item[]): Item => items[random.below(items.length)] as Item;

/**
 * @param elsewhere a file outside of the folder, for links
 * @returns what was done, for people
 */
export function mutateRun(run: string, number: number, elsewhere: string): string {
  const random = randomSequence(1, "sample", 0, number);
  const files = (readdirSync(run, { recursive: true, encoding: "utf8" }) as string[])
    .filter((name) => statSync(join(run, name)).isFile() && !name.endsWith("schema.json"))
    .sort();
  const name = pick(random, files);
  const path = join(run, name);
  const bytes = readFileSync(path);
  const at = random.below(bytes.length + 1);
  const text = bytes.toString("utf8");
  const isText = /\.(json|jsonl|yaml)$/.test(name);
  const damages: Readonly<Record<string, () => void>> = {
    removed: () => rmSync(path),
    empty: () => writeFileSync(path, ""),
    cut: () => writeFileSync(path, bytes.subarray(0, at)),
    "a byte changed": () => {
      bytes[Math.min(at, bytes.length - 1)] = random.below(256);
      writeFileSync(path, bytes);
    },
    "bytes put in": () =>
      writeFileSync(path, Buffer.concat([bytes.subarray(0, at), bytes.subarray(0, 9), bytes.subarray(at)])),
    "bytes left out": () => writeFileSync(path, Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 5)])),
    "a folder": () => {
      rmSync(path);
      mkdirSync(path);
    },
    "a link": () => {
      rmSync(path);
      symlinkSync(elsewhere, path);
    },
    renamed: () => renameSync(path, `${path}.old`),
    "its folder a link": () => {
      const folder = join(path, "..");
      if (folder === run) return;
      rmSync(folder, { recursive: true });
      symlinkSync(join(elsewhere, ".."), folder);
    },
    "its folder a file": () => {
      const folder = join(path, "..");
      if (folder === run) return;
      rmSync(folder, { recursive: true });
      writeFileSync(folder, "x");
    },
  };
  // Texts are changed where they mean something, most of the time.
  if (isText && random.below(4) > 0) {
    writeFileSync(
      path,
      name.endsWith(".yaml") ? yamlChanged(text, random) : jsonChanged(text, random, name.endsWith("jsonl")),
    );
    return `${name}: a value changed`;
  }
  const what = pick(random, Object.keys(damages));
  damages[what]?.();
  return `${name}: ${what}`;
}

function jsonChanged(text: string, random: Random, isLines: boolean): string {
  if (!isLines) return `${JSON.stringify(valueChanged(JSON.parse(text), random))}\n`;
  const lines = text.split("\n").slice(0, -1);
  if (lines.length === 0) return `${JSON.stringify(pick(random, values))}\n`;
  const at = random.below(lines.length);
  lines[at] = JSON.stringify(valueChanged(JSON.parse(lines[at] ?? ""), random));
  return `${lines.join("\n")}\n`;
}

/** One value in it, at any depth, by another or left out. */
function valueChanged(value: unknown, random: Random): unknown {
  if (typeof value !== "object" || value === null || random.below(8) === 0) return pick(random, values);
  const keys = Object.keys(value);
  if (keys.length === 0) return pick(random, values);
  const key = pick(random, keys);
  const changed = (Array.isArray(value) ? [...value] : { ...value }) as Record<string, unknown>;
  if (random.below(10) === 0) delete changed[key];
  else changed[key] = valueChanged(changed[key], random);
  // Half of those who edit a state leave its checksum out.
  if ("sha256" in changed && random.below(2) === 0) delete changed.sha256;
  return changed;
}

function yamlChanged(text: string, random: Random): string {
  const lines = text.split("\n");
  const at = random.below(lines.length);
  const line = lines[at] ?? "";
  const other = JSON.stringify(pick(random, values));
  lines[at] = pick(random, [
    line.replace(/: .*$/, `: ${other}`),
    line.replace(/\w+:/, `${other}:`),
    ` ${line}`,
    `${line}}`,
    "",
  ]);
  return lines.join("\n");
}
