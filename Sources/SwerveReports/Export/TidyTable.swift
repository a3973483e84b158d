import SwerveFiles
import SwerveRL
import SwerveRecords
import SwerveText

/// The numbers of runs as one long table for pandas, R and the like: a row for each number, with the run, the stage,
/// the step, the metric and the value ("tidy data", Wickham 2014, https://doi.org/10.18637/jss.v059.i10).
///
/// A metric that had nothing to measure has no row. Values are the shortest texts that read back to the same Float, or
/// nan, inf, -inf.
package enum TidyTable {
  package enum Format {
    /// RFC 4180, with the names of the columns in the first line.
    case csv
    /// An object in each line.
    case jsonl
  }

  private static let columns = ["run", "stage", "step", "metric", "value"]

  /// - Parameter write: gets the table piece by piece.
  /// - Throws: as `ExportedRuns.read`, and what `write` throws.
  package static func write(
    _ runs: ExportedRuns, as format: Format, _ write: (String) throws -> Void
  ) throws -> ExportedRuns.Outcome {
    if format == .csv { try write(CSV.text([columns])) }
    return try runs.read { run, outcome in
      var text = ""
      for line in run.recorded.steps {
        let values = runs.values(line, &outcome)
        if values.isEmpty { continue }
        let head = head(run.path, line, format)
        for (name, value) in values { text += row(head, name, value, format) }
        if text.utf8.count > FileReader.pieceBytes {
          try write(text)
          text = ""
        }
      }
      try write(text)
    }
  }

  /// What the rows of a step have in common.
  private static func head(_ run: String, _ line: StepLine, _ format: Format) -> String {
    switch format {
    case .csv: "\(CSV.cell(run)),\(CSV.cell(line.stage)),\(line.step),"
    case .jsonl: "{\"run\":\(json(run)),\"stage\":\(json(line.stage)),\"step\":\(line.step),\"metric\":"
    }
  }

  private static func row(_ head: String, _ name: String, _ value: Float, _ format: Format) -> String {
    switch format {
    case .csv: "\(head)\(CSV.cell(name)),\(ExactText.text(value))\r\n"
    case .jsonl: "\(head)\(json(name)),\"value\":\(JSONValue.float(value).compact())}\n"
    }
  }

  private static func json(_ text: String) -> String { JSONValue.string(text).compact() }
}
