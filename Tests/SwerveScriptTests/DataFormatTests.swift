import SwerveRL
import SwerveTestSupport
import Testing

@testable import SwerveScript

/// CSV files of swerve.data, byte order marks, and splits.
@Suite struct DataFormatTests {
  private let stage = """
    return swerve.pretrain { model = { layers = 1, heads = 1, width = 8, context = 512 }, task = task, steps = 1, lr = 0.01 }
    """

  private func scripts(_ name: String, _ text: String, output: @escaping (String) -> Void = { _ in })
    -> ModelTokenScripts
  {
    var scripts = ModelTokenScripts()
    scripts.texts = [(name, text)]
    scripts.output = output
    return scripts
  }

  private func printed(_ name: String, _ text: String, _ script: String) throws -> String {
    var printed = ""
    _ = try scripts(name, text) { printed += $0 }.load("local data = swerve.data '\(name)'\n\(script)\n\(stage)")
    return printed
  }

  private func problem(_ name: String, _ text: String, _ script: String = "") -> ScriptError? {
    scripts(name, text).failure("local data = swerve.data '\(name)'\n\(script)\n\(stage)")
  }

  // MARK: CSV

  @Test func givesRowsByTheNamesOfTheFirst() throws {
    let text = "text,answer\r\n\"2 + 3 =\",5\r\n\r\n\"say \"\"a,\nb\"\"\",\r\n"
    #expect(
      try printed(
        "p.csv", text,
        "print(#data, data[1].text, data[1].answer, math.type(data[1].answer), data[2].text, #data[2].answer)")
        == "2\t2 + 3 =\t5\tnil\tsay \"a,\nb\"\t0\n")
    #expect(try printed("p.csv", "a\nx", "for i, r in data:each() do print(i, r.a) end") == "1\tx\n")
  }

  @Test(arguments: [
    ("a,b\n1,2\n3\n", "p.csv:3: the row has 1 field, and the first row names 2"),
    ("a,b\n\"x\ny\",2\n1,2,3\n", "p.csv:4: the row has 3 fields, and the first row names 2"),
    ("a,b\n1,2\nx\"y,3\n", "p.csv:3: a quote must not stand in a field without quotes"),
    ("a,b\n\"1\n\n2\"z,3\n", "p.csv:4: after the quote that ends a field, a comma or a line end must follow"),
    ("a,b\n1,2\n3,\"x\n4,5\n", "p.csv:3: the quote that begins a field here is never closed"),
    ("a,a\n1,2\n", "the name \"a\" (string) is in the first row twice"),
    ("a,\n1,2\n", "field 2 of the first row has no name"),
    ("", "p.csv has no row with the names of its fields"), ("a,b\n\n", "p.csv has no records"),
  ])
  func rejectsAMalformedTableWithItsLine(_ text: String, _ message: String) {
    let error = problem("p.csv", text)
    #expect(error?.message.contains(message.replacing(" (string)", with: "")) ?? false, "\(String(describing: error))")
    #expect(error?.place?.line == 2)
  }

  @Test func skipsAByteOrderMark() throws {
    #expect(try printed("p.csv", "\u{feff}a,b\n1,2\n", "print(data[1].a, data[1].b)") == "1\t2\n")
    #expect(try printed("p.jsonl", "\u{feff}{\"a\": 1}\n", "print(data[1].a)") == "1\n")
    #expect(
      problem("p.jsonl", "{\"a\": 1}\n\u{feff}{\"a\": 1}\n")?.message.hasPrefix("p.jsonl:2: a byte order mark") == true)
  }

  // MARK: Splits

  /// The ids in each part, by part.
  private func split(_ ids: [String], _ options: String = "parts = { train = 0.8, test = 0.2 }") throws -> [String:
    [String]]
  {
    let text = ids.map { "{\"id\": \"\($0)\", \"text\": \"t\"}\n" }.joined()
    let found = try printed(
      "p.jsonl", text,
      """
      local parts = data:split { by = "id", \(options) }
      for _, name in ipairs { "train", "test", "dev" } do
        if parts[name] then for i, r in parts[name]:each() do print(name, i, #parts[name], r.id) end end
      end
      """)
    var parts: [String: [String]] = [:]
    for line in found.split(separator: "\n") {
      let words = line.split(separator: "\t").map(String.init)
      parts[words[0], default: []].append(words[3])
      #expect(Int(words[1]) == parts[words[0]]?.count)
    }
    return parts
  }

  private let ids = (1...500).map { "q\($0)" }

  @Test func putsEachRecordIntoOnePartByItsShare() throws {
    let parts = try split(ids)
    let (train, test) = (parts["train"] ?? [], parts["test"] ?? [])
    #expect(Set(train).isDisjoint(with: test) && train.count + test.count == 500)
    #expect((70...130).contains(test.count), "\(test.count)")
    let half = try split(ids, "parts = { dev = 0.25, test = 0.25 }")
    #expect((180...320).contains((half["dev"] ?? []).count + (half["test"] ?? []).count))
  }

  @Test func keepsARecordsPartWhateverOtherRecordsThereAre() throws {
    let before = try split(ids)
    var random = TestRandom(7, "split")
    var shuffled = ids + (1...200).map { "new\($0)" }
    random.cursor.shuffle(&shuffled)
    let after = try split(shuffled)
    for (name, records) in before {
      #expect(Set(records) == Set(after[name] ?? []).intersection(ids), "\(name)")
    }
    let other = try split(ids, "parts = { train = 0.8, test = 0.2 }, seed = 1")
    #expect(other["test"] != before["test"])
  }

  /// The hash is stated, so its values must not change.
  @Test func hashesAsTheReferenceSays() {
    // Computed with Python: FNV-1a of b"0/q1" and the finalizer of MurmurHash3, shifted by 11, times 2^-53.
    let expected: [(String, Int, Double)] = [
      ("q1", 0, 0.548638336220365), ("q2", 0, 0.2076402308380203), ("", 0, 0.7244531743631359),
      ("é", 7, 0.01304011678849637),
    ]
    for (value, seed, share) in expected { #expect(DataSplit.share(of: value, seed: seed) == share, "\(value)") }
  }

  @Test func keepsEqualValuesTogetherAndTakesNumbers() throws {
    let text = (0..<100).map { "{\"id\": \($0 % 10)}\n" }.joined()
    let found = try printed(
      "p.jsonl", text,
      """
      local parts = data:split { by = "id", parts = { a = 0.5, b = 0.5 } }
      local seen = {}
      for name, part in pairs(parts) do
        for _, r in part:each() do assert((seen[r.id] or name) == name); seen[r.id] = name end
      end
      print(#parts.a + #parts.b, #parts.a % 10)
      local inner = parts.a:split { by = "id", parts = { c = 1 }, seed = 3 }
      print(#inner.c == #parts.a, inner.c[1].id == parts.a[1].id)
      """)
    #expect(found == "100\t0\ntrue\ttrue\n")
  }

  @Test(arguments: [
    ("{ by = 'id', parts = { a = 0.7, b = 0.4 } }", "the shares of option 'parts' must be 1 or less together, got 1.1"),
    ("{ by = 'id', parts = {} }", "option 'parts' must name at least one part"),
    ("{ by = 'id', parts = { a = 0 } }", "option 'parts.a' must be"),
    ("{ by = 'no', parts = { a = 1 } }", "p.jsonl:1: the field \"no\" is missing"),
    (
      "{ by = 'list', parts = { a = 1 } }",
      "p.jsonl:1: the field \"list\" is an array, expected text or a number"
    ),
    ("{ by = 'id', parts = { a = 0.999999, b = 0.000001 } }", "the part 'b' of p.jsonl has no records"),
    ("{ parts = { a = 1 } }", "option 'by' of data:split is missing"),
  ])
  func rejectsASplitThatIsNone(_ options: String, _ message: String) {
    let error = problem("p.jsonl", "{\"id\": \"x\", \"list\": []}\n", "data:split \(options)")
    #expect(error?.message.contains(message) ?? false, "\(String(describing: error))")
    #expect(error?.place?.line == 3)
  }

  @Test func drawsFromAPartAlone() throws {
    let text = (1...60).map { "{\"id\": \"q\($0)\", \"text\": \"\($0 % 10)\"}\n" }.joined()
    let scripts = scripts("p.jsonl", text)
    let experiment = try scripts.load(
      "local parts = swerve.data('p.jsonl'):split { by = 'id', parts = { train = 0.5, test = 0.5 } }\n"
        + scripts.stage(
          "prompt = function(rng) return parts.train:walk(rng) end, reward = function() return 1 end"))
    try withExtendedLifetime(experiment) {
      let drawn = try (0..<40).map { try experiment.problem(row: $0).prompt }
      #expect(Set(drawn).count > 5)
      let task = try #require((experiment.plan.stages.last as? any TaskStage)?.task.contents)
      let other = try scripts.load(
        "local parts = swerve.data('p.jsonl'):split { by = 'id', parts = { train = 0.6, test = 0.4 } }\n"
          + scripts.stage(
            "prompt = function(rng) return parts.train:walk(rng) end, reward = function() return 1 end"))
      #expect((other.plan.stages.last as? any TaskStage)?.task.contents != task)
    }
  }

  @Test func rejectsASplitInAHook() throws {
    let scripts = scripts("p.jsonl", "{\"id\": \"x\", \"text\": \"1\"}\n")
    let experiment = try scripts.load(
      "local data = swerve.data 'p.jsonl'\n"
        + scripts.stage(
          "prompt = function() return data:split({ by = 'id', parts = { a = 1 } }).a[1].text end, reward = function() return 1 end"
        ))
    let error = failure { _ = try withExtendedLifetime(experiment) { try experiment.problem() } }
    #expect(error?.message.contains("data:split was called by a hook") ?? false, "\(String(describing: error))")
  }
}
