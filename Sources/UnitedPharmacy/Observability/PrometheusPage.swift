/// Text in the exposition format 0.0.4, as it is written.
struct PrometheusPage {
    private(set) var text = ""

    /// Begins a family of samples.
    /// - Parameter help: what it counts, in one line.
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

    /// Whole numbers without a fraction, as every exporter writes them; Go's names for what is not finite.
    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
        if let whole = Int64(exactly: value), abs(value) < 9_007_199_254_740_992 { return String(whole) }
        return String(value)
    }
}

/// Makes any label or dimension one that the format allows.
enum PrometheusName {
    /// `[a-zA-Z_:][a-zA-Z0-9_:]*`, ending in `suffix`.
    static func metric(_ label: String, suffix: String) -> String {
        let name = sanitised(label, allowsColon: true)
        return name.hasSuffix(suffix) ? name : name + suffix
    }

    /// `[a-zA-Z_][a-zA-Z0-9_]*`; two leading underscores are Prometheus' own, so one of them goes, and a name the
    /// format uses itself is marked as Prometheus marks one that clashes.
    static func label(_ name: String, reserved: Set<String>) -> String {
        var name = sanitised(name, allowsColon: false)
        while name.hasPrefix("__") { name.removeFirst() }
        return reserved.contains(name) ? "exported_" + name : name
    }

    /// All of a series' labels in the order of their names; of two that have the same name the first counts.
    static func labels(_ dimensions: [(String, String)], reserved: Set<String>) -> String {
        var values: [String: String] = [:]
        for (name, value) in dimensions {
            let name = label(name, reserved: reserved)
            if values[name] == nil { values[name] = escaped(value) }
        }
        return values.sorted { $0.key < $1.key }.map { "\($0.key)=\"\($0.value)\"" }.joined(separator: ",")
    }

    private static func sanitised(_ text: String, allowsColon: Bool) -> String {
        var name = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "a"..."z", "A"..."Z", "_": name.unicodeScalars.append(scalar)
            case "0"..."9":
                if name.isEmpty { name = "_" }
                name.unicodeScalars.append(scalar)
            case ":" where allowsColon: name.unicodeScalars.append(scalar)
            default: name.append("_")
            }
        }
        return name.isEmpty ? "_" : name
    }

    /// Cut first, so that no escape is cut in two.
    private static func escaped(_ value: String) -> String {
        var text = ""
        for scalar in value.unicodeScalars.prefix(PrometheusLimits.labelValue) {
            switch scalar {
            case "\\": text += "\\\\"
            case "\"": text += "\\\""
            case "\n": text += "\\n"
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text
    }
}
