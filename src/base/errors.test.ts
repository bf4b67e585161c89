// How mistakes and bugs are told apart, and what a person reads.
import { describe, expect, it } from "vitest";
import { describeUserError, InternalError, ShapeError, UserError } from "./errors.js";

describe("UserError", () => {
  it("says where, what and what helps", () => {
    const error = new UserError("must be 1 or more, got -3", {
      at: "--epochs",
      hint: "Leave it out to train all epochs.",
    });
    expect(describeUserError(error)).toBe("--epochs: must be 1 or more, got -3\n  Leave it out to train all epochs.");
  });

  it("leaves out what it does not know", () => {
    const error = new UserError("the disk is full");
    expect(describeUserError(error)).toBe("the disk is full");
    expect(error.at).toBeUndefined();
    expect("cause" in error).toBe(false);
  });

  it("keeps its cause", () => {
    const cause = new Error("ENOSPC");
    expect(new UserError("the disk is full", { cause }).cause).toBe(cause);
  });
});

describe("the other errors", () => {
  it("a bug says so", () => {
    expect(new InternalError("no such node").message).toBe("internal: no such node");
  });

  it("carry their names", () => {
    expect([new UserError("").name, new ShapeError("").name, new InternalError("").name]).toEqual([
      "UserError",
      "ShapeError",
      "InternalError",
    ]);
  });
});
