// oneDNN 2.x: descriptors are structs passed by pointer (memory descriptors of 696 bytes, operation descriptors that
// fit 6,400). Constants are from dnnl_types.h of 2.6.
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

const memoryDescriptorBytes = 696;
const operationDescriptorBytes = 6400;
/** dnnl_a, dnnl_ab, dnnl_abc, dnnl_abcd, dnnl_abcde, dnnl_abcdef: row-major for ranks 1 to 6. */
const rowMajorTags = [0, 2, 3, 4, 5, 7, 8];
/** dnnl_aBcd4b, dnnl_aBcd8b, dnnl_aBcd16b: channels in blocks. */
const channelBlockTags: Readonly<Record<number, number>> = { 4: 75, 8: 93, 16: 69 };
const useScaleAndShift = 8 | 16;
const eltwise: Readonly<Record<EltwiseAlgorithm, number>> = {
  relu: 0x1f,
  tanh: 0x2f,
  elu: 0x3f,
  abs: 0x5f,
  sqrt: 0x6f,
  linear: 0x7f,
  logistic: 0xaf,
  exp: 0xbf,
  log: 0xef,
  clip: 0xff,
  pow: 0x20,
  softRelu: 0x9f,
  geluErf: 0x30,
  geluTanh: 0xcf,
  swish: 0xdf,
  reluFromOutput: 0x100,
  tanhFromOutput: 0x101,
  eluFromOutput: 0x102,
  logisticFromOutput: 0x104,
};
const postOpBase = 16384;
const instructionSets: Readonly<Record<number, string>> = {
  1: "sse41",
  3: "avx",
  7: "avx2",
  1031: "avx2_vnni",
  39: "avx512_core",
  103: "avx512_core_vnni",
  231: "avx512_core_bf16",
  999: "avx512_core_amx",
};

// Offsets in dnnl_memory_desc_t: format_desc.blocking; in that: strides (12 int64), inner_nblks, inner_blks, inner_idxs.
const blockingOffset = 320;
const innerCountOffset = blockingOffset + 96;
const innerSizesOffset = blockingOffset + 104;
const innerAxesOffset = blockingOffset + 200;

function blocking(layout: Layout): Blocking {
  const view = new DataView((layout.owner as Uint8Array).buffer);
  const number = (offset: number): number => Number(view.getBigInt64(offset, true));
  return {
    strides: layout.dims.map((_, axis) => number(blockingOffset + 8 * axis)),
    blocks: Array.from({ length: view.getInt32(innerCountOffset, true) }, (_, i) => ({
      size: number(innerSizesOffset + 8 * i),
      axis: number(innerAxesOffset + 8 * i),
    })),
  };
}

