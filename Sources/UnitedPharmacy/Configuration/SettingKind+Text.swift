internal import FoundationEssentials
internal import PharmacyDomain

extension SettingKind where Value == String {
    /// A text that `read` accepts, perhaps in another form.
    private static func text(
        range: String, _ expected: String, _ read: @escaping @Sendable (String) -> String?
    ) -> SettingKind {
        SettingKind(range: range, expected: expected, read: read, show: { $0 })
    }

    static var path: SettingKind {
        .text(range: "a path", "a path of at most 4096 bytes without control characters") { text in
            // Linux's PATH_MAX, 4096, includes the terminating null byte.
            text.utf8.count < 4096 && !text.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F } ? text : nil
        }
    }

    /// A name or an address to listen on, without a scheme and a port.
    static var host: SettingKind {
        .text(
            range: "an address or a host name",
            "an address or a host name of at most 253 characters, without a scheme or a port"
        ) { text in
            // A link-local address may have a zone (RFC 4007 §11): `fe80::1%eth0`.
            let address = text.split(separator: "%", maxSplits: 1, omittingEmptySubsequences: false)
            if IPAddress(String(address[0])) != nil, address.last?.isEmpty == false { return text }
            let isName = text.utf8.allSatisfy { byte in
                isLetterOrDigit(byte)
                    || [UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_")].contains(byte)
            }
            return isName && text.utf8.count <= 253 ? text : nil
        }
    }

    /// The URL that partners use: `http` or `https`, a host, and at most a path after it.
    static var publicURL: SettingKind {
        .text(
            range: "an http or https URL",
            "an http or https URL of at most 2048 characters, without a user, a query or a fragment, for example "
                + "https://api.example.com", plainURL)
    }

    /// An e-mail address or a URL that people can write to.
    static var contact: SettingKind {
        .text(
            range: "an e-mail address, or an http or https URL",
            "an e-mail address, or an http or https URL of at most 2048 characters without a user, a query or a fragment"
        ) { text in
            PatientRules.email.violation(inValue: text) == nil ? text : plainURL(text)
        }
    }

    /// The URL of a server that receives confidential data: unencrypted only within this machine.
    static var outgoingURL: SettingKind {
        .text(
            range: "an https URL, or an http URL of this machine",
            "an https URL, or an http URL of this machine, of at most 2048 characters and without a user, a query or a "
                + "fragment"
        ) { text in
            guard let plain = plainURL(text), let url = URLComponents(string: plain) else { return nil }
            return url.scheme == "https" || LoopbackHost.contains(url.host ?? "") ? plain : nil
        }
    }

    static var postgreSQLURL: SettingKind {
        .text(
            range: "a postgres:// or postgresql:// URL",
            "a URL like postgres://user@host/database, with %40 for an @ in the password"
        ) { text in
            guard text.hasPrefix("postgres://") || text.hasPrefix("postgresql://") else { return nil }
            // An unencoded @ in a password would make the rest of the password part of the host, which errors and the
            // log contain.
            return text.prefix { $0 != "?" }.count { $0 == "@" } <= 1 ? text : nil
        }
    }

    static var setupToken: SettingKind {
        let prefix = SecretPrefix.setupToken.rawValue
        return .text(
            range: "\(prefix) and 43 to 200 letters, digits, hyphens or underscores",
            "\(prefix) followed by 43 to 200 letters, digits, hyphens or underscores"
        ) { text in
            guard text.hasPrefix(prefix) else { return nil }
            let rest = text.utf8.dropFirst(prefix.utf8.count)
            let isPlain = rest.allSatisfy { byte in
                isLetterOrDigit(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
            }
            return (43...200).contains(rest.count) && isPlain ? text : nil
        }
    }

    static var bearerToken: SettingKind {
        .text(range: "1 to 4096 visible ASCII characters", "1 to 4096 visible ASCII characters") { text in
            (1...4096).contains(text.utf8.count) && text.utf8.allSatisfy { (0x21...0x7E).contains($0) } ? text : nil
        }
    }

    static var callbackSecret: SettingKind {
        .text(range: "32 to 4096 characters", "32 to 4096 characters") { text in
            (32...4096).contains(text.utf8.count) ? text : nil
        }
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        ASCIIDigits.isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }

    /// The URL without a trailing slash. A user and a password are refused: they would reach documents and logs.
    private static func plainURL(_ text: String) -> String? {
        guard text.utf8.count <= 2048, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }),
            let url = URLComponents(string: text), url.scheme == "http" || url.scheme == "https",
            url.host?.isEmpty == false, url.user == nil, url.password == nil, url.query == nil, url.fragment == nil,
            url.port.map({ (1...65_535).contains($0) }) ?? true
        else { return nil }
        return text.hasSuffix("/") ? String(text.dropLast()) : text
    }
}
