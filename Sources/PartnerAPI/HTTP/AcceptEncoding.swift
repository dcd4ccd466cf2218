package import HTTPTypes

/// The content codings that a client accepts (RFC 9110 §12.5.3), as far as this server has them: gzip, or none (`identity`).
package struct AcceptEncoding: Sendable {
    /// The weights in thousandths; `nil` for a coding that the field does not name.
    private var gzip: Int?
    private var identity: Int?
    /// The weight of all codings that are not named (`*`).
    private var others: Int?

    /// The maximum length of the field in bytes. A longer one counts as absent.
    private static let lengthLimit = 512
    private static let wholeWeight = 1_000

    package init(_ fields: HTTPFields) {
        guard let value = fields.value(.acceptEncoding),
            let text = HeaderText(value, upTo: AcceptEncoding.lengthLimit)?.text
        else { return }
        for element in text.lowercased().utf8.split(separator: UInt8(ascii: ",")) {
            let parts = element.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false)
            guard let name = parts.first.map(AcceptEncoding.trimmed),
                let weight = AcceptEncoding.weight(parts.dropFirst())
            else { continue }
            switch name {
            case "gzip", "x-gzip": gzip = min(weight, gzip ?? weight)
            case "identity": identity = min(weight, identity ?? weight)
            case "*": others = min(weight, others ?? weight)
            default: break
            }
        }
    }

    /// Whether the client accepts gzip, and prefers nothing uncoded. A client that does not say how much it likes uncoded content
    /// accepts it, but would rather have a coding that it names.
    package var prefersGzip: Bool {
        let weight = gzip ?? others ?? 0
        return weight > 0 && weight >= (identity ?? others ?? 0)
    }

    /// Whether the client refuses content without a coding.
    package var refusesIdentity: Bool { (identity ?? others) == 0 }

    /// The weight of a coding from its parameters: 1 without one.
    /// - Returns: `nil` if they are anything but one weight.
    private static func weight(_ parameters: ArraySlice<Substring.UTF8View>) -> Int? {
        guard let parameter = parameters.first else { return wholeWeight }
        let text = trimmed(parameter)
        guard parameters.count == 1, text.hasPrefix("q=") else { return nil }
        let digits = text.utf8.dropFirst(2).split(
            separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
        guard let whole = digits.first, whole.count == 1, let unit = whole.first.map({ Int($0) - 0x30 }),
            (0...1).contains(unit)
        else { return nil }
        var weight = unit * wholeWeight
        var place = wholeWeight
        for digit in digits.dropFirst().joined() {
            place /= 10
            guard place > 0, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
            weight += place * (Int(digit) - 0x30)
        }
        return weight <= wholeWeight ? weight : nil
    }

    private static func trimmed(_ bytes: Substring.UTF8View) -> Substring {
        let isSpace = { (byte: UInt8) in byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
        var rest = bytes.drop(while: isSpace)
        while let last = rest.last, isSpace(last) { rest = rest.dropLast() }
        return Substring(rest)
    }
}
