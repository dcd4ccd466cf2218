internal import HTTPTypes
internal import PartnerAPI
internal import PharmacyDomain
internal import PharmacyServices

/// Patients by their uuid. Names and details are shown only on request, with a reason, which is audited.
enum PatientPages {
    static let path = "\(Dashboard.path)/patients"

    static let routes = [
        DashboardRoute(.get, "patients", .patientsRead, handler: list),
        // A search is a form that is posted: an e-mail address must not be part of a URL.
        DashboardRoute(.post, "patients", .patientsRead, handler: list),
        DashboardRoute(.get, "patients/{id}", .patientsRead, handler: patient),
        DashboardRoute(.post, "patients/{id}/reveal", .patientsRead, handler: reveal),
        // Somebody who opens the address of a page with details again.
        DashboardRoute(.get, "patients/{id}/reveal", .patientsRead) { visit in
            let id: PatientID = try visit.id()
            return .redirect("\(path)/\(id)")
        },
    ]

    private static func list(_ visit: DashboardVisit) async throws -> DashboardResponse {
        func field(_ name: String) -> String? { visit.form[name]?.trimmed.nonEmpty }
        if let id = field("id").flatMap({ PatientID($0) }) { return .redirect("\(path)/\(id)") }
        var filter = PatientFilter()
        filter.email = field("email")
        filter.externalID = field("external_id")
        let page = try await visit.services.patients.list(
            filter, page: DashboardVisit.page(after: field("cursor")), tenant: visit.tenant)
        let next = page.nextCursor?.description ?? ""
        return .page(
            DashboardPage(
                title: "Patients", section: path, template: "dashboard-patients",
                context: [
                    "patients": try page.items.map { row(try JSON.parse($0.bytes)) },
                    "hasPatients": !page.items.isEmpty, "isFiltered": filter != PatientFilter(),
                    "email": filter.email ?? "", "externalID": filter.externalID ?? "", "hasTotal": page.total != nil,
                    "total": page.total ?? 0, "isOne": page.total == 1, "hasNext": !next.isEmpty, "next": next,
                    "command": page.items.isEmpty ? visit.command("createPatient") : [:],
                ]))
    }

    /// A patient without health information.
    private static func row(_ patient: JSON) -> [String: Any] {
        let status = patient["sync"]?["status"]?.text ?? ""
        return [
            "id": patient["uuid"]?.text ?? "", "url": "\(path)/\(patient["uuid"]?.text ?? "")",
            "sync": status, "tone": ["synced": "good", "failed": "bad"][status] ?? "info",
            "created": HubTime(patient["created_at"]?.text)?.context ?? [:],
            "updated": HubTime(patient["updated_at"]?.text)?.context ?? [:],
        ]
    }

    private static func patient(_ visit: DashboardVisit) async throws -> DashboardResponse {
        let id: PatientID = try visit.id()
        let patient = try JSON.parse(try await visit.services.patients.get(id, tenant: visit.tenant).bytes)
        return .page(try await page(patient, id, details: [], visit))
    }

    /// Shows the details after the reason has been recorded. The response is a page that no browser stores.
    private static func reveal(_ visit: DashboardVisit) async throws -> DashboardResponse {
        let id: PatientID = try visit.id()
        guard let reason = visit.form["reason"].flatMap(RevealReason.init(rawValue:)) else {
            throw ServiceError.invalid(ValidationErrors("reason", "Choose a reason. It is recorded in the audit log."))
        }
        let patient = try JSON.parse(
            try await visit.services.patients.reveal(id, reason: reason, tenant: visit.tenant).bytes)
        let details = members.compactMap { name, label -> [String: Any]? in
            patient[name]?.text.map { ["label": label, "value": $0] }
        }
        return .page(try await page(patient, id, details: details, visit))
    }

    private static let members = [
        ("first_name", "First name"), ("middle_name", "Middle name"), ("last_name", "Last name"),
        ("date_of_birth", "Date of birth"), ("gender", "Gender"), ("email", "E-mail"), ("phone_home", "Phone, home"),
        ("phone_work", "Phone, work"), ("phone_cell", "Phone, mobile"), ("address1", "Address"),
        ("address2", "Address, second line"), ("city", "City"), ("state", "State"), ("zip", "ZIP code"),
        ("external_id", "Your reference"),
    ]

    private static func page(
        _ patient: JSON, _ id: PatientID, details: [[String: Any]], _ visit: DashboardVisit
    ) async throws -> DashboardPage {
        var filter = OrderFilter()
        filter.patientID = id
        let orders =
            visit.may(.read)
            ? try await visit.services.orders.list(
                filter, page: PageRequest(page: 1, perPage: 25), tenant: visit.tenant
            )
            .items : []
        let error = patient["sync"]?["message"]?.text
        var context = row(patient)
        context.merge([
            "details": details, "isRevealed": !details.isEmpty,
            "orders": try orders.map { OrderPages.row(try JSON.parse($0.bytes)) }, "hasOrders": !orders.isEmpty,
            "hasSyncError": error != nil, "syncError": error ?? "",
            "reasons": RevealReason.allCases.map { ["name": $0.rawValue, "words": $0.words] },
        ]) { $1 }
        return DashboardPage(title: "Patient", section: path, template: "dashboard-patient", context: context)
    }
}

extension String {
    /// `nil` for an empty text.
    fileprivate var nonEmpty: String? { isEmpty ? nil : self }
}
