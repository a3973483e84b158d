import LuaRuntime
import SwerveText

// Each function or option has one declaration. Registration, argument checks, error texts and the editor stubs are made
// from it.

/// What a script may pass.
indirect enum APIType: Sendable {
  case number(NumberRange)
  case integer(ClosedRange<Int>)
  case boolean
  case string
  /// Any string that is only shown; bytes in it that are not UTF-8 are replaced.
  case message
  /// One of these strings.
  case choice([String])
  /// A number, or a function of step, metrics and state that gives one.
  case schedule(NumberRange)
  /// A function; the text is its LuaCATS type.
  case function(String)
  /// A table with these fields.
  case options(APIOptions)
  /// A table from names to values of one type, in the order of the names.
  case map(APIType)
  /// Two whole numbers {lo, hi}, lo at most hi.
  case integerPair(ClosedRange<Int>)
  /// A host object, by its `luaTypeName`.
  case object(String)
  /// A list of numbers.
  case numbers
  /// A list of strings.
  case strings
  /// The first that fits.
  case either([APIType])
  /// Anything; the function checks it itself. The text is its LuaCATS type.
  case any(String)
}

/// An option of a table, or a parameter of a function.
struct APIField: Sendable {
  enum Presence: Sendable {
    case required
    /// May be left out; the text says what happens then.
    case optional(String?)
    case number(Double)
    case integer(Int)
    case boolean(Bool)
    case string(String)
  }

  let name: String
  let type: APIType
  let presence: Presence
  let doc: String

  /// A required one.
  init(_ name: String, _ type: APIType, _ doc: String) { self.init(name, type, .required, doc) }

  init(_ name: String, _ type: APIType, _ presence: Presence, _ doc: String) {
    self.name = name
    self.type = type
    self.presence = presence
    self.doc = doc
  }

  /// The value of an option that was left out.
  var fallback: LuaValue {
    switch presence {
    case .required, .optional: .nil
    case .number(let value): .number(value)
    case .integer(let value): .integer(Int64(value))
    case .boolean(let value): .boolean(value)
    case .string(let value): .string(value)
    }
  }

  /// As shown in the documentation; nil without a default.
  var defaultText: String? {
    switch presence {
    case .required: nil
    case .optional(let text): text
    case .number(let value): numberText(value)
    case .integer(let value): String(value)
    case .boolean(let value): String(value)
    case .string(let value): value.debugDescription
    }
  }

  var isRequired: Bool {
    if case .required = presence { true } else { false }
  }
}

/// A table of options.
struct APIOptions: Sendable {
  /// LuaCATS class, such as "swerve.FinetuneOptions".
  let name: String
  let doc: String
  let fields: [APIField]

  func field(_ name: String) -> APIField? { fields.first { $0.name === name } }
}

/// A function of the `swerve` table or a method of a host object.
struct APIFunction: Sendable {
  typealias Body = @Sendable (_ arguments: CheckedArguments, _ host: ScriptHost) throws -> [LuaValue]

  /// As a script writes it, such as "swerve.tasks.addition" or "rng:below".
  let name: String
  let doc: String
  let parameters: [APIField]
  /// LuaCATS type and meaning of each result.
  let results: [(type: String, doc: String)]
  /// Lua, for the reference page.
  let example: String?
  let body: Body

  init(
    _ name: String, _ doc: String, parameters: [APIField] = [], results: [(type: String, doc: String)] = [],
    example: String? = nil, body: @escaping Body
  ) {
    self.name = name
    self.doc = doc
    self.parameters = parameters
    self.results = results
    self.example = example
    self.body = body
  }
}

/// A type of host objects: fields to read and methods to call.
struct APIObject: Sendable {
  /// Its `luaTypeName`.
  let name: String
  let doc: String
  let fields: [(name: String, type: String, doc: String)]
  let methods: [APIFunction]
}
