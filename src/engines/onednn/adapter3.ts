// oneDNN 3.x: memory descriptors are handles, there are no operation descriptors, and scales are arguments of an
// execution. Constants are from dnnl_types.h of 3.6; those of one major version do not change.
import { InternalError } from "../../base/errors.js";
import type { Adapter, EltwiseAlgorithm, Layout, Primitive, PrimitiveAttributes, PrimitiveSpec } from "./adapter.js";
import type { Koffi, NativeLibrary } from "./koffi.js";
import {
  argumentCoder,
  argumentCodes,
  type Blocking,
  binary,
  binder,
  check,
  convolutionDirect,
  deconvolutionDirect,
  dimensions,
  float32,
  formatAny,
  handleFrom,
  layoutText,
  poolingAlgorithm,
  propagation,
  queries,
  queryImplementation,
  reductionSum,
  resamplingNearest,
  softmax,
  useGlobalStatistics,
} from "./native.js";

/** dnnl_aBcd4b, dnnl_aBcd8b, dnnl_aBcd16b: channels in blocks. */
const channelBlockTags: Readonly<Record<number, number>> = { 4: 84, 8: 102, 16: 78 };
const widestChannelBlock = 78;
const useScaleAndShift = 2 | 4;
const eltwise: Readonly<Record<EltwiseAlgorithm, number>> = {
  relu: 0x20,
  tanh: 0x21,
  elu: 0x22,
  abs: 0x24,
  sqrt: 0x25,
  linear: 0x26,
  logistic: 0x29,
  exp: 0x2a,
  log: 0x2d,
  clip: 0x2e,
  pow: 0x30,
  softRelu: 0x27,
  geluErf: 0x31,
  geluTanh: 0x2b,
  swish: 0x2c,
  reluFromOutput: 0x100,
  tanhFromOutput: 0x101,
  eluFromOutput: 0x102,
  logisticFromOutput: 0x104,
};
const descriptorQueries = { rank: 256, dims: 257, strides: 14, innerCount: 263, innerSizes: 264, innerAxes: 265 };
const postOpBase = 32768;
const scalesOf = 4096;
const instructionSets: Readonly<Record<number, string>> = {
  1: "sse41",
  3: "avx",
  7: "avx2",
  15: "avx2_vnni",
  31: "avx2_vnni_2",
  39: "avx512_core",
  103: "avx512_core_vnni",
  231: "avx512_core_bf16",
  495: "avx512_core_fp16",
  4079: "avx512_core_amx",
  8175: "avx512_core_amx_fp16",
};

