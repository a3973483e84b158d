import CMPI
import SwerveFiles
import SwerveTensor
import SwerveText

/// Joins processes by MPI, which is loaded only when it is asked for: Open MPI, or MPICH and what shares its ABI.
package final class MPICommunicator: Communicator, @unchecked Sendable {
  package let rank: Int
  package let ranks: Int
  package private(set) var traffic = Traffic()

  /// - Parameter expected: how many ranks the launcher, or the command line, says that there are.
  /// - Throws: RankError where no MPI library can be loaded, and where it says another number.
  package init(expected: Int) throws {
    var problems: [String] = []
    var isOpen = false
    for library in Self.libraries() where !isOpen {
      var message = [CChar](repeating: 0, count: 512)
      if swerve_mpi_open(library, &message, message.count) == 0 {
        isOpen = true
      } else {
        problems.append(String(decoding: message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
      }
    }
    guard isOpen else { throw RankError.noLibrary(problems) }
    (rank, ranks) = (Int(swerve_mpi_rank()), Int(swerve_mpi_size()))
    if ranks != expected { throw RankError.otherNumber(asked: expected, found: ranks, library: Self.version) }
  }

  /// The library that was loaded.
  package static var version: String {
    String(cString: swerve_mpi_version()).pieces(at: "\n").first ?? ""
  }

  /// SWERVE_MPI_LIBRARY, or the library of the launcher that started this process.
  private static func libraries() -> [String] {
    if let library = Environment.value("SWERVE_MPI_LIBRARY") { return [library] }
    let openMPI = ["libmpi.so.40", "libmpi.so"]
    let mpich = ["libmpich.so.12", "libmpi.so.12"]
    let startedByMPICH = Environment.value("PMI_RANK") != nil && Environment.value("PMIX_RANK") == nil
    return startedByMPICH ? mpich + openMPI : openMPI + mpich
  }

  package func exchange(
    _ source: UnsafeRawPointer, sent: [Range<Int>], into target: UnsafeMutableRawPointer, received: [Range<Int>]
  ) {
    let (out, into) = (Window(sent), Window(received))
    measure(bytes: sent.reduce(0) { $0 + $1.count } - sent[rank].count) {
      swerve_mpi_exchange(
        out.packed(source).map { UnsafeRawPointer($0) } ?? source + out.start, out.counts, out.starts,
        into.makeSpace() ?? target + into.start,
        into.counts, into.starts)
    }
    into.unpack(target)
  }

  package func gather(_ buffer: UnsafeMutableRawPointer, _ ranges: [Range<Int>]) {
    let window = Window(ranges)
    measure(bytes: ranges[rank].count * (ranks - 1)) {
      let space = window.packed(buffer, only: rank)
      return swerve_mpi_gather(space ?? buffer + window.start, window.counts, window.starts)
    }
    window.unpack(buffer, except: rank)
  }

  private func measure(bytes: Int, _ body: () -> Int32) {
    let watch = Stopwatch()
    let status = body()
    // MPI ends all processes by itself at an error, unless it was told otherwise.
    if status != 0 { abort(ErrorCategory.data.rawValue) }
    traffic.sentBytes += bytes
    traffic.seconds += watch.seconds
  }

  /// Leaves the other ranks, which must do it, too.
  package func close() { swerve_mpi_close() }

  /// Ends all ranks with an exit code.
  package func abort(_ code: Int32) -> Never {
    swerve_mpi_abort(code)
    fatalError("MPI_Abort returned")
  }
}

/// Ranges of a buffer as MPI takes them, with starts in Int32. Ranges that are further apart are packed.
private final class Window {
  let start: Int
  let counts: [Int32]
  let starts: [Int32]
  private let ranges: [Range<Int>]
  private let isPacked: Bool
  private var space: UnsafeMutableRawPointer?

  init(_ ranges: [Range<Int>]) {
    self.ranges = ranges
    let filled = ranges.filter { !$0.isEmpty }
    let first = filled.map(\.lowerBound).min() ?? 0
    isPacked = (filled.map(\.upperBound).max() ?? 0) - first > Int(Int32.max)
    start = isPacked ? 0 : first
    counts = ranges.map { Int32($0.count) }
    var end = 0
    var starts: [Int32] = []
    for range in ranges {
      starts.append(Int32(range.isEmpty ? 0 : isPacked ? end : range.lowerBound - first))
      end += range.count
    }
    self.starts = starts
  }

  deinit { space?.deallocate() }

  /// Room for all ranges, one after another; nil where the buffer itself serves.
  func makeSpace() -> UnsafeMutableRawPointer? {
    guard isPacked else { return nil }
    let made = UnsafeMutableRawPointer.allocate(byteCount: ranges.reduce(1) { $0 + $1.count }, alignment: 64)
    space = made
    return made
  }

  /// The ranges, or only one of them, one after another; nil where the buffer itself serves.
  func packed(_ buffer: UnsafeRawPointer, only: Int? = nil) -> UnsafeMutableRawPointer? {
    guard let made = makeSpace() else { return nil }
    for (index, range) in ranges.enumerated() where only == nil || only == index {
      (made + Int(starts[index])).copyMemory(from: buffer + range.lowerBound, byteCount: range.count)
    }
    return made
  }

  /// Copies what came to its place.
  func unpack(_ buffer: UnsafeMutableRawPointer, except: Int? = nil) {
    guard let space else { return }
    for (index, range) in ranges.enumerated() where except != index {
      (buffer + range.lowerBound).copyMemory(from: space + Int(starts[index]), byteCount: range.count)
    }
  }
}
