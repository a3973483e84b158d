/// The words of the kinds of stages, as records and the table of metrics have them. Each kind's plan takes its own.
enum StageKind {
  static let pretrain = "pretrain"
  static let finetune = "finetune"
  static let classify = "classify"
}
