import PharmacyDomain
import Testing

@Suite("Redacted values")
struct RedactedTests {
    private struct Secret: Redacted {
        let text = "walrus"
        let inner = Inner()

        struct Inner {
            let text = "walrus"
        }
    }

    private struct Holder {
        let secret = Secret()
        let secrets = ["key": [Secret()]]
        let maybe: Secret? = Secret()
    }

    @Test("No description contains the value, alone or nested, in any of Swift's forms")
    func descriptions() {
        var dumped = ""
        dump(Holder(), to: &dumped)
        let texts = [
            "\(Secret())", String(describing: Holder()), String(reflecting: Holder()), "\([Secret()])", dumped,
            String(reflecting: Secret()),
        ]
        for text in texts { #expect(!text.contains("walrus")) }
        #expect("\(Secret())" == "Secret(redacted)")
    }
}
