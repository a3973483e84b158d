import SwerveText

/// The element types of the safetensors format, by their names there.
package enum SafetensorsDType: String, Sendable, CaseIterable {
  case bool = "BOOL"
  case u8 = "U8"
  case i8 = "I8"
  case float8e5m2 = "F8_E5M2"
  case float8e4m3 = "F8_E4M3"
  case i16 = "I16"
  case u16 = "U16"
  case f16 = "F16"
  case bf16 = "BF16"
  case i32 = "I32"
  case u32 = "U32"
  case f32 = "F32"
  case i64 = "I64"
  case u64 = "U64"
  case f64 = "F64"

  /// Bytes of one element.
  package var size: Int {
    switch self {
    case .bool, .u8, .i8, .float8e5m2, .float8e4m3: 1
    case .i16, .u16, .f16, .bf16: 2
    case .i32, .u32, .f32: 4
    case .i64, .u64, .f64: 8
    }
  }
}

/// A safetensors file that can't be read as asked.
package struct SafetensorsError: UserFacingError, Equatable {
  package enum Kind: Sendable {
    /// The file looks as if its end were missing.
    case cutOff
    case unreadable
  }

  /// The tensor that the error is about; nil for the file or its header.
  package let tensor: String?
  package let kind: Kind
  package let problem: String
  package let found: String
  package let expected: String

  package init(
    tensor: String? = nil, _ problem: String, kind: Kind = .unreadable, found: String, expected: String
  ) {
    // Names, texts and numbers of a damaged file are of any length.
    self.tensor = tensor?.excerpt()
    self.kind = kind
    self.problem = problem.excerpt(500, ifOver: 1000)
    self.found = found.excerpt(500, ifOver: 1000)
    self.expected = expected
  }

  package var message: String {
    let place = tensor.map { "tensor \($0.debugDescription): " } ?? ""
    return "safetensors: \(place)\(problem): found \(found), expected \(expected)"
  }
}
