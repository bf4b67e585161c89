import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { unpackTarGzip } from "./archive.js";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "isthmus-archive-"));
});
afterEach(() => rm(folder, { recursive: true }));

interface Entry {
  readonly name: string;
  readonly data?: string;
  /** As tar has it: 0 file, 5 folder, 2 link, L long name, x extended header. */
  readonly type?: string;
  readonly prefix?: string;
}
/** An archive as tar writes it, ustar. */
function tar(entries: readonly Entry[]): Buffer {
  const parts: Buffer[] = [];
  for (const { name, data = "", type = "0", prefix = "" } of entries) {
    const bytes = Buffer.from(data);
    const header = Buffer.alloc(512);
    header.write(name, 0, 100);
    header.write("0000644\0", 100);
    header.write(`${bytes.length.toString(8).padStart(11, "0")}\0`, 124);
    header.write("        ", 148);
    header.write(type, 156);
    header.write("ustar\u000000", 257);
    header.write(prefix, 345, 155);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
    parts.push(header, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512));
  }
  return Buffer.concat([...parts, Buffer.alloc(1024)]);
}
async function unpack(bytes: Uint8Array): Promise<number> {
  await writeFile(join(folder, "a.tgz"), bytes);
  return await unpackTarGzip(join(folder, "a.tgz"), join(folder, "out"));
}
const text = (name: string) => readFile(join(folder, "out", name), "utf8");

describe("unpackTarGzip", () => {
  it("unpacks files and folders, of any length", async () => {
    const long = "0123456789".repeat(30_000);
    const count = await unpack(
      gzipSync(
        tar([
          { name: "./lfw/", type: "5" },
          { name: "lfw/Ada/Ada_0001.jpg", data: "first" },
          { name: "lfw/Ada/Ada_0002.jpg", data: long },
          { name: "empty", data: "" },
          { name: "exact", data: "x".repeat(512) },
        ]),
      ),
    );
    expect(count).toBe(4);
    expect(await text("lfw/Ada/Ada_0001.jpg")).toBe("first");
    expect(await text("lfw/Ada/Ada_0002.jpg")).toBe(long);
    expect([await text("empty"), (await text("exact")).length]).toEqual(["", 512]);
    expect((await readdir(folder)).sort()).toEqual(["a.tgz", "out"]);
  });

  it("reads long names: a prefix, GNU's and POSIX's", async () => {
    const name = `${"long/".repeat(30)}name`;
    await unpack(
      gzipSync(
        tar([
          { name: "b.txt", prefix: "some/folder", data: "prefix" },
          { name: "././@LongLink", type: "L", data: `${name}1\0` },
          { name: "cut", data: "gnu" },
          { name: "pax", type: "x", data: `${name.length + 11} path=${name}2\n` },
          { name: "cut", data: "posix" },
        ]),
      ),
    );
    expect([await text("some/folder/b.txt"), await text(`${name}1`), await text(`${name}2`)]).toEqual([
      "prefix",
      "gnu",
      "posix",
    ]);
  });

  it.each([["../evil.txt"], ["a/../../evil.txt"], ["/tmp/evil.txt"], ["..\\evil.txt"], ["C:\\evil.txt"]])(
    "refuses an archive with %s in it, and unpacks nothing of it",
    async (name) => {
      await expect(
        unpack(
          gzipSync(
            tar([
              { name: "good.txt", data: "x" },
              { name, data: "x" },
            ]),
          ),
        ),
      ).rejects.toMatchObject({
        name: "UserError",
        at: join(folder, "a.tgz"),
        message: `the archive holds ${JSON.stringify(name)}, which leads out of its folder; nothing was unpacked`,
      });
      expect(await readdir(folder)).toEqual(["a.tgz"]);
      expect(existsSync(join(folder, "..", "evil.txt"))).toBe(false);
    },
  );

  it("refuses links", async () => {
    await expect(unpack(gzipSync(tar([{ name: "link", type: "2" }])))).rejects.toMatchObject({
      message: "the archive holds link, which is neither file nor folder",
    });
  });

  it.each([
    ["no gzip file", Buffer.from("this is no archive"), "the archive is damaged or cut off"],
    ["no tar archive", gzipSync(Buffer.alloc(2048, 7)), "the archive is damaged, or no tar archive"],
    ["cut off", gzipSync(tar([{ name: "a", data: "x".repeat(5000) }]).subarray(0, 2000)), "the archive is cut off"],
    [
      "without an end",
      gzipSync(tar([{ name: "a", data: "x" }]).subarray(0, 1024)),
      "the archive ends before its end mark",
    ],
    [
      "cut off while packed",
      gzipSync(tar([{ name: "a", data: "x".repeat(50_000) }])).subarray(0, 60),
      "the archive is damaged or cut off",
    ],
  ])("refuses a file that is %s, and leaves nothing behind", async (_, bytes, message) => {
    await expect(unpack(bytes)).rejects.toMatchObject({ name: "UserError", at: join(folder, "a.tgz"), message });
    expect(await readdir(folder)).toEqual(["a.tgz"]);
  });

  it("takes no memory for a long name beyond what a name can have", async () => {
    const archive = tar([{ name: "././@LongLink", type: "L", data: "x".repeat(2 ** 20 + 1) }]);
    await expect(unpack(gzipSync(archive))).rejects.toThrow("it has a name longer than a file system takes");
    expect(existsSync(join(folder, "out"))).toBe(false);
  });
});
