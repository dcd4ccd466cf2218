package import PharmacyDomain

/// Regular expressions that accept exactly what the server accepts: it trims white space (Unicode's `White_Space`), takes
/// a blank text for none where one may be left out, and refuses control characters.
package enum TextPattern {
    /// Any white space.
    private static let space = #"[\t-\r \u0085\u00A0\u1680\u2000\u2001\u2002-\u200A\u2028\u2029\u202F\u205F\u3000]"#
    /// A character that is neither white space nor a control character.
    private static let visible =
        #"[^\u0000- \u007F-\u00A0\u1680\u2000\u2001\u2002-\u200A\u2028\u2029\u202F\u205F\u3000]"#
    /// Any character but control characters.
    private static let inner = #"[^\u0000-\u001F\u007F-\u009F]"#
    /// Any character but control characters; tabs and line ends will do.
    private static let innerOfLines = #"[^\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F]"#

    /// White space around a text. However much there is of it is dropped before anything is measured; it is limited here
    /// because tools that make examples of texts beyond the longest would otherwise make them of white space alone.
    private static let padding = "\(space){0,3}"

    /// A text that must be there and must match `core` once it is trimmed.
    package static func required(_ core: String) -> String { "^\(padding)(?:\(core))\(padding)$" }

    /// A text that may be blank and must match `core` otherwise.
    package static func optional(_ core: String) -> String { "^\(padding)(?:\(core))?\(padding)$" }

    /// One line of text.
    package static let line = text("", inner)
    /// One line of text, or nothing.
    package static let optionalLine = text("?", inner)
    /// Lines of text, or nothing.
    package static let optionalLines = text("?", innerOfLines)

    /// A text of any length without padding, or a short one with it: see `padding`.
    private static func text(_ presence: String, _ inner: String) -> String {
        let long = "\(visible)(?:\(inner)*\(visible))?"
        let short = "\(visible)(?:\(inner){0,20}\(visible))?\(padding)"
        return "^(?:\(long)|\(padding)(?:\(short))\(presence))$"
    }

    /// Letters with their marks, spaces, hyphens and apostrophes, with at least one letter (guide, Validation Rules).
    private static let letters = #"[ '\u2019-]*[\p{L}][\p{L}\p{M} '\u2019-]*"#
    /// A name.
    package static let name = "^\(letters)$"
    /// A name, or nothing.
    package static let optionalName = "^(?:\(padding)|\(letters))$"
    /// Exactly ten digits.
    package static let phone = "[0-9]{10}"
    /// Five or nine digits.
    package static let zip = "[0-9]{5}(?:-?[0-9]{4})?"
    /// A decimal with two places.
    package static let price = #"(?:0|[1-9][0-9]{0,6})\.[0-9]{2}"#
    /// One part of a domain name.
    private static let label = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
    /// An e-mail address with a dotted domain.
    package static let email = #"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:"# + label + #"\.)+"# + label
    /// An absolute http or https URL without user information.
    package static let webhookURL = "https?://(?:\(host))(?::(?:\(port)))?(?:[/?]\(character)*)?(?:#\(character)*)?"
    /// A domain name, or an IPv4 address in its usual form.
    private static let host =
        #"(?:[A-Za-z0-9-]+\.)*[A-Za-z][A-Za-z0-9-]*|"# + octet + #"(?:\."# + octet + "){3}"
    /// 0 to 255.
    private static let octet = "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
    /// 1 to 65535.
    private static let port =
        "[1-9][0-9]{0,3}|[1-5][0-9]{4}|6(?:[0-4][0-9]{3}|5(?:[0-4][0-9]{2}|5(?:[0-2][0-9]|3[0-5])))"
    /// A character of a path, a query or a fragment.
    private static let character = "(?:[!$&-;=?A-Z_a-z~]|%[0-9A-Fa-f]{2})"
    /// A tenant's name.
    package static let tenant = "[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?"
    /// A time in ISO 8601 with an offset.
    package static let timestamp =
        "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}"
        + #"(?:\.[0-9]{1,9})?(?:Z|[+-](?:0[0-9]|1[0-7]):[0-5][0-9])"#

    /// The whole text and nothing else.
    package static func whole(_ core: String) -> String { "^(?:\(core))$" }
}

/// A regular expression for the days of the calendar that lie before a day, from 1900 on: what a date of birth is.
package struct PastDatePattern: Sendable {
    /// The expression.
    package let text: String

    /// - Parameter today: the first day that does not match; of the years 1901 to 2999.
    package init(before today: CalendarDate) {
        let year = ASCIIDigits.text(today.year, width: 4)
        let month = ASCIIDigits.text(today.month, width: 2)
        var ways = [
            "(?:\(PastDatePattern.years(before: today.year)))-\(PastDatePattern.dayOfAnyYear)",
            "(?:\(PastDatePattern.leapYears(before: today.year)))-02-29",
        ]
        ways += (1..<today.month).map { past in
            "\(year)-\(ASCIIDigits.text(past, width: 2))-\(PastDatePattern.days(1...PastDatePattern.length(past, today.year)))"
        }
        if today.day > 1 { ways.append("\(year)-\(month)-\(PastDatePattern.days(1...(today.day - 1)))") }
        self.text = "^(?:\(ways.joined(separator: "|")))$"
    }

    /// A day that every year has.
    private static let dayOfAnyYear =
        "(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)"
        + "|02-(?:0[1-9]|1[0-9]|2[0-8]))"

    /// The years from 1900 on, whole decades at once.
    private static func years(before end: Int) -> String {
        var ways: [String] = []
        var year = PatientRules.earliestBirthYear
        while year < end {
            let last = min(year + 9, end - 1)
            ways.append("\(year / 10)\(last % 10 == 9 ? "[0-9]" : "[0-\(last % 10)]")")
            year += 10
        }
        return ways.joined(separator: "|")
    }

    /// The years with a 29th of February.
    private static func leapYears(before end: Int) -> String {
        (PatientRules.earliestBirthYear..<end)
            .filter { CalendarDate(year: $0, month: 2, day: 29) != nil }
            .map(String.init).joined(separator: "|")
    }

    /// The number of a month's days.
    private static func length(_ month: Int, _ year: Int) -> Int {
        (28...31).last { CalendarDate(year: year, month: month, day: $0) != nil } ?? 28
    }

    /// Days with two digits.
    private static func days(_ range: ClosedRange<Int>) -> String {
        "(?:\(range.map { ASCIIDigits.text($0, width: 2) }.joined(separator: "|")))"
    }
}
