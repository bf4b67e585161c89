// The codec of TensorBoard's event files: records of TFRecord around protobuf messages. It writes; TensorBoard reads. Works on bytes, not
// on files. Formats: https://www.tensorflow.org/tutorials/load_data/tfrecord and tensorboard/compat/proto/{event,summary}.proto.
import { concatenated } from "../base/numbers.js";

/** Something that TensorBoard shows at a step. */
export type BoardEvent =
  /** The first of a file. */
  | { readonly kind: "version"; readonly seconds: number }
  /** A training begins or goes on before this step: what a file before has of it and later steps does not count. */
  | { readonly kind: "start"; readonly seconds: number; readonly step: number }
  | {
      readonly kind: "scalars";
      readonly seconds: number;
      readonly step: number;
      readonly values: Readonly<Record<string, number>>;
    }
  | {
      readonly kind: "image";
      readonly seconds: number;
      readonly step: number;
      readonly tag: string;
      readonly width: number;
      readonly height: number;
      /** Grey, or red, green, blue. */
      readonly channels: 1 | 3;
      /** A PNG file. */
      readonly png: Uint8Array;
    };

/**
 * An event as the bytes to be added to a file, whose name has to hold `tfevents`.
 * @throws RangeError where a step is no whole number from 0 on that a double holds exactly
 */
export function encodeBoardEvent(event: BoardEvent): Uint8Array {
  return tfRecord(eventMessage(event));
}

/** Eight bytes of length, their checksum, the data, its checksum; all little-endian. */
export function tfRecord(data: Uint8Array): Uint8Array {
  const record = new Uint8Array(16 + data.length);
  const view = new DataView(record.buffer);
  view.setBigUint64(0, BigInt(data.length), true);
  view.setUint32(8, maskedCrc(record.subarray(0, 8)), true);
  record.set(data, 12);
  view.setUint32(12 + data.length, maskedCrc(data), true);
  return record;
}

/** Rotated right by 15 bits and added to, so that the checksum of data which holds checksums is not weak (TensorFlow's crc32c.h). */
function maskedCrc(data: Uint8Array): number {
  const crc = crc32c(data);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

/** Castagnoli's polynomial, bits reversed. */
const polynomial = 0x82f63b78;
const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 1 ? (crc >>> 1) ^ polynomial : crc >>> 1;
  return crc;
});

/** CRC-32C (RFC 3720, appendix B.4). */
export function crc32c(data: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of data) crc = (crc >>> 8) ^ (table[(crc ^ byte) & 255] as number);
  return (crc ^ 0xffffffff) >>> 0;
}

/** The message `Event`: wall_time 1, step 2, and one of file_version 3, summary 5, session_log 7. */
function eventMessage(event: BoardEvent): Uint8Array {
  const wallTime = field(1, wire.eightBytes, double(event.seconds));
  if (event.kind === "version") return concatenated([wallTime, text(3, "brain.Event:2")], Uint8Array);
  const head = [wallTime, field(2, wire.whole, varint(event.step))];
  // SessionLog: status 1, which is START = 1.
  if (event.kind === "start") return concatenated([...head, message(7, [field(1, wire.whole, varint(1))])], Uint8Array);
  return concatenated(
    [
      ...head,
      message(
        5,
        summaryValues(event).map((value) => message(1, value)),
      ),
    ],
    Uint8Array,
  );
}

/** Messages `Summary.Value`: tag 1, and simple_value 2 or image 4. */
function summaryValues(event: Extract<BoardEvent, { kind: "scalars" | "image" }>): readonly (readonly Uint8Array[])[] {
  if (event.kind === "scalars") {
    return Object.entries(event.values).map(([tag, value]) => [text(1, tag), field(2, wire.fourBytes, float(value))]);
  }
  const { tag, width, height, channels, png } = event;
  const whole = (number: number, value: number): Uint8Array => field(number, wire.whole, varint(value));
  const image = [whole(1, height), whole(2, width), whole(3, channels), bytes(4, png)];
  return [[text(1, tag), message(4, image)]];
}

/** How a field is written, in protobuf's numbers. */
const wire = { whole: 0, eightBytes: 1, lengthFirst: 2, fourBytes: 5 } as const;

function field(number: number, kind: (typeof wire)[keyof typeof wire], value: Uint8Array): Uint8Array {
  return concatenated([varint(8 * number + kind), value], Uint8Array);
}

function bytes(number: number, value: Uint8Array): Uint8Array {
  return field(number, wire.lengthFirst, concatenated([varint(value.length), value], Uint8Array));
}

function text(number: number, value: string): Uint8Array {
  return bytes(number, new TextEncoder().encode(value));
}

function message(number: number, fields: readonly Uint8Array[]): Uint8Array {
  return bytes(number, concatenated(fields, Uint8Array));
}

/** Seven bits a byte, the lowest first. */
function varint(value: number): Uint8Array {
  if (!Number.isSafeInteger(value) || value < 0)
    throw new RangeError(`expected a whole number from 0 on, got ${value}`);
  const out: number[] = [];
  let rest = value;
  while (rest >= 128) {
    out.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  return Uint8Array.from([...out, rest]);
}

function float(value: number): Uint8Array {
  const out = new Uint8Array(4);
  new DataView(out.buffer).setFloat32(0, value, true);
  return out;
}

function double(value: number): Uint8Array {
  const out = new Uint8Array(8);
  new DataView(out.buffer).setFloat64(0, value, true);
  return out;
}
