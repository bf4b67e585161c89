// The signed difference of two pictures as colours: orange where the second one is brighter, blue where it is darker, white where
// they are the same. Blue and orange are told apart by every kind of colour vision.

const brighter = [0xd5, 0x5e, 0x00] as const;
const darker = [0x00, 0x72, 0xb2] as const;
/** A difference of a half of all brightness has the full colour; smaller ones by the square root, so that faint ones are seen. */
const fullDifference = 0.5;

/**
 * @param before [pixel, red green blue alpha], bytes
 * @param after the same of what came out
 * @param out may be one of them
 */
export function signedDifference(
  before: ArrayLike<number>,
  after: ArrayLike<number>,
  out: { [index: number]: number },
): void {
  for (let i = 0; i + 3 < before.length; i += 4) {
    let sum = 0;
    for (let channel = 0; channel < 3; channel++) sum += (after[i + channel] ?? 0) - (before[i + channel] ?? 0);
    const difference = sum / 765;
    const strength = Math.min(1, Math.sqrt(Math.abs(difference) / fullDifference));
    const colour = difference >= 0 ? brighter : darker;
    for (let channel = 0; channel < 3; channel++) {
      out[i + channel] = Math.round(255 + strength * ((colour[channel] ?? 0) - 255));
    }
    out[i + 3] = 255;
  }
}
