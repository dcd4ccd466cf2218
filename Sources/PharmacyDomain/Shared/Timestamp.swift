package import FoundationEssentials

/// A moment in UTC, in whole milliseconds since 1970-01-01T00:00:00Z.
package struct Timestamp: Hashable, Comparable, Sendable {
    package var milliseconds: Int64

    package init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    package init(_ date: Date) {
        self.milliseconds = Int64((date.timeIntervalSince1970 * 1000).rounded(.down))
    }

    package var date: Date { Date(timeIntervalSince1970: Double(milliseconds) / 1000) }

    /// Whole seconds since 1970, rounded down: what `X-RateLimit-Reset`, JWT claims and `webhook-timestamp` carry.
    package var seconds: Int64 { milliseconds >= 0 ? milliseconds / 1000 : (milliseconds - 999) / 1000 }

    package static func < (left: Timestamp, right: Timestamp) -> Bool { left.milliseconds < right.milliseconds }

    package static func + (moment: Timestamp, span: Duration) -> Timestamp {
        Timestamp(milliseconds: moment.milliseconds + span.milliseconds)
    }

    package static func - (moment: Timestamp, span: Duration) -> Timestamp {
        Timestamp(milliseconds: moment.milliseconds - span.milliseconds)
    }

    /// The span from `earlier` to this moment; negative when `earlier` is later.
    package func since(_ earlier: Timestamp) -> Duration {
        .milliseconds(milliseconds - earlier.milliseconds)
    }
}

extension Timestamp: CustomStringConvertible {
    private static let style = Date.ISO8601FormatStyle()
    private static let fractionalStyle = Date.ISO8601FormatStyle(includingFractionalSeconds: true)

    /// ISO 8601 in UTC with the offset the guide shows: `2025-12-22T17:15:01+00:00`. Fractions are cut off.
    package var description: String {
        var text = Timestamp.style.format(date)
        text.removeLast()
        text.append("+00:00")
        return text
    }

    /// Reads an ISO 8601 date and time with an offset (`Z` or `±hh:mm`), with or without a fraction of a second.
    /// `nil` for everything else, a bare date and a time without an offset among it.
    package init?(_ text: String) {
        guard text.utf8.count <= 40, text.utf8.contains(UInt8(ascii: "T")) else { return nil }
        let style = text.utf8.contains(UInt8(ascii: ".")) ? Timestamp.fractionalStyle : Timestamp.style
        guard let date = try? style.parse(text) else { return nil }
        self.init(date)
    }
}

extension Duration {
    /// Whole milliseconds, rounded towards zero.
    package var milliseconds: Int64 {
        components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
    }

    package static func days(_ count: Int) -> Duration { .seconds(count * 86_400) }
    package static func hours(_ count: Int) -> Duration { .seconds(count * 3600) }
    package static func minutes(_ count: Int) -> Duration { .seconds(count * 60) }
}
