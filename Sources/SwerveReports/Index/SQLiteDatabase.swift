import CSQLite

/// An error of SQLite.
struct SQLiteError: Error {
  /// One of SQLite's primary result codes.
  let code: Int32
  let message: String

  /// True if the file itself is damaged, as opposed to locked by another process or not writable.
  var isDamage: Bool {
    ![SQLITE_BUSY, SQLITE_LOCKED, SQLITE_READONLY, SQLITE_CANTOPEN, SQLITE_PERM, SQLITE_FULL, SQLITE_NOMEM]
      .contains(code)
  }
}

/// One connection to a database file, with the functions that a cache needs. It must not be used by several threads.
///
/// There is no journal on the disk, and nothing is synced. A power cut may damage the file; then the cache is made
/// again.
final class SQLiteDatabase {
  /// A value of a row.
  enum Value {
    case integer(Int64)
    case text(String)
  }

  private var handle: OpaquePointer?

  /// Opens the file, or creates it. A symbolic link is not followed.
  /// - Parameter patience: milliseconds to wait for another process that writes.
  init(_ path: String, patience: Int32 = 1000) throws {
    let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_NOMUTEX
    let code = sqlite3_open_v2(path, &handle, flags, nil)
    guard code == SQLITE_OK else {
      let error = failure(code)
      sqlite3_close_v2(handle)
      handle = nil
      throw error
    }
    sqlite3_busy_timeout(handle, patience)
    try run("PRAGMA journal_mode = MEMORY")
    try run("PRAGMA synchronous = OFF")
    // The schema of a foreign file must not call functions or change internal tables.
    try run("PRAGMA trusted_schema = OFF")
  }

  deinit { sqlite3_close_v2(handle) }

  /// Runs one statement to its end.
  /// - Parameters:
  ///   - values: the values for its question marks, in order.
  ///   - body: called with each row.
  func run(_ sql: StaticString, _ values: [Value] = [], _ body: (Row) throws -> Void = { _ in }) throws {
    let statement = try prepare(sql)
    defer { sqlite3_finalize(statement) }
    try run(statement, values, body)
  }

  /// Runs one statement for each list of values, in one transaction that other processes see whole or not at all.
  func transaction(_ statements: [(sql: StaticString, rows: [[Value]])]) throws {
    try run("BEGIN IMMEDIATE")
    do {
      for (sql, rows) in statements {
        let statement = try prepare(sql)
        defer { sqlite3_finalize(statement) }
        for values in rows {
          try run(statement, values) { _ in }
          sqlite3_reset(statement)
        }
      }
      try run("COMMIT")
    } catch {
      try? run("ROLLBACK")
      throw error
    }
  }

  /// The columns of one result row, from 0; valid only during the call of `body`.
  struct Row {
    fileprivate let statement: OpaquePointer?

    /// nil if the value is not a text.
    func text(_ column: Int32) -> String? {
      guard sqlite3_column_type(statement, column) == SQLITE_TEXT, let start = sqlite3_column_text(statement, column)
      else { return nil }
      let bytes = UnsafeBufferPointer(start: start, count: Int(sqlite3_column_bytes(statement, column)))
      return String(validating: bytes, as: UTF8.self)
    }
  }

  private func prepare(_ sql: StaticString) throws -> OpaquePointer? {
    var statement: OpaquePointer?
    let code = sql.withUTF8Buffer { text in
      text.withMemoryRebound(to: CChar.self) {
        sqlite3_prepare_v2(handle, $0.baseAddress, Int32($0.count), &statement, nil)
      }
    }
    guard code == SQLITE_OK else { throw failure(code) }
    return statement
  }

  private func run(_ statement: OpaquePointer?, _ values: [Value], _ body: (Row) throws -> Void) throws {
    for (index, value) in values.enumerated() { try bind(value, Int32(index) + 1, statement) }
    while true {
      let code = sqlite3_step(statement)
      if code == SQLITE_DONE { return }
      guard code == SQLITE_ROW else { throw failure(code) }
      try body(Row(statement: statement))
    }
  }

  private func bind(_ value: Value, _ index: Int32, _ statement: OpaquePointer?) throws {
    // SQLITE_TRANSIENT, a macro that Swift does not see: SQLite makes a copy.
    let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
    let code =
      switch value {
      case .integer(let integer): sqlite3_bind_int64(statement, index, integer)
      case .text(let text): sqlite3_bind_text(statement, index, text, Int32(text.utf8.count), transient)
      }
    guard code == SQLITE_OK else { throw failure(code) }
  }

  private func failure(_ code: Int32) -> SQLiteError {
    SQLiteError(code: code & 0xff, message: handle.map { String(cString: sqlite3_errmsg($0)) } ?? "out of memory")
  }
}
