import FoundationEssentials
import PharmacyDomain
import Testing

@Suite("UUIDs that begin with the time")
struct TimeOrderedUUIDTests {
    /// The example of RFC 9562, appendix A.6.
    @Test("The example of the RFC")
    func example() {
        let moment = Timestamp(milliseconds: 0x017F_22E2_79B0)
        let uuid = TimeOrderedUUID.make(
            at: moment, random: [0x0C, 0xC3, 0x18, 0xC4, 0xDC, 0x0C, 0x0C, 0x07, 0x39, 0x8F])
        #expect(uuid.uuidString == "017F22E2-79B0-7CC3-98C4-DC0C0C07398F")
        #expect(TimeOrderedUUID.time(of: uuid) == moment)
    }

    @Test("Version and variant do not depend on the random bytes", arguments: [UInt8(0), 0xFF])
    func bits(random: UInt8) {
        let uuid = TimeOrderedUUID.make(
            at: Timestamp(milliseconds: 1_766_423_701_000),
            random: [UInt8](repeating: random, count: TimeOrderedUUID.randomLength))
        #expect(uuid.uuid.6 >> 4 == 7)
        #expect(uuid.uuid.8 >> 6 == 2)
    }

    @Test("Later UUIDs have greater texts")
    func order() {
        let texts = [0, 1, 255, 256, 1_766_423_701_000, 1_766_423_701_001].map { milliseconds in
            TimeOrderedUUID.make(at: Timestamp(milliseconds: milliseconds), random: SystemRandomness.bytes(10))
                .uuidString
        }
        #expect(texts == texts.sorted())
    }

    @Test("Other versions contain no time")
    func otherVersion() throws {
        let random = try #require(UUID(uuidString: "fd44a635-6d0c-47fa-8343-e0d604d46992"))
        #expect(TimeOrderedUUID.time(of: random) == nil)
    }
}
