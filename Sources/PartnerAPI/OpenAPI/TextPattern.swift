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
    private static let letters = #"[ '\u2010\u2011\u2019-]*[\p{L}][\p{L}\p{M} '\u2010\u2011\u2019-]*"#
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

    /// A day of the Gregorian calendar from 1900 on. That it must be in the past is said in words: a document that named today
    /// would be wrong tomorrow.
    package static let birthDate =
        "(?:(?:19|[2-9][0-9])[0-9]{2}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])"
        + "|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)|02-(?:0[1-9]|1[0-9]|2[0-8]))"
        + "|(?:(?:19|[2-9][0-9])(?:0[48]|[2468][048]|[13579][26])|(?:[2468][048]|[3579][26])00)-02-29)"

    /// The whole text and nothing else.
    package static func whole(_ core: String) -> String { "^(?:\(core))$" }
}
