/// Why somebody looks at a patient's details in the dashboard, as the audit log records it.
package enum RevealReason: String, CaseIterable, Sendable {
    case supportRequest = "support_request"
    case orderQuestion = "order_question"
    case dataCorrection = "data_correction"
    case integrationTest = "integration_test"

    /// For people.
    package var words: String {
        switch self {
        case .supportRequest: "The patient has asked for help"
        case .orderQuestion: "A question about an order"
        case .dataCorrection: "The details must be corrected"
        case .integrationTest: "A test of the integration"
        }
    }
}
