import PharmacyDomain
import Testing

@Suite("Random bytes of the system")
struct SystemRandomnessTests {
    @Test("As many bytes as were asked for", arguments: [0, 1, 10, 16, 256, 257, 1_000])
    func count(asked: Int) {
        #expect(SystemRandomness.bytes(asked).count == asked)
    }

    @Test("No bytes are returned twice, also to tasks that ask at the same time")
    func unique() async {
        let ids = await withTaskGroup(of: [[UInt8]].self) { group in
            for _ in 0..<8 { group.addTask { (0..<500).map { _ in SystemRandomness.bytes(16) } } }
            return await group.reduce(into: []) { $0 += $1 }
        }
        #expect(Set(ids).count == 4_000)
    }

    @Test("Every bit is set about half of the time")
    func balance() {
        let bytes = SystemRandomness.bytes(100_000)
        for bit in 0..<8 {
            let share = Double(bytes.count { $0 >> bit & 1 == 1 }) / Double(bytes.count)
            // Ten standard deviations.
            #expect(abs(share - 0.5) < 0.016)
        }
    }
}