function bindAll(library: NativeLibrary) {
  const bind = binder(library);
  return {
    descriptorByTag: bind("dnnl_memory_desc_create_with_tag", "pipii"),
    descriptorByStrides: bind("dnnl_memory_desc_create_with_strides", "pipip"),
    descriptorReshape: bind("dnnl_memory_desc_reshape", "ppip"),
    descriptorPart: bind("dnnl_memory_desc_create_submemory", "pppp"),
    descriptorClone: bind("dnnl_memory_desc_clone", "pp"),
    descriptorRelease: bind("dnnl_memory_desc_destroy", "p"),
    descriptorEqual: bind("dnnl_memory_desc_equal", "pp"),
    descriptorSize: bind("dnnl_memory_desc_get_size", "p", "size_t"),
    descriptorLook: bind("dnnl_memory_desc_query", "pip"),
    convolutionForward: bind("dnnl_convolution_forward_primitive_desc_create", "ppiippppppppp"),
    convolutionBackwardData: bind("dnnl_convolution_backward_data_primitive_desc_create", "ppippppppppp"),
    convolutionBackwardWeights: bind("dnnl_convolution_backward_weights_primitive_desc_create", "ppipppppppppp"),
    deconvolutionForward: bind("dnnl_deconvolution_forward_primitive_desc_create", "ppiippppppppp"),
    deconvolutionBackwardData: bind("dnnl_deconvolution_backward_data_primitive_desc_create", "ppippppppppp"),
    deconvolutionBackwardWeights: bind("dnnl_deconvolution_backward_weights_primitive_desc_create", "ppipppppppppp"),
    innerProductForward: bind("dnnl_inner_product_forward_primitive_desc_create", "ppippppp"),
    innerProductBackwardData: bind("dnnl_inner_product_backward_data_primitive_desc_create", "ppppppp"),
    innerProductBackwardWeights: bind("dnnl_inner_product_backward_weights_primitive_desc_create", "pppppppp"),
    matmul: bind("dnnl_matmul_primitive_desc_create", "ppppppp"),
    batchNormalizationForward: bind("dnnl_batch_normalization_forward_primitive_desc_create", "ppippfup"),
    batchNormalizationBackward: bind("dnnl_batch_normalization_backward_primitive_desc_create", "ppipppfupp"),
    poolingForward: bind("dnnl_pooling_forward_primitive_desc_create", "ppiipppppppp"),
    poolingBackward: bind("dnnl_pooling_backward_primitive_desc_create", "ppippppppppp"),
    resamplingForward: bind("dnnl_resampling_forward_primitive_desc_create", "ppiipppp"),
    resamplingBackward: bind("dnnl_resampling_backward_primitive_desc_create", "ppippppp"),
    softmaxForward: bind("dnnl_softmax_forward_primitive_desc_create", "ppiippip"),
    softmaxBackward: bind("dnnl_softmax_backward_primitive_desc_create", "ppipppipp"),
    eltwiseForward: bind("dnnl_eltwise_forward_primitive_desc_create", "ppiippffp"),
    eltwiseBackward: bind("dnnl_eltwise_backward_primitive_desc_create", "ppipppffpp"),
    binary: bind("dnnl_binary_primitive_desc_create", "ppipppp"),
    reduction: bind("dnnl_reduction_primitive_desc_create", "ppippffp"),
    reorder: bind("dnnl_reorder_primitive_desc_create", "pppppp"),
    primitiveDescriptorDestroy: bind("dnnl_primitive_desc_destroy", "p"),
    primitiveDescriptorLayout: bind("dnnl_primitive_desc_query_md", "pii", "void *"),
    primitiveDescriptorQuery: bind("dnnl_primitive_desc_query", "piip"),
    primitiveCreate: bind("dnnl_primitive_create", "pp"),
    primitiveDestroy: bind("dnnl_primitive_destroy", "p"),
    attributesCreate: bind("dnnl_primitive_attr_create", "p"),
    attributesDestroy: bind("dnnl_primitive_attr_destroy", "p"),
    attributesSetPostOps: bind("dnnl_primitive_attr_set_post_ops", "pp"),
    attributesSetScalesMask: bind("dnnl_primitive_attr_set_scales_mask", "pii"),
    postOpsCreate: bind("dnnl_post_ops_create", "p"),
    postOpsDestroy: bind("dnnl_post_ops_destroy", "p"),
    postOpsSum: bind("dnnl_post_ops_append_sum", "pfii"),
    postOpsEltwise: bind("dnnl_post_ops_append_eltwise", "piff"),
    postOpsBinary: bind("dnnl_post_ops_append_binary", "pip"),
    memoryCreate: bind("dnnl_memory_create", "pppp"),
    memorySet: bind("dnnl_memory_set_data_handle", "pp"),
    memoryDestroy: bind("dnnl_memory_destroy", "p"),
    engineCreate: bind("dnnl_engine_create", "pin"),
    streamCreate: bind("dnnl_stream_create", "ppu"),
    execute: bind("dnnl_primitive_execute", "ppip"),
    instructionSet: bind("dnnl_get_effective_cpu_isa", ""),
    version: bind("dnnl_version", "", "void *"),
  };
}

