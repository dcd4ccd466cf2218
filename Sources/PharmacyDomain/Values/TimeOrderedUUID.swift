package import FoundationEssentials

/// UUIDs that begin with the time (RFC 9562, version 7). New rows with such ids are added at the end of their indexes: with random
/// ids, each would change a page of its own.
package enum TimeOrderedUUID {
    /// Random bytes of a UUID.
    package static let randomLength = 10

    /// - Parameter random: `randomLength` random bytes.
    package static func make(at now: Timestamp, random: [UInt8]) -> UUID {
        // 48 bits of the time in milliseconds, the version, 12 random bits; the variant, 62 random bits.
        let time = UInt64(bitPattern: now.milliseconds)
        func timeByte(_ shift: Int) -> UInt8 { UInt8(truncatingIfNeeded: time >> shift) }
        return UUID(
            uuid: (
                timeByte(40), timeByte(32), timeByte(24), timeByte(16), timeByte(8), timeByte(0),
                random[0] & 0x0F | 0x70, random[1], random[2] & 0x3F | 0x80, random[3], random[4], random[5], random[6],
                random[7], random[8], random[9]
            ))
    }

    /// The time at the beginning of a UUID; `nil` for one of another version.
    package static func time(of uuid: UUID) -> Timestamp? {
        let bytes = uuid.uuid
        guard bytes.6 >> 4 == 7 else { return nil }
        let time = [bytes.0, bytes.1, bytes.2, bytes.3, bytes.4, bytes.5]
        return Timestamp(milliseconds: time.reduce(0) { $0 << 8 | Int64($1) })
    }
}
