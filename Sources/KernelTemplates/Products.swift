// The three products of a dense layer of `inputs` K and `outputs` N on m samples, over weights in
// panels (see ``KernelTable``):
//
//   forward          z[m, N]      = activation(bias + x[m, K] · W[K, N])     chains over K
//   input gradient   dx[m, K]     = dz[m, N] · Wᵀ[N, K]                       chains over N
//   weight gradient  dW[K, N]     = xᵀ[K, m] · dz[m, N]                       chains over m
//
// A long chain is cut into blocks, between which its sums rest in memory: the panel of a block
// then stays in half of the L1 cache while it is used for all rows.

/// The size of a panel's block in floats: 16 KiB, half of a 32 KiB L1 cache.
@_alwaysEmitIntoClient @inline(__always)
var blockFloats: Int { 4096 }

/// The chain's elements in a block, so that blocks are of nearly equal length.
@_alwaysEmitIntoClient @inline(__always)
func blockDepth(of depth: Int, panelWidth: Int) -> Int {
  let largest = blockFloats / panelWidth
  let blocks = (depth &+ largest &- 1) / largest
  return blocks <= 1 ? depth : (depth &+ blocks &- 1) / blocks
}

// MARK: Forward

@frozen @usableFromInline
struct ForwardTile<ISA: InstructionSet>: TileBody {
  @usableFromInline let x: UnsafePointer<Float>
  @usableFromInline let xStride: Int
  @usableFromInline let panel: UnsafePointer<Float>
  @usableFromInline let bias: UnsafePointer<Float>
  @usableFromInline let z: UnsafeMutablePointer<Float>
  @usableFromInline let zStride: Int
  @usableFromInline let depth: Int
  @usableFromInline let isFirstBlock: Bool
  @usableFromInline let rectifies: Bool

  @_alwaysEmitIntoClient @inline(__always)
  init(
    x: UnsafePointer<Float>, xStride: Int, panel: UnsafePointer<Float>,
    bias: UnsafePointer<Float>, z: UnsafeMutablePointer<Float>, zStride: Int, depth: Int,
    isFirstBlock: Bool, rectifies: Bool
  ) {
    self.x = x
    self.xStride = xStride
    self.panel = panel
    self.bias = bias
    self.z = z
    self.zStride = zStride
    self.depth = depth
    self.isFirstBlock = isFirstBlock
    self.rectifies = rectifies
  }

  @_alwaysEmitIntoClient @inline(__always) @usableFromInline
  func run<let rows: Int>(row: Int, zeros: InlineArray<rows, ISA.Vector>) {
    var low = zeros
    var high = zeros
    let target = z + row &* zStride
    loadTile(
      ISA.self, low: &low, high: &high, from: isFirstBlock ? bias : UnsafePointer(target),
      rowStride: isFirstBlock ? 0 : zStride)
    accumulate(
      ISA.self, low: &low, high: &high, depth: depth, a: x + row &* xStride, rowStride: xStride,
      depthStride: 1, b: panel)
    if rectifies {
      var r = 0
      while r < rows {
        low[unchecked: r] = rectified(low[unchecked: r])
        high[unchecked: r] = rectified(high[unchecked: r])
        r &+= 1
      }
    }
    storeTile(ISA.self, low: low, high: high, to: target, rowStride: zStride)
  }

  /// max(0, v), and not-a-number where v is: a diverged run must not look healthy.
  @_alwaysEmitIntoClient @inline(__always)
  func rectified(_ vector: ISA.Vector) -> ISA.Vector {
    vector.replacing(with: ISA.Vector.zero, where: vector .< ISA.Vector.zero)
  }
}

/// See ``KernelTable/forward``.
@_alwaysEmitIntoClient @inline(__always)
public func forward<I: InstructionSet>(
  _: I.Type, rows: Int, inputs: Int, panels: Int, x: UnsafePointer<Float>, xStride: Int,
  weights: UnsafePointer<Float>, bias: UnsafePointer<Float>, z: UnsafeMutablePointer<Float>,
  zStride: Int, rectifies: Bool
) {
  let width = I.panelWidth
  let block = blockDepth(of: inputs, panelWidth: width)
  var p = 0
  while p < panels {
    var k = 0
    repeat {
      let depth = min(block, inputs &- k)
      forEachTile(
        rows: rows,
        ForwardTile<I>(
          x: x + k, xStride: xStride, panel: weights + (p &* inputs &+ k) &* width,
          bias: bias + p &* width, z: z + p &* width, zStride: zStride, depth: depth,
          isFirstBlock: k == 0, rectifies: rectifies && k &+ depth == inputs))
      k &+= depth
    } while k < inputs
    p &+= 1
  }
}

// MARK: Input gradient

@frozen @usableFromInline
struct InputGradientTile<ISA: InstructionSet>: TileBody {
  @usableFromInline let weights: UnsafePointer<Float>
  @usableFromInline let inputs: Int
  @usableFromInline let delta: UnsafePointer<Float>
  @usableFromInline let gradient: UnsafeMutablePointer<Float>
  @usableFromInline let firstOutput: Int
  @usableFromInline let endOutput: Int

