import { crc32 } from "node:zlib";
import { expect, it } from "vitest";
import { type ZipEntry, zipPieces } from "./zip.js";

it("has the check value of CRC-32", () => {
  // The catalogue's, of the nine digits.
  expect(crc32(new TextEncoder().encode("123456789"))).toBe(0xcbf43926);
});

it("puts files together whose directory leads to each of them", async () => {
  const files = [
    { name: "pictures/7.png", bytes: Uint8Array.of(1, 2, 3) },
    { name: "Größe.csv", bytes: new TextEncoder().encode("a,b\n") },
    { name: "empty", bytes: new Uint8Array() },
  ];
  async function* entries(): AsyncGenerator<ZipEntry> {
    yield* files;
  }
  const pieces: Uint8Array[] = [];
  for await (const piece of zipPieces(entries())) pieces.push(piece);
  const zip = Buffer.concat(pieces);
  const end = zip.length - 22;
  expect(zip.readUInt32LE(end)).toBe(0x06054b50);
  expect(zip.readUInt16LE(end + 10)).toBe(files.length);
  let at = zip.readUInt32LE(end + 16);
  expect(at + zip.readUInt32LE(end + 12)).toBe(end);
  for (const { name, bytes } of files) {
    expect(zip.readUInt32LE(at)).toBe(0x02014b50);
    const [sum, size, nameLength, local] = [at + 16, at + 20, at + 28, at + 42].map((place, i) =>
      i === 2 ? zip.readUInt16LE(place) : zip.readUInt32LE(place),
    ) as [number, number, number, number];
    expect(zip.toString("utf8", at + 46, at + 46 + nameLength)).toBe(name);
    expect([sum, size]).toEqual([crc32(bytes), bytes.length]);
    expect(zip.readUInt32LE(local)).toBe(0x04034b50);
    const from = local + 30 + zip.readUInt16LE(local + 26);
    expect(zip.subarray(from, from + size).equals(bytes)).toBe(true);
    at += 46 + nameLength;
  }
});
