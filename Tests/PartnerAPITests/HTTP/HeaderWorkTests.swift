import HTTPTypes
import PharmacyDomain
import PharmacyTestSupport
import Testing

@testable import PartnerAPI

@Suite("The cost of parsing header fields")
struct HeaderWorkTests {
    @Test(
        "X-Forwarded-For is read from the right, and only as far as the requested hops",
        arguments: ["10.0.0.1,", ",", "a", "[", "::,"])
    func forwarded(part: String) {
        func reads(_ hops: Int) -> [Int] {
            CountedBytes.reads(of: { Array(String(repeating: part, count: $0).utf8) + Array("10.0.0.9".utf8) }) {
                bytes in
                var last = ClientAddress.LastHops(bytes, longest: 64)
                for _ in 0..<hops where last.next() == nil { break }
            }
        }
        for hops in [1, ClientAddress.hopLimit] {
            let counts = reads(hops)
            #expect(Set(counts).count == 1, "\(counts)")
            #expect(counts[0] <= hops * 66, "\(counts)")
        }
    }

    @Test("Only the last 32 of a hundred thousand hops are followed")
    func hops() throws {
        let proxies = try #require(IPAddressBlock.list("10.0.0.0/8"))
        let peer = try #require(IPAddress("10.0.0.1"))
        func nearest(_ hops: Int) -> String {
            let forwarded = "198.51.100.1" + String(repeating: ", 10.0.0.2", count: hops)
            return ClientAddress.key(ClientAddress.nearest(peer: peer, forwarded: forwarded, trusting: proxies))
        }
        #expect(nearest(ClientAddress.hopLimit - 1) == "198.51.100.1")
        #expect(nearest(100_000) == "10.0.0.2")
    }

    /// Comparing such texts takes time quadratic in their length, because it normalizes them.
    private static let marks = String(repeating: "\u{301}\u{323}", count: 31)

    @Test("Values that are not ASCII are refused as scheme, media type and key", arguments: [marks, "é"])
    func beyondASCII(text: String) {
        #expect(HeaderText(text, upTo: 1_000) == nil)
        #expect(AuthorizationHeader([.authorization: "Bearer " + text]) == .unknown)
        #expect(AuthorizationHeader([.authorization: text]) == .unknown)
        #expect(BodyMediaType(contentType: "application/json; charset=" + text) == nil)
        #expect(BodyMediaType(contentType: "application/json; x=" + text) == nil)
        #expect(IdempotencyKey(text) == nil)
    }

    @Test(
        "Values longer than the field's limit are refused",
        arguments: [
            (AuthorizationHeader.lengthLimit - 7, true), (AuthorizationHeader.lengthLimit - 6, false),
            (1_000_000, false),
        ])
    func lengths(length: Int, isRead: Bool) {
        let token = String(repeating: "a", count: length)
        #expect((AuthorizationHeader([.authorization: "Bearer " + token]) == .bearer(token)) == isRead)
        #expect(BodyMediaType(contentType: "application/json; a=" + token) == nil)
        #expect(IdempotencyKey("\"" + token + "\"") == nil)
        #expect(HeaderText(token, upTo: length)?.text == token)
        #expect(HeaderText(token, upTo: length - 1) == nil)
    }
}
