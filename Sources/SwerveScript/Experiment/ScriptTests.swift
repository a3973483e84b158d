import LuaRuntime
import SwerveText

/// The result of one testing.case.
package struct TestCase {
  package enum Verdict {
    case passed
    case failed(TestFailure)
    /// It raised an error that is not a failure.
    case error(ScriptError)
  }

  package let name: String
  package let verdict: Verdict
}

extension ScriptAPI {
  /// Runs a file of tests. The file itself runs first and declares cases. Then each case runs with its own allowance of
  /// instructions.
  /// - Parameters: as in `ScriptedExperiment.load`.
  /// - Returns: the cases in order; after a case that reached a limit the rest is not run.
  /// - Throws: ScriptError when the file itself fails, or declares no case.
  package static func runTests(
    _ source: ScriptFile, seed: UInt64 = 1, limits: LuaLimits = LuaLimits(), library: any ScriptSources,
    output: @escaping (String) -> Void
  ) throws -> [TestCase] {
    let host = ScriptHost(overrides: [], sources: library)
    host.runsTests = true
    let state = LuaState(limits: limits, seed: seed, options: .recorded, output: output)
    host.install(in: state)
    host.record(source, isLibrary: false)
    do {
      _ = try state.load(source.text, chunkName: source.path).call()
    } catch let error as LuaError {
      throw host.testError(error)
    }
    guard !host.tests.cases.isEmpty else {
      throw ScriptError(
        "the file declares no test", place: ScriptPlace(file: source.path, line: 0),
        hint: "testing.case(\"what should hold\", function() ... end), with local testing = require \"swerve.testing\"")
    }
    var ended: String?
    return host.tests.cases.map { name, body in
      if let ended {
        return TestCase(name: name, verdict: .error(ScriptError("not run: case \(quoted(ended)) reached a limit")))
      }
      let verdict = verdict(of: body, host)
      if case .error(let error) = verdict, case .limit = error.kind { ended = name }
      return TestCase(name: name, verdict: verdict)
    }
  }

  private static func verdict(of body: LuaFunction, _ host: ScriptHost) -> TestCase.Verdict {
    do {
      _ = try body.call()
      return .passed
    } catch let error as LuaError {
      if let failure = error.underlying as? TestFailure { return .failed(failure) }
      return .error(host.scriptError(error))
    } catch {
      return .error(ScriptError("\(error)"))
    }
  }
}

extension ScriptHost {
  /// A failure outside of any case is an error of the file.
  fileprivate func testError(_ error: LuaError) -> ScriptError {
    guard let failure = error.underlying as? TestFailure else { return scriptError(error) }
    return ScriptError(failure.description, hint: "put it into a testing.case")
  }
}
