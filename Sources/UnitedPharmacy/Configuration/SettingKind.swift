internal import FoundationEssentials
internal import PharmacyDomain
internal import PharmacyServices

/// The type of a setting: the values that it accepts, and how they are read and shown.
struct SettingKind<Value: Sendable>: Sendable {
    /// The accepted values in a few words, for documents: `0 to 65535`.
    let range: String
    /// Follows "must be" in errors: `a number from 0 to 65535`.
    let expected: String
    /// Returns `nil` for a value that is not accepted.
    let read: @Sendable (String) -> Value?
    /// The value as the setting is written.
    let show: @Sendable (Value) -> String
}

extension SettingKind where Value == Int {
    static func number(_ range: ClosedRange<Int>) -> SettingKind {
        SettingKind(
            range: "\(range.lowerBound) to \(range.upperBound)",
            expected: "a number from \(range.lowerBound) to \(range.upperBound)",
            read: { text in ASCIIDigits.number(text.utf8).flatMap { range.contains($0) ? $0 : nil } },
            show: { "\($0)" })
    }
}

extension SettingKind where Value == Duration {
    /// A duration such as `500ms`, `5s`, `1m`, `24h` or `30d`; also `0s` if the range includes zero.
    static func duration(_ range: ClosedRange<Duration>) -> SettingKind {
        let (lower, upper) = (text(range.lowerBound), text(range.upperBound))
        return SettingKind(
            range: "\(lower) to \(upper)",
            expected: "a duration from \(lower) to \(upper), for example 500ms, 5s, 1m, 24h or 30d",
            read: { text in
                let span = text == "0s" ? Duration.zero : DurationText.parse(text)
                return span.flatMap { range.contains($0) ? $0 : nil }
            }, show: SettingKind.text)
    }

    /// A duration in the largest unit that it is a whole number of.
    static func text(_ span: Duration) -> String {
        let units = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000)] as [(String, Int64)]
        for (unit, length) in units where span.milliseconds.isMultiple(of: length) && span > .zero {
            return "\(span.milliseconds / length)\(unit)"
        }
        return span == .zero ? "0s" : "\(span.milliseconds)ms"
    }
}

extension SettingKind where Value == SandboxPace {
    /// A duration, or `manual`.
    static func pace(_ range: ClosedRange<Duration>) -> SettingKind {
        let span = SettingKind<Duration>.duration(range)
        return SettingKind(
            range: span.range + ", or manual", expected: span.expected + ", or manual",
            read: { $0 == "manual" ? .manual : span.read($0).map(SandboxPace.every) },
            show: { pace in
                if case .every(let span) = pace { SettingKind<Duration>.text(span) } else { "manual" }
            })
    }
}

extension SettingKind where Value == RateLimit {
    static var rate: SettingKind {
        SettingKind(
            range: "1 to 1,000,000 per s, m or h",
            expected: "between 1 and 1,000,000 requests per s, m or h, for example 600/m", read: { RateLimit($0) },
            show: \.description)
    }
}

extension SettingKind where Value == Bool {
    static var yesOrNo: SettingKind {
        SettingKind(
            range: "yes or no", expected: "yes or no",
            read: { text in
                switch text {
                case "yes": true
                case "no": false
                default: nil
                }
            }, show: { $0 ? "yes" : "no" })
    }
}

extension SettingKind where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
    /// One of the type's raw values.
    static var word: SettingKind {
        let words = Value.allCases.map(\.rawValue)
        let all = [words.dropLast().joined(separator: ", "), words.last ?? ""].joined(separator: " or ")
        return SettingKind(range: all, expected: all, read: { Value(rawValue: $0) }, show: \.rawValue)
    }
}

extension SettingKind where Value == [IPAddressBlock] {
    /// Addresses and CIDR blocks, separated by commas.
    /// - Parameter limit: the most blocks; each request's address is compared with all of them.
    static func addressBlocks(limit: Int) -> SettingKind {
        SettingKind(
            range: "at most \(limit) addresses or blocks",
            expected: "at most \(limit) addresses or blocks such as 10.0.0.0/8, separated by commas",
            read: { text in IPAddressBlock.list(text).flatMap { $0.count <= limit ? $0 : nil } },
            show: { $0.map { "\($0.prefix.text)/\($0.length)" }.joined(separator: ", ") })
    }
}

extension SettingKind where Value == [UInt8] {
    static var masterKey: SettingKind {
        SettingKind(
            range: "32 bytes in base64 or hexadecimal", expected: "32 bytes in base64 or hexadecimal",
            read: MasterKeyText.parse, show: { _ in "(set)" })
    }
}
