// The blocks of ggml's quantized types: small integers q with scales. A product of q and a scale is exact in float32
// (a half has 11 bits), so the only rounding is that of the sum or of the last product, and fusing it changes nothing.

extension StoredType {
  /// `read` for whatever is more than a copy. The loops are here, where the compiler sees what they call.
  func readConverted(_ bytes: UnsafeRawPointer, into out: UnsafeMutablePointer<Float>, count: Int) {
    switch self {
    case .f32:
      for i in 0..<count {
        out[i] = Float(bitPattern: UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 4 &* i, as: UInt32.self)))
      }
    case .f16: for i in 0..<count { out[i] = half(bytes, 2 &* i) }
    case .bf16:
      for i in 0..<count {
        let bits = UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: 2 &* i, as: UInt16.self))
        out[i] = Float(bitPattern: UInt32(bits) << 16)
      }
    case .q80: readBlocks(bytes, out, count, readQ80)
    case .q40: readBlocks(bytes, out, count, readQ40)
    case .q41: readBlocks(bytes, out, count, readQ41)
    case .q50: readBlocks(bytes, out, count, readQ50)
    case .q51: readBlocks(bytes, out, count, readQ51)
    case .q4K: readBlocks(bytes, out, count, readQ4K)
    case .q5K: readBlocks(bytes, out, count, readQ5K)
    case .q6K: readBlocks(bytes, out, count, readQ6K)
    }
  }

  /// Inlined, so that each type has a loop of its own.
  @inline(__always)
  private func readBlocks(
    _ bytes: UnsafeRawPointer, _ out: UnsafeMutablePointer<Float>, _ count: Int,
    _ read: (UnsafeRawPointer, UnsafeMutablePointer<Float>) -> Void
  ) {
    let (size, values) = (blockBytes, blockValues)
    for block in 0..<count / values { read(bytes + block * size, out + block * values) }
  }
}

/// A half as float32, which is exact. Written out because the compiler calls a function for each conversion: a half's
/// exponent is 112 smaller, which a product corrects, also for subnormal halves; infinities and NaN are set apart.
@inline(__always)
private func half(_ bytes: UnsafeRawPointer, _ offset: Int) -> Float {
  let bits = UInt32(UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt16.self)))
  let magnitude = (bits & 0x7fff) &<< 13
  let finite = (Float(bitPattern: magnitude) * 0x1p112).bitPattern
  let value = magnitude >= 0x7c00 &<< 13 ? magnitude | 0x7f80_0000 : finite
  return Float(bitPattern: value | (bits & 0x8000) &<< 16)
}

@inline(__always)
private func sixteen(_ bytes: UnsafeRawPointer, _ offset: Int = 0) -> SIMD16<UInt8> {
  bytes.loadUnaligned(fromByteOffset: offset, as: SIMD16<UInt8>.self)
}

/// out = q * scale + minimum
@inline(__always)
private func store(_ q: SIMD16<UInt8>, _ out: UnsafeMutablePointer<Float>, _ scale: Float, plus minimum: Float) {
  for i in 0..<16 { out[i] = Float(q[i]) * scale + minimum }
}

/// out = (q - zero) * scale
@inline(__always)
private func store(_ q: SIMD16<UInt8>, _ out: UnsafeMutablePointer<Float>, _ scale: Float, zero: UInt8) {
  let signed = unsafeBitCast(q &- SIMD16(repeating: zero), to: SIMD16<Int8>.self)
  for i in 0..<16 { out[i] = Float(signed[i]) * scale }
}

/// Scale, 32 signed bytes.
@inline(__always)
private func readQ80(_ block: UnsafeRawPointer, _ out: UnsafeMutablePointer<Float>) {
  let scale = half(block, 0)
  store(sixteen(block, 2), out, scale, zero: 0)
  store(sixteen(block, 18), out + 16, scale, zero: 0)
}

/// Scale, 16 bytes: the low halves are values 0 to 15, the high halves 16 to 31.
@inline(__always)
private func readQ40(_ block: UnsafeRawPointer, _ out: UnsafeMutablePointer<Float>) {
  let (scale, q) = (half(block, 0), sixteen(block, 2))
  store(q & 15, out, scale, zero: 8)
  store(q &>> 4, out + 16, scale, zero: 8)
}

/// Scale, minimum, 16 bytes as in Q4_0.
@inline(__always)
private func readQ41(_ block: UnsafeRawPointer, _ out: UnsafeMutablePointer<Float>) {
  let (scale, minimum, q) = (half(block, 0), half(block, 2), sixteen(block, 4))
  store(q & 15, out, scale, plus: minimum)
  store(q &>> 4, out + 16, scale, plus: minimum)
}

/// The fifth bits of 16 values: bit i of `bits` as 16 in element i.
@inline(__always)
private func fifthBits(_ bits: UInt16) -> SIMD16<UInt8> {
  let words = SIMD2(fifthBits(UInt8(truncatingIfNeeded: bits)), fifthBits(UInt8(truncatingIfNeeded: bits >> 8)))
  return unsafeBitCast(words, to: SIMD16<UInt8>.self)
}

/// The same for 8 values, byte by byte of a word: byte i gets bit i alone, then the sum carries it to bit 7, if it is
/// set, and the shift brings it to bit 4.
@inline(__always)
private func fifthBits(_ bits: UInt8) -> UInt64 {
  let alone = (UInt64(bits) &* 0x0101_0101_0101_0101) & 0x8040_2010_0804_0201
  return (((alone &+ 0x0040_6070_787c_7e7f) &>> 3) & 0x1010_1010_1010_1010).littleEndian
}

