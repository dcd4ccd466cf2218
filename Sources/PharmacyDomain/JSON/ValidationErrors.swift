/// Everything that is wrong with a request, by field, in the order it was found: the `errors` member of a 422.
package struct ValidationErrors: Error, Hashable, Sendable {
    package struct Field: Hashable, Sendable {
        package let name: String
        package var sentences: [String]
    }

    /// The most sentences that are listed. Nobody reads more at once, and with them each is added in the same time.
    package static let limit = 100

    package private(set) var fields: [Field] = []
    /// Sentences beyond `limit`, which are only counted.
    package private(set) var omitted = 0
    private var count = 0
    /// A machine code of its own where the case has one; `nil` for plain validation failures.
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
    }

    package func throwIfAny() throws(ValidationErrors) {
        if !isEmpty { throw self }
    }

    package subscript(_ field: String) -> [String] { fields.first { $0.name == field }?.sentences ?? [] }
}
