import CPUFeatures

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

/// The links of a chain in one block: whole words of a mask where there is one, otherwise so that
/// blocks are of nearly equal length.
@_alwaysEmitIntoClient @inline(__always)
func blockDepth(of depth: Int, width: Int, isMasked: Bool) -> Int {
  let largest = blockFloats / width
  if isMasked { return max(64, largest / 64 &* 64) }
  let blocks = (depth &+ largest &- 1) / largest
  return blocks <= 1 ? depth : (depth &+ blocks &- 1) / blocks
}

/// Asks for the cache lines of `count` floats for writing. A few lines at a time, long before they
/// are written: more than about ten requests on the way make the processor wait.
@_alwaysEmitIntoClient @inline(__always)
func prefetchForWriting(_ address: UnsafePointer<Float>, count: Int) {
  var i = 0
  while i < count {
    cpu_features_prefetch_for_writing(address + i)
    i &+= 16
  }
}

/// The block of weights after the one at work: each tile asks for its part of it, so that the
/// first tile of the next block does not wait for main memory.
///
/// Measured on two cores with AVX2, products of 64 rows: 2500 × 2000 83 → 91 GFLOP/s, 2000 × 1500
/// 79 → 91, 1500 × 1000 80 → 91 of a peak of 103; layers that fit the L2 cache get slower by the
/// instructions.
@frozen @usableFromInline
struct NextBlock {
  @usableFromInline let address: UnsafePointer<Float>
  /// Floats that a row of a tile asks for; none where the layer's weights are small.
  @usableFromInline let floatsPerRow: Int

  /// Floats of a layer's weights from which on they are taken to come from main memory: 2 MiB.
  @_alwaysEmitIntoClient @inline(__always)
  static var leastWeights: Int { 1 &<< 19 }

  /// - Parameter count: Floats in the block.
  @_alwaysEmitIntoClient @inline(__always)
  init(_ address: UnsafePointer<Float>, count: Int, rows: Int, weights: Int) {
    self.address = address
    // Whole cache lines, and at most sixteen for a row: few rows read faster than they ask.
    floatsPerRow =
      weights < Self.leastWeights ? 0 : min(256, ((count &+ rows &- 1) / rows &+ 15) & ~15)
  }

  @_alwaysEmitIntoClient @inline(__always)
  func prefetch(row: Int, rows: Int) {
    let end = (row &+ rows) &* floatsPerRow
    var i = row &* floatsPerRow
    while i < end {
      cpu_features_prefetch_far(address + i)
      i &+= 16
    }
  }
}

// MARK: Forward

@frozen @usableFromInline
struct ForwardTile<ISA: InstructionSet, X: Factors>: TileBody {
  @usableFromInline var x: X
  @usableFromInline var xStride: Int
  @usableFromInline var masks: UnsafePointer<UInt64>?
  @usableFromInline var maskStride: Int
  @usableFromInline var panel: UnsafePointer<Float>
  @usableFromInline var bias: UnsafePointer<Float>
  @usableFromInline var z: UnsafeMutablePointer<Float>
  @usableFromInline var zStride: Int
  @usableFromInline var depth: Int
  @usableFromInline var next: NextBlock
  @usableFromInline var isFirstBlock: Bool
  @usableFromInline var rectifies: Bool

  @_alwaysEmitIntoClient @inline(__always)
  init(
    x: X, xStride: Int, masks: UnsafePointer<UInt64>?, maskStride: Int,
    panel: UnsafePointer<Float>, bias: UnsafePointer<Float>, z: UnsafeMutablePointer<Float>,
    zStride: Int, depth: Int, next: NextBlock, isFirstBlock: Bool, rectifies: Bool
  ) {
    self.x = x
    self.xStride = xStride
    self.masks = masks
    self.maskStride = maskStride
    self.panel = panel
    self.bias = bias
    self.z = z
    self.zStride = zStride
    self.depth = depth
    self.next = next
    self.isFirstBlock = isFirstBlock
    self.rectifies = rectifies
  }

  @_alwaysEmitIntoClient @inline(__always) @usableFromInline
  func run<let rows: Int, let columns: Int>(row: Int, zeros: Tile<rows, columns, ISA.Vector>) {
    var sums = zeros
    let target = z + row &* zStride
    next.prefetch(row: row, rows: rows)
    loadTile(
      ISA.self, &sums, from: isFirstBlock ? bias : UnsafePointer(target),
      rowStride: isFirstBlock ? 0 : zStride)
    if let masks {
      accumulateNonzero(
        ISA.self, &sums, depth: depth, a: x.advanced(by: row &* xStride), rowStride: xStride,
        depthStride: 1,
        b: panel, masks: masks + row &* maskStride, maskStride: maskStride)
    } else {
      accumulate(
        ISA.self, &sums, depth: depth, a: x.advanced(by: row &* xStride), rowStride: xStride,
        depthStride: 1,
        b: panel)
    }
    storeTile(ISA.self, sums, to: target, rowStride: zStride)
    if rectifies {
      var r = 0
      while r < rows {
        rectify(target + r &* zStride, count: columns &* ISA.lanes)
        r &+= 1
      }
    }
  }

