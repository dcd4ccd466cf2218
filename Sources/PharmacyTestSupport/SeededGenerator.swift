package import PharmacyDomain

/// SplitMix64: the same sequence for the same seed, so that a property that fails once fails again.
package struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    package init(seed: UInt64) {
        self.state = seed
    }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// A string of up to 12 scalars from everywhere in Unicode, the awkward ones often among them.
    package mutating func string() -> String {
        let awkward: [Unicode.Scalar] = [
            "\"", "\\", "/", "\u{0}", "\u{1F}", "\n", "\r", "\t", "\u{7F}", "\u{2028}", "\u{FFFF}", "\u{10FFFF}",
            "\u{301}", "é",
        ]
        var scalars = String.UnicodeScalarView()
        for _ in 0..<Int.random(in: 0...12, using: &self) {
            switch Int.random(in: 0..<3, using: &self) {
            case 0: scalars.append(awkward.randomElement(using: &self) ?? "a")
            case 1: scalars.append(Unicode.Scalar(UInt8.random(in: 0x20...0x7E, using: &self)))
            default: scalars.append(Unicode.Scalar(UInt32.random(in: 0...0x10FFFF, using: &self)) ?? "\u{FFFD}")
            }
        }
        return String(scalars)
    }

    /// Any JSON value, at most `depth` arrays or objects deep.
    package mutating func json(depth: Int) -> JSON {
        switch Int.random(in: 0..<(depth > 0 ? 8 : 5), using: &self) {
        case 0: return .null
        case 1: return .bool(Bool.random(using: &self))
        case 2: return .integer(Int64(truncatingIfNeeded: next()) >> Int64.random(in: 0..<64, using: &self))
        case 3:
            let number = Double(bitPattern: next())
            return .number(number.isFinite ? number : -0.0)
        case 4: return .string(string())
        case 5, 6: return .array((0..<Int.random(in: 0...4, using: &self)).map { _ in json(depth: depth - 1) })
        default:
            return .object(
                (0..<Int.random(in: 0...4, using: &self)).map { _ in JSON.Member(string(), json(depth: depth - 1)) })
        }
    }
}
