// Every kernel by itself, with the share that it reaches of what this machine can do.
//
//   KernelBenchmarks [GROUP ...]       default: all groups

import Glibc

let groups: [(name: String, run: (Report) -> Void)] = [
  ("products", measureProducts), ("packing", measurePacking), ("attention", measureAttention), ("rows", measureRows),
  ("vocabulary", measureVocabulary), ("training", measureTraining), ("random", measureRandom), ("tape", measureTape),
  ("model", measureModels), ("sampling", measureSampling),
]

let wanted = CommandLine.arguments.dropFirst()
if let unknown = wanted.first(where: { name in !groups.contains { $0.name == name } }) {
  print("there is no group \(unknown); the groups are \(groups.map(\.name).joined(separator: ", "))")
  exit(2)
}
let report = Report(timer: Timer(least: 0.05))
for group in groups where wanted.isEmpty || wanted.contains(group.name) { report.run(group.run) }
print("What one core of this machine does at best, measured between the groups of kernels:\n")
print(report.limitTable)
print("The kernels on one core; rate and share of the limit are those of the best time:\n")
print(report.kernelTable, terminator: "")
