// Drawings of a page one after the other, so that many at once stall nothing: each frame takes as many as there is time for.

/** What one frame may take of them, in milliseconds; one is always done, however long it takes. */
const frameTime = 8;

const waiting = new Set<() => void>();
let isAsked = false;

/**
 * Does something at the next frame, or at a later one where others are before it; once, however often it is asked for. Where nobody sees
 * the page there are no frames, and nothing is done until somebody does.
 */
export function inTurn(work: () => void): void {
  waiting.add(work);
  if (isAsked) return;
  isAsked = true;
  requestAnimationFrame(frame);
}

/** Takes it back. */
export function notInTurn(work: () => void): void {
  waiting.delete(work);
}

function frame(): void {
  const start = performance.now();
  isAsked = false;
  try {
    for (const work of waiting) {
      waiting.delete(work);
      work();
      if (performance.now() - start > frameTime) break;
    }
  } finally {
    if (waiting.size > 0) {
      isAsked = true;
      requestAnimationFrame(frame);
    }
  }
}
