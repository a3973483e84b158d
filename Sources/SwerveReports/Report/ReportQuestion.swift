import SwerveFiles
import SwerveText

/// What a report is asked. As it is made, it is about every rate of the evaluations, and compares all series with the
/// first one.
package struct ReportQuestion {
  /// The series that others are compared with, by its label or a part of it; nil: the first.
  package var baseline: String?
  /// The metrics of the main figures and tables, as names with * and ?; empty: the rates of the evaluations.
  package var metrics: [String] = []
  /// What the runs of a series have in common: an option, "script" or "stage"; nil: everything but the seed.
  package var grouping: String?
  /// "all", or pairs A:B between commas, each for A minus B; empty: every other series minus the baseline.
  package var pairs: [String] = []
  /// How many values a smoothed curve takes the mean of; nil: chosen by the length of the curve.
  package var smoothing: Int?

  package init() {}
}

/// What the runs of a series have in common.
enum RunGrouping: Equatable {
  /// All inputs but the seed.
  case inputs
  /// The value of an option.
  case option(ExactString)
  /// The name of the script.
  case script
  /// Nothing: only their stages make series.
  case stage

  /// - Parameter options: the names of the options of all runs.
  /// - Throws: UsageError for a name that is neither an option of the runs nor one of the other words.
  init(_ name: String?, options: [String]) throws {
    guard let name else {
      self = .inputs
      return
    }
    let option = name.rest(after: "option.") ?? name
    if name === "stage" {
      self = .stage
    } else if name === "script" {
      self = .script
    } else if options.containsExactly(option) {
      self = .option(ExactString(option))
    } else {
      let known = options + ["script", "stage"]
      throw UsageError(
        "--group-by '\(name)': no run here has an option of this name" + didYouMean(name, among: known),
        hint: "there is \(known.joined(separator: ", "))")
    }
  }
}
