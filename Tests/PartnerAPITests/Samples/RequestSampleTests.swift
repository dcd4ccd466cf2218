import HTTPTypes
import PartnerAPI
import Testing

@Suite("Example requests in five languages")
struct RequestSampleTests {
    private static let base = "http://localhost:8082/pharmacy/sandbox/api/v1"
    private static let operations = PartnerAPIRouter.endpoints.map(\.operation)

    @Test("Each operation has a sample in each language, with its method and its path")
    func everyOperation() {
        for operation in RequestSampleTests.operations {
            let sample = RequestSample(operation, base: RequestSampleTests.base)
            let first = operation.path.prefix { $0 != "{" }
            for language in SampleLanguage.allCases {
                let text = sample.text(in: language)
                #expect(text.contains("\(RequestSampleTests.base)/\(first)"), "\(operation.id) \(language)")
                // A literal of the example's ids would not exist on the reader's server.
                #expect(!text.contains("135fef3b"), "\(operation.id) \(language)")
                let isDefault = language == .curl && ["GET", "POST"].contains(operation.method.rawValue)
                #expect(isDefault || text.contains(operation.method.rawValue), "\(operation.id) \(language)")
            }
        }
    }

    @Test("The curl sample of an order reads ids and the token from variables")
    func order() throws {
        let operation = try #require(RequestSampleTests.operations.first { $0.id == "submitOrder" })
        let text = RequestSample(operation, base: RequestSampleTests.base).text(in: .curl)
        #expect(
            text == #"""
                curl -sS --fail-with-body \
                  "http://localhost:8082/pharmacy/sandbox/api/v1/orders" \
                  -H "Authorization: Bearer $ACCESS_TOKEN" \
                  -H "Idempotency-Key: $(openssl rand -hex 16)" \
                  -H "Content-Type: application/json" \
                  -d @- <<JSON
                {
                  "patient_id": "$PATIENT_ID",
                  "pharmacy_id": "$PHARMACY_ID",
                  "medication_id": "$MEDICATION_ID",
                  "dispense_quantity": 4,
                  "days_supply": 28,
                  "order_id": "ORD-12345",
                  "customer_id": "CUST-789",
                  "memo": "Draft created via automation",
                  "clinical_notes": "Patient tolerates therapy. Continue same dose.",
                  "webhook_urls": ["https://your-app.com/webhooks/orders"]
                }
                JSON
                """#)
    }
}
