// ZIP files whose entries lie in them as they are: PNG files do not get smaller. Format: PKWARE APPNOTE 6.3.10, without ZIP64.
import { crc32 } from "node:zlib";

export interface ZipEntry {
  /** With forward slashes. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** What the format's two bytes count. */
export const mostZipEntries = 65_535;
/** 1980-01-01: the same entries give the same bytes. */
const [date, time] = [0x0021, 0];
/** Names are UTF-8. */
const flags = 0x0800;
const version = 20;

/** The file piece by piece. @throws RangeError for more than the format holds */
export async function* zipPieces(entries: AsyncIterable<ZipEntry>): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const directory: Uint8Array<ArrayBuffer>[] = [];
  let offset = 0;
  for await (const { name, bytes } of entries) {
    const nameBytes = new TextEncoder().encode(name);
    const sum = crc32(bytes);
    if (directory.length >= mostZipEntries || offset + bytes.length > 0xffff_0000) {
      throw new RangeError("more than a ZIP file holds");
    }
    const local = new Uint8Array(30 + nameBytes.length + bytes.length);
    const head = new DataView(local.buffer);
    head.setUint32(0, 0x04034b50, true);
    writeCommon(head, 4, { sum, size: bytes.length, name: nameBytes.length });
    local.set(nameBytes, 30);
    local.set(bytes, 30 + nameBytes.length);
    const central = new Uint8Array(46 + nameBytes.length);
    const entry = new DataView(central.buffer);
    entry.setUint32(0, 0x02014b50, true);
    entry.setUint16(4, version, true);
    writeCommon(entry, 6, { sum, size: bytes.length, name: nameBytes.length });
    entry.setUint32(42, offset, true);
    central.set(nameBytes, 46);
    directory.push(central);
    offset += local.length;
    yield local;
  }
  const size = directory.reduce((bytes, { length }) => bytes + length, 0);
  yield* directory;
  const end = new Uint8Array(22);
  const view = new DataView(end.buffer);
  view.setUint32(0, 0x06054b50, true);
  view.setUint16(8, directory.length, true);
  view.setUint16(10, directory.length, true);
  view.setUint32(12, size, true);
  view.setUint32(16, offset, true);
  yield end;
}

/** What both records of an entry have, from the version on. */
function writeCommon(view: DataView, at: number, entry: { readonly sum: number; size: number; name: number }): void {
  view.setUint16(at, version, true);
  view.setUint16(at + 2, flags, true);
  view.setUint16(at + 6, time, true);
  view.setUint16(at + 8, date, true);
  view.setUint32(at + 10, entry.sum, true);
  view.setUint32(at + 14, entry.size, true);
  view.setUint32(at + 18, entry.size, true);
  view.setUint16(at + 22, entry.name, true);
}
