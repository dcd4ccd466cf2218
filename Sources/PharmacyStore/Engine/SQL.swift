/// The text of a statement with `$1`, `$2` … for its binds. It can be put together from literals only, so that nothing
/// from outside ever gets into it.
package struct SQL: Hashable, Sendable, ExpressibleByStringLiteral {
    /// Tells statements apart. Most are literals, which their place in the program tells apart without their text being read.
    /// One statement that stands in two places has two.
    enum Key: Hashable, Sendable {
        case literal(address: UInt, length: Int)
        case composed(String)
    }

    let key: Key
    /// Whether SQLite passes over it.
    package let isForPostgreSQLAlone: Bool

    package init(stringLiteral text: StaticString) {
        isForPostgreSQLAlone = false
        key =
            text.hasPointerRepresentation
            ? .literal(address: UInt(bitPattern: text.utf8Start), length: text.utf8CodeUnitCount)
            : .composed(text.description)
    }

    private init(text: String, isForPostgreSQLAlone: Bool = false) {
        key = .composed(text)
        self.isForPostgreSQLAlone = isForPostgreSQLAlone
    }

    package var text: String {
        switch key {
        case .literal: withBytes { String(decoding: $0, as: UTF8.self) }
        case .composed(let text): text
        }
    }

    private func withBytes<Value>(_ body: (UnsafeBufferPointer<UInt8>) -> Value) -> Value {
        switch key {
        case .literal(let address, let length):
            body(UnsafeBufferPointer(start: UnsafePointer(bitPattern: address), count: length))
        case .composed(var text): text.withUTF8(body)
        }
    }

    package static func == (left: SQL, right: SQL) -> Bool { left.key == right.key || left.text == right.text }

    package func hash(into hasher: inout Hasher) { hasher.combine(text) }

    func begins(with word: StaticString) -> Bool {
        word.withUTF8Buffer { word in withBytes { $0.starts(with: word) } }
    }

    package static func + (left: SQL, right: SQL) -> SQL {
        SQL(text: left.text + " " + right.text, isForPostgreSQLAlone: left.isForPostgreSQLAlone)
    }

    /// A statement, without binds or rows, that PostgreSQL runs and SQLite passes over.
    package static func forPostgreSQL(_ sql: SQL) -> SQL {
        SQL(text: "/* PostgreSQL */ " + sql.text, isForPostgreSQLAlone: true)
    }

    /// A bind by its number: `$4`.
    package static func bind(_ number: Int) -> SQL { SQL(text: "$\(number)") }
}
