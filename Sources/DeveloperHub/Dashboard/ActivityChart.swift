internal import PharmacyDomain

/// The span of time that the overview shows.
enum Span: String, CaseIterable {
    case day = "24h"
    case week = "7d"
    case month = "30d"

    var words: String {
        switch self {
        case .day: "24 hours"
        case .week: "7 days"
        case .month: "30 days"
        }
    }

    /// One bar of the chart.
    var step: Duration { self == .day ? .hours(1) : .days(1) }

    var bars: Int {
        switch self {
        case .day: 24
        case .week: 7
        case .month: 30
        }
    }

    /// The beginning of the first bar, on a full hour.
    func start(at now: Timestamp) -> Timestamp { now.hour + .hours(1) - step * bars }

    /// The beginnings of all bars.
    func starts(at now: Timestamp) -> [Timestamp] {
        let start = start(at: now)
        return (0..<bars).map { start + step * $0 }
    }

    /// The bar of a time; `nil` outside the span.
    func index(of moment: Timestamp, at now: Timestamp) -> Int? {
        let start = start(at: now)
        // A division would round earlier times to the first bar.
        guard moment >= start else { return nil }
        let index = Int(moment.since(start).milliseconds / step.milliseconds)
        return index < bars ? index : nil
    }
}

/// Something that happened over time: a bar for each hour or day, drawn by the template, and the same figures for a table.
struct ActivityChart {
    struct Bar {
        let start: Timestamp
        var all = 0
        /// Those of `all` that went wrong.
        var bad = 0
    }

    let bars: [Bar]
    let span: Span
    let words: Words

    /// What the chart and its table are called.
    struct Words {
        let title: String
        let all: String
        let bad: String
    }

    /// The size of the drawing in its own units.
    private static let (width, height) = (20, 120)

    init(_ bars: [Bar], over span: Span, words: Words) {
        self.bars = bars
        self.span = span
        self.words = words
    }

    /// Counts of hours, each of which is good or bad, in the bars of their hours.
    private init(
        _ counts: [(hour: Timestamp, number: Int, isBad: Bool)], over span: Span, until now: Timestamp, words: Words
    ) {
        var bars = span.starts(at: now).map { Bar(start: $0) }
        for count in counts {
            guard let index = span.index(of: count.hour, at: now) else { continue }
            bars[index].all += count.number
            if count.isBad { bars[index].bad += count.number }
        }
        self.init(bars, over: span, words: words)
    }

    /// Requests, of which those with an error code are bad.
    init(_ counts: [RequestCount], over span: Span, until now: Timestamp) {
        self.init(
            counts.map { (hour: $0.key.hour, number: $0.count, isBad: $0.key.code != nil) }, over: span, until: now,
            words: Words(title: "Requests", all: "Requests", bad: "Errors"))
    }

    /// Orders, of which those that have failed are bad.
    init(_ counts: [OrderCount], over span: Span) {
        self.init(
            counts.map { Bar(start: $0.start, all: $0.submitted, bad: $0.failed) }, over: span,
            words: Words(title: "Orders", all: "Submitted", bad: "Failed"))
    }

    /// Deliveries that have ended, of which those that failed for good are bad.
    init(_ counts: [DeliveryCount], over span: Span, until now: Timestamp) {
        self.init(
            counts.map { (hour: $0.hour, number: $0.count, isBad: $0.status == .failed) }, over: span, until: now,
            words: Words(title: "Deliveries", all: "Ended", bad: "Failed"))
    }

    var all: Int { bars.reduce(0) { $0 + $1.all } }
    var bad: Int { bars.reduce(0) { $0 + $1.bad } }

    /// The part that went well, in percent with one decimal, rounded down: 100 % only if all did.
    var successRate: String {
        guard all > 0 else { return "" }
        let thousandths = (all - bad) * 1000 / all
        return "\(thousandths / 10).\(thousandths % 10) %"
    }

    /// For the template `activity`.
    var context: [String: Any] {
        let most = max(1, bars.map(\.all).max() ?? 1)
        let drawn = bars.enumerated().map { index, bar -> [String: Any] in
            let height = bar.all * ActivityChart.height / most
            // What went wrong is visible among however much.
            let bad = min(height, bar.bad == 0 ? 0 : max(2, bar.bad * ActivityChart.height / most))
            let text = bar.start.description
            return [
                "x": index * ActivityChart.width + 2, "y": ActivityChart.height - height, "height": height,
                "badY": ActivityChart.height - bad, "badHeight": bad,
                "label": span == .day ? String(text.dropFirst(11).prefix(5)) : String(text.prefix(10)),
                "all": bar.all, "bad": bar.bad,
            ]
        }
        return [
            "bars": drawn, "viewBox": "0 0 \(bars.count * ActivityChart.width) \(ActivityChart.height)",
            "unit": span == .day ? "Hour (UTC)" : "Day from", "title": words.title, "allWord": words.all,
            "badWord": words.bad, "allCount": all, "badCount": bad, "hasAny": all > 0, "successRate": successRate,
        ]
    }
}