export function adapter2(koffi: Koffi, library: NativeLibrary): Adapter {
  const bind = binder(library);
  const native = {
    descriptorByTag: bind("dnnl_memory_desc_init_by_tag", "pipii"),
    descriptorByStrides: bind("dnnl_memory_desc_init_by_strides", "pipip"),
    descriptorReshape: bind("dnnl_memory_desc_reshape", "ppip"),
    descriptorPart: bind("dnnl_memory_desc_init_submemory", "pppp"),
    descriptorEqual: bind("dnnl_memory_desc_equal", "pp"),
    descriptorSize: bind("dnnl_memory_desc_get_size", "p", "size_t"),
    convolutionForward: bind("dnnl_dilated_convolution_forward_desc_init", "piipppppppp"),
    convolutionBackwardData: bind("dnnl_dilated_convolution_backward_data_desc_init", "pippppppp"),
    convolutionBackwardWeights: bind("dnnl_dilated_convolution_backward_weights_desc_init", "pipppppppp"),
    deconvolutionForward: bind("dnnl_dilated_deconvolution_forward_desc_init", "piipppppppp"),
    deconvolutionBackwardData: bind("dnnl_dilated_deconvolution_backward_data_desc_init", "pippppppp"),
    deconvolutionBackwardWeights: bind("dnnl_dilated_deconvolution_backward_weights_desc_init", "pipppppppp"),
    innerProductForward: bind("dnnl_inner_product_forward_desc_init", "pipppp"),
    innerProductBackwardData: bind("dnnl_inner_product_backward_data_desc_init", "pppp"),
    innerProductBackwardWeights: bind("dnnl_inner_product_backward_weights_desc_init", "ppppp"),
    matmul: bind("dnnl_matmul_desc_init", "ppppp"),
    batchNormalizationForward: bind("dnnl_batch_normalization_forward_desc_init", "pipfu"),
    batchNormalizationBackward: bind("dnnl_batch_normalization_backward_desc_init", "pippfu"),
    poolingForward: bind("dnnl_pooling_v2_forward_desc_init", "piippppppp"),
    poolingBackward: bind("dnnl_pooling_v2_backward_desc_init", "pippppppp"),
    resamplingForward: bind("dnnl_resampling_forward_desc_init", "piippp"),
    resamplingBackward: bind("dnnl_resampling_backward_desc_init", "pippp"),
    softmaxForward: bind("dnnl_softmax_v2_forward_desc_init", "piippi"),
    softmaxBackward: bind("dnnl_softmax_v2_backward_desc_init", "pipppi"),
    eltwiseForward: bind("dnnl_eltwise_forward_desc_init", "piipff"),
    eltwiseBackward: bind("dnnl_eltwise_backward_desc_init", "pippff"),
    binary: bind("dnnl_binary_desc_init", "pippp"),
    reduction: bind("dnnl_reduction_desc_init", "pippff"),
    reorder: bind("dnnl_reorder_primitive_desc_create", "pppppp"),
    descriptorCreate: bind("dnnl_primitive_desc_create", "ppppp"),
    descriptorDestroy: bind("dnnl_primitive_desc_destroy", "p"),
    descriptorQueryLayout: bind("dnnl_primitive_desc_query_md", "pii", "void *"),
    descriptorQuery: bind("dnnl_primitive_desc_query", "piip"),
    primitiveCreate: bind("dnnl_primitive_create", "pp"),
    primitiveDestroy: bind("dnnl_primitive_destroy", "p"),
    attributesCreate: bind("dnnl_primitive_attr_create", "p"),
    attributesDestroy: bind("dnnl_primitive_attr_destroy", "p"),
    attributesSetPostOps: bind("dnnl_primitive_attr_set_post_ops", "pp"),
    attributesSetScales: bind("dnnl_primitive_attr_set_scales", "pinip"),
    postOpsCreate: bind("dnnl_post_ops_create", "p"),
    postOpsDestroy: bind("dnnl_post_ops_destroy", "p"),
    postOpsSum: bind("dnnl_post_ops_append_sum", "pf"),
    postOpsEltwise: bind("dnnl_post_ops_append_eltwise", "pfiff"),
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

  const layoutFrom = (dims: readonly number[], owner: Uint8Array): Layout => ({
    dims,
    owner,
    address: koffi.address(owner),
  });
  const describe = (dims: readonly number[], initialise: (descriptor: Uint8Array, rank: number) => unknown): Layout => {
    const descriptor = new Uint8Array(memoryDescriptorBytes);
    check(`memory of ${dims.join("×")}`, initialise(descriptor, dims.length));
    return layoutFrom(dims, descriptor);
  };

  const versionNumbers = new Int32Array(koffi.view(native.version() as bigint, 12).slice(0));
  const engine = handleFrom("engine", (out) => native.engineCreate(out, 1, 0));
  const stream = handleFrom("stream", (out) => native.streamCreate(out, engine, 1));
  const isa = Number(native.instructionSet());

  /** The operation descriptor of everything but a reorder. */
  function operationDescriptor(spec: Exclude<PrimitiveSpec, { kind: "reorder" }>): Uint8Array {
    const descriptor = new Uint8Array(operationDescriptorBytes);
    const status = (() => {
      switch (spec.kind) {
        case "convolution":
        case "deconvolution": {
          const { source, weights, bias, destination } = spec;
          const { strides, dilates, paddingBefore, paddingAfter } = spec.window;
          const window = [
            dimensions(strides),
            dimensions(dilates),
            dimensions(paddingBefore),
            dimensions(paddingAfter),
          ];
          const isConvolution = spec.kind === "convolution";
          const algorithm = isConvolution ? convolutionDirect : deconvolutionDirect;
          if (spec.pass === "backwardData") {
            const initialise = isConvolution ? native.convolutionBackwardData : native.deconvolutionBackwardData;
            return initialise(descriptor, algorithm, source.address, weights.address, destination.address, ...window);
          }
          const layouts = [source.address, weights.address, bias?.address ?? null, destination.address];
          if (spec.pass === "backwardWeights") {
            const initialise = isConvolution ? native.convolutionBackwardWeights : native.deconvolutionBackwardWeights;
            return initialise(descriptor, algorithm, ...layouts, ...window);
          }
          const initialise = isConvolution ? native.convolutionForward : native.deconvolutionForward;
          return initialise(descriptor, propagation[spec.pass], algorithm, ...layouts, ...window);
        }
        case "innerProduct": {
          const { source, weights, bias, destination } = spec;
          if (spec.pass === "backwardData") {
            return native.innerProductBackwardData(descriptor, source.address, weights.address, destination.address);
          }
          const layouts = [source.address, weights.address, bias?.address ?? null, destination.address];
          return spec.pass === "backwardWeights"
            ? native.innerProductBackwardWeights(descriptor, ...layouts)
            : native.innerProductForward(descriptor, propagation[spec.pass], ...layouts);
        }
        case "matmul":
          return native.matmul(descriptor, spec.source.address, spec.weights.address, null, spec.destination.address);
        case "batchNormalization": {
          const backward = spec.pass === "backward" || spec.pass === "backwardInference";
          const fixed = spec.pass === "forwardInference" || spec.pass === "backwardInference";
          const flags = useScaleAndShift | (fixed ? useGlobalStatistics : 0);
          return backward
            ? native.batchNormalizationBackward(
                descriptor,
                propagation.backward,
                (spec.gradient ?? spec.data).address,
                spec.data.address,
                spec.epsilon,
                flags,
              )
            : native.batchNormalizationForward(
                descriptor,
                spec.pass === "forwardInference" ? propagation.forwardInference : propagation.forwardTraining,
                spec.data.address,
                spec.epsilon,
                flags,
              );
        }
        case "maxPooling":
        case "averagePooling": {
          const algorithm = poolingAlgorithm(spec);
          const { strides, dilates, paddingBefore, paddingAfter } = spec.window;
          const window = [strides, spec.kernel, dilates, paddingBefore, paddingAfter].map(dimensions);
          const layouts = [spec.source.address, spec.destination.address];
          return spec.pass === "backward"
            ? native.poolingBackward(descriptor, algorithm, ...layouts, ...window)
            : native.poolingForward(descriptor, propagation[spec.pass], algorithm, ...layouts, ...window);
        }
        case "softmax": {
          const algorithm = softmax[spec.algorithm];
          const data = spec.data.address;
          const gradient = (spec.gradient ?? spec.data).address;
          return spec.pass === "backward"
            ? native.softmaxBackward(descriptor, algorithm, gradient, gradient, data, spec.axis)
            : native.softmaxForward(descriptor, propagation[spec.pass], algorithm, data, data, spec.axis);
        }
        case "nearestResampling": {
          const algorithm = resamplingNearest;
          const layouts = [spec.source.address, spec.destination.address];
          return spec.pass === "backward"
            ? native.resamplingBackward(descriptor, algorithm, null, ...layouts)
            : native.resamplingForward(descriptor, propagation[spec.pass], algorithm, null, ...layouts);
        }
        case "eltwise": {
          const algorithm = eltwise[spec.algorithm];
          return spec.pass === "backward"
            ? native.eltwiseBackward(
                descriptor,
                algorithm,
                (spec.gradient ?? spec.data).address,
                spec.data.address,
                spec.alpha,
                spec.beta,
              )
            : native.eltwiseForward(
                descriptor,
                propagation[spec.pass],
                algorithm,
                spec.data.address,
                spec.alpha,
                spec.beta,
              );
        }
        case "binary":
          return native.binary(
            descriptor,
            binary[spec.algorithm],
            spec.source.address,
            spec.source1.address,
            spec.destination.address,
          );
        case "reduction":
          return native.reduction(descriptor, reductionSum, spec.source.address, spec.destination.address, 0, 0);
      }
    })();
    check(spec.kind, status);
    return descriptor;
  }

  /** Makes the attributes, hands them to `use`, and gives them back. */
  function withAttributes<Result>(attributes: PrimitiveAttributes, use: (handle: bigint | null) => Result): Result {
    const { postOps = [], sourceScales } = attributes;
    if (postOps.length === 0 && sourceScales === undefined) return use(null);
    const handle = handleFrom("attributes", native.attributesCreate);
    try {
      if (sourceScales !== undefined) {
        sourceScales.forEach((scale, i) => {
          const argument = i === 0 ? argumentCodes.source : argumentCodes.source1;
          check("scales", native.attributesSetScales(handle, argument, 1, 0, new Float32Array([scale])));
        });
      }
      if (postOps.length > 0) {
        const chain = handleFrom("post-ops", native.postOpsCreate);
        try {
          for (const postOp of postOps) {
            if (postOp.kind === "sum") check("sum post-op", native.postOpsSum(chain, postOp.scale));
            else if (postOp.kind === "binary") {
              check("binary post-op", native.postOpsBinary(chain, binary[postOp.algorithm], postOp.layout.address));
            } else {
              const { algorithm, alpha, beta } = postOp;
              check("eltwise post-op", native.postOpsEltwise(chain, 1, eltwise[algorithm], alpha, beta));
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

  function createPrimitive(spec: PrimitiveSpec, attributes: PrimitiveAttributes = {}): Primitive {
    const descriptor = withAttributes(attributes, (attributesHandle) =>
      handleFrom(spec.kind, (out) => {
        if (spec.kind === "reorder") {
          return native.reorder(out, spec.source.address, engine, spec.destination.address, engine, attributesHandle);
        }
        const hint = "hint" in spec ? (spec.hint?.descriptor ?? null) : null;
        return native.descriptorCreate(out, operationDescriptor(spec), attributesHandle, engine, hint);
      }),
    );
    // Made when first executed: a forward primitive that only guides a backward one is never compiled.
    let handle: bigint | undefined;
    let alive = true;
    return {
      get handle() {
        handle ??= handleFrom(spec.kind, (out) => native.primitiveCreate(out, descriptor));
        return handle;
      },
      descriptor,
      fixedArguments: [],
      get implementation() {
        const name = handleFrom("implementation name", (out) =>
          native.descriptorQuery(descriptor, queryImplementation, 0, out),
        );
        return koffi.decode(name, "char", -1) as string;
      },
      layoutOf(argument) {
        const address = native.descriptorQueryLayout(descriptor, queries[argument], 0) as bigint;
        if (!address) throw new InternalError(`${spec.kind} has no ${argument}`);
        // A copy, since the descriptor may be destroyed before the layout is done with.
        const owner = new Uint8Array(koffi.view(address, memoryDescriptorBytes).slice(0));
        const view = new DataView(owner.buffer);
        const rank = view.getInt32(0, true);
        const dims = Array.from({ length: rank }, (_, axis) => Number(view.getBigInt64(8 + 8 * axis, true)));
        return layoutFrom(dims, owner);
      },
      dispose() {
        if (!alive) return;
        alive = false;
        if (handle !== undefined) native.primitiveDestroy(handle);
        native.descriptorDestroy(descriptor);
      },
    };
  }

  const execute = native.execute as (primitive: bigint, stream: bigint, count: number, list: bigint) => number;
  const adapter: Adapter = {
    version: versionNumbers.slice(0, 3).join("."),
    instructionSet: instructionSets[isa] ?? `0x${isa.toString(16)}`,
    // Descriptors are JavaScript's own memory here, so layouts need no giving back.
    scoped: () => adapter,
    release: () => {},
    batchNormalizationBackwardTakesShift: true,
    plain: (dims) =>
      describe(dims, (descriptor, rank) =>
        native.descriptorByTag(descriptor, rank, dimensions(dims), float32, rowMajorTags[rank] ?? 0),
      ),
    strided: (dims, strides) =>
      describe(dims, (descriptor, rank) =>
        native.descriptorByStrides(descriptor, rank, dimensions(dims), float32, dimensions(strides)),
      ),
    part: (layout, dims, starts) =>
      describe(dims, (descriptor) =>
        native.descriptorPart(descriptor, layout.address, dimensions(dims), dimensions(starts)),
      ),
    any: (dims) =>
      describe(dims, (descriptor, rank) =>
        native.descriptorByTag(descriptor, rank, dimensions(dims), float32, formatAny),
      ),
    sameLayout: (a, b) => a === b || native.descriptorEqual(a.address, b.address) !== 0,
    bytesOf: (layout) => Number(native.descriptorSize(layout.address)),
    batchNormalizationLayout: (layout) => layout,
    describeLayout: (layout) => layoutText(layout.dims, blocking(layout)),
    channelBlocks(dims, layout) {
      const [first, ...more] = blocking(layout).blocks;
      const tag =
        first !== undefined && first.axis === 1 && more.length === 0 ? channelBlockTags[first.size] : undefined;
      return describe(dims, (descriptor, rank) =>
        native.descriptorByTag(descriptor, rank, dimensions(dims), float32, tag ?? rowMajorTags[rank] ?? 0),
      );
    },
    reshaped(layout, dims) {
      const descriptor = new Uint8Array(memoryDescriptorBytes);
      const status = native.descriptorReshape(descriptor, layout.address, dims.length, dimensions(dims));
      return status === 0 ? layoutFrom(dims, descriptor) : undefined;
    },
    createPrimitive,
    createMemory: (layout, address) =>
      handleFrom("memory", (out) => native.memoryCreate(out, layout.address, engine, address)),
    setMemoryAddress: (memory, address) => check("memory address", native.memorySet(memory, address)),
    destroyMemory: (memory) => void native.memoryDestroy(memory),
    argumentCode: argumentCoder(postOpBase),
    execute: (primitive, count, list) => execute(primitive, stream, count, list),
  };
  return adapter;
}