  /// max(0, z), and not-a-number where z is: a diverged run must not look healthy.
  ///
  /// A plain loop over what was just stored, because the compiler makes vector code of it; of a
  /// comparison of vectors it makes a loop over their elements, which took a fifth of the step.
  @_alwaysEmitIntoClient @inline(__always)
  func rectify(_ z: UnsafeMutablePointer<Float>, count: Int) {
    var i = 0
    while i < count {
      z[i] = z[i] < 0 ? 0 : z[i]
      i &+= 1
    }
  }
}

/// See ``KernelTable/forward`` and ``KernelTable/forwardPixels``.
@_alwaysEmitIntoClient @inline(__always)
public func forward<I: InstructionSet, X: Factors>(
  _: I.Type, rows: Int, inputs: Int, outputs: Int, x: X, xStride: Int,
  masks: UnsafePointer<UInt64>?, maskStride: Int, weights: UnsafePointer<Float>,
  bias: UnsafePointer<Float>, z: UnsafeMutablePointer<Float>, zStride: Int, rectifies: Bool
) {
  let end = I.padded(outputs)
  var n = 0
  while n < end {
    let width = min(I.panelWidth, end &- n)
    let block = blockDepth(of: inputs, width: width, isMasked: masks != nil)
    var k = 0
    repeat {
      let depth = min(block, inputs &- k)
      I.forEachTile(
        rows: rows, columns: width / I.lanes,
        ForwardTile<I, X>(
          x: x.advanced(by: k), xStride: xStride, masks: masks.map { $0 + k / 64 },
          maskStride: maskStride,
          panel: weights + (n &* inputs &+ k &* width), bias: bias + n, z: z + n,
          zStride: zStride, depth: depth,
          next: NextBlock(
            weights + (n &* inputs &+ (k &+ depth) &* width), count: depth &* width, rows: rows,
            weights: inputs &* outputs),
          isFirstBlock: k == 0,
          rectifies: rectifies && k &+ depth == inputs))
      k &+= depth
    } while k < inputs
    n &+= width
  }
}

// MARK: Input gradient

@frozen @usableFromInline
struct InputGradientTile<ISA: InstructionSet>: TileBody {
  /// The weights of the first row of the first panel.
  @usableFromInline var weights: UnsafePointer<Float>
  @usableFromInline var inputs: Int
  @usableFromInline var outputs: Int
  @usableFromInline var firstRow: Int
  @usableFromInline var delta: UnsafePointer<Float>
  @usableFromInline var gradient: UnsafeMutablePointer<Float>
  @usableFromInline var block: Range<Int>

  @_alwaysEmitIntoClient @inline(__always)
  init(
    weights: UnsafePointer<Float>, inputs: Int, outputs: Int, firstRow: Int,
    delta: UnsafePointer<Float>, gradient: UnsafeMutablePointer<Float>, block: Range<Int>
  ) {
    self.weights = weights
    self.inputs = inputs
    self.outputs = outputs
    self.firstRow = firstRow
    self.delta = delta
    self.gradient = gradient
    self.block = block
  }

  @_alwaysEmitIntoClient @inline(__always) @usableFromInline
  func run<let rows: Int, let columns: Int>(row: Int, zeros: Tile<rows, columns, ISA.Vector>) {
    var sums = zeros
    let groupWidth = columns &* ISA.lanes
    let target = gradient + (firstRow &+ row) &* groupWidth
    if block.lowerBound > 0 {
      loadTile(ISA.self, &sums, from: UnsafePointer(target), rowStride: groupWidth)
    }
    let end = ISA.padded(outputs)
    var n = block.lowerBound
    while n < block.upperBound {
      let width = min(ISA.panelWidth, end &- n)
      accumulate(
        ISA.self, &sums, depth: min(width, block.upperBound &- n),
        a: FloatFactors(weights + (n &* inputs &+ (firstRow &+ row) &* width)), rowStride: width,
        depthStride: 1, b: delta + n &* groupWidth)
      n &+= width
    }
    storeTile(ISA.self, sums, to: target, rowStride: groupWidth)
  }
}

