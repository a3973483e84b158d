/// CRC-32C (Castagnoli), the checksum of iSCSI (RFC 3720, section 12.1) and of TensorFlow's record files.
package enum CRC32C {
  /// The reflected polynomial is 0x82f63b78.
  private static let table: [UInt32] = (0..<256).map { index in
    (0..<8).reduce(UInt32(index)) { value, _ in value & 1 == 1 ? value >> 1 ^ 0x82f6_3b78 : value >> 1 }
  }

  package static func of(_ bytes: some Sequence<UInt8>) -> UInt32 {
    ~bytes.reduce(UInt32.max) { $0 >> 8 ^ table[Int(($0 ^ UInt32($1)) & 0xff)] }
  }
}
