import SwerveRL
import SwerveText
import Testing

@testable import SwerveScript

/// The table of columns against what the hooks of a training get.
@Suite struct ColumnTableTests {
  private func script(rule: [String], loss: [String], log: [String]) -> String {
    func read(_ names: [String]) -> String {
      "for _, name in ipairs { \(names.map { "'\($0)'" }.joined(separator: ", ")) } do local _ = t[name]:mean() end"
    }
    return """
      local one = swerve.tasks.addition { comfort = 1, plus = 1 }
      local base = swerve.pretrain { task = one, steps = 1, batch = 2, lr = 1e-3,
        model = { layers = 1, heads = 1, width = 4, context = 256 } }
      return swerve.finetune { name = "rl", from = base, task = one, updates = 1, episodes = 4, minibatch = 2, lr = 1e-3,
        clip = 0.2, kl = { coef = 1, rule = function(t) \(read(rule)) return 1 end },
        loss = function(t, c) \(read(loss)) return t.logp:mean() * c.kl * c.clip end,
        log = function(t) \(read(log)) end }
      """
  }

  @Test func givesEveryHookTheColumnsOfTheTable() throws {
    let record = try train(
      script(rule: Column.names(for: .rule), loss: Column.names(for: .loss), log: Column.names(for: .log)))
    #expect(record.records.contains { $0.stage == "rl" })
  }

  @Test func givesNoHookAnotherColumn() throws {
    for column in Column.all {
      // Before the update logp and value are also the old ones: a rule that says so gets them.
      if !column.hooks.contains(.rule), !["old_logp", "old_value"].contains(column.name) {
        let error = try #require(failure { _ = try train(script(rule: [column.name], loss: [], log: [])) })
        #expect(error.message.contains("there is no column '\(column.name)' here"), "\(error)")
      }
      if !column.hooks.contains(.log) {
        let error = try #require(failure { _ = try train(script(rule: [], loss: [], log: [column.name])) })
        #expect(error.message.contains("there is no column '\(column.name)' here"), "\(error)")
      }
    }
  }

  @Test func hasUniqueAndDocumentedNames() {
    #expect(Set(Column.all.map { ExactString($0.name) }).count == Column.all.count)
    for column in Column.all { #expect(!column.doc.isEmpty && !column.unit.isEmpty, "\(column.name)") }
  }
}
