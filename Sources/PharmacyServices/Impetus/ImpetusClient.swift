package import Logging
package import PharmacyDomain

/// The pharmacies' system over HTTP, as `Documentation/impetus.md` describes it.
package struct ImpetusClient: PharmacySystem {
    private let transport: ImpetusTransport
    private let codec: MedicationIDCodec
    private let time: any ServerClock
    private let failures: FailureLog
    private let refused: RefusedItems

    package init(transport: ImpetusTransport, codec: MedicationIDCodec, time: any ServerClock, logger: Logger) {
        self.transport = transport
        self.codec = codec
        self.time = time
        failures = FailureLog(time: time, logger: logger)
        refused = RefusedItems(logger: logger)
    }

    package func pharmacies(tenant: Tenant) async throws(PharmacySystemFailure) -> [Pharmacy] {
        let response = try await send(ImpetusRequest(method: .get, path: "v1/pharmacies", tenant: tenant))
        let read = try read(.pharmacies, response, ImpetusReader.pharmacies)
        refused.note(read.refused, of: .pharmacies(tenant.id))
        return read.items
    }

    package func catalog(
        of pharmacy: PharmacyID, tenant: Tenant
    ) async throws(PharmacySystemFailure) -> Catalog? {
        // A price is as old as the request for it.
        let asOf = time.now()
        let path = "v1/pharmacies/\(pharmacy)/medications"
        var medications = ImpetusReader.Items<Medication>()
        var cursor: String?
        for page in 0..<ServiceLimits.catalogPageLimit {
            let query = cursor.map { "?cursor=\($0)" } ?? ""
            let response = try await send(ImpetusRequest(method: .get, path: path + query, tenant: tenant))
            if response.status == 404, page == 0 { return nil }
            let read = try read(.catalog(pharmacy), response, ImpetusReader.catalog)
            medications.append(read.medications)
            guard medications.count <= ServiceLimits.catalogProducts else { break }
            cursor = read.cursor
            if cursor == nil {
                let complete = try loggingFailure(.catalog(pharmacy)) { () throws(PharmacySystemFailure) in
                    try ImpetusReader.complete(medications)
                }
                refused.note(complete.refused, of: .catalog(tenant.id, pharmacy))
                return Catalog(medications: complete.items, asOf: asOf)
            }
        }
        throw logged(.catalog(pharmacy), PharmacySystemFailure(.invalidResponse, cause: "too many products or pages"))
    }

    package func putPatient(_ patient: Patient, tenant: Tenant) async -> PharmacyResult {
        let body = JSON.object([JSON.Member("id", .string(patient.id.description))] + patient.details.impetusMembers)
        return await sending(
            .patient, ImpetusRequest(method: .put, path: "v1/patients/\(patient.id)", tenant: tenant, body: body))
    }

    package func submit(
        _ order: Order, patient: Patient, tenant: Tenant, fencingToken: Int
    ) async -> PharmacyResult {
        guard let code = codec.decode(placed: order.terms.medicationID, pharmacy: order.pharmacyID) else {
            return .unavailable(
                logged(.prescription, PharmacySystemFailure(.internalError, cause: "a medication id cannot be read")))
        }
        let id = order.id.description
        let body: JSON = [
            "id": .string(id), "pharmacy_id": .string(order.pharmacyID.description),
            "patient_id": .string(patient.id.description), "patient": .object(patient.details.impetusMembers),
            "product_code": .string(code), "dispense_quantity": JSON(order.terms.dispenseQuantity),
            "days_supply": JSON(order.terms.daysSupply), "price": .string(order.medication.price.description),
            "reference": JSON(order.terms.reference), "memo": JSON(order.terms.memo),
            "clinical_notes": JSON(order.terms.clinicalNotes), "ordered_at": JSON(order.createdAt),
            "ship_to": order.terms.shipTo?.impetusObject ?? .null,
            "shipping_method": JSON(order.terms.shippingMethod?.rawValue),
            "prescriber": order.terms.prescriber?.impetusObject ?? .null, "directions": JSON(order.terms.directions),
            "refills_authorized": JSON(order.terms.refillsAuthorized),
            "refill_of": JSON(order.refillOf?.description),
        ]
        return await sending(
            .prescription,
            ImpetusRequest(
                method: .put, path: "v1/prescriptions/\(id)", tenant: tenant, body: body, idempotencyKey: id,
                fencingToken: fencingToken))
    }

    package func cancel(_ order: OrderID, reason: String?, tenant: Tenant) async -> PharmacyConsent {
        await consent(
            .cancellation,
            ImpetusRequest(
                method: .post, path: "v1/prescriptions/\(order)/cancel", tenant: tenant,
                body: ["reason": JSON(reason)], idempotencyKey: "\(order)/cancel"), refusals: [409])
    }

    package func amend(_ order: Order, number: Int, tenant: Tenant) async -> PharmacyConsent {
        await consent(
            .amendment,
            ImpetusRequest(
                method: .post, path: "v1/prescriptions/\(order.id)/amend", tenant: tenant,
                body: [
                    "amendment": JSON(number), "reference": JSON(order.terms.reference),
                    "memo": JSON(order.terms.memo), "ship_to": order.terms.shipTo?.impetusObject ?? .null,
                ], idempotencyKey: "\(order.id)/amend/\(number)"), refusals: [404, 409])
    }

    /// Requests the pharmacy's agreement.
    /// - Parameter refusals: the statuses that mean that it is too late.
    private func consent(
        _ work: Purpose, _ request: ImpetusRequest, refusals: Set<Int>
    ) async -> PharmacyConsent {
        do {
            let status = try await send(request).status
            if (200..<300).contains(status) { return .agreed }
            if refusals.contains(status) { return .tooLate }
            return .unavailable(logged(work, PharmacySystemFailure(.invalidResponse, cause: "status \(status)")))
        } catch {
            return .unavailable(error)
        }
    }

    package func reports(
        on order: OrderID, tenant: Tenant
    ) async throws(PharmacySystemFailure) -> [Order.Report]? {
        let response = try await send(
            ImpetusRequest(method: .get, path: "v1/prescriptions/\(order)", tenant: tenant))
        if response.status == 404 { return nil }
        let read = try read(.reports, response, ImpetusReader.reports)
        refused.note(read.refused, of: .reports(tenant.id, order))
        return read.items
    }

    private func sending(_ work: Purpose, _ request: ImpetusRequest) async -> PharmacyResult {
        do {
            let result = ImpetusReader.result(try await send(request))
            guard case .unavailable(let failure) = result else {
                failures.succeeded(work.name)
                return result
            }
            return .unavailable(logged(work, failure))
        } catch {
            return .unavailable(error)
        }
    }

    private func send(_ request: ImpetusRequest) async throws(PharmacySystemFailure) -> ImpetusTransport.Response {
        do {
            let response = try await transport.send(request)
            failures.succeeded(Purpose.connection.name)
            return response
        } catch {
            // The caller abandoned the call, for example because a client has disconnected: that proves nothing about the system.
            throw Task.isCancelled ? error : logged(.connection, error)
        }
    }

    /// Reads the body of a response that must have one.
    private func read<Value>(
        _ work: Purpose, _ response: ImpetusTransport.Response, _ reader: (JSON?) throws(PharmacySystemFailure) -> Value
    ) throws(PharmacySystemFailure) -> Value {
        try loggingFailure(work) { () throws(PharmacySystemFailure) in
            guard (200..<300).contains(response.status) else {
                throw PharmacySystemFailure(.invalidResponse, cause: "status \(response.status)")
            }
            return try reader(response.body)
        }
    }

    /// Reads a response, or several. Logs one that is not in the agreed form.
    private func loggingFailure<Value>(
        _ work: Purpose, _ read: () throws(PharmacySystemFailure) -> Value
    ) throws(PharmacySystemFailure) -> Value {
        do throws(PharmacySystemFailure) {
            let value = try read()
            failures.succeeded(work.name)
            return value
        } catch {
            throw logged(work, error)
        }
    }

    /// What can fail on its own, as the log names it: the system may be reachable while one kind of its responses is wrong.
    private enum Purpose {
        case connection
        case pharmacies
        case catalog(PharmacyID)
        case patient
        case prescription
        case cancellation
        case amendment
        case reports

        var name: String {
            switch self {
            case .connection: "the pharmacy system"
            case .pharmacies: "the pharmacy system's list of pharmacies"
            case .catalog(let pharmacy): "the catalog of pharmacy \(pharmacy)"
            case .patient: "sending a patient to the pharmacy system"
            case .prescription: "submitting a prescription to the pharmacy system"
            case .cancellation: "cancelling a prescription"
            case .amendment: "changing a prescription"
            case .reports: "reading a prescription's reports"
            }
        }
    }

    /// Logs a failure that an operator can fix.
    /// - Returns: the failure.
    private func logged(_ work: Purpose, _ failure: PharmacySystemFailure) -> PharmacySystemFailure {
        switch failure.reason {
        case .unauthorized, .invalidResponse, .internalError:
            failures.failed(
                work.name, failure,
                message: "the pharmacy system's responses are not as Documentation/impetus.md describes",
                metadata: ["reason": "\(failure.reason)", "work": "\(work.name)"])
        // The failures that opened the circuit are in the log. Too many calls at once are the partner's doing.
        case .circuitOpen, .overloaded: break
        default:
            failures.failed(
                work.name, failure, level: .warning, message: "the pharmacy system fails",
                metadata: ["reason": "\(failure.reason)"])
        }
        return failure
    }
}