/// Scale, the fifth bits of 32 values, 16 bytes as in Q4_0.
@inline(__always)
private func readQ50(_ block: UnsafeRawPointer, _ out: UnsafeMutablePointer<Float>) {
  let (scale, bits, q) = (half(block, 0), fifth(block, 2), sixteen(block, 6))
  store((q & 15) | fifthBits(bits.low), out, scale, zero: 16)
  store((q &>> 4) | fifthBits(bits.high), out + 16, scale, zero: 16)
}

/// Scale, minimum, the fifth bits of 32 values, 16 bytes as in Q4_0.
@inline(__always)
private func readQ51(_ block: UnsafeRawPointer, _ out: UnsafeMutablePointer<Float>) {
  let (scale, minimum, bits, q) = (half(block, 0), half(block, 2), fifth(block, 4), sixteen(block, 8))
  store((q & 15) | fifthBits(bits.low), out, scale, plus: minimum)
  store((q &>> 4) | fifthBits(bits.high), out + 16, scale, plus: minimum)
}

@inline(__always)
private func fifth(_ block: UnsafeRawPointer, _ offset: Int) -> (low: UInt16, high: UInt16) {
  let bits = UInt32(littleEndian: block.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
  return (UInt16(truncatingIfNeeded: bits), UInt16(truncatingIfNeeded: bits >> 16))
}

/// The scale and the minimum of eight groups of 32 values, six bits each, in 12 bytes.
@inline(__always)
private func sixBits(_ scales: UnsafeRawPointer, group: Int) -> (scale: Float, minimum: Float) {
  func byte(_ i: Int) -> UInt8 { scales.load(fromByteOffset: i, as: UInt8.self) }
  if group < 4 { return (Float(byte(group) & 63), Float(byte(group + 4) & 63)) }
  let low = byte(group + 4)
  return (
    Float((low & 15) | (byte(group - 4) >> 6) << 4), Float((low >> 4) | (byte(group) >> 6) << 4)
  )
}

/// Scale and minimum of the scales and minimums, 12 bytes of these, 128 bytes: of each 32, the low halves are one group
/// and the high halves the next.
@inline(__always)
private func readQ4K(_ block: UnsafeRawPointer, _ out: UnsafeMutablePointer<Float>) {
  let (scale, minimum) = (half(block, 0), half(block, 2))
  for pair in 0..<4 {
    let (a, b) = (sixBits(block + 4, group: 2 * pair), sixBits(block + 4, group: 2 * pair + 1))
    for part in 0..<2 {
      let q = sixteen(block, 16 + 32 * pair + 16 * part)
      let target = out + 64 * pair + 16 * part
      store(q & 15, target, scale * a.scale, plus: -(minimum * a.minimum))
      store(q &>> 4, target + 32, scale * b.scale, plus: -(minimum * b.minimum))
    }
  }
}

/// As Q4_K with 32 bytes of fifth bits before the 128: bit g of byte i belongs to value i of group g.
@inline(__always)
private func readQ5K(_ block: UnsafeRawPointer, _ out: UnsafeMutablePointer<Float>) {
  let (scale, minimum) = (half(block, 0), half(block, 2))
  for pair in 0..<4 {
    let (a, b) = (sixBits(block + 4, group: 2 * pair), sixBits(block + 4, group: 2 * pair + 1))
    for part in 0..<2 {
      let bits = sixteen(block, 16 + 16 * part) &>> SIMD16(repeating: UInt8(2 * pair))
      let q = sixteen(block, 48 + 32 * pair + 16 * part)
      let target = out + 64 * pair + 16 * part
      store((q & 15) | (bits & 1) &<< 4, target, scale * a.scale, plus: -(minimum * a.minimum))
      store((q &>> 4) | (bits & 2) &<< 3, target + 32, scale * b.scale, plus: -(minimum * b.minimum))
    }
  }
}

/// Two halves of 128 values: 64 bytes of low four bits, then (after both) 32 bytes of high two bits, then 8 signed
/// scales of 16 values; at the end the scale of the scales.
@inline(__always)
private func readQ6K(_ block: UnsafeRawPointer, _ out: UnsafeMutablePointer<Float>) {
  let scale = half(block, 208)
  // 16 columns of one of the halves, which hold values of four rows of 32.
  for part in 0..<4 {
    let (side, column) = (part >> 1, part & 1)
    let a = sixteen(block, 64 * side + 16 * column)
    let b = sixteen(block, 64 * side + 32 + 16 * column)
    let high = sixteen(block, 128 + 32 * side + 16 * column)
    let target = out + 128 * side + 16 * column
    func group(_ row: Int) -> Float {
      scale * Float(block.load(fromByteOffset: 192 + 8 * side + 2 * row + column, as: Int8.self))
    }
    store((a & 15) | (high & 3) &<< 4, target, group(0), zero: 32)
    store((b & 15) | ((high &>> 2) & 3) &<< 4, target + 32, group(1), zero: 32)
    store((a &>> 4) | ((high &>> 4) & 3) &<< 4, target + 64, group(2), zero: 32)
    store((b &>> 4) | (high &>> 6) &<< 4, target + 96, group(3), zero: 32)
  }
}
