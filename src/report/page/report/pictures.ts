// Where a small picture lies on its sheet, and how large it is drawn. Pure.
import type { PictureSheet, Tile } from "../../reportData.js";

/** Sheets without their bytes: those stand in the page's style. */
export type SheetShape = Omit<PictureSheet, "url">;
export type SheetShapes = Readonly<Record<string, SheetShape>>;

/** A whole number of screen pixels to a picture's pixel, so that the picture comes near to a width. */
export function zoomTo(width: number, wanted: number): number {
  return Math.max(1, Math.round(wanted / width));
}

/** `background-position` of a tile. */
export function positionOf({ columns, rows }: SheetShape, index: number): string {
  const part = (place: number, count: number): string =>
    count <= 1 ? "0" : `${Number(((100 * place) / (count - 1)).toFixed(4))}%`;
  return `${part(index % columns, columns)} ${part(Math.floor(index / columns), rows)}`;
}

/** The class that has a sheet as its background. */
export function sheetClass({ sheet }: Pick<Tile, "sheet">): string {
  return `sheet-${sheet}`;
}

/** Style rules for every sheet. @throws Error for a name that is none of a report's own */
export function sheetRules(sheets: Readonly<Record<string, PictureSheet>>): string {
  return Object.entries(sheets)
    .map(
      ([
        name,
        {
          url,
          columns,
          rows,
          tile: [width, height],
        },
      ]) => {
        if (!/^[a-z0-9-]+$/.test(name) || !/^data:image\/webp;base64,[A-Za-z0-9+/=]*$/.test(url)) {
          throw new Error(`${name} is no sheet of a report`);
        }
        return `.sheet-${name}{background-image:url(${url});background-size:${100 * columns}% ${100 * rows}%;aspect-ratio:${width}/${height}}`;
      },
    )
    .join("\n");
}
