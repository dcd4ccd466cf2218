package import HTTPTypes

extension HTTPFields {
    /// The same as `subscript(name:)`, for a field that is hardly ever sent twice: its value is not put together anew.
    package func value(_ name: HTTPField.Name) -> String? {
        var found: String?
        for field in self where field.name == name {
            if found != nil { return self[name] }
            found = field.value
        }
        return found
    }

    /// Adds a field that no response has yet.
    mutating func add(_ name: HTTPField.Name, _ value: String) {
        append(HTTPField(name: name, value: value))
    }
}
