// Which rows of a long table stand in the page: arithmetic of a window that is scrolled over rows of one height.

export interface RowWindow {
  /** The first row that is drawn, from 0. */
  readonly first: number;
  /** The row after the last one that is drawn. */
  readonly end: number;
  /** Pixels above the first row that is drawn. */
  readonly above: number;
  /** Pixels of all rows. */
  readonly height: number;
}

/**
 * @param count rows of the table
 * @param rowHeight pixels of one
 * @param scrolled pixels that are scrolled past; bounds of the table are kept
 * @param viewHeight pixels of the window
 * @param beside rows that are drawn beyond the window on either side, so that quick scrolling shows no gap
 */
export function rowWindow(
  count: number,
  rowHeight: number,
  scrolled: number,
  viewHeight: number,
  beside = 12,
): RowWindow {
  const height = count * rowHeight;
  const top = Math.min(Math.max(0, scrolled), Math.max(0, height - viewHeight));
  const first = Math.max(0, Math.floor(top / rowHeight) - beside);
  const end = Math.min(count, Math.ceil((top + viewHeight) / rowHeight) + beside);
  return { first, end, above: first * rowHeight, height };
}

/** How far to scroll so that a row is wholly in sight; as it is where it is already. */
export function scrollToRow(row: number, rowHeight: number, scrolled: number, viewHeight: number): number {
  const top = row * rowHeight;
  if (top < scrolled) return top;
  return Math.max(scrolled, top + rowHeight - viewHeight);
}
