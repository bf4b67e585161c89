import { describe, expect, it } from "vitest";
import { cutPicture, fitPicture } from "./fit.js";

describe("fitPicture", () => {
  /** Two columns red, two columns blue. */
  const halves = {
    width: 4,
    height: 2,
    channels: 3 as const,
    bytes: Uint8Array.from({ length: 24 }, (_, i) => [i % 12 < 6 ? 255 : 0, 0, i % 12 < 6 ? 0 : 255][i % 3] ?? 0),
  };

  it("gives planes, [channel, height, width]", () => {
    const planes = fitPicture(halves, { shape: [3, 2, 4] });
    const zeros = new Array(8).fill(0);
    expect([...planes]).toEqual([255, 255, 0, 0, 255, 255, 0, 0, ...zeros, 0, 0, 255, 255, 0, 0, 255, 255]);
  });

  it("is grey by 0.299 red + 0.587 green + 0.114 blue, rounded", () => {
    // 255 · 0.299 = 76.2, 255 · 0.114 = 29.07
    expect([...fitPicture(halves, { shape: [1, 2, 4] })]).toEqual([76, 76, 29, 29, 76, 76, 29, 29]);
    const one = { width: 1, height: 1, channels: 3 as const, bytes: Uint8Array.from([10, 200, 30]) };
    // 2.99 + 117.4 + 3.42 = 123.81
    expect([...fitPicture(one, { shape: [1, 1, 1] })]).toEqual([124]);
  });

  it("repeats grey for a model of three channels", () => {
    const grey = { width: 2, height: 1, channels: 1 as const, bytes: Uint8Array.from([5, 6]) };
    expect([...fitPicture(grey, { shape: [3, 1, 2] })]).toEqual([5, 6, 5, 6, 5, 6]);
  });

  /** Columns of 10, 20, …, so that one sees which are left. */
  const columns = (width: number, height: number) => ({
    width,
    height,
    channels: 1 as const,
    bytes: Uint8Array.from({ length: width * height }, (_, i) => 10 * ((i % width) + 1)),
  });

  it("cover takes the middle piece of the wanted aspect", () => {
    expect([...fitPicture(columns(6, 2), { shape: [1, 2, 2] })]).toEqual([30, 40, 30, 40]);
    expect([...fitPicture(columns(1, 5), { shape: [1, 1, 1] })]).toEqual([10]);
  });

  it("contain keeps the whole picture, with black around", () => {
    const fitted = fitPicture(columns(4, 2), { shape: [1, 4, 4], fit: "contain" });
    const row = [10, 20, 30, 40];
    expect([...fitted]).toEqual([0, 0, 0, 0, ...row, ...row, 0, 0, 0, 0]);
  });

  it("stretch gives up the aspect, and a picture of one colour keeps it in every fit and size", () => {
    const flat = { width: 7, height: 3, channels: 1 as const, bytes: new Uint8Array(21).fill(93) };
    for (const [height, width] of [
      [5, 5],
      [1, 1],
      [2, 30],
      [30, 2],
    ] as const) {
      for (const fit of ["stretch", "cover"] as const) {
        expect([...fitPicture(flat, { shape: [1, height, width], fit })]).toEqual(new Array(height * width).fill(93));
      }
    }
  });

  it("makes one pixel any size", () => {
    const pixel = { width: 1, height: 1, channels: 1 as const, bytes: Uint8Array.from([200]) };
    expect([...fitPicture(pixel, { shape: [1, 3, 3] })]).toEqual(new Array(9).fill(200));
  });

  it("refuses a model of two channels", () => {
    expect(() => fitPicture(halves, { shape: [2, 4, 4] })).toThrow("a picture has 1 or 3 channels, the model takes 2");
  });
});

describe("cutPicture", () => {
  it("takes a piece by its upper left corner", () => {
    const picture = { width: 3, height: 3, channels: 1 as const, bytes: Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8, 9]) };
    expect([...cutPicture(picture, { top: 1, left: 1, height: 2, width: 2 }).bytes]).toEqual([5, 6, 8, 9]);
  });
});
