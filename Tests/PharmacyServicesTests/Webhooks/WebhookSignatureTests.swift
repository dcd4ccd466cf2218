import Foundation
import PharmacyDomain
import PharmacyServices
import Testing

@Suite("Webhook signatures")
struct WebhookSignatureTests {
    @Test("The example of the Standard Webhooks specification has the specified signature")
    func standardVector() throws {
        let signer = try #require(WebhookSigner(secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"))
        let signature = signer.standardSignature(
            id: "msg_p5jXN8AQM9LWM0D4loKWxJek", seconds: 1_614_265_330, body: Array(#"{"test": 2432232314}"#.utf8))
        #expect(signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
    }

    @Test("The guide's signature is keyed with the whole secret, prefix included, and covers the body only")
    func guideSignature() throws {
        let signer = try #require(WebhookSigner(secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"))
        #expect(
            signer.hexadecimalSignature(of: Array(#"{"test": 2432232314}"#.utf8))
                == "80ec8a89ce3cd22133a1066caecb4d04fea7467657c8514d717ec42c38a5c94c")
    }

    /// Computed with Python's hmac module.
    @Test("With a pending secret the guide's signature stays, and Standard Webhooks has two")
    func twoSecrets() throws {
        let signer = try #require(
            WebhookSigner(
                secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
                next: "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="))
        let body = Array(#"{"test": 2432232314}"#.utf8)
        #expect(
            signer.hexadecimalSignature(of: body) == "80ec8a89ce3cd22133a1066caecb4d04fea7467657c8514d717ec42c38a5c94c")
        #expect(
            signer.standardSignature(id: "msg_p5jXN8AQM9LWM0D4loKWxJek", seconds: 1_614_265_330, body: body)
                == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE= v1,O4Gjv1HqPqsMrjmczoggs/sWA8gZD0VyHG+fLh4+ktI=")
    }

    @Test("The documented test values have the documented signatures")
    func documented() throws {
        let page = try String(contentsOfFile: "Documentation/webhooks.md", encoding: .utf8)
        let block = try #require(page.split(separator: "```json\n").last?.split(separator: "\n```").first)
        let values = try JSON.parse(Array(block.utf8))
        func value(_ name: String) throws -> String { try #require(values[name]?.text) }
        let body = Array(try value("body").utf8)
        let seconds = try #require(Int64(try value("webhook-timestamp")))
        let signer = try #require(WebhookSigner(secret: try value("secret")))
        let rotating = try #require(WebhookSigner(secret: try value("secret"), next: try value("next_secret")))
        #expect(signer.hexadecimalSignature(of: body) == (try value("X-Webhook-Signature")))
        #expect(rotating.hexadecimalSignature(of: body) == (try value("X-Webhook-Signature")))
        let id = try value("webhook-id")
        #expect(signer.standardSignature(id: id, seconds: seconds, body: body) == (try value("webhook-signature")))
        #expect(
            rotating.standardSignature(id: id, seconds: seconds, body: body)
                == (try value("webhook-signature during a rotation")))
        #expect(try JSON.parse(body)["id"]?.text == id)
    }

    @Test(
        "A secret that is not whsec_ and base64 is refused",
        arguments: ["", "whsec_", "whsec_%", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"])
    func badSecret(secret: String) {
        #expect(WebhookSigner(secret: secret) == nil)
        #expect(WebhookSigner(secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", next: secret) == nil)
    }
}
