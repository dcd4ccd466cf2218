import PharmacyDomain
import Testing

@Suite("Values that print as nothing of what they hold")
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

    @Test("Neither alone nor inside another value, in none of the ways Swift describes values")
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
