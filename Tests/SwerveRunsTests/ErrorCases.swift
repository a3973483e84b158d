import SwerveFiles
import SwerveRecords

/// The cases of the enums of errors without their values: a case that is added does not compile here until it has a name, and a
/// name has no test until it has an example.
extension FileError {
  enum CaseName: CaseIterable {
    case system, refused, locked, notJSON, conflictMarks, badField, formatVersion
  }

  var caseName: CaseName {
    switch self {
    case .system: .system
    case .refused: .refused
    case .locked: .locked
    case .notJSON: .notJSON
    case .conflictMarks: .conflictMarks
    case .badField: .badField
    case .formatVersion: .formatVersion
    }
  }
}

extension RecordError {
  enum CaseName: CaseIterable {
    case folderExists, badSourcePath, repeatedMetric, locked, takenOver, sweepLocked, nothingToResume, noRun,
      runNotFound,
      notARun, notComparable, manifestEdited, wrongOrder, chainBroken, inputsDiffer, otherMember, sweepEdited,
      notASweep, fileChanged, packDamaged, replayDifference
  }

  var caseName: CaseName {
    switch self {
    case .folderExists: .folderExists
    case .badSourcePath: .badSourcePath
    case .repeatedMetric: .repeatedMetric
    case .locked: .locked
    case .takenOver: .takenOver
    case .sweepLocked: .sweepLocked
    case .nothingToResume: .nothingToResume
    case .noRun: .noRun
    case .runNotFound: .runNotFound
    case .notARun: .notARun
    case .notComparable: .notComparable
    case .manifestEdited: .manifestEdited
    case .wrongOrder: .wrongOrder
    case .chainBroken: .chainBroken
    case .inputsDiffer: .inputsDiffer
    case .otherMember: .otherMember
    case .sweepEdited: .sweepEdited
    case .notASweep: .notASweep
    case .fileChanged: .fileChanged
    case .packDamaged: .packDamaged
    case .replayDifference: .replayDifference
    }
  }
}

extension CheckpointError {
  enum CaseName: CaseIterable {
    case missing, truncated, damaged, foreign, digest
  }

  var caseName: CaseName {
    switch self {
    case .missing: .missing
    case .truncated: .truncated
    case .damaged: .damaged
    case .foreign: .foreign
    case .digest: .digest
    }
  }
}

extension GoldenError {
  enum CaseName: CaseIterable {
    case missing, notAGolden, truncated, otherMath, withoutScript, ofAnotherScript, orphaned, pending,
      noPendingChange, stale, edited, reservedName, settings, emptyReason, ciNeverWrites, notBlessable
  }

  var caseName: CaseName {
    switch self {
    case .missing: .missing
    case .notAGolden: .notAGolden
    case .truncated: .truncated
    case .otherMath: .otherMath
    case .withoutScript: .withoutScript
    case .ofAnotherScript: .ofAnotherScript
    case .orphaned: .orphaned
    case .pending: .pending
    case .noPendingChange: .noPendingChange
    case .stale: .stale
    case .edited: .edited
    case .reservedName: .reservedName
    case .settings: .settings
    case .emptyReason: .emptyReason
    case .ciNeverWrites: .ciNeverWrites
    case .notBlessable: .notBlessable
    }
  }
}
