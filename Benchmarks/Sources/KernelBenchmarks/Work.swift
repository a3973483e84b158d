/// What a call has to do, whatever the code looks like. The machine's limits turn it into the least time that it can
/// take.
struct Work {
  /// Fused multiply-adds of matrix products, in floats.
  var multiplyAdds = 0.0
  /// Other operations on vectors, in floats. Each takes as long as a multiply-add.
  var operations = 0.0
  /// Calls of `exactExp`, in floats.
  var exponentials = 0.0
  /// Divisions and square roots, in floats.
  var divisions = 0.0
  /// Additions that wait for each other.
  var chainedAdditions = 0.0
  /// Multiplications of integers.
  var multiplications = 0.0
  var traffic: Traffic?
}

/// What a call must read from memory and write to it, each float once.
struct Traffic {
  enum Pattern: String, CaseIterable {
    case read
    /// Reads one buffer and writes another.
    case copy
    /// Writes the buffer that it has read.
    case update
  }

  let bytes: Double
  let pattern: Pattern
  /// Bytes that repeated calls go through. They decide in which cache the data lies.
  let workingSet: Double

  init(floats: Int, _ pattern: Pattern, workingSet: Int? = nil) {
    bytes = Double(4 * floats)
    self.pattern = pattern
    self.workingSet = Double(4 * (workingSet ?? floats))
  }
}

/// A level of memory that data can lie in.
enum MemoryLevel: String, CaseIterable {
  case l1 = "L1"
  case l2 = "L2"
  case l3 = "L3"
  case dram = "DRAM"

  /// The bytes of all buffers with which it is measured. The floats of each buffer are a multiple of 256.
  var measuredBytes: Int {
    switch self {
    case .l1: 24 << 10
    case .l2: 1 << 20
    case .l3: 24 << 20
    case .dram: 512 << 20
    }
  }

  /// The level in which a working set lies on a core with 48 KiB, 2 MiB and a large shared cache.
  init(workingSet: Double) {
    switch workingSet {
    case ...40e3: self = .l1
    case ...1.8e6: self = .l2
    case ...64e6: self = .l3
    default: self = .dram
    }
  }
}
