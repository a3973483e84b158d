import SwerveRL
import SwerveTensor

/// What `swerve run` does: load, record, train.
package enum Runner {
  package struct Outcome {
    package let folder: RunFolder
    package let result: RunResult
  }

  /// Runs a loaded script into a new run folder.
  /// - Parameters:
  ///   - out: the folder to make, which must not exist; nil for runs/NAME-SEED-HASH.
  ///   - observers: told of everything beside the record: progress, for example.
  ///   - didCreate: told of the folder once it is there.
  /// - Throws: what the run throws, after result.json says so; a run that failed before its first step leaves no folder.
  package static func run(
    _ script: LoadedScript, out: String?, runsFolder: String = "runs", observers: [any TrainingObserver] = [],
    didCreate: (RunFolder) -> Void = { _ in }, isCancelled: @escaping () -> Bool = { false }
  ) throws -> Outcome {
    let manifest = manifest(script)
    let folder = try RunFolder.create(at: out, runsFolder: runsFolder, manifest: manifest, sources: script.sources)
    didCreate(folder)
    let recorder: RunRecorder
    do {
      recorder = try RunRecorder(folder: folder, manifest: manifest, isCancelled: isCancelled)
    } catch {
      try? POSIXFile.remove(folder.path)
      throw error
    }
    do {
      try script.run(ObserverGroup([recorder] + observers))
    } catch is TrainingCancelled {
      return Outcome(folder: folder, result: try recorder.finish(.interrupted))
    } catch {
      if recorder.hasSteps { _ = try recorder.finish(.failed("\(error)")) } else { try recorder.abandon() }
      throw error
    }
    return Outcome(folder: folder, result: try recorder.finish(.complete))
  }

  private static func manifest(_ script: LoadedScript) -> Manifest {
    let blas = openBLASConfiguration()
    return Manifest(
      name: script.plan.name, script: script.project.script, inputs: script.inputs,
      stages: script.plan.stages.map(\.info),
      notCompared: [
        ("date", Clock.now()), ("swerve", swerveVersion), ("threads", "\(script.settings.threads)"),
        ("cpu", Machine.cpuModel()), ("vectors", vectorBuild), ("openblas", "\(blas.config) core \(blas.core)"),
        ("root", script.project.root),
      ])
  }
}
