/// The bytes that a proof authenticates. Each field is preceded by its length, so that different rows have different bytes, and an
/// absent field differs from an empty one.
struct GrantFields {
    private(set) var bytes: [UInt8] = []

    init() { bytes.reserveCapacity(320) }

    mutating func add(_ field: [UInt8]?) {
        guard let field else { return bytes.append(0) }
        bytes.append(1)
        append(Int64(field.count))
        bytes += field
    }

    mutating func add(_ text: String?) {
        guard let text else { return bytes.append(0) }
        bytes.append(1)
        append(Int64(text.utf8.count))
        bytes += text.utf8
    }

    mutating func add(_ number: Int64?) {
        guard let number else { return bytes.append(0) }
        bytes.append(1)
        append(8)
        append(number)
    }

    /// Big endian.
    private mutating func append(_ number: Int64) {
        for shift in stride(from: 56, through: 0, by: -8) { bytes.append(UInt8(truncatingIfNeeded: number >> shift)) }
    }
}
