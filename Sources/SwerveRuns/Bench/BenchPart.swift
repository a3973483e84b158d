/// What is measured of a configuration. `Bench.explanation` has what each does.
package enum BenchPart: String, CaseIterable, Sendable {
  case train
  case sample
  case finetune
}
