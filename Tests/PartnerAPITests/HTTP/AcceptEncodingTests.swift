import HTTPTypes
import PartnerAPI
import PharmacyTestSupport
import Testing

@Suite("Accepted content codings (RFC 9110 §12.5.3)")
struct AcceptEncodingTests {
    private func accepted(_ values: String...) -> AcceptEncoding {
        var fields = HTTPFields()
        for value in values { fields.append(HTTPField(name: .acceptEncoding, value: value)) }
        return AcceptEncoding(fields)
    }

    @Test(
        "gzip is preferred if it is accepted and weighs no less than no coding",
        arguments: [
            ("gzip", true), ("GZIP", true), ("x-gzip", true), ("gzip, deflate, br, zstd", true), ("*", true),
            ("br;q=1.0, gzip;q=0.8, *;q=0.1", true), ("gzip;q=0.001", true), ("gzip ; q=1.000", true),
            ("gzip;Q=0.5,identity;q=0.5", true), ("identity;q=0, *;q=0.5", true), ("*;q=0, gzip", true),
            (",,gzip,", true),
            ("deflate\t, \tgzip\t", true), ("identity;q=0", false), ("gzip;q=0", false), ("gzip;q=0.000, *", false),
            ("gzip;q=0.5, identity", false), ("gzip;q=0.2, *;q=0.3", false), ("identity, *;q=0.5", false),
            ("*;q=0", false), ("br", false), ("", false), ("gzipped", false), ("gzip, gzip;q=0", false),
        ])
    func preference(value: String, isPreferred: Bool) {
        #expect(accepted(value).prefersGzip == isPreferred)
    }

    @Test(
        "Content without a coding is refused only if the field says so",
        arguments: [
            ("identity;q=0", true), ("gzip, identity;q=0.0", true), ("*;q=0", true), ("gzip, *;q=0", true),
            ("identity;q=0.001", false), ("*;q=0, identity", false), ("gzip", false), ("", false), ("*", false),
        ])
    func refusal(value: String, isRefused: Bool) {
        #expect(accepted(value).refusesIdentity == isRefused)
    }

    @Test(
        "An element that is not a coding with a weight counts as absent",
        arguments: [
            "gzip;q=2", "gzip;q=1.001", "gzip;q=0.1234", "gzip;q=-1", "gzip;q=", "gzip;q=.5", "gzip;q", "gzip;level=9",
            "gzip;q=1;q=1", "gzip;q= 1", "gzip gzip", ";q=1", "gzip;q=1.0.0", "gzip;q=1e0",
        ])
    func malformed(value: String) {
        #expect(!accepted(value).prefersGzip && !accepted(value).refusesIdentity)
        #expect(accepted(value + ", x-gzip").prefersGzip)
    }

    @Test("A field that is absent or too long accepts content as it is, and one that is sent twice counts as one")
    func fields() {
        #expect(!accepted().prefersGzip && !accepted().refusesIdentity)
        #expect(accepted("br", "gzip").prefersGzip)
        #expect(accepted("gzip" + String(repeating: ",br", count: 160)).prefersGzip)
        #expect(!accepted("gzip" + String(repeating: ",br", count: 10_000)).prefersGzip)
    }

    @Test("Random values are read without a crash")
    func randomValues() {
        var generator = SeededGenerator(seed: 9110)
        let parts = ["gzip", "identity", "*", ";", "q=", "0", "1", ".", ",", " ", "\t", "x"]
        var preferred = 0
        for _ in 0..<20_000 {
            let count = Int.random(in: 0...10, using: &generator)
            let value = (0..<count).map { _ in parts.randomElement(using: &generator) ?? "" }.joined()
            preferred += accepted(value).prefersGzip ? 1 : 0
            #expect(!accepted("gzip;q=0,x-gzip;q=0," + value).prefersGzip, "\(value)")
            #expect(accepted("identity;q=0," + value).refusesIdentity, "\(value)")
        }
        #expect(preferred > 100)
    }
}
