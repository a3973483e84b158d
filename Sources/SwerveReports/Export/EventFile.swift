/// A file of events as TensorBoard reads it: messages `Event` in a file of records.
/// https://github.com/tensorflow/tensorboard/blob/master/tensorboard/compat/proto/event.proto
struct EventFile {
  private(set) var bytes: [UInt8] = []

  /// - Parameter time: of the first event, in seconds since 1970.
  init(time: Double) {
    var event = ProtobufWriter()
    event.write(time, field: Field.wallTime)
    event.write("brain.Event:2".utf8, field: Field.fileVersion)
    bytes += TFRecord.framed(event.bytes)
  }

  /// Adds the values of a step, each under its name ("tag").
  /// - Parameter time: in seconds since 1970.
  mutating func add(step: Int, time: Double, _ values: [(name: String, value: Float)]) {
    var summary = ProtobufWriter()
    for (name, number) in values {
      var value = ProtobufWriter()
      value.write(name.utf8, field: Field.tag)
      value.write(number, field: Field.simpleValue)
      summary.write(value.bytes, field: Field.value)
    }
    var event = ProtobufWriter()
    event.write(time, field: Field.wallTime)
    event.write(step, field: Field.step)
    event.write(summary.bytes, field: Field.summary)
    bytes += TFRecord.framed(event.bytes)
  }

  private enum Field {
    // Of an Event.
    static let wallTime: UInt64 = 1
    static let step: UInt64 = 2
    static let fileVersion: UInt64 = 3
    static let summary: UInt64 = 5
    // Of a Summary.
    static let value: UInt64 = 1
    // Of a Summary.Value.
    static let tag: UInt64 = 1
    static let simpleValue: UInt64 = 2
  }
}
