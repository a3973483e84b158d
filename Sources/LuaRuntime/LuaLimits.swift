/// What a script may use up. Reaching a limit ends the state for good: the script can't catch it.
package struct LuaLimits: Equatable, Sendable {
  /// Virtual machine instructions of one top-level call, counted by periods of 1000. Long work in library functions and
  /// allocated bytes (16 for one instruction) are charged too.
  package var instructions = 100_000_000
  /// Heap of the script, garbage included.
  package var memoryBytes = 64 << 20
  /// What print may write over the life of the state.
  package var outputBytes = 1 << 20
  /// The length of one loaded text. Lua 5.4.4 needs quadratic time for an error message about `a.b.b.b...`, so a large
  /// value lets a script spend seconds that no budget sees.
  package var sourceBytes = 64 << 10

  package init() {}

  package init(
    instructions: Int = 100_000_000, memoryBytes: Int = 64 << 20, outputBytes: Int = 1 << 20,
    sourceBytes: Int = 64 << 10
  ) {
    self.instructions = instructions
    self.memoryBytes = memoryBytes
    self.outputBytes = outputBytes
    self.sourceBytes = sourceBytes
  }
}
