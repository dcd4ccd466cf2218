internal import PharmacyDomain

/// A time on a page. A script shows it relative to now, with the exact time in UTC and in the reader's zone as its title.
struct HubTime: Sendable {
    let at: Timestamp

    init(_ at: Timestamp) {
        self.at = at
    }

    /// A time in the form of the API; `nil` for any other text.
    init?(_ text: String?) {
        guard let at = text.flatMap({ Timestamp($0) }) else { return nil }
        self.init(at)
    }

    /// For the template `time`.
    var context: [String: Any] {
        let iso = at.description
        return ["iso": iso, "words": "\(iso.prefix(10)) \(iso.dropFirst(11).prefix(8)) UTC"]
    }
}
