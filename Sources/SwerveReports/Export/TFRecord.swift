import SwerveFiles

/// TensorFlow's files of records, which event files are:
/// https://github.com/tensorflow/tensorflow/blob/master/tensorflow/core/lib/io/record_writer.h
enum TFRecord {
  /// The length in eight bytes and its checksum in four, then the content and its checksum; all little-endian.
  static func framed(_ content: [UInt8]) -> [UInt8] {
    let length = bytes(of: UInt64(content.count))
    return length + bytes(of: maskedChecksum(length)) + content + bytes(of: maskedChecksum(content))
  }

  /// A CRC of a text that holds CRCs is a weak one, so what is stored is changed ("masked").
  static func maskedChecksum(_ bytes: [UInt8]) -> UInt32 {
    let checksum = CRC32C.of(bytes)
    return (checksum >> 15 | checksum << 17) &+ 0xa282_ead8
  }

  private static func bytes(of number: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: number.littleEndian) { Array($0) }
  }
}
