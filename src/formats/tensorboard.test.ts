// Event files byte by byte; what TensorBoard's own reader makes of them is in test/golden/tensorboard.test.ts.
import { describe, expect, it } from "vitest";
import { crc32c, encodeBoardEvent, tfRecord } from "./tensorboard.js";

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

describe("CRC-32C", () => {
  it.each([
    // RFC 3720, appendix B.4.
    ["32 zeros", new Uint8Array(32), 0x8a9136aa],
    ["32 ones", new Uint8Array(32).fill(255), 0x62a8ab43],
    ["0 to 31", Uint8Array.from({ length: 32 }, (_, i) => i), 0x46dd794e],
    ["31 to 0", Uint8Array.from({ length: 32 }, (_, i) => 31 - i), 0x113fdb5c],
    // The check value of the catalogue of CRC algorithms (Greg Cook): CRC-32/ISCSI.
    ["the digits 1 to 9", new TextEncoder().encode("123456789"), 0xe3069283],
  ])("of %s", (_, data, expected) => {
    expect(crc32c(data)).toBe(expected);
  });
});

describe("a record", () => {
  it("is length, masked checksum, data, masked checksum", () => {
    // Every event file that TensorFlow writes begins with the first 12 bytes: the length 24, 0x18, and its checksum.
    expect(hex(tfRecord(new Uint8Array(24))).slice(0, 24)).toBe("1800000000000000a37f4b22");
    expect(tfRecord(new Uint8Array(24))).toHaveLength(16 + 24);
  });
});

describe("an event", () => {
  /** Without the record around it. */
  const message = (event: Parameters<typeof encodeBoardEvent>[0]): string => hex(encodeBoardEvent(event).slice(12, -4));

  it("has its time, its step and what it holds, in protobuf's fields", () => {
    // wall_time 1 (0x09), a double: 1.0; file_version 3 (0x1a), 13 bytes.
    const time = "09000000000000f03f";
    expect(message({ kind: "version", seconds: 1 })).toBe(
      `${time}1a0d${hex(new TextEncoder().encode("brain.Event:2"))}`,
    );
    // step 2 (0x10): 300 is ac 02; session_log 7 (0x3a), of status 1 (0x08): START 1.
    expect(message({ kind: "start", seconds: 1, step: 300 })).toBe(`${time}10ac023a020801`);
    // summary 5 (0x2a) of 10 bytes: value 1 (0x0a) of 8: tag 1 (0x0a) of 1 "a", simple_value 2 (0x15), a float: 0.5.
    expect(message({ kind: "scalars", seconds: 1, step: 1, values: { a: 0.5 } })).toBe(
      `${time}10012a0a0a080a0161150000003f`,
    );
  });

  it("of a step beyond 32 bits is exact, and one that is no step is refused", () => {
    // 2⁴⁰ is five bytes of 0x80 and 2⁵.
    expect(message({ kind: "start", seconds: 1, step: 2 ** 40 })).toBe(
      "09000000000000f03f1080808080" + "8020" + "3a020801",
    );
    expect(() => encodeBoardEvent({ kind: "start", seconds: 1, step: -1 })).toThrow(RangeError);
  });
});
