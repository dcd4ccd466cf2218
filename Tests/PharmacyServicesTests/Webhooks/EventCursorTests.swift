import PharmacyDomain
import PharmacyServices
import Testing

@Suite("Text form of cursors")
struct EventCursorTests {
    @Test("A cursor round-trips and fits the parameter", arguments: [0, 1, 128, .max] as [Int64])
    func roundTrip(position: Int64) {
        for epoch in [nil, Epoch(0), Epoch(.max)] {
            let cursor = EventCursor(epoch: epoch, position: position)
            #expect(EventCursor(cursor.description) == cursor)
            #expect(cursor.description.utf8.count <= EventCursor.lengthLimit)
        }
    }

    @Test("A cursor issued before epochs existed can be read")
    func unmarked() {
        #expect(EventCursor("ZTEy") == EventCursor(epoch: nil, position: 12))
        let epoch = Epoch(0x9c1d_0b4e_7a25_f836)
        #expect(EventCursor("ZjljMWQwYjRlN2EyNWY4MzYxMjg") == EventCursor(epoch: epoch, position: 128))
    }

    @Test(
        "Any other text is not a cursor",
        arguments: [
            // Nothing, no base64, e-1, e04, padding, another format, no position, an epoch that is cut off or upper case.
            "", "x", "ZS0x", "ZTA0", "ZTE=", "ZzE", "ZQ", "ZjljMWQwYjRlN2EyNWY4MzY", "ZjljMWQwYjQ",
            "ZjlDMUQwYjRlN2EyNWY4MzYxMjg",
            // The longest number has 19 digits; this one has leading zeros, and is longer than any cursor.
            String(repeating: "ZTA", count: 100_000),
        ])
    func refused(text: String) {
        #expect(EventCursor(text) == nil)
    }
}
