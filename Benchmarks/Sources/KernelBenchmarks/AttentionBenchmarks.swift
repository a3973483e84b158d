import SwerveTensor

private let length = 256

/// Attention over one text of 256 tokens, and of one new token over caches of 128.
func measureAttention(_ report: Report) {
  for model in Model.allCases {
    measureWholeText(report, model)
    measureDecoding(report, model)
    measureRotary(report, model)
  }
}

private func measureWholeText(_ report: Report, _ model: Model) {
  let (c, h) = (model.width, model.heads)
  let shape = AttentionShape(length: length, heads: h, width: c)
  let (qkv, dQkv) = (numbers(length * 3 * c), FloatBuffer(count: length * 3 * c))
  let (out, dOut) = (FloatBuffer(count: length * c), numbers(length * c))
  let statistics = FloatBuffer(count: 2 * h * length)
  let (scratch, attention) = (MatMulScratch(), AttentionScratch())
  // Each query attends to itself and to the tokens before it.
  let pairs = Double(length * (length + 1) / 2)
  let text = "\(model) T \(length), C \(c), H \(h)"
  let (o, s, x, d, g) = (out.pointer, statistics.pointer, qkv.pointer.reading, dQkv.pointer, dOut.pointer.reading)
  let forward = Work(multiplyAdds: 2 * Double(c) * pairs, exponentials: Double(h) * pairs)
  report.measure("attention forward", text, forward) {
    attentionForward(o, s, x, shape, mode: .exact, scratch: scratch, attention: attention)
  }
  let backward = Work(multiplyAdds: 5 * Double(c) * pairs, exponentials: Double(h) * pairs)
  report.measure("attention backward", text, backward) {
    attentionBackward(dQkv: d, g, o.reading, s, x, shape, mode: .exact, scratch: scratch, attention: attention)
  }
  withExtendedLifetime((qkv, dQkv, out, dOut, statistics)) {}
}

/// One text, whose keys and values stay in a near cache; one token for each of 32 texts; and four tokens for each, as
/// with draft tokens.
private func measureDecoding(_ report: Report, _ model: Model) {
  let (c, h) = (model.width, model.heads)
  let seen = 128
  let (keyCount, valueCount) = KeyValueCache.counts(length: length, width: c)
  let scratch = DecodeScratch(heads: h, length: length)
  let (q, out) = (numbers(4 * c), FloatBuffer(count: 4 * c))
  let (query, target) = (q.pointer.reading, out.pointer)
  for (texts, tokens) in [(1, 1), (32, 1), (32, 4)] {
    let (keyCache, valueCache) = (numbers(texts * keyCount), numbers(texts * valueCount))
    let caches = (0..<texts).map { text in
      KeyValueCache(
        keys: keyCache.pointer + text * keyCount, values: valueCache.pointer + text * valueCount, length: length,
        heads: h, width: c)
    }
    let floats = 2 * seen * c * texts
    let work = Work(
      multiplyAdds: Double(tokens * floats), exponentials: Double(tokens * h * seen * texts),
      traffic: Traffic(floats: floats, .read))
    let name = "\(texts) \(texts == 1 ? "text" : "texts")" + (tokens == 1 ? "" : " x \(tokens)")
    report.measure("attention decode, \(name)", "\(model) T \(seen), C \(c)", work) {
      for cache in caches {
        attentionDecode(target, q: query, qStride: c, queries: tokens, cache, length: seen, scratch: scratch)
      }
    }
    if texts == 1 {
      // Each float of a key lies in its own cache line, which is read and written.
      let lines = Work(traffic: Traffic(floats: 2 * 16 * c + 3 * c, .update, workingSet: 18 * c))
      report.measure("append to cache", "\(model) C \(c)", lines) {
        caches[0].append(k: query, v: query, position: 100)
      }
    }
    withExtendedLifetime((keyCache, valueCache)) {}
  }
  withExtendedLifetime((q, out)) {}
}

/// The queries of a shard, row by row.
private func measureRotary(_ report: Report, _ model: Model) {
  let (c, h) = (model.width, model.heads)
  let table = RotaryTable(context: length, frequencies: rotaryFrequencies(headWidth: c / h, base: 10_000))
  let buffer = numbers(length * c)
  let x = buffer.pointer
  // Two products and two multiply-adds for a pair; x is read and written, the table read.
  let work = Work(
    operations: Double(2 * length * c),
    traffic: Traffic(floats: 2 * length * c + length * c / h, .update, workingSet: length * c))
  report.measure("rotary", "\(model) \(length) x \(c)", work) {
    for row in 0..<length { rotate(x + row * c, position: row, heads: h, table: table, direction: 1) }
  }
  withExtendedLifetime(buffer) {}
}
