// What docs/results/denoise-time.json is read for, by bench/denoise.mjs and by the results page.

/** PyTorch's last test MSE, and the mean of its last ten epochs', as that of one epoch scatters. */
export function pytorchFigures({ epochs }) {
  const lastTen = epochs.slice(-10);
  return { last: epochs.at(-1).test, mean: lastTen.reduce((sum, { test }) => sum + test, 0) / lastTen.length };
}

/** The first epoch whose test MSE is not above the figure; undefined where there is none. */
export function firstAt({ epochs }, figure) {
  return epochs.find(({ test }) => test <= figure);
}
