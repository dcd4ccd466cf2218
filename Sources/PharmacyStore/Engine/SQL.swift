/// The text of a statement with `$1`, `$2` … for its binds. It can be composed only of literals, so that it never contains text
/// from outside.
package struct SQL: Hashable, Sendable, ExpressibleByStringLiteral {
    /// Identifies a statement. Most are literals, which are identified by their address, without reading the text. The same
    /// literal at two places in the program has two keys.
    enum Key: Hashable, Sendable {
        case literal(address: UInt, length: Int)
        case composed(ComposedText)
    }

    /// A composed text, with its hash value: a lookup reads the text only if the statement is composed for each use.
    final class ComposedText: Hashable, Sendable {
        let text: String
        private let hash: Int

        init(_ text: String) {
            self.text = text
            hash = text.hashValue
        }

        static func == (left: ComposedText, right: ComposedText) -> Bool {
            left === right || left.hash == right.hash && left.text == right.text
        }

        func hash(into hasher: inout Hasher) { hasher.combine(hash) }
    }

    let key: Key
    /// Whether SQLite skips it.
    package let isForPostgreSQLAlone: Bool
    /// Whether PostgreSQL skips it.
    package let isForSQLiteAlone: Bool

    package init(stringLiteral text: StaticString) {
        isForPostgreSQLAlone = false
        isForSQLiteAlone = false
        key =
            text.hasPointerRepresentation
            ? .literal(address: UInt(bitPattern: text.utf8Start), length: text.utf8CodeUnitCount)
            : .composed(ComposedText(text.description))
    }

    private init(text: String, isForPostgreSQLAlone: Bool = false, isForSQLiteAlone: Bool = false) {
        key = .composed(ComposedText(text))
        self.isForPostgreSQLAlone = isForPostgreSQLAlone
        self.isForSQLiteAlone = isForSQLiteAlone
    }

    package var text: String {
        switch key {
        case .literal: withBytes { String(decoding: $0, as: UTF8.self) }
        case .composed(let composed): composed.text
        }
    }

    private func withBytes<Value>(_ body: (UnsafeBufferPointer<UInt8>) -> Value) -> Value {
        switch key {
        case .literal(let address, let length):
            return body(UnsafeBufferPointer(start: UnsafePointer(bitPattern: address), count: length))
        case .composed(let composed):
            var text = composed.text
            return text.withUTF8(body)
        }
    }

    package static func == (left: SQL, right: SQL) -> Bool { left.key == right.key || left.text == right.text }

    package func hash(into hasher: inout Hasher) { hasher.combine(text) }

    func begins(with word: StaticString) -> Bool {
        word.withUTF8Buffer { word in withBytes { $0.starts(with: word) } }
    }

    package static func + (left: SQL, right: SQL) -> SQL {
        SQL(
            text: left.text + " " + right.text, isForPostgreSQLAlone: left.isForPostgreSQLAlone,
            isForSQLiteAlone: left.isForSQLiteAlone)
    }

    /// A statement, without binds or rows, that PostgreSQL runs and SQLite skips.
    package static func forPostgreSQL(_ sql: SQL) -> SQL {
        SQL(text: "/* PostgreSQL */ " + sql.text, isForPostgreSQLAlone: true)
    }

    /// A statement of a migration, without binds or rows, that SQLite runs and PostgreSQL skips.
    package static func forSQLite(_ sql: SQL) -> SQL { SQL(text: sql.text, isForSQLiteAlone: true) }

    /// A bind by its number: `$4`.
    package static func bind(_ number: Int) -> SQL { SQL(text: "$\(number)") }
}

/// A literal may hold the names of states, from enumerations of the program. Text from outside has no way in.
///
/// A statement that is run often is a `static let`, so that its text is put together once.
extension SQL: ExpressibleByStringInterpolation {
    package struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var text = ""

        package init(literalCapacity: Int, interpolationCount: Int) {
            text.reserveCapacity(literalCapacity + interpolationCount * 16)
        }

        package mutating func appendLiteral(_ literal: StaticString) { text += literal.description }

        /// Another statement, or a part of one.
        package mutating func appendInterpolation(_ sql: SQL) { text += sql.text }

        /// A state as a string literal: `'ready'`.
        package mutating func appendInterpolation<State: CaseIterable & RawRepresentable<String> & Sendable>(
            _ state: State
        ) {
            text += SQL.literal(state)
        }

        /// States as a list for `IN`: `('ready', 'sending')`.
        package mutating func appendInterpolation<State: CaseIterable & RawRepresentable<String> & Sendable>(
            _ states: [State]
        ) {
            text += "(" + states.map { SQL.literal($0) }.joined(separator: ", ") + ")"
        }
    }

    package init(stringInterpolation: StringInterpolation) { self.init(text: stringInterpolation.text) }

    /// What a column of states becomes in a transition of a state machine: a `CASE` of all its states.
    /// - Parameter unknown: what a value becomes that is no state of the machine.
    package static func transition<State: CaseIterable & RawRepresentable<String> & Sendable>(
        of column: SQL, unknown: State, _ next: (State) -> State
    ) -> SQL {
        let cases = State.allCases.map { "WHEN \(literal($0)) THEN \(literal(next($0)))" }
        return SQL(text: "CASE \(column.text) \(cases.joined(separator: " ")) ELSE \(literal(unknown)) END")
    }

    private static func literal<State: CaseIterable & RawRepresentable<String> & Sendable>(_ state: State) -> String {
        let name = state.rawValue
        precondition(
            name.utf8.allSatisfy { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || $0 == UInt8(ascii: "_") },
            "a state's name in SQL is of lower-case letters and underscores")
        return "'\(name)'"
    }
}
