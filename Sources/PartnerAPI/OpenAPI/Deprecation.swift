internal import HTTPTypes
package import PharmacyDomain

/// Announces that an operation, a parameter or a member will be removed.
package struct Deprecation: Hashable, Sendable {
    /// The day since which it is deprecated, from 00:00 UTC on.
    package let since: CalendarDate
    /// The first day, in UTC, on which it may no longer work.
    package let sunset: CalendarDate
    /// The path of the page that describes what to use instead.
    package let page: String
    /// The header fields that announce it: `Deprecation` and `Link` (RFC 9745), `Sunset` (RFC 8594).
    let fields: [HTTPField]

    /// The least number of months from `since` to `sunset`, which the guide promises.
    package static let notice = 12

    /// - Parameters:
    ///   - since: `YYYY-MM-DD`.
    ///   - sunset: `YYYY-MM-DD`.
    ///   - page: a path of this server, such as `/docs/orders#refills`.
    /// - Returns: `nil` for a text that is no day or no path, and for a notice that is shorter than `notice`.
    package init?(since: String, sunset: String, page: String) {
        guard let since = CalendarDate(since), let sunset = CalendarDate(sunset), page.hasPrefix("/"),
            Deprecation.months(from: since, to: sunset) >= Deprecation.notice
        else { return nil }
        self.since = since
        self.sunset = sunset
        self.page = page
        fields = [
            HTTPField(name: .deprecation, value: "@\(since.daysSince1970 * 86_400)"),
            HTTPField(name: .sunset, value: sunset.httpDate),
            HTTPField(name: .link, value: "<\(page)>; rel=\"deprecation\"; type=\"text/html\""),
        ]
    }

    /// A declaration in the code. The texts, as in `init(since:sunset:page:)`, are literals, never input from outside.
    package static func announced(since: String, sunset: String, page: String) -> Deprecation {
        guard let deprecation = Deprecation(since: since, sunset: sunset, page: page) else {
            preconditionFailure("the deprecation of \(since) until \(sunset) is invalid, or its notice is too short")
        }
        return deprecation
    }

    /// The sentence for people, in Markdown.
    package var sentence: String {
        "Deprecated since \(since), and available until \(sunset) at least: see [what to use instead](\(page))."
    }

    /// The members of the OpenAPI document: the standard's, and the one that tools like oasdiff read the last day from.
    var members: [JSON.Member] {
        [JSON.Member("deprecated", true), JSON.Member("x-sunset", .string(sunset.description))]
    }

    /// Whole months; negative if `end` is earlier.
    private static func months(from start: CalendarDate, to end: CalendarDate) -> Int {
        (end.year - start.year) * 12 + end.month - start.month - (end.day < start.day ? 1 : 0)
    }
}
