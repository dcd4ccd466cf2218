internal import FoundationEssentials
internal import PharmacyDomain
internal import PharmacyServices

/// How a setting is written: what it may be, in words, and how it is read and shown.
struct SettingKind<Value: Sendable>: Sendable {
    /// Follows "must be": `a number from 0 to 65535`.
    let expected: String
    /// `nil` for what the setting may not be.
    let read: @Sendable (String) -> Value?
    /// The value as the setting is written.
    let show: @Sendable (Value) -> String
}

extension SettingKind where Value == Int {
    static func number(_ range: ClosedRange<Int>) -> SettingKind {
        SettingKind(
            expected: "a number from \(range.lowerBound) to \(range.upperBound)",
            read: { text in ASCIIDigits.number(text.utf8).flatMap { range.contains($0) ? $0 : nil } },
            show: { "\($0)" })
    }
}

extension SettingKind where Value == Duration {
    /// A span such as `500ms`, `5s`, `1m`, `24h` or `30d`; `0s` too, where the range begins with nothing.
    static func duration(_ range: ClosedRange<Duration>) -> SettingKind {
        SettingKind(
            expected: SettingKind.words(range),
            read: { text in
                let span = text == "0s" ? Duration.zero : DurationText.parse(text)
                return span.flatMap { range.contains($0) ? $0 : nil }
            }, show: SettingKind.text)
    }

    /// What a duration of a range must be.
    static func words(_ range: ClosedRange<Duration>) -> String {
        "a duration from \(text(range.lowerBound)) to \(text(range.upperBound)), like 500ms, 5s, 1m, 24h or 30d"
    }

    /// A duration in the largest unit that it has a whole number of.
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
            expected: span.expected + ", or manual",
            read: { $0 == "manual" ? .manual : span.read($0).map(SandboxPace.every) },
            show: { pace in
                if case .every(let span) = pace { SettingKind<Duration>.text(span) } else { "manual" }
            })
    }
}

extension SettingKind where Value == RateLimit {
    static var rate: SettingKind {
        SettingKind(
            expected: "between 1 and 1,000,000 requests per s, m or h, for example 600/m", read: { RateLimit($0) },
            show: \.description)
    }
}

extension SettingKind where Value == Bool {
    static var yesOrNo: SettingKind {
        SettingKind(
            expected: "yes or no",
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
    /// One of some words.
    static var word: SettingKind {
        let words = Value.allCases.map(\.rawValue)
        let all = [words.dropLast().joined(separator: ", "), words.last ?? ""].joined(separator: " or ")
        return SettingKind(expected: all, read: { Value(rawValue: $0) }, show: \.rawValue)
    }
}

extension SettingKind where Value == String {
    /// A text that some rule accepts, perhaps in another form.
    static func text(_ expected: String, _ read: @escaping @Sendable (String) -> String?) -> SettingKind {
        SettingKind(expected: expected, read: read, show: { $0 })
    }

    /// A path of the file system.
    static var path: SettingKind {
        .text("a path of at most 4096 bytes without control characters") { text in
            // PATH_MAX of Linux, its end included, is 4096.
            text.utf8.count < 4096 && !text.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F } ? text : nil
        }
    }

    /// A name or an address to listen on, without scheme and port.
    static var host: SettingKind {
        .text("an address or a host name of at most 253 characters, without a scheme or a port") { text in
            // A link-local address may have a zone (RFC 4007, section 11): `fe80::1%eth0`.
            let address = text.split(separator: "%", maxSplits: 1, omittingEmptySubsequences: false)
            if IPAddress(String(address[0])) != nil, address.last?.isEmpty == false { return text }
            let isName = text.utf8.allSatisfy { byte in
                ASCIIDigits.isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
                    || [UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_")].contains(byte)
            }
            return isName && text.utf8.count <= 253 ? text : nil
        }
    }

    /// The address that partners see: http or https, a host, and no more than a path behind it.
    static var publicURL: SettingKind {
        .text(
            "an http or https URL of at most 2048 characters, without a user, a query or a fragment, like "
                + "https://api.example.com", SettingKind.plainURL)
    }

    /// Of a server that is sent what nobody else may read or alter: in the clear only within this machine.
    static var outgoingURL: SettingKind {
        .text(
            "an https URL, or an http one of this machine, of at most 2048 characters and without a user, a query or a "
                + "fragment"
        ) { text in
            guard let plain = SettingKind.plainURL(text), let url = URLComponents(string: plain) else { return nil }
            return url.scheme == "https" || LoopbackHost.contains(url.host ?? "") ? plain : nil
        }
    }

    /// The URL without the slash at its end. A user and a password in it would reach documents and logs.
    private static func plainURL(_ text: String) -> String? {
        guard text.utf8.count <= 2048, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }),
            let url = URLComponents(string: text), url.scheme == "http" || url.scheme == "https",
            url.host?.isEmpty == false, url.user == nil, url.password == nil, url.query == nil, url.fragment == nil,
            url.port.map({ (1...65_535).contains($0) }) ?? true
        else { return nil }
        return text.hasSuffix("/") ? String(text.dropLast()) : text
    }
}
