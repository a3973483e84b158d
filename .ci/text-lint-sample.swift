// For `.ci/text-lint --self-check`: lines that end in "found" must be found, and no other. Never built.
struct Named: Equatable {
  let name: String
  let count: Int
}

struct Hashed: Hashable {
  let names: [String]
}

struct Holder: Equatable {
  let named: [Named]
}

enum Choice: Equatable {
  case text(String), none
}

struct Bytes: Equatable {
  let bytes: [UInt8]
  let scalars: [Unicode.Scalar]
}

enum Kind: String { case one, two }

struct Handwritten: Equatable {
  let name: String
  static func == (a: Self, b: Self) -> Bool { a.name.utf8.elementsEqual(b.name.utf8) }
}

func comparisons(_ a: String, _ b: String, _ c: Substring, _ names: [String], _ maybe: String?) -> [Bool] {
  [
    a == b,  // found
    a != b,  // found
    c == b,  // found
    a < b,  // found
    maybe == a,  // found
    maybe != nil,
    a == "run",
    "run" != a,
    maybe == "run",
    a == "ohm \u{2126}",  // found
    a == "Ω",  // found
    a == "OK",  // found
    a == "\(b)",  // found
    a.utf8.elementsEqual(b.utf8),
    a.count == b.count,
    names.contains(a),  // found
    names.contains("run"),
    names.contains { $0 == a },  // found
    names.contains { $0.isEmpty },
    names.firstIndex(of: a) == 0,  // found
    names == ["run"],  // found
    names.count == 1,
    (a, 1) == (b, 1),  // found
    Kind.one == Kind.two,
    Kind(rawValue: a) == .one,
    Handwritten(name: a) == Handwritten(name: b),
    Named(name: a, count: 1) == Named(name: b, count: 1),  // found
    [Named(name: a, count: 1)].contains(Named(name: b, count: 1)),  // found
    Holder(named: []) != Holder(named: []),  // found
    Hashed(names: names) == Hashed(names: []),  // found
    Choice.text(a) == .none,
    Choice.text(a) == .text(b),  // found
    Bytes(bytes: [], scalars: []) == Bytes(bytes: [1], scalars: []),
    Unicode.Scalar(65) == a.unicodeScalars.first,
  ]
}

func sets(_ a: String, _ names: [String]) -> Int {
  var set: Set<String> = []  // found
  set.insert(a)  // found
  var places: [String: Int] = [:]  // found
  places[a] = 1  // found
  let numbers = Dictionary(grouping: names) { $0.utf8.count }
  let groups = Dictionary(grouping: names) { $0 }  // found
  let hashed: Set = [Hashed(names: names)]  // found
  return hashed.count + set.count + places.count + numbers.count + groups.count
}

func orders(_ names: [String], _ bytes: [UInt8]) -> [Any?] {
  [
    names.sorted(),  // found
    names.max(),  // found
    names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) },
    names.sorted { $0 < $1 },  // found
    bytes.sorted(),
    names.map { $0.utf8.count }.max(),
  ]
}

func characters(_ a: String, _ b: String) -> [Any?] {
  [
    a.hasPrefix("x"),  // found
    a.hasSuffix(b),  // found
    a.dropFirst(2),  // found
    a.prefix(3),  // found
    a.split(separator: "/"),  // found
    a.firstIndex(of: "/"),  // found
    a.lastIndex(of: "/"),  // found
    a.contains("/"),  // found
    a.map { "\($0)" },  // found
    a.reversed(),  // found
    a.isEmpty,
    a + b,
    [a, b].joined(separator: ", "),
    a.utf8.split(separator: 10),
    a.unicodeScalars.dropFirst(2),
    a.lowercased(),
  ]
}

func loops(_ a: String) -> Int {
  var count = 0
  for character in a where character.isLetter { count += 1 }  // found
  for scalar in a.unicodeScalars where scalar == "x" { count += 1 }
  var text = a
  text.removeLast()  // found
  text.append(a)
  return count
}

func switches(_ a: String, _ b: String, _ choice: Choice) -> Int {
  switch a {
  case "one", "two": return 1
  case "three",
    "four": return 4
  default: break
  }
  switch a {  // found
  case "K": return 2
  default: break
  }
  switch a {  // found
  case b: return 3
  default: break
  }
  if case .text("five") = choice { return 5 }
  if case .none = choice { return 0 }
  return 1
}
