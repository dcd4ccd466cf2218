import FoundationEssentials
import PharmacyDomain
import PharmacyServices

/// The state of the simulated pharmacies: patients, and prescriptions with their progress.
actor SimulatedSystem {
    private struct Prescription {
        let tenant: String
        var document: JSON
        var submissions = 1
        /// The number of the latest amendment.
        var amendment = 0
        var isCancelled = false
        var reports: [JSON] = []
        /// When its parcel was shipped.
        var shippedAt: Timestamp?
        /// The remaining reports.
        var script: [Order.Report]
    }

    private var prescriptions: [OrderID: Prescription] = [:]
    /// Prescriptions that were cancelled before they were submitted.
    private var withdrawn: Set<OrderID> = []
    /// The highest fencing token of each prescription, including refused submissions.
    private var fencingTokens: [OrderID: Int] = [:]
    private var patients: [String: JSON] = [:]
    private var faults = Faults()
    /// The number of requests for each operation.
    private var requests: [SimulatedOperation: Int] = [:]
    /// Reports that are sent later in another order.
    private var heldBack: [JSON] = []
    /// The URL for reports.
    private(set) var callbackURL: String?

    init(callbackURL: String?) {
        self.callbackURL = callbackURL
    }

    func sendReports(to url: String?) { callbackURL = url }

    func set(_ faults: Faults) { self.faults = faults }

    /// Counts a request.
    /// - Returns: the fault to apply; `nil` for none.
    func begin(_ operation: SimulatedOperation) -> Fault.Kind? {
        requests[operation, default: 0] += 1
        return faults.next(for: operation)
    }

    // MARK: Operations

    func pharmacies() -> JSON {
        [
            "contract": "1.1",
            "pharmacies": .array(
                SimulatedPharmacies.all.map { pharmacy in
                    [
                        "id": .string(pharmacy.id.description), "name": .string(pharmacy.name),
                        "slug": .string(pharmacy.slug), "status": .string(pharmacy.status.rawValue),
                        "ships_to_states": pharmacy.shipsToStates.map { .array($0.map(JSON.string)) } ?? .null,
                    ]
                }),
        ]
    }

    /// - Returns: one page; `nil` for an unknown pharmacy or an invalid cursor.
    func catalog(of pharmacy: PharmacyID, cursor: String?, at now: Timestamp) -> JSON? {
        let start = cursor.map(Int.init) ?? 0
        guard let start, start >= 0, let catalog = SimulatedPharmacies.catalog(of: pharmacy, at: now),
            start <= catalog.medications.count
        else { return nil }
        let end = min(start + SimulatedSystem.perPage, catalog.medications.count)
        return [
            "pharmacy": JSON(catalog.medications.first?.pharmacy),
            "medications": .array(catalog.medications[start..<end].map(item)),
            "next_cursor": JSON(end < catalog.medications.count ? String(end) : nil),
        ]
    }

    private static let perPage = 100

    private func item(_ medication: Medication) -> JSON {
        let price = Price(cents: medication.price.cents * faults.pricePercent / 100) ?? medication.price
        return [
            "code": .string(medication.productCode), "name": .string(medication.name),
            "strength": .string(medication.strength), "form": .string(medication.form),
            "formulation": .string(medication.formulation), "quantity": .string(medication.quantity),
            "quantity_units": .string(medication.quantityUnits), "schedule_code": .string(medication.scheduleCode),
            "type": .string(medication.type), "price": .string(price.description),
        ]
    }

    func put(patient id: String, _ document: JSON) { patients[id] = document }

    enum Submission: Hashable, Sendable {
        case accepted
        case refused(reason: String)
        /// The id belongs to another prescription.
        case conflict
        /// A submission with a higher fencing token was received before.
        case stale
    }

    /// - Parameter fencingToken: `nil` if the request has none.
    func submit(_ id: OrderID, tenant: String, fencingToken: Int?, _ document: JSON) -> Submission {
        if let fencingToken {
            if fencingToken < fencingTokens[id, default: fencingToken] { return .stale }
            fencingTokens[id] = fencingToken
        }
        if withdrawn.contains(id) { return .refused(reason: "The prescription was cancelled before it was submitted.") }
        if var known = prescriptions[id] {
            guard known.document == document, known.tenant == tenant else { return .conflict }
            known.submissions += 1
            prescriptions[id] = known
            return .accepted
        }
        if document["memo"]?.text?.hasPrefix("simulator:refuse") == true {
            return .refused(reason: "The prescriber is not known.")
        }
        let script = SandboxScript(memo: document["memo"]?.text, seed: id.seed)
        prescriptions[id] = Prescription(tenant: tenant, document: document, script: script.reports)
        return .accepted
    }

    /// - Returns: whether the prescription will not be dispensed.
    func cancel(_ id: OrderID, reason: String?, at now: Timestamp) -> Bool {
        guard var known = prescriptions[id] else {
            withdrawn.insert(id)
            return true
        }
        if known.isCancelled { return true }
        let last = known.reports.last?["status"]?.text.flatMap(OrderStatus.init(rawValue:)) ?? .pending
        guard last.isCancellable else { return false }
        known.isCancelled = true
        known.script = []
        known.reports.append(SimulatedSystem.document(Order.Report(.cancelled, reason: reason), of: id, at: now))
        prescriptions[id] = known
        return true
    }

    enum Amendment: Hashable, Sendable {
        case accepted
        case unknown
        /// Preparation has begun, or a later amendment was received before.
        case refused
    }

    /// Changes the members of a prescription that an amendment has.
    func amend(_ id: OrderID, _ amendment: JSON) -> Amendment {
        guard var known = prescriptions[id] else { return .unknown }
        let number = amendment["amendment"]?.wholeNumber.map(Int.init) ?? 0
        guard known.reports.isEmpty, !known.isCancelled, number >= known.amendment else { return .refused }
        known.amendment = number
        known.document = .object(
            (known.document.members ?? []).map { member in
                guard ["reference", "memo", "ship_to"].contains(member.name) else { return member }
                return JSON.Member(member.name, amendment[member.name] ?? member.value)
            })
        prescriptions[id] = known
        return .accepted
    }

    func reports(on id: OrderID) -> JSON? {
        prescriptions[id].map { ["reports": .array($0.reports)] }
    }

    // MARK: Time

    /// Advances every prescription by one step.
    /// - Returns: the reports to send, as the faults have them.
    func advanceAll(at now: Timestamp) -> [JSON] {
        outgoing(prescriptions.keys.sorted { $0.description < $1.description }.flatMap { advance($0, at: now) })
    }

    /// Takes one prescription through the rest of its script.
    func finish(_ id: OrderID, at now: Timestamp) -> [JSON]? {
        guard prescriptions[id] != nil else { return nil }
        var sent: [JSON] = []
        while let next = advance(id, at: now).first { sent.append(next) }
        return outgoing(sent)
    }

    /// Adds a report that no script has.
    /// - Parameter report: sent as it is, with the prescription's id, and with the time where it has none.
    func report(_ report: JSON, on id: OrderID, at now: Timestamp) -> [JSON]? {
        guard var known = prescriptions[id], var members = report.members else { return nil }
        if report["at"] == nil { members.append(JSON.Member("at", JSON(now))) }
        let document = JSON.object([JSON.Member("prescription", .string(id.description))] + members)
        known.reports.append(document)
        prescriptions[id] = known
        return outgoing([document])
    }

    private func advance(_ id: OrderID, at now: Timestamp) -> [JSON] {
        guard var known = prescriptions[id], !known.script.isEmpty else { return [] }
        let report = known.script.removeFirst().simulated(at: now, shippedAt: known.shippedAt)
        known.shippedAt = report.parcel?.times.shippedAt ?? known.shippedAt
        let document = SimulatedSystem.document(report, of: id, at: now)
        known.reports.append(document)
        prescriptions[id] = known
        return [document]
    }

    private func outgoing(_ fresh: [JSON]) -> [JSON] {
        if faults.areLost { return [] }
        var sent = fresh
        if faults.areReversed {
            heldBack += fresh
            guard heldBack.count > 1 else { return [] }
            sent = heldBack.reversed()
            heldBack = []
        }
        return sent.flatMap { Array(repeating: $0, count: faults.copies) }
    }

    private static func document(_ report: Order.Report, of id: OrderID, at now: Timestamp) -> JSON {
        [
            "id": .string("\(id)-\(report.status.rawValue)"), "prescription": .string(id.description),
            "status": .string(report.status.rawValue), "reason": JSON(report.reason),
            "shipping": report.parcel.map(shipping) ?? .null, "at": JSON(now),
        ]
    }

    private static func shipping(_ parcel: Order.Parcel) -> JSON {
        .object(
            (parcel.shipping.document.members ?? []) + [
                JSON.Member("shipped_at", JSON(parcel.times.shippedAt)),
                JSON.Member("delivered_at", JSON(parcel.times.deliveredAt)),
            ])
    }

    // MARK: The ledger

    /// Every prescription that will be, or was, dispensed or cancelled: by id, with how often it was submitted.
    func ledger() -> JSON {
        let rows = prescriptions.sorted { $0.key.description < $1.key.description }.map { id, known -> JSON in
            [
                "id": .string(id.description), "tenant": .string(known.tenant),
                "reference": known.document["reference"] ?? .null, "submissions": JSON(known.submissions),
                "amendment": JSON(known.amendment), "status": known.reports.last?["status"] ?? "pending",
                "is_cancelled": .bool(known.isCancelled),
            ]
        }
        let counts = SimulatedOperation.allCases.map { JSON.Member($0.rawValue, JSON(requests[$0, default: 0])) }
        return ["prescriptions": .array(rows), "patients": JSON(patients.count), "requests": .object(counts)]
    }
}
