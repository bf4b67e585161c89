// Rows of pictures that are alike: what was asked for and what is nearest to it, or pictures that are nearly the same.

import type { Picture } from "../pixels/index.js";
import { boxedTile } from "./pictureGrid.js";
import { renderPicturesInTurns } from "./pictures.js";

export interface FoundTile {
  readonly picture: Picture;
  /** Two lines below. */
  readonly caption: readonly [string, string];
}

export interface FoundInput {
  readonly title: string;
  readonly subtitle: string;
  /** Whether each row's first picture is what was asked for, and stands apart. */
  readonly hasQueries: boolean;
  readonly rows: readonly (readonly FoundTile[])[];
}

const side = 112;
const gap = 10;
const apart = 26;

/** PNG bytes. @throws AbortError */
export async function renderFound(input: FoundInput, signal?: AbortSignal): Promise<Buffer> {
  const { title, subtitle, hasQueries, rows } = input;
  const columns = Math.max(1, ...rows.map(({ length }) => length));
  return await renderPicturesInTurns(
    {
      title,
      subtitle,
      columns: Array.from({ length: columns }, (_, column) => ({
        gap: column === 0 ? 0 : gap + (hasQueries && column === 1 ? apart : 0),
        width: side,
      })),
      rows: rows.map((tiles) => ({
        tiles: tiles.map(({ picture, caption: [first, second] }) => ({
          ...boxedTile(picture, side, side),
          caption: [{ text: first }, { text: second, look: "muted" as const }],
        })),
        height: side,
        captionHeight: 50,
      })),
      margin: [8, 24, 8, 34],
      leastWidth: 560,
      ...(hasQueries ? { partedAfter: 0 } : {}),
    },
    signal,
  );
}
