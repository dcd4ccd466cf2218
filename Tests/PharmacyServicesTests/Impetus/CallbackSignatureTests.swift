import PharmacyDomain
import PharmacyServices
import Testing

@Suite("Signatures of the pharmacies' reports")
struct CallbackSignatureTests {
    private let signature = CallbackSignature(secret: "a-secret-for-tests-of-32-characters")
    private let body = Array(#"{"status":"shipped"}"#.utf8)
    private let now = Timestamp(milliseconds: 1_766_423_701_000)

    @Test("The documented example is valid")
    func vector() {
        // printf '%s' '1766423701.{"status":"shipped"}' | openssl dgst -sha256 -hmac a-secret-for-tests-of-32-characters
        #expect(
            signature.header(body: body, sentAt: now)
                == "t=1766423701,v1=8bcf2b835ba0552018ef3af40b4801d614b35f29390ba96404cefb4249a71ce8")
    }

    @Test("A signature is valid within five minutes of its time", arguments: [-300, -1, 0, 1, 300])
    func withinWindow(seconds: Int) {
        let header = signature.header(body: body, sentAt: now)
        #expect(signature.isValid(header, body: body, at: now + .seconds(seconds)))
        #expect(signature.isValid("v0=old," + header + ",v1=00", body: body, at: now))
    }

    @Test("Other times, bodies and secrets are refused")
    func refused() {
        let header = signature.header(body: body, sentAt: now)
        #expect(!signature.isValid(header, body: body, at: now + .seconds(301)))
        #expect(!signature.isValid(header, body: body, at: now - .seconds(301)))
        #expect(!signature.isValid(header, body: body + [32], at: now))
        #expect(!CallbackSignature(secret: "another-secret-of-at-least-32-chars").isValid(header, body: body, at: now))
        let moved = header.replacing("t=1766423701", with: "t=1766423702")
        #expect(!signature.isValid(moved, body: body, at: now))
    }

    @Test("A header is read up to the length limit, and only if it is ASCII")
    func bounds() {
        let header = signature.header(body: body, sentAt: now) + ",v0="
        #expect(
            signature.isValid(header + String(repeating: "a", count: 1_024 - header.utf8.count), body: body, at: now))
        #expect(
            !signature.isValid(header + String(repeating: "a", count: 1_025 - header.utf8.count), body: body, at: now))
        #expect(!signature.isValid(header + "e\u{301}", body: body, at: now))
    }

    @Test(
        "A text that is not a signature is refused",
        arguments: [
            "", "t=1766423701", "v1=00", "t=1766423701,v1=", "t=,v1=00", "t=99999999999999999999,v1=00", "t=-1,v1=00",
            "t=-9223372036854775808,v1=00", "t=1766423701,v1=zz", "t=1766423701;v1=00", "=,=", ",",
        ])
    func malformed(header: String) {
        #expect(!signature.isValid(header, body: body, at: now))
    }
}
