import Testing

@testable import PharmacyStore

@Suite("The text of a statement")
struct SQLTests {
    private static let literal: SQL = "SELECT 1 FROM tenants"

    @Test("Statements that say the same are equal, wherever they stand and however they were put together")
    func equality() {
        let composed = SQL(stringLiteral: "SELECT 1") + "FROM tenants"
        #expect(composed == Self.literal && composed.hashValue == Self.literal.hashValue)
        #expect(composed.text == "SELECT 1 FROM tenants")
        #expect(composed != "SELECT 2 FROM tenants")
        #expect(Self.literal.key == Self.literal.key)
        #expect((Self.literal + "WHERE id = $1").key == (Self.literal + "WHERE id = $1").key)
        #expect((Self.literal + "WHERE id = $1").key != Self.literal.key)
    }

    @Test("A statement's first word is found in a literal and in one that was put together")
    func beginnings() {
        #expect(Self.literal.begins(with: "SELECT"))
        #expect(!Self.literal.begins(with: "SELECT 1 FROM tenants WHERE"))
        #expect((Self.literal + "LIMIT 1").begins(with: "SELECT 1 FROM tenants LIMIT"))
        #expect(!(Self.literal + "LIMIT 1").begins(with: "UPDATE"))
    }

    @Test("What only PostgreSQL runs stays so when something is put behind it")
    func forPostgreSQL() {
        let statement = SQL.forPostgreSQL("SET jit = off")
        #expect(statement.isForPostgreSQLAlone && (statement + ";").isForPostgreSQLAlone)
        #expect(!Self.literal.isForPostgreSQLAlone)
    }
}
