import SwerveText

extension HuggingFaceConfig {
  /// The rotary angles in both spellings: `rope_theta` and `rope_scaling`, and since transformers 5 `rope_parameters`
  /// with both inside. Where a file has both, they must agree.
  mutating func rotary() throws -> RotaryOptions {
    try demand("partial_rotary_factor", 1, .double(1))
    let base = try number("rope_theta")
    var old = RotaryOptions()
    if let base { old.base = base }
    let scaling = try object("rope_scaling")
    if var scaling { old.scaling = try Self.scaling(&scaling) }
    guard var parameters = try object("rope_parameters") else { return old }
    var new = RotaryOptions()
    guard let newBase = try parameters.number("rope_theta") ?? base else {
      throw parameters.error(.missing, "rope_theta", nil, expected: "a number")
    }
    new.base = newBase
    new.scaling = try Self.scaling(&parameters)
    guard base == nil || base == newBase, scaling == nil || old.scaling == new.scaling else {
      throw error(
        .contradictory, "rope_parameters", value("rope_parameters"), expected: "what rope_theta and rope_scaling say")
    }
    return new
  }

  private static func scaling(_ config: inout HuggingFaceConfig) throws -> RotaryOptions.Scaling {
    try config.demand("partial_rotary_factor", 1, .double(1))
    let key = config.value("rope_type") == nil ? "type" : "rope_type"
    let kind = try config.string(key)
    _ = config.value("type")
    let scaling: RotaryOptions.Scaling
    switch kind ?? "default" {
    case "default": scaling = .none
    case "llama3":
      scaling = .llama3(
        factor: try config.required(number: "factor"), low: try config.required(number: "low_freq_factor"),
        high: try config.required(number: "high_freq_factor"),
        original: try config.required(count: "original_max_position_embeddings"))
      try check(scaling, config)
    default:
      throw config.error(.unsupported, key, kind.map { .string($0) }, expected: "\"default\" or \"llama3\"")
    }
    try config.finish()
    return scaling
  }

  private static func check(_ scaling: RotaryOptions.Scaling, _ config: HuggingFaceConfig) throws {
    guard case .llama3(let factor, let low, let high, let original) = scaling else { return }
    guard factor >= 1, low > 0, high > low, original > 0 else {
      throw WeightFormatError(
        .malformed, config.file, found: "factor \(factor), low \(low), high \(high), original \(original)",
        expected: "a factor of at least 1 and 0 < low < high")
    }
  }
}