/// See ``KernelTable/inputGradient``.
@_alwaysEmitIntoClient @inline(__always)
public func inputGradient<I: InstructionSet>(
  _: I.Type, samples: Int, inputs: Int, outputs: Int, delta: UnsafePointer<Float>,
  weights: UnsafePointer<Float>, gradient: UnsafeMutablePointer<Float>
) {
  let end = I.padded(samples)
  // Whole panels of weights in a block; the panel of this product is a group's deltas.
  let block = max(1, blockFloats / I.panelWidth / I.panelWidth) &* I.panelWidth
  // Rows whose weights stay in the L1 cache while all groups of samples use them.
  let chunk = 24
  var n = 0
  while n < outputs {
    let range = Range(uncheckedBounds: (n, min(n &+ block, outputs)))
    var k = 0
    while k < inputs {
      var first = 0
      while first < end {
        let width = min(I.panelWidth, end &- first)
        I.forEachTile(
          rows: min(chunk, inputs &- k), columns: width / I.lanes,
          InputGradientTile<I>(
            weights: weights, inputs: inputs, outputs: outputs, firstRow: k,
            delta: delta + first &* outputs, gradient: gradient + first &* inputs, block: range))
        first &+= width
      }
      k &+= chunk
    }
    n &+= block
  }
}

// MARK: Weight gradient

@frozen @usableFromInline
struct WeightGradientTile<ISA: InstructionSet, X: Factors>: TileBody {
  @usableFromInline var x: X
  @usableFromInline var xStride: Int
  @usableFromInline var masks: UnsafePointer<UInt64>?
  @usableFromInline var maskStride: Int
  @usableFromInline var delta: UnsafePointer<Float>
  @usableFromInline var gradient: UnsafeMutablePointer<Float>
  @usableFromInline var updated: UnsafePointer<Float>
  @usableFromInline var samples: Int
  @usableFromInline var isFirstBlock: Bool

  @_alwaysEmitIntoClient @inline(__always)
  init(
    x: X, xStride: Int, masks: UnsafePointer<UInt64>?, maskStride: Int,
    delta: UnsafePointer<Float>, gradient: UnsafeMutablePointer<Float>,
    updated: UnsafePointer<Float>, samples: Int, isFirstBlock: Bool
  ) {
    self.x = x
    self.xStride = xStride
    self.masks = masks
    self.maskStride = maskStride
    self.delta = delta
    self.gradient = gradient
    self.updated = updated
    self.samples = samples
    self.isFirstBlock = isFirstBlock
  }

  @_alwaysEmitIntoClient @inline(__always) @usableFromInline
  func run<let rows: Int, let columns: Int>(row: Int, zeros: Tile<rows, columns, ISA.Vector>) {
    var sums = zeros
    let width = columns &* ISA.lanes
    let target = gradient + row &* width
    if isFirstBlock {
      prefetchForWriting(updated + row &* width, count: rows &* width)
    } else {
      loadTile(ISA.self, &sums, from: UnsafePointer(target), rowStride: width)
    }
    if let masks {
      accumulateNonzero(
        ISA.self, &sums, depth: samples, a: x.advanced(by: row), rowStride: 1, depthStride: xStride,
        b: delta,
        masks: masks + row &* maskStride, maskStride: maskStride)
    } else {
      accumulate(
        ISA.self, &sums, depth: samples, a: x.advanced(by: row), rowStride: 1, depthStride: xStride,
        b: delta)
    }
    storeTile(ISA.self, sums, to: target, rowStride: width)
  }
}

/// See ``KernelTable/weightGradient`` and ``KernelTable/weightGradientOfPixels``.
@_alwaysEmitIntoClient @inline(__always)
public func weightGradient<I: InstructionSet, X: Factors>(
  _: I.Type, samples: Int, inputs: Int, width: Int, x: X, xStride: Int,
  masks: UnsafePointer<UInt64>?, maskStride: Int, delta: UnsafePointer<Float>,
  gradient: UnsafeMutablePointer<Float>, updated: UnsafePointer<Float>
) {
  let block = blockDepth(of: samples, width: width, isMasked: masks != nil)
  var m = 0
  repeat {
    let depth = min(block, samples &- m)
    I.forEachTile(
      rows: inputs, columns: width / I.lanes,
      WeightGradientTile<I, X>(
        x: x.advanced(by: m &* xStride), xStride: xStride, masks: masks.map { $0 + m / 64 },
        maskStride: maskStride, delta: delta + m &* width, gradient: gradient, updated: updated,
        samples: depth, isFirstBlock: m == 0))
    m &+= depth
  } while m < samples
}

/// See ``KernelTable/biasGradient``.
@_alwaysEmitIntoClient @inline(__always)
public func biasGradient<I: InstructionSet>(
  _: I.Type, samples: Int, width: Int, delta: UnsafePointer<Float>,
  gradient: UnsafeMutablePointer<Float>
) {
  var n = 0
  while n < width {
    var sum = I.Vector.zero
    var m = 0
    while m < samples {
      sum += I.load(delta + (m &* width &+ n))
      m &+= 1
    }
    I.store(sum, to: gradient + n)
    n &+= I.lanes
  }
}
