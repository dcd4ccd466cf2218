import PharmacyDomain
import PharmacyTestSupport
import Testing

@testable import PharmacyStore

@Suite("The content of a sealed column")
struct StoredRecordTests {
    private static let id = "135fef3b-b4ac-485f-b9bf-e8beef4990c7"

    private static func representation(version: Int, _ json: JSON = ["uuid": "r"]) -> Representation {
        Representation(version: version, id: id, bytes: json.bytes)
    }

    @Test("A record of format 1 and version 1 is bare JSON")
    func bare() throws {
        let json: JSON = ["uuid": "x", "name": "Zoë"]
        let record = StoredRecord(document: nil, representation: StoredRecordTests.representation(version: 1, json))
        #expect(record.bytes == json.bytes)
        let read = try StoredRecord(json.bytes, id: StoredRecordTests.id)
        #expect(read == record)
        #expect(read.format == 1 && read.representation.version == 1 && read.representation.id == StoredRecordTests.id)
        #expect(try read.document() == json)
    }

    @Test("The numbers of a framed record are big-endian")
    func frame() {
        let representation = Representation(version: 0x0203, id: StoredRecordTests.id, bytes: [0x7B, 0x7D])
        let record = StoredRecord(format: 0x0104, document: [0x5B, 0x5D], representation: representation)
        #expect(record.bytes == [2, 1, 4, 2, 3, 0, 0, 0, 2, 0x7B, 0x7D, 0x5B, 0x5D])
    }

    @Test(
        "A framed record can be read back", arguments: [1, 2, 255, 256, 65_535],
        [nil, ["uuid": "d"], ["name": "Zoë \u{2028}\u{0}"]] as [JSON?])
    func framed(version: Int, document: JSON?) throws {
        let representation = StoredRecordTests.representation(version: version)
        let record = StoredRecord(document: document?.bytes, representation: representation)
        let isBare = version == 1 && document == nil
        #expect(record.bytes.first == (isBare ? UInt8(ascii: "{") : 2))
        let read = try StoredRecord(record.bytes, id: StoredRecordTests.id)
        #expect(read == record)
        #expect(try read.document() == document ?? ["uuid": "r"])
    }

    @Test("A long representation can be read back")
    func long() throws {
        let json: JSON = ["memo": .string(String(repeating: "é", count: 70_000))]
        let record = StoredRecord(
            document: [UInt8]("{}".utf8), representation: StoredRecordTests.representation(version: 2, json))
        let read = try StoredRecord(record.bytes, id: StoredRecordTests.id)
        #expect(read == record)
        #expect(read.representation.bytes == json.bytes)
        #expect(try read.document() == [:])
    }

    @Test("An empty document means that the representation is the document")
    func emptyDocument() throws {
        let representation = StoredRecordTests.representation(version: 7)
        let bytes = [2, 0, 1, 0, 7, 0, 0, 0, UInt8(representation.bytes.count)] + representation.bytes
        let read = try StoredRecord(bytes, id: StoredRecordTests.id)
        #expect(read.representation == representation)
        #expect(try read.document() == ["uuid": "r"])
        #expect(read.bytes == bytes)
    }

    @Test("A record that is cut off is refused, wherever it is cut")
    func cutOff() throws {
        let document: JSON = ["uuid": "d"]
        let whole = StoredRecord(
            document: document.bytes, representation: StoredRecordTests.representation(version: 2)
        ).bytes
        let header = 9
        let end = header + StoredRecordTests.representation(version: 2).bytes.count
        for length in 1..<end {
            #expect(throws: StoreError.broken("a stored record is cut off"), "\(length) bytes") {
                try StoredRecord(Array(whole[..<length]), id: StoredRecordTests.id)
            }
        }
        for length in (end + 1)..<whole.count {
            let record = try StoredRecord(Array(whole[..<length]), id: StoredRecordTests.id)
            #expect(throws: StoreError.broken("a stored document is not JSON"), "\(length) bytes") {
                try record.document()
            }
        }
        #expect(throws: StoreError.broken("a stored document is not JSON")) {
            try StoredRecord([], id: StoredRecordTests.id).document()
        }
    }

    @Test(
        "A document of an unknown format is refused; its representation can still be sent", arguments: [0, 2, 65_535])
    func unknownFormat(format: Int) throws {
        let representation = StoredRecordTests.representation(version: 1)
        let record = StoredRecord(format: format, document: [UInt8]("{}".utf8), representation: representation)
        let read = try StoredRecord(record.bytes, id: StoredRecordTests.id)
        #expect(throws: StoreError.broken("a stored document has format \(format), which this program does not know")) {
            try read.document()
        }
        let current = Rendering<JSON>(version: 1, rendersDocument: true) { $0.bytes }
        #expect(try read.representation(current) { $0 } == representation)
        let later = Rendering<JSON>(version: 2, rendersDocument: true) { $0.bytes }
        #expect(throws: StoreError.self) { try read.representation(later) { $0 } }
    }

    @Test("Only a representation of another version is rendered again", arguments: [1, 2, 3])
    func rendering(version: Int) throws {
        let stored = StoredRecord(
            document: JSON.string("document").bytes, representation: StoredRecordTests.representation(version: 2))
        let rendering = Rendering<JSON>(version: version, rendersDocument: false) { (["rendered": $0] as JSON).bytes }
        let found = try stored.representation(rendering) { $0 }
        #expect(found.version == version && found.id == StoredRecordTests.id)
        #expect(
            try JSON.parse(found.bytes) == (version == 2 ? ["uuid": "r"] as JSON : ["rendered": "document"]))
    }

    @Test("The document is stored separately unless it is what is rendered", arguments: [true, false])
    func separateDocument(rendersDocument: Bool) throws {
        let rendering = Rendering<JSON>(version: 3, rendersDocument: rendersDocument) { $0.bytes }
        let record = StoredRecord("value" as JSON, id: StoredRecordTests.id, rendering) { ["document": $0] }
        let read = try StoredRecord(record.bytes, id: StoredRecordTests.id)
        #expect(try read.document() == (rendersDocument ? "value" as JSON : ["document": "value"]))
        #expect(read.representation.bytes == JSON.string("value").bytes)
    }

    @Test("Bytes of any kind are read or refused, never a crash", arguments: 0..<20)
    func anyBytes(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var read = 0
        for _ in 0..<500 {
            let bytes = StoredRecordTests.bytes(&generator)
            guard let record = try? StoredRecord(bytes, id: StoredRecordTests.id) else { continue }
            read += 1
            _ = try? record.document()
            // The bare layout of a framed record is the one case in which other bytes are written.
            let isBare = bytes.first == 2 && record.bytes.first != 2
            #expect(isBare ? record.bytes == record.representation.bytes : record.bytes == bytes)
        }
        #expect(read > 0)
    }

    /// Random bytes, most of which begin as a framed record does.
    private static func bytes(_ generator: inout SeededGenerator) -> [UInt8] {
        let count = Int.random(in: 0...40, using: &generator)
        var bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
        guard count > 0, generator.next() % 4 > 0 else { return bytes }
        bytes[0] = 2
        if count >= 9, generator.next() % 2 == 0 {
            bytes.replaceSubrange(5..<9, with: [0, 0, 0, UInt8.random(in: 0...40, using: &generator)])
        }
        return bytes
    }
}
