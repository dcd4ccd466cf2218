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
