import PharmacyServices
import Testing

@Suite("Webhook signatures")
struct WebhookSignatureTests {
    @Test("The example of the Standard Webhooks specification comes out as it says")
    func standardVector() throws {
        let signer = try #require(WebhookSigner(secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"))
        let signature = signer.standardSignature(
            id: "msg_p5jXN8AQM9LWM0D4loKWxJek", seconds: 1_614_265_330, body: Array(#"{"test": 2432232314}"#.utf8))
        #expect(signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
    }

    @Test(
        "A secret that is not whsec_ and base64 is refused",
        arguments: ["", "whsec_%", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"])
    func badSecret(secret: String) {
        #expect(WebhookSigner(secret: secret) == nil)
    }
}
