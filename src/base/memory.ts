// Memory for numbers, with a sentence where there is none.
import { UserError } from "./errors.js";
import { withThousands } from "./text.js";

const hint = "Use fewer units or channels, a smaller input or a smaller batch.";

/**
 * Runs `make`, which takes memory for `count` numbers of `bytesPerNumber` bytes.
 * @param what whose numbers they are, for example `encoder.1.weight`
 * @throws UserError with the size in GB where JavaScript has no array so long or the machine no such memory
 */
export function allocated<Result>(what: string, count: number, bytesPerNumber: number, make: () => Result): Result {
  try {
    return make();
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    const gigabytes = ((count * bytesPerNumber) / 1e9).toFixed(1);
    throw new UserError(`${what} does not fit into memory: its ${withThousands(count)} numbers take ${gigabytes} GB.`, {
      hint,
      cause,
    });
  }
}

/** Zeros. @throws UserError as `allocated` */
export const float32Zeros = (what: string, count: number): Float32Array =>
  allocated(what, count, 4, () => new Float32Array(count));