export function adapter3(koffi: Koffi, library: NativeLibrary): Adapter {
  const native = bindAll(library);
  const engine = handleFrom("engine", (out) => native.engineCreate(out, 1, 0));
  const stream = handleFrom("stream", (out) => native.streamCreate(out, engine, 1));
  const version = new Int32Array(koffi.view(native.version() as bigint, 12).slice(0)).join(".");
  const isa = Number(native.instructionSet());
  const instructionSet = instructionSets[isa] ?? `0x${isa.toString(16)}`;

  const scoped = (): Adapter => {
    const layouts = layoutRegistry(koffi, native);
    const execute = native.execute as (primitive: bigint, stream: bigint, count: number, list: bigint) => number;
    return {
      version,
      instructionSet,
      batchNormalizationBackwardTakesShift: false,
      scoped,
      release: layouts.release,
      plain: (dims) => layouts.strided(dims, rowMajorStrides(dims)),
      strided: layouts.strided,
      part: layouts.part,
      any: (dims) => layouts.tagged(dims, formatAny),
      sameLayout: (a, b) => a === b || native.descriptorEqual(a.address, b.address) !== 0,
      bytesOf: (layout) => Number(native.descriptorSize(layout.address)),
      // 3.2's code for row-major pictures (ncsp_bnorm) sums coarsely: in the quarter-width digit network the first
      // gradient was off by 1.3e-4 of its largest element, and by 2.5e-6 in blocks.
      batchNormalizationLayout: (layout) =>
        layouts.blocking(layout).blocks.length === 0 ? layouts.tagged(layout.dims, widestChannelBlock) : layout,
      describeLayout: (layout) => layoutText(layout.dims, layouts.blocking(layout)),
      channelBlocks(dims, layout) {
        const [first, ...more] = layouts.blocking(layout).blocks;
        const tag =
          first !== undefined && first.axis === 1 && more.length === 0 ? channelBlockTags[first.size] : undefined;
        return tag === undefined ? layouts.strided(dims, rowMajorStrides(dims)) : layouts.tagged(dims, tag);
      },
      reshaped: layouts.reshaped,
      createPrimitive: (spec, attributes = {}) => createPrimitive(spec, attributes, layouts),
      createMemory: (layout, address) => createMemory(layout, address),
      setMemoryAddress: (memory, address) => check("memory address", native.memorySet(memory, address)),
      destroyMemory: (memory) => void native.memoryDestroy(memory),
      argumentCode: argumentCoder(postOpBase),
      execute: (primitive, count, list) => execute(primitive, stream, count, list),
    };
  };
  return scoped();

  function createMemory(layout: Layout, address: bigint): bigint {
    return handleFrom("memory", (out) => native.memoryCreate(out, layout.address, engine, address));
  }

  /** Makes a primitive descriptor; `out` takes its handle. */
  function describePrimitive(spec: PrimitiveSpec, attributes: bigint | null, out: BigUint64Array): unknown {
    const hint = "hint" in spec ? (spec.hint?.descriptor ?? null) : null;
    switch (spec.kind) {
      case "convolution":
      case "deconvolution": {
        const { source, weights, bias, destination } = spec;
        const { strides, dilates, paddingBefore, paddingAfter } = spec.window;
        const window = [strides, dilates, paddingBefore, paddingAfter].map(dimensions);
        const isConvolution = spec.kind === "convolution";
        const algorithm = isConvolution ? convolutionDirect : deconvolutionDirect;
        if (spec.pass === "backwardData") {
          const create = isConvolution ? native.convolutionBackwardData : native.deconvolutionBackwardData;
          const layouts = [source.address, weights.address, destination.address];
          return create(out, engine, algorithm, ...layouts, ...window, hint, attributes);
        }
        const layouts = [source.address, weights.address, bias?.address ?? null, destination.address];
        if (spec.pass === "backwardWeights") {
          const create = isConvolution ? native.convolutionBackwardWeights : native.deconvolutionBackwardWeights;
          return create(out, engine, algorithm, ...layouts, ...window, hint, attributes);
        }
        const create = isConvolution ? native.convolutionForward : native.deconvolutionForward;
        return create(out, engine, propagation[spec.pass], algorithm, ...layouts, ...window, attributes);
      }
      case "innerProduct": {
        const { source, weights, bias, destination } = spec;
        if (spec.pass === "backwardData") {
          const layouts = [source.address, weights.address, destination.address];
          return native.innerProductBackwardData(out, engine, ...layouts, hint, attributes);
        }
        const layouts = [source.address, weights.address, bias?.address ?? null, destination.address];
        return spec.pass === "backwardWeights"
          ? native.innerProductBackwardWeights(out, engine, ...layouts, hint, attributes)
          : native.innerProductForward(out, engine, propagation[spec.pass], ...layouts, attributes);
      }
      case "matmul": {
        const { source, weights, destination } = spec;
        return native.matmul(out, engine, source.address, weights.address, null, destination.address, attributes);
      }
      case "batchNormalization": {
        const data = spec.data.address;
        const isBackward = spec.pass === "backward" || spec.pass === "backwardInference";
        const isFixed = spec.pass === "forwardInference" || spec.pass === "backwardInference";
        const flags = useScaleAndShift | (isFixed ? useGlobalStatistics : 0);
        if (isBackward) {
          const gradient = (spec.gradient ?? spec.data).address;
          return native.batchNormalizationBackward(
            ...[out, engine, propagation.backward],
            ...[gradient, gradient, data, spec.epsilon, flags, hint, attributes],
          );
        }
        const pass = isFixed ? propagation.forwardInference : propagation.forwardTraining;
        return native.batchNormalizationForward(out, engine, pass, data, data, spec.epsilon, flags, attributes);
      }
      case "maxPooling":
      case "averagePooling": {
        const algorithm = poolingAlgorithm(spec);
        const { strides, dilates, paddingBefore, paddingAfter } = spec.window;
        const window = [strides, spec.kernel, dilates, paddingBefore, paddingAfter].map(dimensions);
        const layouts = [spec.source.address, spec.destination.address];
        return spec.pass === "backward"
          ? native.poolingBackward(out, engine, algorithm, ...layouts, ...window, hint, attributes)
          : native.poolingForward(
              ...[out, engine, propagation[spec.pass], algorithm],
              ...[...layouts, ...window, attributes],
            );
      }
      case "softmax": {
        const algorithm = softmax[spec.algorithm];
        const data = spec.data.address;
        const gradient = (spec.gradient ?? spec.data).address;
        return spec.pass === "backward"
          ? native.softmaxBackward(out, engine, algorithm, gradient, gradient, data, spec.axis, hint, attributes)
          : native.softmaxForward(out, engine, propagation[spec.pass], algorithm, data, data, spec.axis, attributes);
      }
      case "nearestResampling": {
        const algorithm = resamplingNearest;
        const layouts = [spec.source.address, spec.destination.address];
        return spec.pass === "backward"
          ? native.resamplingBackward(out, engine, algorithm, null, ...layouts, hint, attributes)
          : native.resamplingForward(...[out, engine, propagation[spec.pass], algorithm, null, ...layouts, attributes]);
      }
      case "eltwise": {
        const { alpha, beta } = spec;
        const algorithm = eltwise[spec.algorithm];
        const data = spec.data.address;
        const gradient = (spec.gradient ?? spec.data).address;
        return spec.pass === "backward"
          ? native.eltwiseBackward(out, engine, algorithm, gradient, gradient, data, alpha, beta, hint, attributes)
          : native.eltwiseForward(
              ...[out, engine, propagation[spec.pass], algorithm, data, data, alpha, beta, attributes],
            );
      }
      case "binary": {
        const layouts = [spec.source.address, spec.source1.address, spec.destination.address];
        return native.binary(out, engine, binary[spec.algorithm], ...layouts, attributes);
      }
      case "reduction": {
        const layouts = [spec.source.address, spec.destination.address];
        return native.reduction(out, engine, reductionSum, ...layouts, 0, 0, attributes);
      }
      case "reorder":
        return native.reorder(out, spec.source.address, engine, spec.destination.address, engine, attributes);
    }
  }

  /** Makes the attributes, hands them to `use`, and gives them back. */
  function withAttributes<Result>(attributes: PrimitiveAttributes, use: (handle: bigint | null) => Result): Result {
    const { postOps = [], sourceScales = [] } = attributes;
    if (postOps.length === 0 && sourceScales.every((scale) => scale === 1)) return use(null);
    const handle = handleFrom("attributes", native.attributesCreate);
    try {
      sourceScales.forEach((scale, i) => {
        if (scale !== 1) check("scales", native.attributesSetScalesMask(handle, sourceCode(i), 0));
      });
      if (postOps.length > 0) {
        const chain = handleFrom("post-ops", native.postOpsCreate);
        try {
          for (const postOp of postOps) {
            if (postOp.kind === "sum") check("sum post-op", native.postOpsSum(chain, postOp.scale, 0, 0));
            else if (postOp.kind === "binary") {
              check("binary post-op", native.postOpsBinary(chain, binary[postOp.algorithm], postOp.layout.address));
            } else {
              const { algorithm, alpha, beta } = postOp;
              check("eltwise post-op", native.postOpsEltwise(chain, eltwise[algorithm], alpha, beta));
            }
          }
          check("post-ops", native.attributesSetPostOps(handle, chain));
        } finally {
          native.postOpsDestroy(chain);
        }
      }
      return use(handle);
    } finally {
      native.attributesDestroy(handle);
    }
  }

  function createPrimitive(spec: PrimitiveSpec, attributes: PrimitiveAttributes, layouts: LayoutRegistry): Primitive {
    const descriptor = withAttributes(attributes, (handle) =>
      handleFrom(spec.kind, (out) => describePrimitive(spec, handle, out)),
    );
    // Made when first executed: a forward primitive that only guides a backward one is never compiled.
    let handle: bigint | undefined;
    let isAlive = true;
    const scales = (attributes.sourceScales ?? []).flatMap((scale, i) => {
      if (scale === 1) return [];
      const value = new Float32Array([scale]);
      const memory = createMemory(layouts.strided([1], [1]), koffi.address(value));
      return [{ value, argument: [scalesOf | sourceCode(i), memory] as const }];
    });
    return {
      get handle() {
        handle ??= handleFrom(spec.kind, (out) => native.primitiveCreate(out, descriptor));
        return handle;
      },
      descriptor,
      fixedArguments: scales.map(({ argument }) => argument),
      get implementation() {
        const name = handleFrom("implementation name", (out) =>
          native.primitiveDescriptorQuery(descriptor, queryImplementation, 0, out),
        );
        return koffi.decode(name, "char", -1) as string;
      },
      layoutOf(argument) {
        const address = native.primitiveDescriptorLayout(descriptor, queries[argument], 0) as bigint;
        if (!address) throw new InternalError(`${spec.kind} has no ${argument}`);
        return layouts.copyOf(address);
      },
      dispose() {
        if (!isAlive) return;
        isAlive = false;
        if (handle !== undefined) native.primitiveDestroy(handle);
        native.primitiveDescriptorDestroy(descriptor);
        // Also what keeps the numbers that the memory points to referenced until here.
        for (const { argument } of scales.splice(0)) native.memoryDestroy(argument[1]);
      },
    };
  }
}

