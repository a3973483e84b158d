import SwerveRL
import SwerveText

/// The settings that a script made for its loss. A setting that the first call of the loss does not read would do
/// nothing, so the run fails with an error that says this.
final class LossUsage {
  private struct Setting {
    /// The words for it in errors, such as "option 'kl.coef'".
    let subject: String
    /// The coefficients, such as "kl" for c.kl. The loss must read one of them or one of the columns.
    let coefficients: [String]
    /// The columns of which the loss may read one instead.
    var columns: [String] = []
  }

  private let settings: [Setting]
  private let rule: ScriptedRule?
  private let countsKL: Bool

  /// - Parameters:
  ///   - options: those of swerve.finetune. They are checked here only if `loss` is given.
  ///   - rule: the weights that it returns are checked, too.
  init(_ options: CheckedOptions, rule: ScriptedRule?) {
    self.rule = rule
    let kl = options.options("kl")
    countsKL = kl.map { $0.string("where") === KLPlan.Location.loss.rawValue && !$0["coef"].isZero } ?? false
    guard options.has("loss") else {
      settings = []
      return
    }
    var settings = countsKL ? [Setting(subject: "option 'kl.coef'", coefficients: ["kl"])] : []
    for name in ["vf", "entropy", "value_clip", "ratio", "aggregate", "aggregate_length"] where options.sets(name) {
      settings.append(Setting(subject: "option '\(name)'", coefficients: [name]))
    }
    if options.has("clip") {
      settings.append(Setting(subject: "option 'clip'", coefficients: ["clip"], columns: ["clip_low", "clip_high"]))
    }
    if options.has("clip_high") {
      settings.append(Setting(subject: "option 'clip_high'", coefficients: ["clip_high"], columns: ["clip_high"]))
    }
    for (name, _) in options.map("coefficients") {
      settings.append(Setting(subject: "option 'coefficients.\(name)'", coefficients: [name]))
    }
    self.settings = settings
  }

  /// A setting that was not read, and what to do about it; nil: none.
  /// - Parameters:
  ///   - read: the coefficients that the loss asked for.
  ///   - columns: the columns that the loss was given.
  func problem(_ read: Set<ExactString>, _ columns: TokenColumns) -> (problem: String, hint: String)? {
    for setting in settings + ofRule {
      let isRead =
        setting.coefficients.contains { read.contains(ExactString($0)) }
        || setting.columns.contains { columns.used($0) != nil }
      if isRead { continue }
      let names = setting.coefficients.map { "c.\($0)" } + setting.columns.map { "t.\($0)" }
      return (
        "\(setting.subject) does nothing: the loss reads no \(names.joined(separator: ", "))",
        "read \(names[0]) in the loss, or leave it out of the script; a loss that needs it at some steps alone reads it "
          + "first, as in local x = \(names[0])"
      )
    }
    return nil
  }

  private var ofRule: [Setting] {
    let gave = rule?.gave ?? []
    let weights = gave.filter { !$0.isClipRange && ($0 != .kl || countsKL) }.map { weight in
      Setting(subject: "\(weight.anySubject) of 'kl.rule'", coefficients: [], columns: [weight.column])
    }
    let ranges = RuleWeight.allCases.filter(\.isClipRange).map(\.column)
    let clip = Setting(subject: "a clip range of 'kl.rule'", coefficients: [], columns: ranges)
    return weights + (gave.contains(where: \.isClipRange) ? [clip] : [])
  }
}

extension CheckedOptions {
  /// Whether the script gives an option a value that must have an effect. A value that holds anyway does not count.
  func sets(_ name: String) -> Bool {
    guard isGiven(name) else { return false }
    switch name {
    case "ratio": return string(name) !== LossConstants.ratios[0]
    case "aggregate": return string(name) !== LossConstants.aggregates[0]
    case "vf", "entropy": return !self[name].isZero
    default: return true
    }
  }
}

extension CheckedValue {
  /// A number that is 0 at every step.
  var isZero: Bool { asFunction == nil && asNumber == 0 }
}
