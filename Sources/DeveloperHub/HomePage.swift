internal import HTTPTypes
internal import PartnerAPI
internal import PharmacyDomain

/// The page at `/`.
struct HomePage: Sendable {
    let facts: GuideFacts

    /// The guide's six steps: the operation of each, and the section of the quick start.
    static let steps = [
        ("createCredential", "Create your API credentials", "step-1-create-your-api-credentials"),
        ("issueToken", "Obtain an access token", "step-2-obtain-an-access-token"),
        ("listPharmacies", "List the available pharmacies", "step-3-list-the-available-pharmacies"),
        ("listMedications", "Browse medications", "step-4-browse-medications"),
        ("createPatient", "Create a patient", "step-5-create-a-patient"),
        ("submitOrder", "Submit your order", "step-6-submit-your-order"),
    ]

    func page(_ templates: HubTemplates, _ samples: HubSamples) -> HubPage {
        let home = self
        return HubPage(
            path: "/", title: "United Pharmacy Developer Hub",
            description: "Patients, pharmacies with live prices, prescription orders and signed webhooks, in one API.",
            kind: .plain,
            body: {
                try templates.render("home", home.context(sample: try samples.html(operation: "ping", id: "ping")))
            })
    }

    private func context(sample: String) -> [String: Any] {
        let operations = PartnerAPIRouter.endpoints.map(\.operation)
        let steps = HomePage.steps.compactMap { id, title, anchor -> [String: Any]? in
            guard let operation = operations.first(where: { $0.id == id }) else { return nil }
            return [
                "title": title, "url": "/docs/quick-start#\(anchor)", "method": operation.method.rawValue,
                "path": "/\(operation.path)",
            ]
        }
        let support = facts.support
        return [
            "operationCount": operations.count, "base": facts.base, "sample": sample, "steps": steps,
            "support": support.text, "hasSupportURL": support.url != nil,
            "supportURL": support.url ?? "", "wipeEvery": facts.settings.sandboxWipeEvery.inWords,
        ]
    }
}
