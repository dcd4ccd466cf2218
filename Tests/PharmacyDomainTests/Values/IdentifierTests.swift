import FoundationEssentials
import PharmacyDomain
import Testing

@Suite("Identifiers")
struct IdentifierTests {
    @Test("A written identifier is read back, as by Foundation")
    func roundTrip() throws {
        for _ in 1...100 {
            let uuid = UUID()
            let id = OrderID(uuid)
            #expect(id.description == uuid.uuidString.lowercased())
            #expect(OrderID(id.description) == id)
            #expect(OrderID(uuid.uuidString) == id)
        }
    }

    @Test(
        "Only the 36 characters of a UUID are an identifier",
        arguments: [
            "", "135fef3b-b4ac-485f-b9bf-e8beef4990c", "135fef3b-b4ac-485f-b9bf-e8beef4990c71",
            "135fef3bb4ac485fb9bfe8beef4990c7", "135fef3b-b4ac-485f-b9bfe-8beef4990c7",
            "135fef3b-b4ac-485f-b9bf-e8beef4990cg", "135fef3b_b4ac_485f_b9bf_e8beef4990c7",
            "{35fef3b-b4ac-485f-b9bf-e8beef4990c}", " 35fef3b-b4ac-485f-b9bf-e8beef4990c7",
            "é35fef3-b4ac-485f-b9bf-e8beef4990c7", "------------------------------------",
            "13-5fef3b-b4ac485f-b9bf-e8beef4990c7",
        ])
    func refused(text: String) {
        #expect(OrderID(text) == nil)
    }
}
