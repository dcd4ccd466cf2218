/// A page in the exposition format 0.0.4.
struct PrometheusPage {
    private(set) var text = ""

    /// Begins a family of samples.
    /// - Parameter help: a line that describes the metric.
    mutating func family(_ name: String, type: String, help: String?) {
        if let help {
            let escaped = help.replacing("\\", with: "\\\\").replacing("\n", with: "\\n")
            text += "# HELP \(name) \(escaped)\n"
        }
        text += "# TYPE \(name) \(type)\n"
    }

    mutating func sample(_ name: String, labels: String, value: Double) {
        text += labels.isEmpty ? name : "\(name){\(labels)}"
        text += " \(Self.number(value))\n"
    }

    /// Whole numbers have no fraction, as in other exporters. Values that are not finite have Go's names.
    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
        if let whole = Int64(exactly: value), abs(value) < 9_007_199_254_740_992 { return String(whole) }
        return String(value)
    }
}
