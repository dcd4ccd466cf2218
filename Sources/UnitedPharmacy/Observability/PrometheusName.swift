/// Converts labels and dimensions of swift-metrics to names that the format allows.
enum PrometheusName {
    /// `[a-zA-Z_:][a-zA-Z0-9_:]*`, ending in `suffix`.
    static func metric(_ label: String, suffix: String) -> String {
        let name = sanitized(label, allowsColon: true)
        return name.hasSuffix(suffix) ? name : name + suffix
    }

    /// `[a-zA-Z_][a-zA-Z0-9_]*`. Names with two leading underscores are reserved for Prometheus, so leading underscores
    /// are removed. A reserved name gets the prefix that Prometheus uses for names that clash.
    static func label(_ name: String, reserved: Set<String>) -> String {
        var name = sanitized(name, allowsColon: false)
        while name.hasPrefix("__") { name.removeFirst() }
        return reserved.contains(name) ? "exported_" + name : name
    }

    /// All labels of a series in the order of their names. If two have the same name, the first is used.
    static func labels(_ dimensions: [(String, String)], reserved: Set<String>) -> String {
        var values: [String: String] = [:]
        for (name, value) in dimensions {
            let name = label(name, reserved: reserved)
            if values[name] == nil { values[name] = escaped(value) }
        }
        return values.sorted { $0.key < $1.key }.map { "\($0.key)=\"\($0.value)\"" }.joined(separator: ",")
    }

    private static func sanitized(_ text: String, allowsColon: Bool) -> String {
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

    /// Cuts before it escapes, so that no escape is split.
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
