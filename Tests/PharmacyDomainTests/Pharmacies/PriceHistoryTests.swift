import PharmacyDomain
import Testing

@Suite("Prices over time")
struct PriceHistoryTests {
    private func catalog(_ prices: [String: Int], at second: Int64) throws -> Catalog {
        Catalog(
            medications: try prices.map { code, cents in
                Medication(
                    productCode: code, name: code, strength: "", form: "", formulation: "", quantity: "1",
                    quantityUnits: "", scheduleCode: "L", type: "", pharmacy: "",
                    price: try #require(Price(cents: cents)))
            }, asOf: Timestamp(milliseconds: second * 1000))
    }

    private func cents(_ history: PriceHistory, _ code: String, since second: Int64) -> [Int] {
        history.prices(of: code, since: Timestamp(milliseconds: second * 1000)).map(\.price.cents)
    }

    @Test("Only changes are added, and the first price is the one of the start")
    func changes() throws {
        var history = PriceHistory()
        for (second, price) in [(0, 100), (60, 100), (120, 105), (180, 103)] as [(Int64, Int)] {
            history.add(try catalog(["a": price, "b": 7], at: second))
        }
        #expect(cents(history, "a", since: 0) == [100, 105, 103])
        #expect(cents(history, "a", since: 119) == [100, 105, 103])
        #expect(cents(history, "a", since: 120) == [105, 103])
        #expect(cents(history, "a", since: 999) == [103])
        #expect(cents(history, "a", since: -5) == [100, 105, 103])
        #expect(cents(history, "b", since: 0) == [7])
        #expect(cents(history, "c", since: 0).isEmpty)
    }

    @Test("The history is bounded, and forgets products that are no longer offered")
    func bounds() throws {
        var history = PriceHistory()
        for second in 0..<100 { history.add(try catalog(["a": Int(second), "b": 1], at: Int64(second))) }
        #expect(cents(history, "a", since: 0) == Array(40..<100))
        history.add(try catalog(["b": 1], at: 200))
        #expect(cents(history, "a", since: 0).isEmpty)
    }
}
