// The three sums that convolution and its gradients are, as plain loops. A convolution connects a wide plane with a
// narrow one: element (i, j) of the narrow plane and element (u, v) of the kernel meet element
// (i·stride + u·dilation − top, j·stride + v·dilation − left) of the wide plane, where there is one.

import type { Pair, Sides } from "./checks.js";
import type { Tensor } from "./define.js";

/** The wide plane [batch, channel, …], the narrow one [batch, channel, …], and the kernel [narrow, wide / groups, …]. */
export interface Connection {
  readonly wide: Tensor;
  readonly narrow: Tensor;
  readonly kernel: Tensor;
  readonly stride: Pair;
  readonly padding: Sides;
  readonly dilation: Pair;
  readonly groups: number;
}

/** narrow += Σ wide · kernel: a convolution, and the input gradient of a transposed one. */
export function sumIntoNarrow(connection: Connection): void {
  const { wide, narrow, kernel } = connection;
  const wideStep = connection.stride[1];
  forEachRow(connection, (k, wideStart, narrowStart, length) => {
    const weight = kernel.data[k];
    let from = wideStart;
    let to = narrowStart;
    for (let i = 0; i < length; i++) {
      narrow.data[to] += weight * wide.data[from];
      from += wideStep;
      to++;
    }
  });
}

/** wide += Σ narrow · kernel: a transposed convolution, and the input gradient of a plain one. */
export function sumIntoWide(connection: Connection): void {
  const { wide, narrow, kernel } = connection;
  const wideStep = connection.stride[1];
  forEachRow(connection, (k, wideStart, narrowStart, length) => {
    const weight = kernel.data[k];
    let to = wideStart;
    let from = narrowStart;
    for (let i = 0; i < length; i++) {
      wide.data[to] += weight * narrow.data[from];
      to += wideStep;
      from++;
    }
  });
}

/** kernel += Σ wide · narrow: the weight gradient of both. */
export function sumIntoKernel(connection: Connection): void {
  const { wide, narrow, kernel } = connection;
  const wideStep = connection.stride[1];
  forEachRow(connection, (k, wideStart, narrowStart, length) => {
    let sum = 0;
    let inWide = wideStart;
    let inNarrow = narrowStart;
    for (let i = 0; i < length; i++) {
      sum += wide.data[inWide] * narrow.data[inNarrow];
      inWide += wideStep;
      inNarrow++;
    }
    kernel.data[k] += sum;
  });
}

/** The sum over batch, height and width for each channel: a bias' gradient. */
export function sumIntoChannels(images: Tensor, channels: Tensor): void {
  const [batch, channelCount, height, width] = images.shape;
  const plane = height * width;
  for (let n = 0; n < batch; n++) {
    for (let c = 0; c < channelCount; c++) {
      const start = (n * channelCount + c) * plane;
      for (let i = 0; i < plane; i++) channels.data[c] += images.data[start + i];
    }
  }
}

/** Sets every element of a channel to that channel's bias. */
export function fillWithBias(images: Tensor, bias: Tensor): void {
  const [batch, channelCount, height, width] = images.shape;
  const plane = height * width;
  for (let n = 0; n < batch; n++) {
    for (let c = 0; c < channelCount; c++) {
      const start = (n * channelCount + c) * plane;
      images.data.fill(bias.data[c], start, start + plane);
    }
  }
}

/**
 * Visits every pair of rows that a kernel element connects: the kernel element's index, where the row begins in the wide
 * tensor and in the narrow one, and how many elements of it meet (those in the padding left out).
 */
function forEachRow(
  { wide, narrow, kernel, stride, padding, dilation, groups }: Connection,
  visit: (kernelIndex: number, wideStart: number, narrowStart: number, length: number) => void,
): void {
  const [batch, wideChannels, wideHeight, wideWidth] = wide.shape;
  const [, narrowChannels, narrowHeight, narrowWidth] = narrow.shape;
  const [, , kernelHeight, kernelWidth] = kernel.shape;
  const [top, left] = padding;
  const widePerGroup = wideChannels / groups;
  const narrowPerGroup = narrowChannels / groups;
  for (let n = 0; n < batch; n++) {
    for (let narrowChannel = 0; narrowChannel < narrowChannels; narrowChannel++) {
      const group = Math.floor(narrowChannel / narrowPerGroup);
      const narrowPlane = (n * narrowChannels + narrowChannel) * narrowHeight * narrowWidth;
      for (let c = 0; c < widePerGroup; c++) {
        const widePlane = (n * wideChannels + group * widePerGroup + c) * wideHeight * wideWidth;
        for (let u = 0; u < kernelHeight; u++) {
          const rows = meeting(wideHeight, narrowHeight, stride[0], u * dilation[0] - top);
          for (let v = 0; v < kernelWidth; v++) {
            const kernelIndex = ((narrowChannel * widePerGroup + c) * kernelHeight + u) * kernelWidth + v;
            const shift = v * dilation[1] - left;
            const columns = meeting(wideWidth, narrowWidth, stride[1], shift);
            if (columns.end <= columns.start) continue;
            for (let i = rows.start; i < rows.end; i++) {
              const wideRow = widePlane + (i * stride[0] + u * dilation[0] - top) * wideWidth;
              const narrowRow = narrowPlane + i * narrowWidth;
              visit(
                kernelIndex,
                wideRow + columns.start * stride[1] + shift,
                narrowRow + columns.start,
                columns.end - columns.start,
              );
            }
          }
        }
      }
    }
  }
}

/** The places i of the narrow axis, from start to before end, for which i·stride + shift lies within the wide axis. */
function meeting(wide: number, narrow: number, stride: number, shift: number): { start: number; end: number } {
  return {
    start: Math.max(0, Math.ceil(-shift / stride)),
    end: Math.min(narrow, Math.floor((wide - 1 - shift) / stride) + 1),
  };
}
