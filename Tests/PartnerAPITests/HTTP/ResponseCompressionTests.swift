import HTTPTypes
import PharmacyDomain
import PharmacyTestSupport
import Testing

@testable import PartnerAPI

@Suite("Compressed responses")
struct ResponseCompressionTests {
    private let compression = ResponseCompression()
    private let gzip: HTTPFields = [.acceptEncoding: "gzip, deflate"]

    /// A list of about 50 bytes for each item.
    private func list(_ count: Int, name: String = "Tirzepatide") -> PartnerResponse {
        .list((0..<count).map { ["name": .string(name), "strength": "20mg/ml", "number": JSON($0)] })
    }

    private func expanded(_ response: PartnerResponse) throws -> [UInt8] {
        #expect(response.headers[.contentEncoding] == "gzip")
        return try Gunzip.expand(try #require(response.body))
    }

    @Test("A body of 1 KiB and more is compressed for a client that accepts it, and has a tag of its own")
    func compressed() async throws {
        let plain = try await compression.revalidated(list(50), by: [:])
        let coded = try await compression.revalidated(list(50), by: gzip)
        #expect(plain.body == list(50).body && plain.headers[.contentEncoding] == nil)
        #expect(try expanded(coded) == list(50).body)
        #expect(try #require(coded.body).count < 500)
        let tag = try #require(plain.headers[.eTag])
        #expect(coded.headers[.eTag] == tag.dropLast() + "-gzip\"")
        for response in [plain, coded] {
            #expect(response.headers[.vary] == "Accept-Encoding")
            #expect(response.headers[.contentType] == PartnerResponse.contentType)
            #expect(response.headers[.cacheControl] == "private, no-cache")
        }
    }

    @Test("A shorter body is compressed only for a client that refuses anything else")
    func short() async throws {
        let (shortest, tooShort) = (ResponseCompression.minimumLength, ResponseCompression.minimumLength - 1)
        for (length, fields, isCompressed) in [
            (tooShort, gzip, false), (shortest, gzip, true), (tooShort, [.acceptEncoding: "gzip, identity;q=0"], true),
            (shortest, [.acceptEncoding: "gzip;q=0.5, identity"], false),
            (shortest, [.acceptEncoding: "identity;q=0"], false),
        ] as [(Int, HTTPFields, Bool)] {
            let empty = PartnerResponse.data(JSON.string("")).body?.count ?? 0
            let response = PartnerResponse.data(JSON.string(String(repeating: "a", count: length - empty)))
            #expect(response.body?.count == length)
            let sent = try await compression.revalidated(response, by: fields)
            #expect((sent.headers[.contentEncoding] == "gzip") == isCompressed, "\(length) \(fields)")
            #expect(sent.headers[.vary] == "Accept-Encoding")
        }
    }

    @Test("A client gets a 304 if it has the content in the coding that it would get")
    func notModified() async throws {
        let plain = try #require(try await compression.revalidated(list(50), by: [:]).headers[.eTag])
        let coded = try #require(try await compression.revalidated(list(50), by: gzip).headers[.eTag])
        for (known, accepted, isKnown) in [
            (coded, "gzip", true), ("W/\(coded)", "gzip", true), ("\(plain), \(coded)", "gzip", true),
            ("*", "gzip", true), (plain, "gzip", false), (plain, "identity", true), ("*", "identity", true),
            (coded, "identity", false),
            (coded, "gzip;q=0", false), ("\(plain), \(coded)", "br", true), ("\"x-gzip\"", "gzip", false),
        ] {
            let response = try await compression.revalidated(
                list(50), by: [.acceptEncoding: accepted, .ifNoneMatch: known])
            #expect((response.status == .notModified) == isKnown, "\(known) \(accepted)")
            #expect(response.headers[.eTag] == (accepted == "gzip" ? coded : plain))
            #expect(response.headers[.vary] == "Accept-Encoding")
            if isKnown { #expect(response.body == nil && response.headers[.contentEncoding] == nil) }
        }
    }

    @Test("Errors, and responses without a body, are unchanged")
    func others() async throws {
        let empty = try await compression.revalidated(.noContent, by: gzip)
        #expect(empty.body == nil && empty.headers.isEmpty)
        let created = list(50).created(at: "/somewhere")
        let sent = try await compression.revalidated(created, by: gzip)
        #expect(sent.body == created.body && sent.headers == created.headers)
    }

    @Test("Each content has its own bytes, however many there are, and as many requests as come at once")
    func many() async throws {
        let count = ResponseCompression.capacity + 50
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in (0..<count).map({ $0 % (count / 2) }) + Array(0..<count) {
                group.addTask {
                    let response = list(30, name: "Name \(number)")
                    let sent = try await compression.revalidated(response, by: gzip)
                    #expect(try expanded(sent) == response.body)
                }
            }
            try await group.waitForAll()
        }
    }

    @Test("A body that is too large to be stored is compressed all the same")
    func large() async throws {
        var generator = SeededGenerator(seed: 3)
        let digits = (0..<40_000).map { _ in String(generator.next(), radix: 36) }.joined()
        let response = PartnerResponse.data(JSON.string(digits))
        for _ in 0..<2 {
            let sent = try await compression.revalidated(response, by: gzip)
            #expect(try expanded(sent) == response.body)
            #expect(try #require(sent.body).count > ResponseCompression.storedLengthLimit)
        }
    }

    @Test("Only catalogs and the list of pharmacies are compressed: they have neither secrets nor personal data")
    func operations() {
        let operations = PartnerAPIRouter.endpoints.map(\.operation).filter(\.isCompressible)
        #expect(operations.map(\.id) == ["listPharmacies", "listMedications"])
        for operation in operations {
            #expect(operation.isRevalidated && operation.tag == .pharmacies, "\(operation.id)")
            #expect(operation.isAllowed(to: [.read]), "\(operation.id)")
        }
    }
}
