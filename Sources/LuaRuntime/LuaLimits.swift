import SwerveText

/// What a script may use up. Reaching a limit ends the state for good: the script can't catch it. The limits of Lua's
/// own stack (1,000,000 slots, 200 calls through C) also end the state, as limit "nesting".
package struct LuaLimits: Equatable, Sendable {
  /// Virtual machine instructions of one top-level call, counted by periods of 1000. Long work in library functions and
  /// allocated bytes (16 for one instruction) are charged too.
  package var instructions = 100_000_000
  /// Heap of the script, garbage included, and the tensors that it holds.
  package var memoryBytes = 64 << 20
  /// What print may write over the life of the state.
  package var outputBytes = 1 << 20
  /// The length of one loaded text. Lua 5.4.4 needs quadratic time for an error message about `a.b.b.b...`, so a large
  /// value lets a script spend seconds that no budget counts.
  package var sourceBytes = 64 << 10
  /// The length of one string. Comparing two of them is one instruction, however long they are.
  package var stringBytes = 16 << 20
  /// Nested calls in one coroutine, and nested coroutines. A limit of up to 10,000 is checked at each call, a larger
  /// one by periods of 1000 instructions.
  package var depth = 200_000
  /// Processor time of one top-level call, in seconds. It ends work that no count sees, such as comparing long strings.
  /// It changes no bit of a run that ends well, so no record holds it, and `names` leaves it out.
  package var seconds = 60

  package init() {}

  package init(
    instructions: Int = 100_000_000, memoryBytes: Int = 64 << 20, outputBytes: Int = 1 << 20,
    sourceBytes: Int = 64 << 10, stringBytes: Int = 16 << 20, depth: Int = 200_000, seconds: Int = 60
  ) {
    self.instructions = instructions
    self.memoryBytes = memoryBytes
    self.outputBytes = outputBytes
    self.sourceBytes = sourceBytes
    self.stringBytes = stringBytes
    self.depth = depth
    self.seconds = seconds
  }

  /// The limits with the names that errors and the command line use for them. A KeyPath is not Sendable, so this is
  /// made anew for each use.
  private static var fields: [(name: String, isBytes: Bool, path: WritableKeyPath<LuaLimits, Int>)] {
    [
      ("instructions", false, \.instructions), ("memory", true, \.memoryBytes), ("output", true, \.outputBytes),
      ("source", true, \.sourceBytes), ("string", true, \.stringBytes), ("depth", false, \.depth),
    ]
  }

  package static var names: [String] { fields.map(\.name) }

  /// The limits that differ from the defaults, such as "instructions=1000": both arguments of `set` in one word.
  package var changed: [String] {
    let defaults = LuaLimits()
    return Self.fields.filter { self[keyPath: $0.path] != defaults[keyPath: $0.path] }
      .map { "\($0.name)=\(self[keyPath: $0.path])" }
  }

  /// Sets one limit.
  /// - Parameter text: a whole number of at least 1, optionally with "k", "M" or "G" after it. These mean thousands,
  ///   millions and billions of instructions and calls, and KiB, MiB and GiB of the other limits.
  /// - Returns: false for an unknown name or any other text.
  package mutating func set(_ name: String, _ text: String) -> Bool {
    guard let field = Self.fields.first(where: { $0.name === name }) else { return false }
    let unit = ["k", "M", "G"].firstIndex { text.endsExactly(with: $0) }
    let power = unit.map { $0 + 1 } ?? 0
    guard let number = Int(unit == nil ? text : String(text.unicodeScalars.dropLast())), number >= 1 else {
      return false
    }
    let factor = (0..<power).reduce(1) { product, _ in product * (field.isBytes ? 1024 : 1000) }
    let (value, overflows) = number.multipliedReportingOverflow(by: factor)
    guard !overflows, value <= 1 << 50 else { return false }
    self[keyPath: field.path] = value
    return true
  }
}
