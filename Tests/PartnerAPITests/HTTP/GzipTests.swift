import NIOCore
import PharmacyDomain
import PharmacyTestSupport
import Testing

@testable import PartnerAPI

@Suite("Compression with gzip")
struct GzipTests {
    @Test("Any content is expanded to itself", arguments: [Gzip.Effort.moderate, .best])
    func roundTrip(effort: Gzip.Effort) throws {
        var generator = SeededGenerator(seed: 1952)
        for length in [0, 1, 2, 100, 1_023, 1_024, 70_000] {
            let random = (0..<length).map { _ in UInt8.random(in: 0...255, using: &generator) }
            for content in [random, Array(repeating: 0x61, count: length), generator.json(depth: 4).bytes] {
                let compressed = try #require(Gzip.compress(content, effort: effort))
                #expect(try Gunzip.expand(compressed) == content)
                // Equal on all nodes: nothing in it depends on the time.
                #expect(Gzip.compress(content, effort: effort) == compressed)
            }
        }
    }

    @Test("A document is compressed once, and one that does not become smaller is not")
    func documents() throws {
        let content = Array(String(repeating: "<p>A page.</p>", count: 100).utf8)
        let document = CompressedDocument(content)
        let bytes = try #require(document.bytes)
        #expect(try Gunzip.expand(Array(bytes.readableBytesView)) == content && document.bytes == bytes)
        #expect(CompressedDocument(Array("short".utf8)).bytes == nil)
    }
}