const sourceCode = (index: number): number => (index === 0 ? argumentCodes.source : argumentCodes.source1);

function rowMajorStrides(dims: readonly number[]): readonly number[] {
  return dims.map((_, axis) => dims.slice(axis + 1).reduce((product, length) => product * Math.max(length, 1), 1));
}

/** Owns memory descriptors, one for each layout that differs from the others, until it is released. */
interface LayoutRegistry {
  strided(dims: readonly number[], strides: readonly number[]): Layout;
  part(layout: Layout, dims: readonly number[], starts: readonly number[]): Layout;
  tagged(dims: readonly number[], tag: number): Layout;
  /** A layout of its own that equals a descriptor of the library's. */
  copyOf(address: bigint): Layout;
  reshaped(layout: Layout, dims: readonly number[]): Layout | undefined;
  blocking(layout: Layout): Blocking;
  release(): void;
}

function layoutRegistry(koffi: Koffi, native: ReturnType<typeof bindAll>): LayoutRegistry {
  const known = new Map<string, Layout[]>();
  /** Takes over a descriptor; one that equals a known layout is given back at once. */
  const adopt = (dims: readonly number[], address: bigint): Layout => {
    const key = dims.join(" ");
    const alike = known.get(key) ?? [];
    const same = alike.find((layout) => native.descriptorEqual(layout.address, address) !== 0);
    if (same !== undefined) {
      native.descriptorRelease(address);
      return same;
    }
    const layout: Layout = { dims, address, owner: undefined };
    known.set(key, [...alike, layout]);
    return layout;
  };
  const what = (dims: readonly number[]): string => `memory of ${dims.join("×")}`;
  const integer = (address: bigint, query: number): number => {
    const out = new Int32Array(1);
    check("layout", native.descriptorLook(address, query, out));
    return out[0] ?? 0;
  };
  const integers = (address: bigint, query: number, length: number): readonly number[] => {
    if (length === 0) return [];
    const values = handleFrom("layout", (out) => native.descriptorLook(address, query, out));
    return Array.from(new BigInt64Array(koffi.view(values, 8 * length).slice(0)), Number);
  };
  return {
    strided(dims, strides) {
      const create = (out: BigUint64Array) =>
        native.descriptorByStrides(out, dims.length, dimensions(dims), float32, dimensions(strides));
      return adopt(dims, handleFrom(what(dims), create));
    },
    part(layout, dims, starts) {
      const create = (out: BigUint64Array) =>
        native.descriptorPart(out, layout.address, dimensions(dims), dimensions(starts));
      return adopt(dims, handleFrom(what(dims), create));
    },
    tagged(dims, tag) {
      const create = (out: BigUint64Array) => native.descriptorByTag(out, dims.length, dimensions(dims), float32, tag);
      return adopt(dims, handleFrom(what(dims), create));
    },
    copyOf(address) {
      const dims = integers(address, descriptorQueries.dims, integer(address, descriptorQueries.rank));
      return adopt(
        dims,
        handleFrom("layout", (out) => native.descriptorClone(out, address)),
      );
    },
    reshaped(layout, dims) {
      const out = new BigUint64Array(1);
      const status = native.descriptorReshape(out, layout.address, dims.length, dimensions(dims));
      return status === 0 ? adopt(dims, out[0] ?? 0n) : undefined;
    },
    blocking({ address, dims }) {
      const count = integer(address, descriptorQueries.innerCount);
      const axes = integers(address, descriptorQueries.innerAxes, count);
      return {
        strides: integers(address, descriptorQueries.strides, dims.length),
        blocks: integers(address, descriptorQueries.innerSizes, count).map((size, i) => ({ size, axis: axes[i] ?? 0 })),
      };
    },
    release() {
      for (const { address } of [...known.values()].flat()) native.descriptorRelease(address);
      known.clear();
    },
  };
}
