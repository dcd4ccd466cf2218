import FoundationEssentials

/// A URL that receives webhooks of an order: absolute, http or https.
package struct WebhookURL: Hashable, Sendable {
    package static let lengthLimit = 2048

    package let text: String

    package struct Refusal: Error, Hashable, Sendable {
        /// The end of a sentence that begins with the field's name.
        package let sentence: String
    }

    /// A URL that was checked before it was stored.
    package init(stored text: String) {
        self.text = text
    }

    package init(_ text: String, egress: EgressPolicy) throws(Refusal) {
        let text = text.trimmed
        guard !text.isEmpty else { throw Refusal(sentence: "must not be blank.") }
        guard text.utf8.count <= WebhookURL.lengthLimit else {
            throw Refusal(sentence: "must be at most \(WebhookURL.lengthLimit) characters.")
        }
        let fault = CharacterFault(in: text) { scalar in
            ("!"..."~").contains(scalar) && !#""<>\^`{|}"#.unicodeScalars.contains(scalar)
        }
        if let fault {
            throw Refusal(sentence: "must be an absolute URL: \(fault.description) must be percent-encoded.")
        }
        guard let url = URLComponents(string: text), let scheme = url.scheme?.lowercased(),
            url.host?.isEmpty == false
        else { throw Refusal(sentence: "must be an absolute URL.") }
        guard scheme == "https" || scheme == "http" else { throw Refusal(sentence: "must be an http or https URL.") }
        let authority = text.utf8.dropFirst(scheme.utf8.count + 3).prefix { !"/?#".utf8.contains($0) }
        guard url.user == nil, url.password == nil, !authority.contains(UInt8(ascii: "@")) else {
            throw Refusal(sentence: "must not carry user information.")
        }
        guard let host = WebhookURL.host(in: String(Substring(authority))) else {
            throw Refusal(sentence: "must be an absolute URL: its port must be 1 to 65535.")
        }
        guard scheme == "https" || egress.allowsPlainHTTP else { throw Refusal(sentence: "must be an https URL.") }
        if let refusal = egress.refusal(ofHost: host) { throw Refusal(sentence: refusal) }
        self.text = text
    }

    /// The scheme, host and port, which all URLs of one receiver share.
    package var origin: String {
        let parts = text.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count >= 3 else { return text.lowercased() }
        return "\(parts[0])//\(parts[2].prefix { $0 != "?" && $0 != "#" })".lowercased()
    }

    /// The host, as it is written, without the port; empty for a text that has none.
    package var host: String {
        let authority = origin.split(separator: "/", omittingEmptySubsequences: true).dropFirst().first ?? ""
        let name = authority[(authority.lastIndex(of: "@").map(authority.index(after:)) ?? authority.startIndex)...]
        return WebhookURL.host(in: String(name)) ?? String(name)
    }

    /// The URL without user information, query and fragment, which may hold secrets of the receiver.
    package var withoutSecrets: String {
        let shown = text.prefix { $0 != "?" && $0 != "#" }
        var parts = shown.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count >= 3, let at = parts[2].lastIndex(of: "@") else { return String(shown) }
        parts[2] = parts[2][parts[2].index(after: at)...]
        return parts.joined(separator: "/")
    }

    /// The host of `host`, `host:port` or `[address]:port`, as it is written; `nil` where the port is out of range.
    ///
    /// URLComponents decodes escapes and Punycode in its host, which not every program does before it connects, and has no port
    /// where that is too large for an `Int`.
    private static func host(in authority: String) -> String? {
        let end = authority.hasPrefix("[") ? authority.firstIndex(of: "]").map { authority.index(after: $0) } : nil
        let host = authority[..<(end ?? authority.firstIndex(of: ":") ?? authority.endIndex)]
        let port = authority[host.endIndex...]
        guard port.isEmpty || port == ":" || ASCIIDigits.number(port.utf8.dropFirst()).map((1...65535).contains) == true
        else { return nil }
        return String(host)
    }
}
