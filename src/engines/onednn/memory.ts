// Native memory: zero-filled, aligned to a cache line, alive as long as its owner is referenced.

export interface Block {
  readonly address: bigint;
  readonly bytes: Uint8Array;
}

const alignment = 64;

/** @param size bytes, 1 or more */
export function block(size: number, addressOf: (array: ArrayBufferView) => bigint): Block {
  const whole = new Uint8Array(Math.max(size, 1) + alignment);
  const start = addressOf(whole);
  const skip = Number((BigInt(alignment) - (start % BigInt(alignment))) % BigInt(alignment));
  return { address: start + BigInt(skip), bytes: whole.subarray(skip, skip + size) };
}
