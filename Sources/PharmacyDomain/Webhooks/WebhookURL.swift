import FoundationEssentials

/// Where webhooks of an order go: an absolute http or https URL.
package struct WebhookURL: Hashable, Sendable {
    package static let lengthLimit = 2048

    package let text: String

    package struct Refusal: Error, Hashable, Sendable {
        /// The end of a sentence that begins with the field's name.
        package let sentence: String
    }

    /// A URL that was judged when it was stored.
    package init(stored text: String) {
        self.text = text
    }

    package init(_ text: String, egress: EgressPolicy) throws(Refusal) {
        let text = text.trimmed
        guard !text.isEmpty else { throw Refusal(sentence: "must not be blank.") }
        guard text.utf8.count <= WebhookURL.lengthLimit else {
            throw Refusal(sentence: "must be at most \(WebhookURL.lengthLimit) characters.")
        }
        guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) && !#""<>\^`{|}"#.utf8.contains($0) }),
            let url = URLComponents(string: text), let scheme = url.scheme?.lowercased(), let host = url.host,
            !host.isEmpty, url.port.map({ (1...65535).contains($0) }) ?? true
        else { throw Refusal(sentence: "must be an absolute URL.") }
        guard scheme == "https" || scheme == "http" else { throw Refusal(sentence: "must be an http or https URL.") }
        guard url.user == nil, url.password == nil, !text.utf8.prefix(while: { $0 != UInt8(ascii: "?") }).contains(UInt8(ascii: "@"))
        else { throw Refusal(sentence: "must not carry user information.") }
        guard scheme == "https" || egress.allowsPlainHTTP else { throw Refusal(sentence: "must be an https URL.") }
        if let refusal = egress.refusal(ofHost: host) { throw Refusal(sentence: refusal) }
        self.text = text
    }
}