  @_alwaysEmitIntoClient @inline(__always)
  init(
    weights: UnsafePointer<Float>, inputs: Int, delta: UnsafePointer<Float>,
    gradient: UnsafeMutablePointer<Float>, firstOutput: Int, endOutput: Int
  ) {
    self.weights = weights
    self.inputs = inputs
    self.delta = delta
    self.gradient = gradient
    self.firstOutput = firstOutput
    self.endOutput = endOutput
  }

  @_alwaysEmitIntoClient @inline(__always) @usableFromInline
  func run<let rows: Int>(row: Int, zeros: InlineArray<rows, ISA.Vector>) {
    var low = zeros
    var high = zeros
    let width = ISA.panelWidth
    let target = gradient + row &* width
    if firstOutput > 0 {
      loadTile(
        ISA.self, low: &low, high: &high, from: UnsafePointer(target), rowStride: width)
    }
    var n = firstOutput
    while n < endOutput {
      let depth = min(width, endOutput &- n)
      accumulate(
        ISA.self, low: &low, high: &high, depth: depth, a: weights + n &* inputs + row &* width,
        rowStride: width, depthStride: 1, b: delta + n &* width)
      n &+= width
    }
    storeTile(ISA.self, low: low, high: high, to: target, rowStride: width)
  }
}

/// See ``KernelTable/inputGradient``.
@_alwaysEmitIntoClient @inline(__always)
public func inputGradient<I: InstructionSet>(
  _: I.Type, groups: Int, inputs: Int, outputs: Int, delta: UnsafePointer<Float>,
  weights: UnsafePointer<Float>, gradient: UnsafeMutablePointer<Float>
) {
  let width = I.panelWidth
  // Whole panels in a block; the panel of this product is the samples' deltas.
  let block = (blockFloats / width / width) &* width
  var n = 0
  while n < outputs {
    let end = min(n &+ block, outputs)
    // Rows of tiles inside groups of samples: the weights of a tile are read once from afar.
    var k = 0
    while k < inputs {
      let rows = min(I.tileRows, inputs &- k)
      var group = 0
      while group < groups {
        forEachTile(
          rows: rows,
          InputGradientTile<I>(
            weights: weights + k &* width, inputs: inputs,
            delta: delta + group &* outputs &* width,
            gradient: gradient + (group &* inputs &+ k) &* width, firstOutput: n, endOutput: end))
        group &+= 1
      }
      k &+= rows
    }
    n = end
  }
}

// MARK: Weight gradient

@frozen @usableFromInline
struct WeightGradientTile<ISA: InstructionSet>: TileBody {
  @usableFromInline let x: UnsafePointer<Float>
  @usableFromInline let xStride: Int
  @usableFromInline let delta: UnsafePointer<Float>
  @usableFromInline let gradient: UnsafeMutablePointer<Float>
  @usableFromInline let samples: Int
  @usableFromInline let isFirstBlock: Bool

  @_alwaysEmitIntoClient @inline(__always)
  init(
    x: UnsafePointer<Float>, xStride: Int, delta: UnsafePointer<Float>,
    gradient: UnsafeMutablePointer<Float>, samples: Int, isFirstBlock: Bool
  ) {
    self.x = x
    self.xStride = xStride
    self.delta = delta
    self.gradient = gradient
    self.samples = samples
    self.isFirstBlock = isFirstBlock
  }

  @_alwaysEmitIntoClient @inline(__always) @usableFromInline
  func run<let rows: Int>(row: Int, zeros: InlineArray<rows, ISA.Vector>) {
    var low = zeros
    var high = zeros
    let width = ISA.panelWidth
    let target = gradient + row &* width
    if !isFirstBlock {
      loadTile(
        ISA.self, low: &low, high: &high, from: UnsafePointer(target), rowStride: width)
    }
    accumulate(
      ISA.self, low: &low, high: &high, depth: samples, a: x + row, rowStride: 1,
      depthStride: xStride, b: delta)
    storeTile(ISA.self, low: low, high: high, to: target, rowStride: width)
  }
}

/// See ``KernelTable/weightGradient``.
@_alwaysEmitIntoClient @inline(__always)
public func weightGradient<I: InstructionSet>(
  _: I.Type, samples: Int, inputs: Int, x: UnsafePointer<Float>, xStride: Int,
  delta: UnsafePointer<Float>, gradient: UnsafeMutablePointer<Float>
) {
  let width = I.panelWidth
  let block = blockDepth(of: samples, panelWidth: width)
  var m = 0
  repeat {
    let depth = min(block, samples &- m)
    forEachTile(
      rows: inputs,
      WeightGradientTile<I>(
        x: x + m &* xStride, xStride: xStride, delta: delta + m &* width, gradient: gradient,
        samples: depth, isFirstBlock: m == 0))
    m &+= depth
  } while m < samples
}

/// See ``KernelTable/biasGradient``.
@_alwaysEmitIntoClient @inline(__always)
public func biasGradient<I: InstructionSet>(
  _: I.Type, samples: Int, delta: UnsafePointer<Float>, gradient: UnsafeMutablePointer<Float>
) {
  var low = I.Vector.zero
  var high = I.Vector.zero
  var delta = delta
  var m = 0
  while m < samples {
    low += I.load(delta)
    high += I.load(delta + I.lanes)
    delta += I.panelWidth
    m &+= 1
  }
  I.store(low, to: gradient)
  I.store(high, to: gradient + I.lanes)
}
