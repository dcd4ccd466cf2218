import PharmacyDomain
import PharmacyTestSupport
import Testing

@testable import PharmacyStore

@Suite("The index of e-mail addresses")
struct PatientIndexTests {
    /// Addresses of few letters, so that needles are often found, and often span what is near another address.
    private static func address(_ generator: inout SeededGenerator) -> [UInt8] {
        (0..<Int.random(in: 3...12, using: &generator)).map { _ in
            UInt8.random(in: UInt8(ascii: "a")...UInt8(ascii: "d"), using: &generator)
        }
    }

    private static func contains(_ text: [UInt8], _ needle: [UInt8]) -> Bool {
        needle.isEmpty || text.indices.contains { text[$0...].starts(with: needle) }
    }

    @Test(
        "It finds the same patients as a search of every address, whatever was created, changed and deleted",
        arguments: [(seed: 1, changes: 600), (seed: 2, changes: 12_000)])
    func finding(seed: UInt64, changes: Int) {
        var generator = SeededGenerator(seed: seed)
        var index = PatientIndex(keyNumber: 1)
        var current: [Int64: [UInt8]] = [:]
        var newest: Int64 = 0
        var found = 0
        for change in 1...changes {
            let patient: Int64
            if change % 2 == 1 {
                newest += Int64.random(in: 1...3, using: &generator)
                patient = newest
            } else {
                patient = Int64.random(in: 1...newest, using: &generator)
            }
            let email = Int.random(in: 0..<8, using: &generator) == 0 ? nil : Self.address(&generator)
            index.apply(patient: patient, text: email, sequence: Int64(change))
            current[patient] = email
            guard change % (changes / 40) == 0 else { continue }
            for length in 0...5 {
                let needle = Array(Self.address(&generator).prefix(length))
                let expected = current.filter { Self.contains($0.value, needle) }.keys.sorted(by: >)
                #expect(index.search(BytePattern(needle)) == expected)
                found += expected.count
            }
        }
        #expect(index.sequence == Int64(changes))
        #expect(found > changes)
    }

    @Test("A needle with a line feed, which separates addresses, finds nothing")
    func lineFeed() {
        var index = PatientIndex(keyNumber: 1)
        for patient in 1...3 {
            index.apply(patient: Int64(patient), text: Array("abc".utf8), sequence: Int64(patient))
        }
        for needle in ["\n", "c\n", "c\na", "abc\nabc"] { #expect(index.search(BytePattern(needle.utf8)) == []) }
    }

    @Test("A limited search examines few addresses for a rare fragment, and ends where there would be more")
    func limits() {
        var index = PatientIndex(keyNumber: 1)
        for patient in 1...20_000 {
            let email = patient == 12_345 ? "quokka.zephyr@example.net" : "patient\(patient)@example.com"
            index.apply(patient: Int64(patient), text: Array(email.utf8), sequence: Int64(patient))
        }
        #expect(index.search(BytePattern("quokka".utf8), examining: 128) == [12_345])
        #expect(index.search(BytePattern("wombat".utf8), examining: 128) == [])
        #expect(index.search(BytePattern("example.com".utf8), examining: 2_048) == nil)
        #expect(index.search(BytePattern("qu".utf8), examining: 2_048) == nil)
        #expect(index.search(BytePattern("qu".utf8)) == [12_345])
        #expect(index.search(BytePattern("example.com".utf8))?.count == 19_999)
    }
}
