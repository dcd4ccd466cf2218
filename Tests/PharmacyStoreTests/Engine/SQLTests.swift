import Testing

@testable import PharmacyStore

@Suite("The text of a statement")
struct SQLTests {
    private static let literal: SQL = "SELECT 1 FROM tenants"

    @Test("Statements with the same text are equal, wherever and however they are composed")
    func equality() {
        let composed = SQL(stringLiteral: "SELECT 1") + "FROM tenants"
        #expect(composed == Self.literal && composed.hashValue == Self.literal.hashValue)
        #expect(composed.text == "SELECT 1 FROM tenants")
        #expect(composed != "SELECT 2 FROM tenants")
        #expect(Self.literal.key == Self.literal.key)
        #expect((Self.literal + "WHERE id = $1").key == (Self.literal + "WHERE id = $1").key)
        #expect((Self.literal + "WHERE id = $1").key != Self.literal.key)
    }

    @Test("A statement's first word is found in a literal and in a composed statement")
    func beginnings() {
        #expect(Self.literal.begins(with: "SELECT"))
        #expect(!Self.literal.begins(with: "SELECT 1 FROM tenants WHERE"))
        #expect((Self.literal + "LIMIT 1").begins(with: "SELECT 1 FROM tenants LIMIT"))
        #expect(!(Self.literal + "LIMIT 1").begins(with: "UPDATE"))
    }

    @Test("A statement for PostgreSQL only stays so when it is extended")
    func forPostgreSQL() {
        let statement = SQL.forPostgreSQL("SET jit = off")
        #expect(statement.isForPostgreSQLAlone && (statement + ";").isForPostgreSQLAlone)
        #expect(!Self.literal.isForPostgreSQLAlone)
    }

    @Test("A statement for SQLite only stays so when it is extended")
    func forSQLite() {
        let statement = SQL.forSQLite("PRAGMA writable_schema = ON")
        #expect(statement.isForSQLiteAlone && (statement + ";").isForSQLiteAlone)
        #expect(!statement.isForPostgreSQLAlone && !Self.literal.isForSQLiteAlone)
    }

    private enum Light: String, CaseIterable {
        case red
        case amber
        case green
    }

    @Test("A literal accepts state names, lists of them, and other statements")
    func states() {
        let part: SQL = "AND id = $1"
        let statement: SQL = "SELECT 1 WHERE a = \(Light.red) OR b IN \([Light.amber, .green]) \(part)"
        #expect(statement.text == "SELECT 1 WHERE a = 'red' OR b IN ('amber', 'green') AND id = $1")
    }

    @Test("A transition covers every state, and unknown values")
    func transition() {
        let next = SQL.transition(of: "light", unknown: Light.red) { $0 == .green ? .amber : .red }
        #expect(
            next.text == """
                CASE light WHEN 'red' THEN 'red' WHEN 'amber' THEN 'red' WHEN 'green' THEN 'amber' ELSE 'red' END
                """)
    }
}
