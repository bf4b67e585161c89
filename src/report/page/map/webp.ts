// Still WebP pictures of one size, one after the other, as one WebP that repeats. Pure.
// Format: RFC 9649, "WebP Image Format" (2024), section 2.7.

/** What a frame is made of; what else a still has (colour profile, notes) is left out. */
const ofFrame = new Set(["ALPH", "VP8 ", "VP8L"]);
const animated = 2;

/**
 * @param stills the bytes of WebP files
 * @param how.size [width, height] of each, in pixels
 */
export function webpOf(
  stills: readonly Uint8Array[],
  {
    size: [width, height],
    framesASecond,
  }: { readonly size: readonly [number, number]; readonly framesASecond: number },
): Uint8Array<ArrayBuffer> {
  const sides = [...little(width - 1, 3), ...little(height - 1, 3)];
  const frames = stills.map((still) =>
    chunk("ANMF", [
      // At the left and top; each in place of the one before.
      Uint8Array.of(0, 0, 0, 0, 0, 0, ...sides, ...little(Math.round(1000 / framesASecond), 3), 2),
      ...pictureChunks(still),
    ]),
  );
  return chunk("RIFF", [
    letters("WEBP"),
    chunk("VP8X", [Uint8Array.of(animated, 0, 0, 0, ...sides)]),
    // No background, and for ever.
    chunk("ANIM", [Uint8Array.of(0, 0, 0, 0, 0, 0)]),
    ...frames,
  ]);
}

/** The chunks of a still that hold its picture, with their heads. */
function pictureChunks(still: Uint8Array): readonly Uint8Array[] {
  const view = new DataView(still.buffer, still.byteOffset, still.byteLength);
  const chunks: Uint8Array[] = [];
  for (let at = 12; at + 8 <= still.length; ) {
    const name = String.fromCharCode(...still.subarray(at, at + 4));
    const length = view.getUint32(at + 4, true);
    const end = at + 8 + length + (length % 2);
    if (ofFrame.has(name)) chunks.push(still.subarray(at, end));
    at = end;
  }
  return chunks;
}

function chunk(name: string, parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const bytes = new Uint8Array(8 + length + (length % 2));
  bytes.set(letters(name));
  bytes.set(little(length, 4), 4);
  let at = 8;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

const letters = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0));
const little = (value: number, bytes: number): readonly number[] =>
  Array.from({ length: bytes }, (_, i) => Math.floor(value / 256 ** i) & 255);
