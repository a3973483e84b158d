/// What this machine does at best, per second on one core, as measured in this run.
struct Limits {
  var multiplyAdds = 0.0
  var exponentials = 0.0
  var divisions = 0.0
  var chainedAdditions = 0.0
  var multiplications = 0.0
  /// Bytes a second, by level and pattern.
  var bandwidth: [String: Double] = [:]

  static func key(_ level: MemoryLevel, _ pattern: Traffic.Pattern) -> String {
    "\(level.rawValue) \(pattern.rawValue)"
  }

  /// Name and rate of each, in units of 10^9 a second.
  var all: [(name: String, rate: Double, unit: String)] {
    let memory = MemoryLevel.allCases.flatMap { level in Traffic.Pattern.allCases.map { Self.key(level, $0) } }
    return [
      ("multiply-adds (FMA)", 2e-9 * multiplyAdds, "GFLOP/s"), ("exponentials (exp)", 1e-9 * exponentials, "G/s"),
      ("divisions", 1e-9 * divisions, "G/s"), ("additions in a chain", 1e-9 * chainedAdditions, "G/s"),
      ("whole multiplications", 1e-9 * multiplications, "G/s"),
    ] + memory.map { ($0, 1e-9 * (bandwidth[$0] ?? 0), "GB/s") }
  }

  /// The better of two measurements.
  func best(_ other: Limits) -> Limits {
    Limits(
      multiplyAdds: max(multiplyAdds, other.multiplyAdds), exponentials: max(exponentials, other.exponentials),
      divisions: max(divisions, other.divisions), chainedAdditions: max(chainedAdditions, other.chainedAdditions),
      multiplications: max(multiplications, other.multiplications),
      bandwidth: bandwidth.merging(other.bandwidth) { max($0, $1) })
  }

  /// What limits a call, and how long the call then takes.
  struct Bound {
    /// The name in the table, such as `FMA` or `L2 copy`.
    let name: String
    let seconds: Double
    /// What is counted for the rate, and the unit of the rate: 10^9 of them a second.
    let amount: Double
    let unit: String
  }

  /// The bound of parts that run one after the other: the sum of their own bounds.
  func bound(_ parts: [Work]) -> Bound {
    if parts.count == 1 { return bound(parts[0]) }
    let seconds = parts.reduce(0) { $0 + bound($1).seconds }
    let multiplyAdds = parts.reduce(0) { $0 + $1.multiplyAdds }
    // Where the parts have no unit in common, the rate is that of calls.
    if multiplyAdds == 0 { return Bound(name: "its parts", seconds: seconds, amount: 1e9, unit: "/s") }
    return Bound(name: "its parts", seconds: seconds, amount: 2 * multiplyAdds, unit: "GFLOP/s")
  }

  /// The bound of the slowest of the units that work side by side. Multiply-adds, other vector operations and
  /// exponentials share their ports, so their times add up. Divisions, memory and chains of additions run beside them.
  func bound(_ work: Work) -> Bound {
    let products = work.multiplyAdds / multiplyAdds
    let operations = work.operations / multiplyAdds
    let functions = work.exponentials / exponentials
    let arithmetic = products + operations + functions
    var bounds = [arithmeticBound(work, arithmetic, products, operations, functions)]
    func add(_ name: String, _ amount: Double, _ rate: Double, _ unit: String) {
      bounds.append(Bound(name: name, seconds: amount / rate, amount: amount, unit: unit))
    }
    add("division", work.divisions, divisions, "G/s")
    add("add chain", work.chainedAdditions, chainedAdditions, "G/s")
    add("multiply", work.multiplications, multiplications, "G/s")
    if let traffic = work.traffic {
      let name = Self.key(MemoryLevel(workingSet: traffic.workingSet), traffic.pattern)
      add(name, traffic.bytes, bandwidth[name] ?? .infinity, "GB/s")
    }
    return bounds.max { $0.seconds < $1.seconds } ?? bounds[0]
  }

  private func arithmeticBound(
    _ work: Work, _ seconds: Double, _ products: Double, _ operations: Double, _ functions: Double
  ) -> Bound {
    if products >= max(operations, functions) {
      let name = functions > 0 ? "FMA + exp" : "FMA"
      return Bound(name: name, seconds: seconds, amount: 2 * work.multiplyAdds, unit: "GFLOP/s")
    }
    if functions >= operations {
      return Bound(name: "exp", seconds: seconds, amount: work.exponentials, unit: "G/s")
    }
    return Bound(name: "vector", seconds: seconds, amount: work.operations, unit: "G/s")
  }
}
