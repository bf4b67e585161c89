// Words for people.
import { describe, expect, it } from "vitest";
import { editDistance, nearest, timesText, withThousands } from "./text.js";

describe("editDistance", () => {
  it("counts insertions, deletions, substitutions and swaps of neighbours", () => {
    expect(editDistance("kitten", "sitting")).toBe(3);
    expect(editDistance("", "abc")).toBe(3);
    expect(editDistance("abc", "")).toBe(3);
    expect(editDistance("conv", "cnov")).toBe(1);
    expect(editDistance("same", "same")).toBe(0);
  });
});

describe("nearest", () => {
  const names = ["mnist-conv", "mnist-dense", "faces"];
  it("finds the name that was meant, whatever its case", () => {
    expect(nearest("mnist-cnov", names)).toBe("mnist-conv");
    expect(nearest("Faces", names)).toBe("faces");
  });

  it("offers nothing where nothing is near", () => {
    expect(nearest("transformer", names)).toBeUndefined();
    expect(nearest("x", [])).toBeUndefined();
  });
});

describe("numbers and shapes", () => {
  it("are written with separators and times signs", () => {
    expect(withThousands(194499)).toBe("194,499");
    expect(withThousands(12)).toBe("12");
    expect(timesText([1, 28, 28])).toBe("1×28×28");
    expect(timesText([])).toBe("scalar");
  });
});
