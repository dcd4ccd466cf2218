package import HTTPTypes

extension HTTPFields {
    /// The same as `subscript(name:)`, for a field that is hardly ever sent twice: it does not join values.
    package func value(_ name: HTTPField.Name) -> String? {
        var found: String?
        for field in self where field.name == name {
            if found != nil { return self[name] }
            found = field.value
        }
        return found
    }
}
