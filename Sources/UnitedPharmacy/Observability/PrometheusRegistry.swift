package import Metrics
import Synchronization

/// Records the process's metrics and renders them in the Prometheus text exposition format 0.0.4.
///
/// Names of counters end in `_total` and names of timers in `_seconds`, even if their labels do not. Timers and
/// aggregating recorders are histograms; other recorders and meters are gauges. The same label and dimensions always
/// return the same series, so code may create its metric again for each request.
package final class PrometheusRegistry: MetricsFactory {
    /// The media type of `text()`.
    package static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    private struct Family {
        let kind: PrometheusKind
        /// By rendered labels, which are canonical: sorted, sanitized and escaped.
        var series: [String: any PrometheusSeries] = [:]
    }

    private struct State {
        var families: [String: Family] = [:]
        /// All sample names in use. A gauge `x_count` and a histogram `x` together would make the page ambiguous.
        var sampleNames: Set<String> = []
        var seriesCount = 0
        /// How often a metric was requested and refused.
        var refusals = 0
    }

    private let seriesLimit: Int
    private let prefix: String
    private let help: [String: String]
    private let state = Mutex(State())

    /// - Parameters:
    ///   - seriesLimit: the most series. Further metrics are accepted but not recorded, and counted by
    ///     `metrics_series_dropped_total`.
    ///   - prefix: the prefix of every name.
    ///   - help: descriptions of metrics, by their names without the prefix.
    package init(
        seriesLimit: Int = PrometheusLimits.series, prefix: String = "", help: [String: String] = [:]
    ) {
        self.seriesLimit = seriesLimit
        self.prefix = prefix
        self.help = help
    }

    /// The page for a scrape: metrics sorted by name, series sorted by labels.
    package func text() -> String { text { _ in } }

    /// The page for a scrape, followed by the metrics that `others` adds.
    func text(adding others: (inout PrometheusPage) -> Void) -> String {
        // The registry is locked only while the references are copied. Values are read afterwards, each under its own
        // lock, so that a slow scrape does not delay code that records.
        let (families, refusals) = state.withLock { ($0.families, $0.refusals) }
        var page = PrometheusPage()
        for (name, family) in families.sorted(by: { $0.key < $1.key }) where !family.series.isEmpty {
            page.family(prefix + name, type: family.kind.exposedType, help: help[name])
            for (_, series) in family.series.sorted(by: { $0.key < $1.key }) { series.write(to: &page) }
        }
        let refusalsName = prefix + PrometheusLimits.refusalsName
        page.family(refusalsName, type: "counter", help: help[PrometheusLimits.refusalsName])
        page.sample(refusalsName, labels: "", value: Double(refusals))
        others(&page)
        return page.text
    }

    /// The series of that kind, name and labels; created if there is none.
    /// - Returns: `nil` if the limit is reached or the name belongs to a metric of another kind.
    private func series<Series: PrometheusSeries>(
        _ kind: PrometheusKind, _ label: String, _ dimensions: [(String, String)], make: (PrometheusSeriesID) -> Series
    ) -> Series? {
        let name = PrometheusName.metric(label, suffix: kind.suffix)
        let labels = PrometheusName.labels(dimensions, reserved: kind.reservedLabels)
        return state.withLock { state in
            if let family = state.families[name] {
                if family.kind == kind, let known = family.series[labels] as? Series { return known }
                guard family.kind == kind, state.seriesCount < seriesLimit else {
                    state.refusals += 1
                    return nil
                }
            } else {
                let sampleNames = kind.sampleNames(of: name)
                guard state.seriesCount < seriesLimit, state.sampleNames.isDisjoint(with: sampleNames),
                    name != PrometheusLimits.refusalsName
                else {
                    state.refusals += 1
                    return nil
                }
                state.sampleNames.formUnion(sampleNames)
                state.families[name] = Family(kind: kind)
            }
            let new = make(PrometheusSeriesID(prefix: prefix, name: name, labels: labels))
            state.families[name]?.series[labels] = new
            state.seriesCount += 1
            return new
        }
    }

    private func destroy(_ handler: AnyObject) {
        guard let series = handler as? any PrometheusSeries else { return }
        state.withLock { state in
            let id = series.id
            guard let family = state.families[id.name], family.series[id.labels] === series else { return }
            state.families[id.name]?.series[id.labels] = nil
            state.seriesCount -= 1
            if family.series.count == 1 {
                state.families[id.name] = nil
                state.sampleNames.subtract(family.kind.sampleNames(of: id.name))
            }
        }
    }
}

// MARK: - MetricsFactory

extension PrometheusRegistry {
    package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        series(.counter, label, dimensions, make: PrometheusCounter.init) ?? NOOPMetricsHandler.instance
    }

    package func makeFloatingPointCounter(
        label: String, dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        series(.counter, label, dimensions, make: PrometheusCounter.init) ?? NOOPMetricsHandler.instance
    }

    package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        series(.gauge, label, dimensions, make: PrometheusGauge.init) ?? NOOPMetricsHandler.instance
    }

    package func makeRecorder(
        label: String, dimensions: [(String, String)], aggregate: Bool
    ) -> any RecorderHandler {
        guard aggregate else {
            return series(.gauge, label, dimensions, make: PrometheusGauge.init) ?? NOOPMetricsHandler.instance
        }
        return series(.distribution, label, dimensions) { PrometheusHistogram($0, bounds: PrometheusLimits.values) }
            ?? NOOPMetricsHandler.instance
    }

    package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        series(.timer, label, dimensions) { PrometheusHistogram($0, bounds: PrometheusLimits.seconds) }
            ?? NOOPMetricsHandler.instance
    }

    package func destroyCounter(_ handler: any CounterHandler) { destroy(handler) }
    package func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) { destroy(handler) }
    package func destroyMeter(_ handler: any MeterHandler) { destroy(handler) }
    package func destroyRecorder(_ handler: any RecorderHandler) { destroy(handler) }
    package func destroyTimer(_ handler: any TimerHandler) { destroy(handler) }
}
