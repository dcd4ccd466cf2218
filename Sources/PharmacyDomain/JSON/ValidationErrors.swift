/// All errors in a request by field, in the order in which they were found: the `errors` member of a 422 response.
package struct ValidationErrors: Error, Hashable, Sendable {
    package struct Field: Hashable, Sendable {
        package let name: String
        package var sentences: [String]
    }

    /// The most messages that are listed. More would not be read, and the limit bounds the time to add one.
    package static let limit = 100

    package private(set) var fields: [Field] = []
    /// The number of messages beyond `limit`.
    package private(set) var omitted = 0
    private var count = 0
    /// The machine-readable code of a special case; `nil` for plain validation errors.
    package var code: String?

    package init() {}

    package init(_ field: String, _ sentence: String, code: String? = nil) {
        self.code = code
        add(field, sentence)
    }

    package var isEmpty: Bool { fields.isEmpty }

    package mutating func add(_ field: String, _ sentence: String) {
        guard count < ValidationErrors.limit else {
            omitted += 1
            return
        }
        count += 1
        if let index = fields.firstIndex(where: { $0.name.hasSameBytes(as: field) }) {
            fields[index].sentences.append(sentence)
        } else {
            fields.append(Field(name: field, sentences: [sentence]))
        }
    }

    package mutating func add(_ other: ValidationErrors) {
        for field in other.fields {
            for sentence in field.sentences { add(field.name, sentence) }
        }
        omitted += other.omitted
        code = code ?? other.code
    }

    /// Adds the errors of an object that is a member of another.
    package mutating func add(_ inner: ValidationErrors, within name: String) {
        for field in inner.fields {
            for sentence in field.sentences { add("\(name).\(field.name)", "\(name).\(sentence)") }
        }
        omitted += inner.omitted
    }

    package func throwIfAny() throws(ValidationErrors) {
        if !isEmpty { throw self }
    }

    package subscript(_ field: String) -> [String] { fields.first { $0.name == field }?.sentences ?? [] }
}
